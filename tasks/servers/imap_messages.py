"""IMAP's commands on messages of the folder that is open (RFC 3501, 6.4; 4315; 6851)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import or_, sub
from typing import TypeAlias

from .folders import FLAGS, Flags, Folder, Refused, Stored, counted
from .imap_fetch import Asked, Item, answer, items, simple
from .imap_search import search
from .imap_session import Command, Done, MessageCommand, Session, last_folder_name, target
from .imap_syntax import BadSyntax, Parser
from .imap_view import View

_Numbered: TypeAlias = list[tuple[int, Stored]]
_SEEN = frozenset(("\\Seen",))
_BRIEF = {b"FLAGS", b"UID", b"RFC822.SIZE", b"INTERNALDATE"}


def _chosen(session: Session, parser: Parser, *, by_uid: bool) -> _Numbered:
    parser.space()
    return session.view.chosen(parser.sequence_set(), by_uid=by_uid)


# Looking --------------------------------------------------------------------------------------


def _search(session: Session, parser: Parser, *, by_uid: bool) -> Done:
    parser.space()
    found = search(parser, session.view)
    numbers = (letter.uid if by_uid else number for number, letter in found)
    return Done([f"* SEARCH {' '.join(map(str, numbers))}".rstrip().encode() + b"\r\n"])


def _fetch(session: Session, parser: Parser, *, by_uid: bool) -> Done:
    letters = _chosen(session, parser, by_uid=by_uid)
    parser.space()
    wanted = items(parser)
    parser.end()
    if by_uid and not any(item.name == b"UID" for item in wanted):
        wanted.insert(0, simple("UID"))
    if letters and any(item.name not in _BRIEF for item in wanted):
        session.on_event(f"{session.user} looked at {counted(len(letters))}")
    return Done(_fetched(session.view, letters, wanted))


def _fetched(view: View, letters: _Numbered, wanted: Sequence[Item]) -> Iterator[bytes]:
    marks = any(item.reads for item in wanted) and not view.is_read_only
    is_complete = True
    for number, letter in letters:
        try:
            yield _one(view, number, letter, wanted, marks=marks)
        except Refused:
            is_complete = False
    if not is_complete:
        raise Refused("[EXPUNGEISSUED] some of these mails are gone")


def _one(view: View, number: int, letter: Stored, wanted: Sequence[Item], *, marks: bool) -> bytes:
    if marks and "\\Seen" not in letter.flags:
        view.change_flags(number, _SEEN.union)
        letter = view.letters[number - 1]
        wanted = [*(item for item in wanted if item.name != b"FLAGS"), simple("FLAGS")]
    asked = Asked(letter, view.flags(letter))
    return b"* %d FETCH (%b)\r\n" % (number, answer(asked, wanted))


# Changing -------------------------------------------------------------------------------------


def _store(session: Session, parser: Parser, *, by_uid: bool) -> Done:
    letters = _chosen(session, parser, by_uid=by_uid)
    parser.space()
    change = _change(parser)
    is_silent = parser.skips(b".SILENT")
    parser.space()
    given = frozenset(parser.flags()) & set(FLAGS)
    parser.end()
    view = session.writable
    for number, _ in letters:
        view.change_flags(number, lambda flags: change(flags, given))
    told = [] if is_silent else [view.told(number, with_uid=by_uid) for number, _ in letters]
    return Done(told)


def _change(parser: Parser) -> Callable[[Flags, Flags], Flags]:
    for sign, change in _CHANGES.items():
        if parser.skips(sign):
            return change
    raise BadSyntax("use FLAGS, +FLAGS or -FLAGS")


_CHANGES: Mapping[bytes, Callable[[Flags, Flags], Flags]] = {
    b"+FLAGS": or_,
    b"-FLAGS": sub,
    b"FLAGS": lambda _, given: given,
}


def _expunge(session: Session, parser: Parser, *, by_uid: bool) -> Done:
    letters = _chosen(session, parser, by_uid=True) if by_uid else None
    parser.end()
    _remove_deleted(session, session.writable, letters)
    return Done()


def _remove_deleted(session: Session, view: View, letters: _Numbered | None = None) -> None:
    among = view.letters if letters is None else [letter for _, letter in letters]
    uids = {letter.uid for letter in among}
    # By the flags of now: another client may have taken the mark back.
    now = view.folder.letters()
    gone = [one.uid for one in now if one.uid in uids and "\\Deleted" in one.flags]
    view.folder.remove(gone)
    if gone:
        session.on_event(f"{session.user} deleted {counted(len(gone))}")


def _copy(session: Session, parser: Parser, *, by_uid: bool) -> Done:
    letters = _chosen(session, parser, by_uid=by_uid)
    return Done(text=_copied(session, letters, parser))


def _move(session: Session, parser: Parser, *, by_uid: bool) -> Done:
    letters = _chosen(session, parser, by_uid=by_uid)
    folder = session.writable.folder
    told = _copied(session, letters, parser)
    folder.remove([letter.uid for _, letter in letters])
    return Done([f"* OK {told}\r\n".encode()])


def _copied(session: Session, letters: _Numbered, parser: Parser) -> str:
    name = last_folder_name(parser)
    folder = target(session, name)
    uids = _put([letter for _, letter in letters], folder)
    if not uids:
        return "there was nothing"
    session.on_event(f"{session.user} put {counted(len(uids))} into {name}")
    old = ",".join(str(letter.uid) for _, letter in letters)
    return f"[COPYUID {folder.validity} {old} {','.join(map(str, uids))}] done"


def _put(letters: Sequence[Stored], folder: Folder) -> list[int]:
    """Put copies into a folder, all or none."""
    uids: list[int] = []
    try:
        for letter in letters:
            uid = folder.add(letter.data(), letter.flags, letter.received)
            uids.append(uid)
    except (Refused, OSError):
        folder.remove(uids)
        raise
    return uids


# The folder itself ----------------------------------------------------------------------------


def _check(session: Session, parser: Parser) -> Done:
    parser.end()
    _ = session.view
    return Done()


def _close(session: Session, parser: Parser) -> Done:
    parser.end()
    view = session.view
    if not view.is_read_only:
        _remove_deleted(session, view)
    session.opened = None
    return Done()


def _unselect(session: Session, parser: Parser) -> Done:
    parser.end()
    _ = session.view
    session.opened = None
    return Done()


MESSAGE_COMMANDS: Mapping[str, MessageCommand] = {
    "SEARCH": _search,
    "FETCH": _fetch,
    "STORE": _store,
    "COPY": _copy,
    "MOVE": _move,
    "EXPUNGE": _expunge,
}
COMMANDS: Mapping[str, Command] = {"CHECK": _check, "CLOSE": _close, "UNSELECT": _unselect}
