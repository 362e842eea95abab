"""The commands that a scripted IMAP server knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from imap_faults_fetch import fetched
from imap_faults_mailbox import Folder, Stored, is_found
from imap_faults_session import Command, ImapSession, Refused
from mail_fault_logins import LoginReplies

_WRONG = "NO [AUTHENTICATIONFAILED] wrong user or password"

# Logging in -----------------------------------------------------------------------------------


def _capability(session: ImapSession, _: list[str]) -> bytes:
    mechanisms = [f"AUTH={name}" for name in session.server.options.mechanisms]
    names = ["IDLE", "MOVE", "UIDPLUS", "SASL-IR", "LITERAL+", "UNSELECT", *mechanisms]
    names += ["STARTTLS"] if session.offers_tls() else []
    return session.done([" ".join(["* CAPABILITY IMAP4rev1", *session.offered(*names)])])


def _start_tls(session: ImapSession, _: list[str]) -> bytes:
    if not session.offers_tls():
        raise Refused("BAD no TLS here")
    session.then = session.secure
    return session.done()


def _login(session: ImapSession, arguments: list[str]) -> bytes:
    options = session.server.options
    if arguments != [options.user, options.password]:
        raise Refused(_WRONG)
    session.logged_in = True
    return session.done(said="OK logged in")


def _authenticate(session: ImapSession, arguments: list[str]) -> bytes:
    replies = LoginReplies(session.worded, "+", "OK logged in", _WRONG)
    return session.begin_login(" ".join(arguments), replies)


def _logout(session: ImapSession, _: list[str]) -> bytes:
    session.then = session.leave
    return session.done(["* BYE fault.example leaves"])


def _accept(session: ImapSession, _: list[str]) -> bytes:
    return session.done()


def _noop(session: ImapSession, _: list[str]) -> bytes:
    return session.done(session.news())


def _idle(session: ImapSession, _: list[str]) -> bytes:
    session.then = session.tell_news
    return session.worded("+ idling")


# Folders --------------------------------------------------------------------------------------


def _select(session: ImapSession, arguments: list[str]) -> bytes:
    session.marks_seen = True
    return _selected(session, arguments[0], "READ-WRITE")


def _examine(session: ImapSession, arguments: list[str]) -> bytes:
    session.marks_seen = False
    return _selected(session, arguments[0], "READ-ONLY")


def _selected(session: ImapSession, name: str, access: str) -> bytes:
    session.folder = folder = session.named(name)
    session.view = list(folder.mails)
    lines = [
        r"* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)",
        r"* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] kept",
        f"* {len(session.view)} EXISTS",
        "* 0 RECENT",
        f"* OK [UIDVALIDITY {folder.validity}] uids valid",
        f"* OK [UIDNEXT {session.top() + 1}] next",
    ]
    return session.done(lines, said=f"OK [{access}] selected")


def _list(session: ImapSession, _: list[str]) -> bytes:
    return session.done(rf'* LIST () "/" "{name}"' for name in session.imap.folders)


def _create(session: ImapSession, arguments: list[str]) -> bytes:
    if arguments[0] in session.imap.folders:
        raise Refused("NO [ALREADYEXISTS] there is such a folder")
    session.imap.folders[arguments[0]] = Folder()
    return session.done()


def _status(session: ImapSession, arguments: list[str]) -> bytes:
    folder = session.named(arguments[0])
    told = f"MESSAGES {len(folder.mails)} UIDVALIDITY {folder.validity}"
    return session.done([f'* STATUS "{arguments[0]}" ({told})'])


def _append(session: ImapSession, arguments: list[str]) -> bytes:
    session.named(arguments[0]).add(arguments[-1].encode("utf-8", "surrogateescape"))
    return session.done(session.news())


def _close(session: ImapSession, _: list[str]) -> bytes:
    _expunged(session, session.view)
    return _unselect(session, [])


def _unselect(session: ImapSession, _: list[str]) -> bytes:
    session.folder, session.view = None, []
    return session.done()


# Mails ----------------------------------------------------------------------------------------


def _search(session: ImapSession, arguments: list[str], *, by_uid: bool) -> bytes:
    keys = arguments[2:] if arguments[0].upper() == "CHARSET" else arguments
    top = session.top()
    found = [(at, mail) for at, mail in enumerate(session.view, 1) if is_found(mail, keys, top)]
    numbers = [str(mail.uid if by_uid else at) for at, mail in found]
    return session.done([" ".join(["* SEARCH", *numbers])])


def _fetch(session: ImapSession, arguments: list[str], *, by_uid: bool) -> bytes:
    items = _unfolded(arguments[1:])
    items += ["UID"] if by_uid and "UID" not in items else []
    mails = session.chosen(arguments[0], by_uid=by_uid)
    marks_seen = session.marks_seen
    told = [fetched(number, mail, items, marks_seen=marks_seen) for number, mail in mails]
    return b"".join([*told, session.done()])


def _store(session: ImapSession, arguments: list[str], *, by_uid: bool) -> bytes:
    numbers, how, *words = arguments
    flags = set(_unfolded(words))
    lines = []
    for at, mail in session.chosen(numbers, by_uid=by_uid):
        mail.flags = _CHANGES.get(how[0], _set)(mail.flags, flags)
        lines.append(f"* {at} FETCH (UID {mail.uid} FLAGS ({' '.join(sorted(mail.flags))}))")
    return session.done([] if how.upper().endswith(".SILENT") else lines)


def _set(_: set[str], flags: set[str]) -> set[str]:
    return flags


_CHANGES: Mapping[str, Callable[[set[str], set[str]], set[str]]] = {
    "+": lambda old, flags: old | flags,
    "-": lambda old, flags: old - flags,
}


def _unfolded(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in "()"]


def _copy(session: ImapSession, arguments: list[str], *, by_uid: bool) -> bytes:
    _copied(session, arguments, by_uid=by_uid)
    return session.done(said="OK copied")


def _move(session: ImapSession, arguments: list[str], *, by_uid: bool) -> bytes:
    moved = _copied(session, arguments, by_uid=by_uid)
    return session.done(session.let_go(moved), said="OK moved")


def _copied(session: ImapSession, arguments: list[str], *, by_uid: bool) -> list[Stored]:
    target = session.named(arguments[1])
    mails = [mail for _, mail in session.chosen(arguments[0], by_uid=by_uid)]
    for mail in mails:
        target.add(mail.data, [*mail.flags])
    return mails


def _expunge(session: ImapSession, _: list[str]) -> bytes:
    return _expunged(session, session.view)


def _uid_expunge(session: ImapSession, arguments: list[str]) -> bytes:
    return _expunged(session, [mail for _, mail in session.chosen(arguments[0], by_uid=True)])


def _expunged(session: ImapSession, mails: Iterable[Stored]) -> bytes:
    doomed = [mail for mail in mails if r"\Deleted" in mail.flags]
    session.imap.expunged += [mail.uid for mail in doomed]
    return session.done(session.let_go(doomed))


_BY_NUMBER_OR_UID = {
    "FETCH": _fetch,
    "STORE": _store,
    "SEARCH": _search,
    "COPY": _copy,
    "MOVE": _move,
}
COMMANDS: Mapping[str, Command] = {
    "CAPABILITY": _capability,
    "NOOP": _noop,
    "CHECK": _noop,
    "ID": _accept,
    "ENABLE": _accept,
    "NAMESPACE": _accept,
    "STARTTLS": _start_tls,
    "LOGIN": _login,
    "AUTHENTICATE": _authenticate,
    "LOGOUT": _logout,
    "SELECT": _select,
    "EXAMINE": _examine,
    "LIST": _list,
    "CREATE": _create,
    "STATUS": _status,
    "APPEND": _append,
    "CLOSE": _close,
    "UNSELECT": _unselect,
    "IDLE": _idle,
    "EXPUNGE": _expunge,
    "UID EXPUNGE": _uid_expunge,
    **{name: partial(work, by_uid=False) for name, work in _BY_NUMBER_OR_UID.items()},
    **{f"UID {name}": partial(work, by_uid=True) for name, work in _BY_NUMBER_OR_UID.items()},
}
