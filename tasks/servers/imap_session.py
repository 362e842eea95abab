"""What the commands of a logged-in IMAP client share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from ...runner.dataclasses import dataclass
from ..clients import utf7
from .folders import Folder, Mailbox, Refused
from .imap_syntax import BadSyntax, Parser
from .imap_view import View


@dataclass
class Session:
    """Who is logged in, and which folder is open."""

    user: str
    mailbox: Mailbox
    on_event: Callable[[str], None]
    opened: View | None = None

    @property
    def view(self) -> View:
        if self.opened is None:
            raise BadSyntax("SELECT a folder first")
        return self.opened

    @property
    def writable(self) -> View:
        if self.view.is_read_only:
            raise Refused("[READ-ONLY] the folder was opened by EXAMINE")
        return self.view


@dataclass(frozen=True)
class Done:
    """What is told about a command that went well."""

    lines: Iterable[bytes] = ()
    text: str = "done"


class Command(Protocol):
    """Reads the rest of a command and does it; raises BadSyntax, Refused or OSError."""

    def __call__(self, session: Session, parser: Parser, /) -> Done: ...


class MessageCommand(Protocol):
    """The same with messages that are given by UID, or by number."""

    def __call__(self, session: Session, parser: Parser, /, *, by_uid: bool) -> Done: ...


def folder_name(parser: Parser) -> str:
    parser.space()
    return utf7.decode(parser.string().decode("utf-8", "replace"))


def last_folder_name(parser: Parser) -> str:
    name = folder_name(parser)
    parser.end()
    return name


def target(session: Session, name: str) -> Folder:
    """The folder that something is to be put into."""
    if not session.mailbox.has(name):
        raise Refused("[TRYCREATE] there is no such folder")
    return session.mailbox.folder(name)
