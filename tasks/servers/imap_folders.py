"""IMAP's commands on folders (RFC 3501, 6.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..clients import utf7
from .folders import FLAGS, INBOX, SEPARATOR, Folder
from .imap_session import Command, Done, Session, folder_name, last_folder_name, target
from .imap_syntax import BadSyntax, Parser, string
from .imap_view import View

_STATUS: Mapping[str, Callable[[Folder], int]] = {
    "MESSAGES": lambda folder: len(folder.letters()),
    "RECENT": lambda folder: len(folder.recent()),
    "UIDNEXT": lambda folder: folder.next_uid,
    "UIDVALIDITY": lambda folder: folder.validity,
    "UNSEEN": lambda folder: sum("\\Seen" not in one.flags for one in folder.letters()),
    "SIZE": lambda folder: sum(one.size for one in folder.letters()),
}


def _select(session: Session, parser: Parser) -> Done:
    return _opened(session, last_folder_name(parser), is_read_only=False)


def _examine(session: Session, parser: Parser) -> Done:
    return _opened(session, last_folder_name(parser), is_read_only=True)


def _opened(session: Session, name: str, *, is_read_only: bool) -> Done:
    session.opened = None
    folder = session.mailbox.folder(name)
    session.opened = View(folder, is_read_only=is_read_only)
    right = "READ-ONLY" if is_read_only else "READ-WRITE"
    return Done(_described(session.opened), f"[{right}] opened")


def _described(view: View) -> Iterator[bytes]:
    lasting = () if view.is_read_only else FLAGS
    yield f"* FLAGS ({' '.join(FLAGS)})\r\n".encode()
    yield f"* OK [PERMANENTFLAGS ({' '.join(lasting)})] these last\r\n".encode()
    yield b"* %d EXISTS\r\n* %d RECENT\r\n" % (len(view.letters), len(view.recent))
    unseen = (at for at, one in enumerate(view.letters, 1) if "\\Seen" not in one.flags)
    if first := next(unseen, 0):
        yield b"* OK [UNSEEN %d] the first\r\n" % first
    yield b"* OK [UIDVALIDITY %d] of all UIDs\r\n" % view.folder.validity
    yield b"* OK [UIDNEXT %d] comes next\r\n" % view.folder.next_uid


def _list(session: Session, parser: Parser) -> Done:
    return Done(_listed(session, parser, "LIST"))


def _lsub(session: Session, parser: Parser) -> Done:
    return Done(_listed(session, parser, "LSUB"))


def _listed(session: Session, parser: Parser, word: str) -> list[bytes]:
    reference = folder_name(parser)
    parser.space()
    wanted = utf7.decode(parser.pattern())
    parser.end()
    if not wanted:
        return [f'* {word} (\\Noselect) "{SEPARATOR}" ""\r\n'.encode()]
    pattern = reference + wanted
    names = session.mailbox.names()
    return [
        _shown(word, name, has_children=any(one.startswith(name + SEPARATOR) for one in names))
        for name in names
        if _matches(name, pattern) or (name == INBOX and _matches(INBOX, pattern.upper()))
    ]


def _matches(name: str, pattern: str) -> bool:
    """Tell in a time that no pattern makes long."""
    reached = {0}
    for char in pattern:
        if char in "*%":
            stop = "" if char == "*" else SEPARATOR
            reached = {end for start in reached for end in _ends(name, start, stop)}
        else:
            reached = {end + 1 for end in reached if name[end : end + 1] == char}
    return len(name) in reached


def _ends(name: str, start: int, stop: str) -> range:
    """How far a wildcard reaches."""
    last = name.find(stop, start) if stop else -1
    return range(start, (last if last >= 0 else len(name)) + 1)


def _shown(word: str, name: str, *, has_children: bool) -> bytes:
    attribute = "\\HasChildren" if has_children else "\\HasNoChildren"
    return f'* {word} ({attribute}) "{SEPARATOR}" '.encode() + _written(name) + b"\r\n"


def _status(session: Session, parser: Parser) -> Done:
    name = folder_name(parser)
    parser.space()
    items = parser.listed(parser.word)
    parser.end()
    if unknown := [item for item in items if item not in _STATUS]:
        raise BadSyntax(f"there is no status item {unknown[0]}")
    folder = session.mailbox.folder(name)
    values = " ".join(f"{item} {_STATUS[item](folder)}" for item in items)
    return Done([b"* STATUS %b (%b)\r\n" % (_written(name), values.encode())])


def _create(session: Session, parser: Parser) -> Done:
    session.mailbox.create(last_folder_name(parser))
    return Done()


def _delete(session: Session, parser: Parser) -> Done:
    session.mailbox.delete(last_folder_name(parser))
    return Done()


def _rename(session: Session, parser: Parser) -> Done:
    old = folder_name(parser)
    session.mailbox.rename(old, last_folder_name(parser))
    return Done()


def _subscribe(session: Session, parser: Parser) -> Done:
    session.mailbox.folder(last_folder_name(parser))
    return Done(text="so is everybody to every folder")


def _append(session: Session, parser: Parser) -> Done:
    name = folder_name(parser)
    parser.space()
    flags = parser.listed(parser.flag) if parser.opens() else []
    parser.skips(b" ")
    received = parser.moment()
    parser.skips(b" ")
    data = parser.string()
    parser.end()
    folder = target(session, name)
    uid = folder.add(data, set(flags) & set(FLAGS), received)
    session.on_event(f"{session.user} put a mail of {len(data)} bytes into {name}")
    return Done(text=f"[APPENDUID {folder.validity} {uid}] kept")


def _namespace(_: Session, parser: Parser) -> Done:
    parser.end()
    return Done([f'* NAMESPACE (("" "{SEPARATOR}")) NIL NIL\r\n'.encode()])


def _written(name: str) -> bytes:
    return string(utf7.encode(name).encode())


COMMANDS: Mapping[str, Command] = {
    "SELECT": _select,
    "EXAMINE": _examine,
    "LIST": _list,
    "LSUB": _lsub,
    "STATUS": _status,
    "CREATE": _create,
    "DELETE": _delete,
    "RENAME": _rename,
    "SUBSCRIBE": _subscribe,
    "APPEND": _append,
    "NAMESPACE": _namespace,
}
