"""Wait until something is there on an FTP server, is gone, or is quiet: not written to any more.

Partners write their files under the final name and take their time. `state: quiet` waits until
neither the files that match nor their sizes and times have changed for a while, by our own clock.
A connection that is lost meanwhile is made again.
"""

from __future__ import annotations

import posixpath
import time
from collections.abc import Mapping
from fnmatch import fnmatchcase
from glob import has_magic
from itertools import islice
from typing import Annotated, Literal, TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import Check, Context, Range, Result, TaskError
from .clients.ftp import FtpClient
from .clients.ftp_listing import Entry
from .clients.ftp_present import look
from .clients.ftp_walk import walk
from .clients.ftp_words import FtpError
from .clients.lines import one_line
from .ftp_login import PATH, FtpLogin
from .ftp_site import FtpSite
from .ftp_survey import listed
from .ftp_traits import as_text

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {
    "matches": "What is there: `path`, `type`, `size` and `mtime` (ISO 8601, UTC).",
    "count": "How many that are.",
    "reached": "Whether all is as it should be; in check mode, whether it was at the only look.",
    "elapsed": "How many whole seconds it took.",
}
EXAMPLES = """\
- name: Wait until the partner has finished today's reports
  ftp_wait:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    path: inbox/*.csv
    state: quiet
    quiet_for: 30
    within: 3600
  register: reports

- name: Wait until the partner has fetched ours
  ftp_wait:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    path: outbox/orders.csv
    state: absent
"""
Snapshot: TypeAlias = Mapping[str, Entry]
_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Params(FtpLogin):
    path: Annotated[
        str,
        "What to look at. The last part may be a pattern, as `inbox/*.csv`, if there is nothing of"
        " just that name. A folder counts with all that is in it once it has to be quiet.",
        PATH,
        Check(one_line),
    ]
    state: Annotated[
        Literal["present", "absent", "quiet"],
        "`present`: at least one is there; `absent`: none; `quiet`: it is there, and nothing has"
        " changed for `quiet_for` seconds.",
    ] = "present"
    quiet_for: Annotated[float, "How many seconds nothing may have changed.", Range(0)] = 10
    within: Annotated[
        float, "Give up after so many seconds; `timeout` is about a single reply.", Range(0)
    ] = 300
    delay: Annotated[float, "Seconds before the first look.", Range(0)] = 0
    sleep: Annotated[float, "Seconds between two looks.", Range(0.01)] = 1
    msg: Annotated[str | None, "What to say when it takes too long."] = None


@dataclass
class _Watch:
    """What was seen last, and since when it has looked so."""

    params: Params
    start: float = field(default_factory=time.monotonic)
    seen: Snapshot | None = None
    since: float = 0
    quiet: float = 0
    changed: list[str] = field(default_factory=list)
    trouble: str = ""
    """Why the last look has shown nothing."""

    @property
    def left(self) -> float:
        return self.start + self.params.within - time.monotonic()

    @property
    def elapsed(self) -> int:
        return int(time.monotonic() - self.start)

    @property
    def reached(self) -> bool:
        match self.params.state:
            case "present":
                return bool(self.seen)
            case "absent":
                return self.seen is not None and not self.seen
            case _:
                return bool(self.seen) and self.quiet >= self.params.quiet_for

    def take(self, seen: Snapshot, begun: float) -> None:
        """Compare with what was seen last. A look takes time: the lesser time is told as quiet."""
        if seen != self.seen:
            old = self.seen or {}
            paths = sorted(old.keys() | seen.keys())
            self.changed = [path for path in paths if old.get(path) != seen.get(path)]
            self.seen, self.since = seen, time.monotonic()
        self.quiet = max(0.0, begun - self.since)


def run(params: Params, ctx: Context) -> Result:
    if params.state == "quiet" and 0 < params.quiet_for >= params.within:
        raise TaskError("quiet_for is not shorter than within: it can never be quiet for so long")
    site, watch = FtpSite(params, ctx), _Watch(params)
    if ctx.check:
        watch.take(site.talk(lambda ftp: _snapshot(ftp, params)), watch.start)
        return _result(site, watch)
    ctx.cancellation.sleep(params.delay)
    while True:
        _look(site, watch)
        if watch.reached:
            return _result(site, watch)
        if watch.left <= 0:
            raise TaskError(params.msg or _too_long(site, watch), **_data(watch))
        ctx.cancellation.sleep(max(0.0, min(params.sleep, watch.left)))


# Looking --------------------------------------------------------------------------------------


def _look(site: FtpSite, watch: _Watch) -> None:
    begun = time.monotonic()
    try:
        watch.take(site.talk(lambda ftp: _snapshot(ftp, watch.params)), begun)
        watch.trouble = ""
    except FtpError as error:
        # A server that is away may come back, and what it refuses may be on its way.
        if not error.transient and (error.code is None or error.at_login):
            raise
        watch.trouble = error.msg


def _snapshot(ftp: FtpClient, params: Params) -> Snapshot:
    path = ftp.absolute(params.path)
    present = look(ftp, path)
    found = {path: present.entry} if present else _matches(ftp, path)
    if params.state != "quiet":
        return found
    return {
        inside: each
        for top, entry in found.items()
        for inside, each in [(top, entry), *_content(ftp, top, entry)]
    }


def _matches(ftp: FtpClient, path: str) -> dict[str, Entry]:
    """What a pattern stands for; as in a shell, dot files only if the pattern has the dot."""
    folder, pattern = posixpath.split(path)
    if not has_magic(pattern):
        return {}
    return {
        posixpath.join(folder, entry.name): entry
        # The folder itself may be yet to come.
        for entry in listed(ftp, folder) or ()
        if fnmatchcase(entry.name, pattern)
        and "/" not in entry.name
        and (entry.name[0] != "." or pattern[0] == ".")
    }


def _content(ftp: FtpClient, top: str, entry: Entry) -> list[tuple[str, Entry]]:
    if entry.type != "dir":
        return []
    return [
        (posixpath.join(folder, each.name), each)
        for folder, listing in walk(ftp, top)
        for each in listing.entries
    ]


# What comes of it -----------------------------------------------------------------------------


def _result(site: FtpSite, watch: _Watch) -> Result:
    count = len(watch.seen or ())
    words = {"present": "there", "absent": "gone", "quiet": f"quiet for {watch.quiet:.0f} s"}
    state = words[watch.params.state] if watch.reached else f"not {watch.params.state} yet"
    return Result(
        msg=f"{watch.params.path} is {state}" + (f" ({count} matches)" if count > 1 else ""),
        data=_data(watch),
        warnings=site.warnings,
    )


def _data(watch: _Watch) -> dict[str, object]:
    seen = watch.seen or {}
    return {
        "matches": [_as_data(path, seen[path]) for path in sorted(seen)],
        "count": len(seen),
        "reached": watch.reached,
        "elapsed": watch.elapsed,
    }


def _as_data(path: str, entry: Entry) -> dict[str, object]:
    mtime = None if entry.mtime is None else as_text(entry.mtime)
    return {"path": path, "type": entry.type, "size": entry.size, "mtime": mtime}


def _too_long(site: FtpSite, watch: _Watch) -> str:
    return (
        f"{watch.params.path} is {_how_it_looks(watch)} after {watch.params.within:g} s"
        f" ({site.account})" + (f"; {watch.trouble}" if watch.trouble else "")
    )


def _how_it_looks(watch: _Watch) -> str:
    if watch.seen is None:
        return f"not known to be {'gone' if watch.params.state == 'absent' else 'there'}"
    if not watch.seen:
        return "not there"
    shown = ", ".join(_sized(path, watch.seen[path]) for path in islice(sorted(watch.seen), _SHOWN))
    more = f" and {len(watch.seen) - _SHOWN} more" if len(watch.seen) > _SHOWN else ""
    if watch.params.state == "absent":
        return f"still there ({shown}{more})"
    ago = time.monotonic() - watch.since
    return f"not quiet ({shown}{more}; {watch.changed[0]} has changed {ago:.0f} s ago)"


def _sized(path: str, entry: Entry) -> str:
    return path if entry.size is None else f"{path}: {entry.size:,} bytes"
