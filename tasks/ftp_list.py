"""List a folder on an FTP server."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from ..runner.task import Context, Result
from .clients.ftp import FtpClient
from .clients.ftp_listing import Entry, Listing
from .clients.ftp_walk import walk
from .ftp_login import FtpLogin
from .ftp_site import FtpSite

SUPPORTS_CHECK = True
RETURNS = {
    "entries": (
        "What was found, sorted by path: `name`, `path`, `type` (`file`, `dir`, `link`, `other`),"
        " `size`, `mtime` (ISO 8601, UTC), `perm`, and all `facts` the server gave."
        " Times from LIST have no time zone and are taken as UTC."
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
"""


@dataclass(frozen=True, kw_only=True)
class Params(FtpLogin):
    path: Annotated[str, "The folder to list."] = "."
    method: Annotated[
        Literal["auto", "mlsd", "list"],
        "The command to list with: MLSD is exact, LIST is older; `auto` takes the best there is.",
    ] = "auto"
    recursive: Annotated[bool, "Whether to list the folders inside it too."] = False
    pattern: Annotated[
        str | list[str] | None, "List only names that match this pattern, or one of these."
    ] = None


def run(params: Params, ctx: Context) -> Result:
    site = FtpSite(params, ctx)

    def work(ftp: FtpClient) -> tuple[str, list[tuple[str, Listing]], str]:
        top = ftp.absolute(params.path)
        walked = walk(ftp, top, params.method)
        return top, _listings(walked, recursive=params.recursive), ftp.welcome

    top, listings, welcome = site.talk(work)
    entries = [
        _as_data(folder, entry)
        for folder, listing in listings
        for entry in listing.entries
        if _wanted(entry.name, params.pattern)
    ]
    return Result(
        msg=f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'} in {top}",
        data={
            "entries": sorted(entries, key=lambda entry: str(entry["path"])),
            "count": len(entries),
            "lines": [line for _, listing in listings for line in listing.lines],
            "welcome": welcome,
        },
        warnings=[
            *site.warnings,
            *(
                f"{folder}: cannot read this line of the listing: {line}"
                for folder, listing in listings
                for line in listing.unreadable
            ),
        ],
    )


def _listings(
    walked: Iterable[tuple[str, Listing]], *, recursive: bool
) -> list[tuple[str, Listing]]:
    return list(walked) if recursive else [next(iter(walked))]


def _wanted(name: str, pattern: str | list[str] | None) -> bool:
    patterns = [pattern] if isinstance(pattern, str) else pattern
    return patterns is None or any(fnmatchcase(name, each) for each in patterns)


def _as_data(folder: str, entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "path": posixpath.join(folder, entry.name),
        "type": entry.type,
        "size": entry.size,
        "mtime": entry.mtime
        if entry.mtime is None
        else f"{datetime.fromtimestamp(entry.mtime, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "perm": entry.perm,
        "facts": dict(entry.facts),
    }
