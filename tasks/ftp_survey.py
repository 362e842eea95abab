"""What lies on the server where files are to go: one listing a folder, not one question a file."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import TaskError
from .clients.ftp import FtpClient
from .clients.ftp_listing import Entry
from .clients.ftp_setting_times import size_of
from .clients.ftp_walk import links_in
from .clients.ftp_words import FtpError
from .clients.part_names import owner_of_part
from .clients.safe_names import safe_name
from .clients.transfer_plan import FOLDER, Item, spelling

Listed: TypeAlias = dict[str, Sequence[Entry] | None]
"""What folders hold that have been looked into; None where nothing is to be seen."""


@dataclass(eq=False, repr=False)
class Survey:
    """`found` is what lies there, `parts` the files on their way that runs have left, by size."""

    found: dict[str, Item] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    untimed: list[str] = field(default_factory=list)
    """Files whose time matters, but is not told to the second by their listing."""


def one(ftp: FtpClient, path: str) -> Survey:
    """Look at a single path."""
    entry = ftp.stat(path)
    return Survey({path: _item(entry)} if entry else {})


def ahead(ftp: FtpClient, folder: str) -> Listed:
    """Look into a folder before all is known that goes there."""
    return {folder: listed(ftp, folder)}


def listed(ftp: FtpClient, folder: str) -> Sequence[Entry] | None:
    """List a folder; None if it is not there, or not for our eyes."""
    try:
        return ftp.list_folder(folder).entries
    except FtpError as error:
        if error.code is None or error.transient or not ftp.usable:
            raise
        return None


def many(
    ftp: FtpClient, wanted: Mapping[str, Item], known: Listed, *, deep: bool, exact: bool
) -> Survey:
    """Look into every folder that something goes to; `deep` into all that is in them too.

    Some may be `known`. With `exact`, times matter to the second.
    """
    survey = Survey()
    waiting = sorted({_folder_of(path, item) for path, item in wanted.items()}, reverse=True)
    seen: set[str] = set()
    while waiting:
        folder = waiting.pop()
        above = posixpath.dirname(folder)
        is_missing = above in seen and folder not in survey.found
        if folder not in seen and not is_missing:
            entries = known.pop(folder) if folder in known else listed(ftp, folder)
            if entries is None and ftp.is_folder(folder):
                entries = _of_unlisted(ftp, folder, wanted, deep=deep)
            if entries is not None:
                waiting += _look_into(ftp, folder, entries, wanted, survey, deep=deep)
        seen.add(folder)
    if deep:
        _respell(ftp, wanted, survey)
    if not exact:
        survey.untimed.clear()
    return survey


def _respell(ftp: FtpClient, wanted: Mapping[str, Item], survey: Survey) -> None:
    """Know what is wanted by another spelling, if the server does not tell `A` from `a`.

    A mirror would remove it, and with it what has just been sent.
    """
    found = survey.found
    missing = sorted(wanted.keys() - found.keys())
    others = {spelling(path): path for path in found.keys() - wanted.keys()} if missing else {}
    twins = [(path, others[spelling(path)]) for path in missing if spelling(path) in others]
    if twins and ftp.stat(twins[0][0]):
        found.update({path: found.pop(other) for path, other in twins})
        survey.untimed += [path for path, _ in twins if not found[path].folder]


def _of_unlisted(
    ftp: FtpClient, folder: str, wanted: Mapping[str, Item], *, deep: bool
) -> Sequence[Entry]:
    """Look into a folder that is there, though it was not listed."""
    entries = listed(ftp, folder)  # another run may have made it just now
    if entries is None and deep:
        raise TaskError(
            f"{folder} may not be listed ({ftp.account}), so nobody can tell what a mirror would"
            " remove from it"
        )
    return _asked_for(ftp, folder, wanted) if entries is None else entries


def _asked_for(ftp: FtpClient, folder: str, wanted: Mapping[str, Item]) -> list[Entry]:
    """Ask for each of the files and folders that go to a folder that may not be listed."""
    inside = posixpath.join(folder, "")
    ours = [path for path in wanted if path.startswith(inside) and path.rfind("/") < len(inside)]
    files = [path for path in ours if not wanted[path].folder]
    replies = ftp.exchange([("SIZE", path) for path in files])
    sizes = map(size_of, replies)
    there = {path: size for path, size in zip(files, sizes, strict=True) if size is not None}
    found = zip(there.items(), ftp.mtimes([*there]), strict=True)
    return [
        *(
            Entry(name=path[len(inside) :], type="file", size=size, mtime=mtime)
            for (path, size), mtime in found
        ),
        *(
            Entry(name=path[len(inside) :], type="dir")
            for path in ours
            if path != folder and wanted[path].folder and ftp.is_folder(path)
        ),
    ]


def _folder_of(path: str, item: Item) -> str:
    return path if item.folder else path.rpartition("/")[0] or "/"


def _look_into(
    ftp: FtpClient,
    folder: str,
    entries: Sequence[Entry],
    wanted: Mapping[str, Item],
    survey: Survey,
    *,
    deep: bool,
) -> list[str]:
    """Add what a folder holds; gives the folders in it that nothing goes to."""
    survey.found[folder] = FOLDER
    # What a link leads to is not ours to remove.
    is_deep = deep and folder not in survey.links
    links = _hidden_links(ftp, folder, entries, wanted) if is_deep else frozenset()
    unlisted = links - {entry.name for entry in entries}
    entries = (*entries, *(Entry(name=name, type="link") for name in sorted(unlisted)))
    further = []
    inside = posixpath.join(folder, "")
    for entry in entries:
        path = inside + (safe_name(entry.name) if is_deep else entry.name)
        ours = wanted.get(path)
        if owner_of_part(entry.name):
            survey.parts[path] = entry.size or 0
        elif ours or is_deep:
            is_link = entry.type == "link" or entry.name in links
            found = _add(ftp, path, entry, ours, survey, is_link=is_link)
            if found.folder and not ours:
                further.append(path)
    return further


def _hidden_links(
    ftp: FtpClient, folder: str, entries: Sequence[Entry], wanted: Mapping[str, Item]
) -> frozenset[str]:
    """Give the links that MLSD does not tell: those to folders, and those that lead nowhere.

    The latter matter where the folder itself is to go.
    """
    may_hold_some = folder not in wanted or any(entry.type == "dir" for entry in entries)
    return links_in(ftp, folder) if may_hold_some and ftp.offers("MLST") else frozenset()


def _add(
    ftp: FtpClient, path: str, entry: Entry, wanted: Item | None, survey: Survey, *, is_link: bool
) -> Item:
    """Note what lies at a path, and give it."""
    found = _item(entry)
    if is_link:
        survey.links.add(path)
        found = _item(ftp.stat(path) or entry) if wanted else Item()
    elif wanted and not entry.exact and entry.size == wanted.size:
        survey.untimed.append(path)
    survey.found[path] = found
    return found


def add_times(survey: Survey, times: Sequence[float | None]) -> None:
    """Add what the server tells of the times of `untimed`."""
    for path, mtime in zip(survey.untimed, times, strict=True):
        survey.found[path] = Item(size=survey.found[path].size, mtime=mtime)


def parts_beside(ftp: FtpClient, path: str) -> dict[str, int]:
    """Find the files on their way in the folder of a path."""
    survey, folder = Survey(), posixpath.dirname(path)
    _look_into(ftp, folder, listed(ftp, folder) or (), {}, survey, deep=False)
    return survey.parts


def _item(entry: Entry) -> Item:
    return Item(folder=entry.type == "dir", size=entry.size, mtime=entry.mtime)
