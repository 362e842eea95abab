"""A POP3 server that behaves well until it is told not to; see `mail_faults`.

`server.put(b"...")` lays a mail into the mailbox. What was deleted by a session that ended well is
in `server.deleted`, by uid; what is left is in `server.mailbox`.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from mail_fault_logins import STAMP, LoginReplies
from mail_fault_session import Session
from mail_faults import Fault, FaultServer, Options

_BEFORE_LOGIN = ("CAPA", "STLS", "USER", "PASS", "APOP", "AUTH", "QUIT", "NOOP")


@dataclass(frozen=True)
class Stored:
    uid: str
    data: bytes


class Pop3Faults(FaultServer):
    def __init__(self, *faults: Fault, options: Options | None = None) -> None:
        super().__init__(faults, options or Options())
        self.mailbox: list[Stored] = []
        self.deleted: list[str] = []
        self.session = partial(_Pop3Session, self)

    def put(self, *mails: bytes, uid: str = "") -> None:
        for data in mails:
            made = f"uid-{len(self.mailbox) + len(self.deleted) + 1}"
            self.mailbox.append(Stored(uid or made, data))

    def delete(self, mails: list[Stored]) -> None:
        """Let go of mails as one session's end does."""
        for mail in mails:
            if mail in self.mailbox:
                self.mailbox.remove(mail)
                self.deleted.append(mail.uid)


class _Refused(Exception):
    """What was asked is not done."""


class _Pop3Session(Session):
    def __init__(self, server: Pop3Faults, sock: socket.socket, number: int) -> None:
        super().__init__(server, sock, number)
        self._pop3 = server
        self._user = ""
        self._deleted: set[int] = set()
        stamp = "" if "APOP" in server.options.without else f" {STAMP}"
        self.greeting = f"+OK fault.example ready{stamp}"

    def obey(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        if "PIPELINING" in self._pop3.options.without:
            self.unread = b""  # as servers do that look at nothing but the first line
        self.meet(verb, argument, partial(self._work, verb, argument))

    def _work(self, verb: str, argument: str) -> bytes:
        try:
            return self._command(verb)(self, argument)
        except _Refused as refusal:
            return self.worded(f"-ERR {refusal}")

    def _command(self, verb: str) -> Callable[[_Pop3Session, str], bytes]:
        if verb not in _COMMANDS or verb in self._pop3.options.without:
            raise _Refused(f"{verb} is not known here")
        if not self.logged_in and verb not in _BEFORE_LOGIN:
            raise _Refused("log in first")
        return _COMMANDS[verb]

    # Logging in --------------------------------------------------------------------------------

    def _capa(self, _: str) -> bytes:
        options = self._pop3.options
        names = ["TOP", "UIDL", "USER", "PIPELINING", "RESP-CODES"]
        names += ["STLS"] if self.offers_tls() else []
        names += ["SASL " + " ".join(options.mechanisms)] if options.mechanisms else []
        return self.worded("\r\n".join(["+OK", *self.offered(*names), "."]))

    def _stls(self, _: str) -> bytes:
        if not self.offers_tls():
            raise _Refused("no TLS here")
        self.then = self.secure
        return self.worded("+OK go ahead")

    def _takes_user(self, user: str) -> bytes:
        self._user = user
        return self.worded("+OK")

    def _takes_password(self, password: str) -> bytes:
        options = self._pop3.options
        return self._logs_in((self._user, password) == (options.user, options.password))

    def _apop(self, argument: str) -> bytes:
        options = self._pop3.options
        digest = hashlib.md5(f"{STAMP}{options.password}".encode()).hexdigest()
        return self._logs_in(argument == f"{options.user} {digest}")

    def _logs_in(self, passed: bool) -> bytes:  # noqa: FBT001  # it is the point
        if not passed:
            raise _Refused("[AUTH] wrong user or password")
        self.logged_in = True
        return self.worded("+OK logged in")

    def _auth(self, argument: str) -> bytes:
        words = ("+", "+OK logged in", "-ERR [AUTH] wrong user or password")
        return self.begin_login(argument, LoginReplies(self.worded, *words))

    # Mails -------------------------------------------------------------------------------------

    @cached_property
    def _mails(self) -> list[Stored]:
        """The mailbox as it was at the first look; later mails are for later sessions."""
        return list(self._pop3.mailbox)

    def _stat(self, _: str) -> bytes:
        sizes = [len(mail.data) for mail in self._listed().values()]
        return self.worded(f"+OK {len(sizes)} {sum(sizes)}")

    def _list(self, argument: str) -> bytes:
        return self._told(argument, lambda mail: str(len(mail.data)))

    def _uidl(self, argument: str) -> bytes:
        return self._told(argument, lambda mail: mail.uid)

    def _told(self, argument: str, about: Callable[[Stored], str]) -> bytes:
        if argument:
            return self.worded(f"+OK {argument} {about(self._mail(argument))}")
        lines = [f"{number} {about(mail)}" for number, mail in self._listed().items()]
        return self.worded("\r\n".join(["+OK", *lines, "."]))

    def _listed(self) -> dict[int, Stored]:
        mails = enumerate(self._mails, 1)
        return {number: mail for number, mail in mails if number not in self._deleted}

    def _mail(self, number: str) -> Stored:
        try:
            return self._listed()[int(number)]
        except (KeyError, ValueError):
            raise _Refused("no such message") from None

    def _retr(self, argument: str) -> bytes:
        return _text(self._mail(argument).data)

    def _top(self, argument: str) -> bytes:
        number, _, count = argument.partition(" ")
        head, gap, body = self._mail(number).data.partition(b"\r\n\r\n")
        lines = body.splitlines(keepends=True)[: int(count)]
        return _text(b"".join([head, gap, *lines]))

    def _dele(self, argument: str) -> bytes:
        self._mail(argument)
        self._deleted.add(int(argument))
        return self.worded("+OK deleted")

    def _rset(self, _: str) -> bytes:
        self._deleted.clear()
        return self.worded("+OK")

    def _noop(self, _: str) -> bytes:
        return self.worded("+OK")

    def _quit(self, _: str) -> bytes:
        self.then = self.leave
        self._pop3.delete([self._mails[number - 1] for number in sorted(self._deleted)])
        return self.worded("+OK bye")


def _text(data: bytes) -> bytes:
    """Make the reply that holds a mail: dots doubled, a lone one behind."""
    ended = data if data.endswith(b"\r\n") else data + b"\r\n"
    return b"+OK" + (b"\r\n" + ended).replace(b"\r\n.", b"\r\n..") + b".\r\n"


_COMMANDS: Mapping[str, Callable[[_Pop3Session, str], bytes]] = {
    "CAPA": _Pop3Session._capa,
    "STLS": _Pop3Session._stls,
    "USER": _Pop3Session._takes_user,
    "PASS": _Pop3Session._takes_password,
    "APOP": _Pop3Session._apop,
    "AUTH": _Pop3Session._auth,
    "STAT": _Pop3Session._stat,
    "LIST": _Pop3Session._list,
    "UIDL": _Pop3Session._uidl,
    "RETR": _Pop3Session._retr,
    "TOP": _Pop3Session._top,
    "DELE": _Pop3Session._dele,
    "RSET": _Pop3Session._rset,
    "NOOP": _Pop3Session._noop,
    "QUIT": _Pop3Session._quit,
}
