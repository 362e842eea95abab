"""List a folder on an FTP server.

With MLSD, names, sizes and times are exact. Servers without it are asked with LIST, whose lines, of
unix and DOS servers, are read as well as they can be.
"""

from __future__ import annotations

import posixpath
import time
from collections.abc import Iterable
from glob import has_magic
from typing import Annotated, Literal

from ..runner.dataclasses import dataclass, field, replace
from ..runner.task import Check, Context, Range, Result, TaskError
from .clients.ftp import FtpClient
from .clients.ftp_listing import Entry, Listing
from .clients.ftp_walk import walk
from .clients.ftp_words import FtpError
from .clients.lines import one_line
from .clients.path_filter import PathFilter
from .clients.safe_names import safe_name
from .ftp_login import PATH, FtpLogin
from .ftp_selection import AGE, SIZE, Selection, Wanted
from .ftp_site import FtpSite
from .ftp_traits import as_text

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {
    "entries": (
        "What was found: `name`, `path`, `type` (`file`, `dir`, `link`, `other`), `size`, `mtime`"
        " (ISO 8601, UTC), `exact` (whether that is right to the second: times from LIST have no"
        " time zone and are taken as UTC), `perm`, and all `facts` the server gave."
    ),
    "count": "How many entries there are.",
    "lines": "The listing as the server sent it.",
    "welcome": "What the server said when we connected.",
}
EXAMPLES = """\
- name: See what came in
  ftp_list:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    path: inbox
    pattern: "*.csv"
  register: inbox

- name: Show every file with its size
  debug:
    msg: "{{ item.name }}: {{ item.size }} bytes, of {{ item.mtime }}"
  loop: "{{ inbox.entries }}"

- name: Find big files that nobody has touched for four weeks, the oldest first
  ftp_list:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    recursive: true
    exclude: archive
    type: file
    size: 100m
    age: 4w
    sort: mtime
  register: forgotten
"""


@dataclass(frozen=True, kw_only=True)
class Params(FtpLogin):
    path: Annotated[str, "The folder to list.", PATH, Check(one_line)] = "."
    method: Annotated[
        Literal["auto", "mlsd", "list"],
        "The command to list with: MLSD is exact, LIST is older; `auto` takes the best there is.",
    ] = "auto"
    recursive: Annotated[bool, "Whether to list the folders inside it too."] = False
    depth: Annotated[
        int | None, "With `recursive`, how many levels to list; 1 is the folder alone.", Range(1)
    ] = None
    pattern: Annotated[
        str | list[str] | None,
        "List only what matches this pattern, or one of these: a name at any depth, or with a"
        " slash a path from the folder on; `**` goes through folders.",
    ] = None
    exclude: Annotated[
        str | list[str] | None,
        "Leave out what matches; what is in a folder that is left out is not looked at.",
    ] = None
    type: Annotated[Wanted, "List only what is of this type."] = "any"
    size: Annotated[
        str | None,
        "List only files of at least this size, as `10m`; of at most this size, as `-1k`."
        " The units are b, k, m, g and t.",
        SIZE,
    ] = None
    age: Annotated[
        str | None,
        "List only what was changed so long ago or longer, as `2d`; within this time, as `-3h`."
        " The units are s, m, h, d and w.",
        AGE,
    ] = None
    exact_times: Annotated[
        bool,
        "Ask for the time of each file that the listing tells roughly (MDTM). With `age` and with"
        " `sort: mtime` that is done anyway.",
    ] = False
    sort: Annotated[Literal["path", "name", "mtime", "size"], "What to sort by."] = "path"
    reverse: Annotated[bool, "Whether the greatest, or newest, comes first."] = False


@dataclass
class _Found:
    """What was found; an entry comes with its path."""

    top: str
    welcome: str
    entries: list[tuple[str, Entry]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unsafe: set[str] = field(default_factory=set)
    """What is neither told nor entered: names like `../a` lead out of the folder."""


def run(params: Params, ctx: Context) -> Result:
    site = FtpSite(params, ctx)
    names = PathFilter.of(params.pattern, params.exclude)
    selection = Selection.of(names, params.type, size=params.size, age=params.age)
    try:
        found = site.talk(lambda ftp: _look(ftp, params, selection))
    except FtpError as error:
        if error.code is not None and has_magic(params.path):
            error.add("; `path` takes no pattern, `pattern` does")
        raise
    found.entries.sort(key=lambda entry: _rank(params.sort, *entry), reverse=params.reverse)
    count = len(found.entries)
    return Result(
        msg=f"{count} {'entry' if count == 1 else 'entries'} in {found.top}",
        data={
            "entries": [_as_data(path, entry) for path, entry in found.entries],
            "count": count,
            "lines": found.lines,
            "welcome": found.welcome,
        },
        warnings=[*site.warnings, *found.warnings],
    )


def _look(ftp: FtpClient, params: Params, selection: Selection) -> _Found:
    found = _Found(ftp.absolute(params.path), ftp.welcome)
    levels = (params.depth or 0) if params.recursive else 1

    def enters(path: str) -> bool:
        inside = posixpath.relpath(path, found.top)
        is_near = not levels or inside.count("/") + 1 < levels
        return is_near and path not in found.unsafe and selection.names.takes(inside, folder=True)

    for folder, listing in walk(ftp, found.top, params.method, enters=enters):
        _add(found, folder, listing, selection)
    if params.age or params.exact_times or params.sort == "mtime":
        _ask_for_times(ftp, found)
    if params.age:
        _choose_by_age(found, selection)
    return found


def _add(found: _Found, folder: str, listing: Listing, selection: Selection) -> None:
    unsafe = [entry.name for entry in listing.entries if not _is_safe(entry.name)]
    found.unsafe.update(posixpath.join(folder, name) for name in unsafe)
    found.lines += listing.lines
    found.warnings += _told(f"{folder}: cannot read this line of the listing", listing.unreadable)
    found.warnings += _told(f"{folder}: left out a name that leads elsewhere", map(repr, unsafe))
    inside = "" if folder == found.top else posixpath.relpath(folder, found.top)
    found.entries += [
        (posixpath.join(folder, entry.name), entry)
        for entry in listing.entries
        if selection.takes(posixpath.join(inside, entry.name), entry) and _is_safe(entry.name)
    ]


def _is_safe(name: str) -> bool:
    try:
        return bool(safe_name(name))
    except TaskError:
        return False


def _told(what: str, cases: Iterable[str]) -> list[str]:
    """One warning, however many cases there are."""
    first, *others = [*cases] or [""]
    more = f" and {len(others)} more" if others else ""
    return [f"{what}{more}: {first}"] if first else []


def _ask_for_times(ftp: FtpClient, found: _Found) -> None:
    rough = {
        index: path
        for index, (path, entry) in enumerate(found.entries)
        if entry.type == "file" and (not entry.exact or entry.mtime is None)
    }
    if not rough or not ftp.offers("MDTM"):
        return
    for index, mtime in zip(rough, ftp.mtimes([*rough.values()]), strict=True):
        path, entry = found.entries[index]
        if mtime is not None:
            found.entries[index] = (path, replace(entry, mtime=mtime, exact=True))


def _choose_by_age(found: _Found, selection: Selection) -> None:
    if any(entry.type == "file" and not entry.exact for _, entry in found.entries):
        found.warnings.append(
            f"{found.top}: the server tells times roughly and in a time zone of its own;"
            " `age` takes them as UTC"
        )
    now = time.time()
    found.entries = [each for each in found.entries if selection.is_of_age(each[1], now)]


def _rank(by: str, path: str, entry: Entry) -> tuple[bool, float, str, str]:
    """What to sort by, then the path; what is not known comes first."""
    amounts = {"mtime": entry.mtime, "size": entry.size}
    amount = amounts.get(by)
    return amount is not None, amount or 0, entry.name if by == "name" else "", path


def _as_data(path: str, entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "path": path,
        "type": entry.type,
        "size": entry.size,
        "mtime": None if entry.mtime is None else as_text(entry.mtime),
        "exact": entry.exact,
        "perm": entry.perm,
        "facts": dict(entry.facts),
    }
