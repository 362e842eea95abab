"""The server's side of IMAP4rev1, apart from sockets.

RFC 3501 with LITERAL+ (7888), IDLE (2177), UIDPLUS (4315), UNSELECT (3691), MOVE (6851), NAMESPACE
(2342), ID (2971) and SASL-IR (4959). Answers come piece by piece: a mail is read when it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from . import imap_folders, imap_messages, sasl
from .dialogue import Dialogue, Rules
from .folders import Refused
from .imap_framing import Endless, Framing, Sign, TooBig
from .imap_session import Command, Session
from .imap_syntax import BadSyntax, Parser
from .mailboxes import Account

_PATIENCE = 1860.0  # who waits says so every half an hour
_BEFORE_LOGIN = 4096
_AROUND_A_MAIL = 65_536
_CAPABILITIES = "LITERAL+ SASL-IR IDLE NAMESPACE ID UIDPLUS UNSELECT MOVE"
_COMMANDS: Mapping[str, Command] = {**imap_folders.COMMANDS, **imap_messages.COMMANDS}
# While these are answered no message may change its number.
_CALM = {"FETCH", "STORE", "SEARCH"}


class ImapDialogue(Dialogue):
    """One client's connection."""

    _too_long = b"* BYE that is too long\r\n"

    def __init__(self, rules: Rules, *, is_secure: bool) -> None:
        super().__init__(rules, is_secure=is_secure)
        self._framing = Framing()
        self._tag = "*"
        self._session: Session | None = None
        self._answering: Iterator[bytes] = iter(())

    def _greeting(self) -> bytes:
        return f"* OK [CAPABILITY {self._capabilities}] opsplay IMAP ready\r\n".encode()

    def secured(self) -> None:
        super().secured()
        self._framing = Framing()

    def news(self) -> bytes:
        view = self._session.opened if self._session else None
        return b"".join(view.news()) if view else b""

    @property
    def _capabilities(self) -> str:
        logins = " ".join(f"AUTH={mechanism}" for mechanism in sasl.MECHANISMS)
        return f"IMAP4rev1 {'' if self._is_secure else 'STARTTLS '}{logins} {_CAPABILITIES}"

    # What comes, and what goes ----------------------------------------------------------------

    def _next(self) -> bytes | None:
        piece = next(self._answering, None)
        if piece is not None:
            return piece
        if self._exchange or self.is_idling:
            return super()._next()
        try:
            return self._next_command()
        except TooBig as error:
            self._tag = _tag(error.line)
            return self._told("NO [TOOBIG] that is too big")
        except Endless:
            self.closed = True
            return self._too_long

    def _next_command(self) -> bytes | None:
        limit = self._rules.max_size + _AROUND_A_MAIL if self._session else _BEFORE_LOGIN
        match self._framing.take(self._buffer, limit):
            case Sign.INCOMPLETE:
                return None
            case Sign.PROMPT:
                return b"+ go on\r\n"
            case command:
                return self._answer(command)

    def _answer(self, line: bytes) -> bytes:
        if self.is_idling:
            self.is_idling = False
            return self._told("OK done" if line.upper() == b"DONE" else "BAD end IDLE with DONE")
        parser, self._tag = Parser(line), "*"
        try:
            self._tag = parser.tag()
            parser.space()
            by_uid = parser.skips(b"UID ")
            verb = parser.word()
        except BadSyntax as error:
            return self._told(f"BAD {error}")
        answering = self._pieces(verb, parser, by_uid=by_uid)
        if fault := self._rules.faults.at(verb):
            return self._mishap(fault, lambda: b"".join(answering), f"{self._tag} ")
        self._answering = answering
        return b""

    def _pieces(self, verb: str, parser: Parser, *, by_uid: bool) -> Iterator[bytes]:
        try:
            if verb in self._OWN and not by_uid:
                yield self._OWN[verb](self, parser)
            else:
                yield from self._in_session(verb, parser, by_uid=by_uid)
        except BadSyntax as error:
            yield self._told(f"BAD {error}")
        except (sasl.Denied, sasl.Malformed, Refused, OSError) as error:
            yield self._failed(error)

    def _in_session(self, verb: str, parser: Parser, *, by_uid: bool) -> Iterator[bytes]:
        if not self._session:
            raise BadSyntax("log in first")
        if verb in imap_messages.MESSAGE_COMMANDS:
            done = imap_messages.MESSAGE_COMMANDS[verb](self._session, parser, by_uid=by_uid)
        elif verb in _COMMANDS and not by_uid:
            done = _COMMANDS[verb](self._session, parser)
        else:
            raise BadSyntax("there is no such command")
        yield from done.lines
        if self._session.opened:
            yield from self._session.opened.news(expunges=verb not in _CALM)
        yield self._told(f"OK {done.text}")

    def _told(self, text: str) -> bytes:
        return f"{self._tag} {text}\r\n".encode()

    def _failure(self, error: Exception) -> bytes:
        match error:
            case sasl.Denied():
                return self._told("NO [AUTHENTICATIONFAILED] wrong user or password")
            case sasl.Malformed():
                return self._told("BAD that is no login")
            case Refused():
                return self._told(f"NO {error}")
            case _:
                return self._told("NO [SERVERBUG] the server cannot reach this mail")

    # Commands for everybody -------------------------------------------------------------------

    def _capability(self, _: Parser) -> bytes:
        return f"* CAPABILITY {self._capabilities}\r\n".encode() + self._told("OK these")

    def _id(self, _: Parser) -> bytes:
        return b'* ID ("name" "opsplay")\r\n' + self._told("OK so I am")

    def _noop(self, parser: Parser) -> bytes:
        parser.end()
        return self.news() + self._told("OK done")

    def _idle(self, parser: Parser) -> bytes:
        parser.end()
        if not self._session:
            raise BadSyntax("log in first")
        self.is_idling = True
        return b"+ idling\r\n" + self.news()

    def _logout(self, _: Parser) -> bytes:
        self.closed = True
        return b"* BYE see you\r\n" + self._told("OK bye")

    # Logging in -------------------------------------------------------------------------------

    def _starttls(self, parser: Parser) -> bytes:
        parser.end()
        if self._is_secure or self._session:
            raise BadSyntax("TLS is not to be had now")
        self.upgrading = True
        return self._told("OK go ahead")

    def _login(self, parser: Parser) -> bytes:
        self._expect_stranger()
        parser.space()
        user = parser.string().decode("utf-8", "replace")
        parser.space()
        password = parser.string().decode("utf-8", "replace")
        parser.end()
        return self._logged_in(sasl.by_password(self._rules.mailboxes, user, password))

    def _authenticate_by(self, parser: Parser) -> bytes:
        self._expect_stranger()
        parser.space()
        mechanism = parser.word()
        initial = parser.string() if parser.skips(b" ") else None
        parser.end()
        return self._authenticate(mechanism, initial)

    def _expect_stranger(self) -> None:
        if self._session:
            raise BadSyntax("you are logged in")

    def _challenge(self, text: str) -> bytes:
        return f"+ {text}\r\n".encode()

    def _admit(self, account: Account) -> bytes:
        mailbox = self._rules.mailboxes.of(account)
        self._session = Session(account.user, mailbox, self._rules.on_event)
        self.patience = _PATIENCE
        return self._told(f"OK [CAPABILITY {self._capabilities}] welcome")

    _OWN: ClassVar[Mapping[str, Callable[[ImapDialogue, Parser], bytes]]] = {
        "CAPABILITY": _capability,
        "ID": _id,
        "NOOP": _noop,
        "IDLE": _idle,
        "LOGOUT": _logout,
        "STARTTLS": _starttls,
        "LOGIN": _login,
        "AUTHENTICATE": _authenticate_by,
    }
    COMMANDS: ClassVar[frozenset[str]] = frozenset(_OWN).union(
        _COMMANDS, imap_messages.MESSAGE_COMMANDS
    )


def _tag(line: bytes) -> str:
    try:
        return Parser(line).tag()
    except BadSyntax:
        return "*"
