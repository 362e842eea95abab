"""Make or remove what lies on an FTP server, move it, or change its permissions and its time.

A folder is removed with all that is in it; a link goes, and what it leads to stays. Neither the
root, nor the account's home, nor the folder of `cwd` can be removed.
"""

from __future__ import annotations

import posixpath
from glob import has_magic
from typing import Annotated, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import Alias, Check, Context, Mode, Result, TaskError
from .clients.ftp import FtpClient
from .clients.ftp_moving import move
from .clients.ftp_present import Present, exact_mtime, foreseen_folders, look
from .clients.ftp_walk import removal
from .clients.lines import one_line
from .ftp_changes import Changes
from .ftp_login import PATH, FtpLogin
from .ftp_site import FtpSite
from .ftp_traits import as_text, moment, set_modes, set_time, wanted_mode

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = {
    "path": "What it was about, in full.",
    "state": "What is there now: `file`, `directory`, `link`, `other` or `absent`.",
    "size": "The size in bytes, if there is one.",
    "made": "The folders that were made.",
    "removed": "All that was removed, in this order.",
    "moved_from": "Where the file was before, if it was moved.",
}
EXAMPLES = """\
- name: A folder, and those above it
  ftp_file:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    path: reports/2025
    state: directory
    mode: "0750"

- name: What was read goes to the archive
  ftp_file:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    path: archive/may.csv
    moved_from: inbox/may.csv

- name: Gone, with all that is in it
  ftp_file:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    path: old
    state: absent
"""
State: TypeAlias = Literal["file", "directory", "absent"]


@dataclass(frozen=True, kw_only=True)
class Params(FtpLogin):
    path: Annotated[str, "What it is about.", Alias("dest", "name"), PATH, Check(one_line)]
    state: Annotated[
        State | None,
        "What is to be there: `file` must exist or be moved there, `directory` is made, `absent` is"
        " removed. Left out, whatever is there is changed.",
    ] = None
    moved_from: Annotated[
        str | None,
        "Where it lies until it is moved to `path`; folders that are missing there are made. Once"
        " it is at `path` and not here any more, there is nothing to do.",
        Alias("src"),
        PATH,
    ] = None
    force: Annotated[bool, "Whether moving replaces a file that lies at `path`."] = False
    mode: Annotated[
        Mode | None,
        'Permissions (SITE CHMOD), as `"0644"`; `u=rw,go=r` where the server tells them.',
    ] = None
    mtime: Annotated[
        str | None,
        "When it was changed: ISO 8601, in UTC unless it says otherwise, or seconds since 1970.",
    ] = None


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What is to be done, and what lay there before."""

    path: str
    source: str | None
    present: Present | None
    at_source: Present | None
    params: Params
    changes: Changes

    @property
    def subject(self) -> Present | None:
        """What permissions and time are asked of: what is moved, or what is there."""
        return self.at_source or self.present


def run(params: Params, ctx: Context) -> Result:
    _refuse_nonsense(params)
    changes = Changes(FtpSite(params, ctx), ctx)
    job = changes.site.talk(lambda ftp: _look(ftp, params, changes))
    if params.state == "absent":
        _remove(job)
    else:
        _put_there(job)
        _set_mode(job)
        _set_mtime(job)
    return _result(job)


def _refuse_nonsense(params: Params) -> None:
    given = [name for name in ("moved_from", "mode", "mtime") if getattr(params, name) is not None]
    if params.state == "absent" and given:
        raise TaskError(f"{given[0]} is for what is there; with `state: absent` nothing is")


def _look(ftp: FtpClient, params: Params, changes: Changes) -> _Job:
    path = ftp.absolute(params.path)
    source = None if params.moved_from is None else ftp.absolute(params.moved_from)
    if source == path:
        raise TaskError(f"moved_from and path are the same: {path}")
    if source and path.startswith(f"{source}/"):
        raise TaskError(f"{source} cannot be moved into itself, to {path}")
    mode = params.mode is not None
    if params.state == "absent":
        _refuse_to_remove(ftp, path)
    return _Job(
        path=path,
        source=source,
        present=look(ftp, path, mode=mode),
        at_source=look(ftp, source, mode=mode) if source else None,
        params=params,
        changes=changes,
    )


# Removing -------------------------------------------------------------------------------------


def _refuse_to_remove(ftp: FtpClient, path: str) -> None:
    kept = {ftp.folder: "the folder of cwd", ftp.known.home: "the account's home", "/": "the root"}
    for folder, what in kept.items():
        if posixpath.commonpath([folder, path]) == path:
            raise TaskError(f"{path} is or holds {what}; it is not removed ({ftp.account})")


def _remove(job: _Job) -> None:
    present, changes = job.present, job.changes
    if present is None:
        return
    doomed = changes.site.talk(lambda ftp: removal(ftp, job.path, folder=present.is_folder))
    changes.removed = [path for path, _ in doomed]
    changes.make("state", _state(present), "absent", lambda ftp: ftp.remove_each(doomed))


# Making and moving ----------------------------------------------------------------------------


def _put_there(job: _Job) -> None:
    """See to it that what is wanted lies at the path."""
    subject, wants_folder = job.subject, job.params.state == "directory"
    if subject is None and not wants_folder:
        also = f", nor at {job.source}" if job.source else "; `ftp_upload` makes files"
        raise TaskError(f"there is nothing at {job.path}{also} ({job.changes.site.account})")
    if subject and job.params.state and subject.is_folder != wants_folder:
        wanted = "a folder" if wants_folder else "a file"
        where = job.source if job.at_source else job.path
        raise TaskError(f"{where} is a {_state(subject)}, not {wanted}")
    if job.at_source:
        _move(job)
    elif subject is None:
        _make_folders(job, job.path)


def _make_folders(job: _Job, path: str) -> None:
    missing = job.changes.site.talk(lambda ftp: foreseen_folders(ftp, path))
    job.changes.made = missing
    if missing:
        job.changes.make("state", "absent", "directory", lambda ftp: ftp.make_each(missing))


def _move(job: _Job) -> None:
    source, present = job.source or "", job.present
    if present and (present.is_folder or not job.params.force):
        hint = "" if present.is_folder else "; `force: true` replaces it"
        raise TaskError(f"{job.path} is there already, and so is {source}{hint}")
    _make_folders(job, posixpath.dirname(job.path))
    replaces = present is not None
    job.changes.make(
        "path", source, job.path, lambda ftp: move(ftp, source, job.path, replaces=replaces)
    )


# Permissions and time -------------------------------------------------------------------------


def _set_mode(job: _Job) -> None:
    if job.params.mode is None:
        return
    present, made = job.subject, job.changes.made
    bits = wanted_mode(job.params.mode, present, folder=present is None or present.is_folder)
    before = present.mode if present else None
    if before != bits:
        was = "" if before is None else f"{before:04o}"
        paths = [job.path] if present else made
        job.changes.make("mode", was, f"{bits:04o}", lambda ftp: set_modes(ftp, paths, bits))


def _set_mtime(job: _Job) -> None:
    if job.params.mtime is None:
        return
    wanted, changes = moment(job.params.mtime), job.changes
    is_still_there = job.at_source is not None and changes.ctx.check
    path = (is_still_there and job.source) or job.path
    before = changes.site.talk(lambda ftp: exact_mtime(ftp, path, job.subject))
    if before is None or int(before) != int(wanted):
        was = "" if before is None else as_text(before)
        changes.make("mtime", was, as_text(wanted), lambda ftp: set_time(ftp, job.path, wanted))


# What comes of it -----------------------------------------------------------------------------


def _state(present: Present | None) -> str:
    if present is None:
        return "absent"
    return "directory" if present.is_folder else present.entry.type


_TOLD = {"absent": "absent", "other": "neither a file nor a folder"}


def _result(job: _Job) -> Result:
    changes = job.changes
    is_there = job.params.state != "absent"
    state = _state(job.subject) if job.subject else "directory"
    if not is_there:
        state = "absent"
    return Result(
        changed=bool(changes.facts),
        msg=f"{job.path} is {_TOLD.get(state, f'a {state}')}",
        data={
            "path": job.path,
            "state": state,
            "size": job.subject.entry.size if is_there and job.subject else None,
            "made": changes.made,
            "removed": changes.removed,
            "moved_from": job.source if "path" in changes.facts else None,
        },
        diff=changes.diff(job.path),
        warnings=[*changes.site.warnings, *_of_pattern(job)],
    )


def _of_pattern(job: _Job) -> list[str]:
    if job.present or job.params.state != "absent" or not has_magic(job.path):
        return []
    return [f"there is nothing of just the name {job.path}; ftp_file takes no pattern"]
