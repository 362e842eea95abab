"""Wait until a port answers or is closed, until a file is there or gone, or until a text comes."""

from __future__ import annotations

import mmap
import os
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Literal

from ..runner.dataclasses import dataclass, field, replace
from ..runner.task import Check, Context, Range, Result, TaskError
from . import connections, paths, regexes
from .clients import port
from .word_list import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from socket import socket
    from typing import TypeAlias

    Groups: TypeAlias = dict[str, object]
    Pattern: TypeAlias = re.Pattern[bytes] | None

REPEAT = "harmless"
RETURNS = {
    "elapsed": "How many whole seconds it took.",
    "reason": "How it looked at the end, if it took too long and no `msg` was given.",
    "match_groups": "What the groups of `search_regex` matched.",
    "match_groupdict": "What its named groups matched.",
    "host": "As given.",
    "port": "As given.",
    "path": "As given.",
    **paths.DESCRIBED,
    "state": "What is at the path, if anything is; otherwise as given.",
    "search_regex": "As given.",
}
EXAMPLES = """\
- name: Wait until the FTP server answers
  wait_for:
    port: 2121
    timeout: 10

- name: Wait until it has said that it is ready
  wait_for:
    path: /var/log/ftp.log
    search_regex: starting FTP server

- name: Wait until the lock is gone
  wait_for:
    path: /srv/reports/.lock
    state: absent
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    host: Annotated[str, "Where the port is."] = "127.0.0.1"
    port: Annotated[int | None, "The port to look at.", Range(1, 65535)] = None
    path: Annotated[str | None, "The file to look at, in place of a port."] = None
    state: Annotated[
        Literal["absent", "drained", "present", "started", "stopped"],
        "`started` or `present`: the port answers, the file is there. "
        "`stopped` or `absent`: the port is closed, the file is gone. "
        "`drained`: nobody is connected to the port any more.",
    ] = "started"
    search_regex: Annotated[
        str | None,
        "A regular expression to be found in the file or in what the port says.",
        Check(regexes.check),
    ] = None
    timeout: Annotated[float, "Give up after so many seconds.", Range(0)] = 300
    delay: Annotated[float, "Seconds before the first look.", Range(0)] = 0
    sleep: Annotated[float, "Seconds between two looks.", Range(0)] = 1
    connect_timeout: Annotated[float, "Seconds for one attempt to connect.", Range(0)] = 5
    msg: Annotated[str | None, "What to say when it takes too long."] = None
    exclude_hosts: Annotated[Words, "Addresses whose connections do not count, for `drained`."] = (
        field(default_factory=list)
    )
    active_connection_states: Annotated[
        Words, "The states in which a connection counts, for `drained`."
    ] = field(default_factory=lambda: list(connections.ACTIVE))


class _NotYet(Exception):
    """What is waited for has not come; says how it looks now."""


@dataclass(frozen=True)
class _Clock:
    """How long there is, and whether the user still wants to wait."""

    start: float
    end: float
    check: Callable[[], None]

    @property
    def elapsed(self) -> int:
        return int(time.monotonic() - self.start)

    @property
    def left(self) -> float:
        return self.end - time.monotonic()


def run(params: Params, ctx: Context) -> Result:
    given = _given(params)
    if not params.path:
        params = replace(params, path=None)  # As in Ansible, what is empty is none.
    pattern = _pattern(params)
    start = time.monotonic()
    clock = _Clock(start, start + params.timeout, ctx.cancellation.check)
    ctx.cancellation.sleep(params.delay)
    groups = _groups(None)
    if params.port is None and params.path is None:
        ctx.cancellation.sleep(max(0.0, clock.left))
    else:
        groups = _wait(params, pattern, clock, ctx)
    there = paths.describe(ctx.path(params.path)) if params.path is not None else {}
    return Result(data={**given, **groups, **there, "elapsed": clock.elapsed})


def _pattern(params: Params) -> Pattern:
    if params.port is not None and params.path is not None:
        raise TaskError("port and path parameter can not both be passed to wait_for", elapsed=0)
    if params.path is not None and params.state in ("stopped", "drained"):
        only = "should only be used for checking a port in the wait_for module"
        raise TaskError(f"state={params.state} {only}", elapsed=0, hint="a file is absent")
    if params.exclude_hosts and params.state != "drained":
        raise TaskError("exclude_hosts should only be with state=drained", elapsed=0)
    for name in params.active_connection_states:
        if name not in connections.ACTIVE:
            known = f"there are {', '.join(connections.ACTIVE)}"
            msg = f"unknown active_connection_state ({name}) defined"
            raise TaskError(msg, elapsed=0, hint=known)
    if params.search_regex is None:
        return None
    try:
        return re.compile(params.search_regex.encode("utf-8", "surrogateescape"), re.MULTILINE)
    except re.error as error:
        raise TaskError(f"Invalid regular expression: {error}", elapsed=0) from error


def _given(params: Params) -> dict[str, object]:
    names = ("host", "port", "path", "state", "search_regex")
    return {name: getattr(params, name) for name in names}


def _groups(match: re.Match[bytes] | None) -> Groups:
    """As text, and at once: a match in a file that is mapped does not outlive the mapping."""
    groups = match.groups() if match else ()
    named = match.groupdict() if match else {}
    return {
        "match_groups": [_text(group) for group in groups],
        "match_groupdict": {name: _text(group) for name, group in named.items()},
    }


def _text(group: bytes | None) -> str | None:
    return None if group is None else group.decode("utf-8", "replace")


def _wait(params: Params, pattern: Pattern, clock: _Clock, ctx: Context) -> Groups:
    path = None if params.path is None else ctx.path(params.path)
    while True:
        try:
            return _look(params, path, pattern, clock)
        except _NotYet as reason:
            if clock.left <= 0:
                said = f"Timeout when waiting for {_what(params)}"
                why = {} if params.msg else {"reason": str(reason)}
                raise TaskError(params.msg or said, elapsed=clock.elapsed, **why) from None
        ctx.cancellation.sleep(min(params.sleep, max(0.0, clock.left)))


def _what(params: Params) -> str:
    """In Ansible's words: playbooks compare the whole message."""
    place = params.path or f"{params.host}:{params.port}"
    if params.state == "drained":
        return f"{place} to drain"
    if params.state in ("stopped", "absent"):
        return f"{place} to be absent." if params.path else f"{place} to stop."
    if params.search_regex:
        return f"search string {params.search_regex} in {place}"
    return f"file {place}" if params.path else place


def _look(params: Params, path: Path | None, pattern: Pattern, clock: _Clock) -> Groups:
    if params.state == "drained":
        return _drained(params)
    gone = params.state in ("stopped", "absent")
    if path is not None:
        return _gone(path) if gone else _there(path, pattern)
    return _closed(params, clock) if gone else _open(params, pattern, clock)


# Files --------------------------------------------------------------------------------------


def _gone(path: Path) -> Groups:
    if os.path.exists(path):  # noqa: PTH110  # of any name, never raises
        raise _NotYet("it is still there")
    return _groups(None)


def _there(path: Path, pattern: Pattern) -> Groups:
    try:
        found = path.stat()
        if pattern and paths.is_special(found):
            raise TaskError(f"{path} is a device, a pipe or a socket; it cannot be searched")
        return _found_in(path, pattern) if pattern else _groups(None)
    except (FileNotFoundError, NotADirectoryError):
        raise _NotYet("it is not there") from None
    except OSError as error:
        raise TaskError(f"cannot look at {path}: {error.strerror}") from error


def _found_in(path: Path, pattern: re.Pattern[bytes]) -> Groups:
    with path.open("rb") as file:
        try:
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (ValueError, OSError):
            # Empty, or made by the kernel while it is read.
            return _found(pattern, file.read())
        with view:
            return _found(pattern, view)


def _found(pattern: re.Pattern[bytes], data: bytes | mmap.mmap) -> Groups:
    if match := pattern.search(data):
        return _groups(match)
    raise _NotYet("it is there, but the text is not in it")


# Ports --------------------------------------------------------------------------------------


def _closed(params: Params, clock: _Clock) -> Groups:
    with suppress(OSError), _connected(params, clock):
        raise _NotYet("it still answers")
    return _groups(None)


def _drained(params: Params) -> Groups:
    others = connections.peers(params.port or 0, params.active_connection_states)
    if left := sorted(others - set(params.exclude_hosts)):
        raise _NotYet(f"{', '.join(left)} still there")
    return _groups(None)


def _open(params: Params, pattern: Pattern, clock: _Clock) -> Groups:
    try:
        with _connected(params, clock) as connection:
            if not pattern:
                return _groups(None)
            match = port.listen_for(pattern, connection, end=clock.end, check=clock.check)
    except OSError as error:
        raise _NotYet(error.strerror or str(error)) from error
    if not match:
        raise _NotYet("it answers, but has not said it")
    return _groups(match)


def _connected(params: Params, clock: _Clock) -> socket:
    seconds = min(params.connect_timeout, max(0.0, clock.left))
    return port.connect(params.host, params.port or 0, seconds=seconds, check=clock.check)
