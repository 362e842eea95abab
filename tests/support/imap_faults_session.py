"""A dialogue with one client of a scripted IMAP server: how commands are read and answered."""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from imap_faults_mailbox import Folder, Stored, wanted
from mail_fault_session import Session

if TYPE_CHECKING:
    from imap_faults import ImapFaults

Command: TypeAlias = "Callable[[ImapSession, list[str]], bytes]"

_TOKEN = re.compile(
    r"""
    "((?:[^"\\]|\\.)*)"                     # a quoted string
    | ([^\s()"\[]*\[[^\]]*\](?:<[\d.]+>)?   # an item with a section
      | [()]
      | [^\s()"]+)
    """,
    re.VERBOSE,
)
_LITERAL = re.compile(r"\{(\d+)(\+?)\}\Z")
_BEFORE_LOGIN = ("CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "AUTHENTICATE", "LOGIN", "ID")
_IN_A_FOLDER = ("FETCH", "STORE", "SEARCH", "COPY", "MOVE", "EXPUNGE", "CLOSE", "UNSELECT", "IDLE")


class Refused(Exception):
    """What was asked is not done; begins with NO or BAD."""


class ImapSession(Session):
    greeting = "* OK fault.example ready"

    def __init__(
        self,
        server: ImapFaults,
        commands: Mapping[str, Command],
        sock: socket.socket,
        number: int,
    ) -> None:
        super().__init__(server, sock, number)
        self.imap = server
        self.folder: Folder | None = None
        self.view: list[Stored] = []
        """The mails that the client knows of, by number."""
        self.marks_seen = True
        self._commands = commands
        self._tag = "*"
        self._goes_ahead = False

    def obey(self, line: str) -> None:
        self._tag, _, line = line.partition(" ")
        words = _words(line)
        while literal := _LITERAL.search(line):
            if not literal[2] and not self._may_send(literal[1]):
                return
            words[-1] = self.octets(int(literal[1])).decode("utf-8", "surrogateescape")
            line = self.line()
            words += _words(line)
        verb, *arguments = words or [""]
        if verb.upper() == "UID" and arguments:
            verb = f"UID {arguments.pop(0)}"
        verb = verb.upper()
        self.meet(verb, " ".join(arguments), partial(self._work, verb, arguments))

    def _may_send(self, size: str) -> bool:
        def go_ahead() -> bytes:
            self._goes_ahead = True
            return self.worded("+ go ahead")

        self._goes_ahead = False
        self.meet("LITERAL", size, go_ahead)
        return self._goes_ahead

    def _work(self, verb: str, arguments: list[str]) -> bytes:
        try:
            return self._command(verb)(self, arguments)
        except Refused as refusal:
            return self.worded(str(refusal))
        except (ValueError, IndexError) as error:
            return self.worded(f"BAD cannot read this: {error}")

    def _command(self, verb: str) -> Command:
        name = verb.removeprefix("UID ")
        if verb not in self._commands or name in self.server.options.without:
            raise Refused(f"BAD {verb} is not known here")
        if not self.logged_in and name not in _BEFORE_LOGIN:
            raise Refused("NO log in first")
        if self.folder is None and name in _IN_A_FOLDER:
            raise Refused("BAD select a folder first")
        return self._commands[verb]

    def worded(self, text: str) -> bytes:
        is_tagged = text.startswith(("OK ", "NO ", "BAD "))
        return super().worded(f"{self._tag} {text}" if is_tagged else text)

    # What commands need ------------------------------------------------------------------------

    def done(self, lines: Iterable[str] = (), said: str = "OK done") -> bytes:
        return b"".join([*map(self.worded, lines), self.worded(said)])

    def named(self, name: str) -> Folder:
        key = "INBOX" if name.upper() == "INBOX" else name
        if key not in self.imap.folders:
            raise Refused(f"NO [TRYCREATE] there is no folder {name}")
        return self.imap.folders[key]

    def top(self) -> int:
        return max((mail.uid for mail in self.view), default=0)

    def chosen(self, numbers: str, *, by_uid: bool) -> list[tuple[int, Stored]]:
        is_wanted = wanted(numbers, self.top() if by_uid else len(self.view))
        mails = enumerate(self.view, 1)
        return [(at, mail) for at, mail in mails if is_wanted(mail.uid if by_uid else at)]

    def let_go(self, mails: Iterable[Stored]) -> list[str]:
        for mail in mails:
            if self.folder and mail in self.folder.mails:
                self.folder.mails.remove(mail)
        return self.news()

    def news(self) -> list[str]:
        """Bring the session's view up to date, and tell how."""
        now = list(self.folder.mails) if self.folder else []
        lines = []
        for mail in set(self.view).difference(now):
            lines.append(f"* {self.view.index(mail) + 1} EXPUNGE")
            self.view.remove(mail)
        if len(now) > len(self.view):
            lines.append(f"* {len(now)} EXISTS")
        self.view = now
        return lines

    def tell_news(self) -> None:
        """Idle until the client says that it is enough."""
        while not (self.unread or select.select([self.sock], [], [], 0.01)[0]):
            self.send(b"".join(map(self.worded, self.news())))
        self.meet(self.line().upper(), "", self.done)


def _words(line: str) -> list[str]:
    found = _TOKEN.finditer(line)
    return [re.sub(r"\\(.)", r"\1", word[1]) if word[2] is None else word[2] for word in found]
