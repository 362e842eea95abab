"""Make a folder, an empty file or a link, change permissions, or remove what is there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import Alias, Context, Mode, Result, TaskError
from . import files, folders, links, paths, permissions, times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .permissions import Access, Changes

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = {
    "path": "What it was about; for `link`, `hard` and `touch` it is `dest`.",
    "dest": "What it was about, for `link`, `hard` and `touch`.",
    "src": "What a link points to.",
    **paths.DESCRIBED,
}
EXAMPLES = """\
- name: A folder, and those above it
  file:
    path: /srv/reports/2025
    state: directory
    mode: "0750"

- name: A link to the newest report
  file:
    path: /srv/reports/newest.pdf
    src: 2025/may.pdf
    state: link

- name: Nobody but us may read what is in it
  file:
    path: /srv/reports
    state: directory
    mode: u=rwX,go=
    recurse: true

- name: Gone
  file:
    path: /srv/reports/draft.pdf
    state: absent
"""
State: TypeAlias = Literal["absent", "directory", "file", "hard", "link", "touch"]
_TIME_FORMAT = "%Y%m%d%H%M.%S"
_NO_TARGET = (
    "Cannot set fs attributes on a non-existent symlink target. follow should be set to False to"
    " avoid this."
)


@dataclass(frozen=True, kw_only=True)
class Params(permissions.Ownership):
    path: Annotated[str | None, "What it is about.", Alias("dest", "name")]
    state: Annotated[
        State | None,
        "What is to be there. `file` changes a file that exists, `touch` makes an empty one. "
        "By default what is there is changed.",
    ] = None
    src: Annotated[str | None, "What a link points to; relative means beside the link."] = None
    mode: Annotated[Mode | None, 'Permissions, as `"0644"` or `u=rw,go=r`.'] = None
    recurse: Annotated[
        bool, "Also change everything in a folder. What links in it point to stays as it is."
    ] = False
    force: Annotated[
        bool, "Make a link although its target is missing, or in place of a file or empty folder."
    ] = False
    follow: Annotated[bool, "If `path` is a link, change what it points to."] = True
    modification_time: Annotated[
        str | None, "`preserve`, `now`, or a time. By default `touch` sets it to now."
    ] = None
    modification_time_format: Annotated[str, "How that time is written."] = _TIME_FORMAT
    access_time: Annotated[
        str | None, "`preserve`, `now`, or a time. By default `touch` sets it to now."
    ] = None
    access_time_format: Annotated[str, "How that time is written."] = _TIME_FORMAT


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What is to be done to which path."""

    path: Path
    params: Params
    access: Access
    accessed: times.Moment
    modified: times.Moment
    ctx: Context
    warnings: list[str] = field(default_factory=list)


def run(params: Params, ctx: Context) -> Result:
    if not params.path and params.state == "absent":
        return Result(data={"path": "", "state": "absent"})  # As in Ansible, it is nowhere.
    path = _path(params, ctx)
    state = params.state or _present(path, params)
    owned = params
    if ctx.check and paths.status(path) is None:
        owned = permissions.without_unknown(params, ctx)
    usual = "now" if state == "touch" else "preserve"
    about = {"path": str(path), **_target(params, path, state)}
    try:
        _check(params, state)
        job = _Job(
            path=path,
            params=params,
            access=permissions.wanted(params.mode, owned),
            accessed=times.moment(params.access_time or usual, params.access_time_format),
            modified=times.moment(
                params.modification_time or usual, params.modification_time_format
            ),
            ctx=ctx,
        )
        changes = _STATES[state](job)
    except TaskError as error:
        told = {**about, **paths.describe(path), **error.data}
        raise TaskError(error.msg, **told) from error
    return Result(
        changed=bool(changes),
        data=_told(params, _named(params, ctx) if state == "touch" else path, state),
        diff=files.facts_diff(path, changes, ctx),
        warnings=job.warnings,
    )


def _told(params: Params, path: Path, state: State) -> dict[str, object]:
    """What is told of a path that is as it should be, under the names that Ansible has."""
    name = "dest" if state in ("link", "hard", "touch") else "path"
    absent = {"state": "absent"} if state == "absent" else {}
    about = {name: str(path), **_target(params, path, state), **absent}
    return {**about, **paths.describe(path)}


def _target(params: Params, path: Path, state: State) -> dict[str, object]:
    """What the link is to point to, or does."""
    if params.src is not None or state not in ("link", "hard"):
        return {} if params.src is None else {"src": paths.expanded(params.src)}
    if state == "hard":
        return {}
    there = params.follow and paths.status(path, follow=True) is not None and _is_link(path)
    return {"src": str(path.readlink()) if there else None}


def _named(params: Params, ctx: Context) -> Path:
    return ctx.path(params.path or "")


def _path(params: Params, ctx: Context) -> Path:
    path = _named(params, ctx)
    if params.state == "absent" and path.name == "..":
        # By this name the folder could only be emptied.
        return Path(os.path.realpath(path))
    if params.state == "hard" and params.src and paths.is_folder(path):
        return path / Path(params.src).name
    if params.follow and params.state in ("file", "directory", "touch"):
        return Path(os.path.realpath(path)) if _is_link(path) else path
    return path


def _is_link(path: Path) -> bool:
    return paths.state(paths.status(path)) == "link"


def _check(params: Params, state: State) -> None:
    if params.recurse and state != "directory":
        raise TaskError("recurse option requires state to be 'directory'")
    if params.src and state not in ("link", "hard"):
        raise TaskError("src option requires state to be 'link' or 'hard'")


def _present(path: Path, params: Params) -> State:
    match paths.state(paths.status(path)):
        case "absent":
            return "directory" if params.recurse else "file"
        case "directory":
            return "directory"
        case "link":
            return "link"
        case "hard":
            return "hard"
        case _:
            return "file"


# States -------------------------------------------------------------------------------------


def _absent(job: _Job) -> Changes:
    found = paths.status(job.path)
    if found is None:
        return {}
    was = paths.state(found)
    content: Any = _content(job.path) if was == "directory" and job.ctx.diff else None
    if was == "directory" and job.ctx.playbook_dir.resolve().is_relative_to(job.path.resolve()):
        raise TaskError(f"{job.path} holds the playbook itself; it is not removed")
    if not job.ctx.check:
        _remove(job.path, was)
    return {"state": (was, "absent"), **({"path_content": (content, "")} if content else {})}


def _remove(path: Path, was: str) -> None:
    try:
        if was == "directory":
            shutil.rmtree(path, onerror=_unless_gone)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        words = f"rmtree failed: {error}" if was == "directory" else "Unlinking failed."
        raise TaskError(words, hint=f"{path}: {error.strerror or error}") from error


def _unless_gone(_: object, __: object, raised: tuple[object, BaseException, object]) -> None:
    """Another host may be removing the same."""
    if not isinstance(raised[1], FileNotFoundError):
        raise raised[1]


def _content(folder: Path) -> dict[str, list[str]]:
    """What goes with a folder, as the diff tells it."""
    told: dict[str, list[str]] = {"directories": [], "files": []}
    for above, inside, names in os.walk(folder):
        told["directories"] += [f"{above}/{name}" for name in inside]
        told["files"] += [f"{above}/{name}" for name in names]
    return told


def _directory(job: _Job) -> Changes:
    was = paths.state(paths.status(job.path))
    if was not in ("absent", "directory"):
        msg = f"{job.path} already exists as a {was}"
        raise TaskError(msg, state=was, hint="remove it first")
    if _made(job):
        _adjusted(job, job.path)
        return {"state": ("absent", "directory"), **_of_new(job, folder=True)}
    changes = _adjusted(job, job.path)
    if not job.params.recurse:
        return changes
    with paths.told(f"read the folder {job.path}"):
        for entry in folders.tree(job.path, job.path, follow=False):
            job.ctx.cancellation.check()
            changes |= {f"{entry.source} {k}": v for k, v in _adjusted(job, entry.source).items()}
    return changes


def _made(job: _Job) -> bool:
    try:
        return folders.make(job.path, job.access, check=job.ctx.check)
    except TaskError as error:
        cause = error.__cause__
        where = cause.filename if isinstance(cause, OSError) and cause.filename else job.path
        msg = f"There was an issue creating {where} as requested: {cause or error.msg}"
        raise TaskError(msg, hint=error.msg) from error


def _file(job: _Job) -> Changes:
    was = paths.state(paths.status(job.path))
    if was == "absent":
        hint = "`state: touch` makes an empty one"
        raise TaskError(f"file ({job.path}) is absent, cannot continue", state=was, hint=hint)
    if was not in ("file", "hard"):
        raise TaskError(f"file ({job.path}) is {was}, cannot continue", state=was)
    return _adjusted(job, job.path)


def _touch(job: _Job) -> Changes:
    named = _named(job.params, job.ctx)
    if _is_link(named) and paths.status(named, follow=True) is None:
        # As in Ansible: a link is there, so that nothing is made where it points to.
        msg = (
            "Error while updating modification or access time: [Errno 2] No such file or directory"
        )
        raise TaskError(f"{msg}: '{job.path}'")
    was = paths.state(paths.status(job.path))
    if was != "absent":
        changes = _adjusted(job, job.path)
        return {"state": (was, "touch"), **changes} if changes else {}
    if job.ctx.check:
        files.check_way(job.path)
    else:
        try:
            job.path.touch()
        except OSError as error:
            hint = f"{job.path}: {error.strerror or error}"
            raise TaskError("Error, could not touch target.", hint=hint) from error
        permissions.adjust(job.path, job.access, check=False)
        _adjusted(job, job.path)
    return {"state": ("absent", "touch"), **_of_new(job)}


def _link(job: _Job) -> Changes:
    was = paths.state(paths.status(job.path))
    if job.params.src is None:
        if was != "link":
            raise TaskError("src is required for creating new symlinks")
        return _adjusted_target(job)
    target = paths.expanded(job.params.src)
    if job.params.force and not target:
        msg = "Error while linking: [Errno 2] No such file or directory"
        raise TaskError(f"{msg}: '' -> '{job.path}'")
    if not job.params.force:
        # As in Ansible, a folder that the link would replace counts as where it lies.
        meant = (job.path if was == "directory" else job.path.parent) / target
        if not target or not os.path.exists(meant):  # noqa: PTH110  # of any name
            words = "src file does not exist, use 'force=yes' if you really want to create the link"
            raise TaskError(f"{words}: {meant if target else ''}")
        if was in ("file", "hard", "directory"):
            msg = f"refusing to convert from {was} to symlink for {job.path}"
            raise TaskError(msg, state=was, hint="`force: true` does")
    changes = links.symbolic(target, job.path, job.ctx, over_folder=job.params.force)
    return changes | _adjusted_target(job)


def _hard(job: _Job) -> Changes:
    was = paths.state(paths.status(job.path))
    changes: Changes = {}
    if job.params.src is not None:
        source = job.ctx.path(job.params.src)
        follow = job.params.follow
        same = links.is_same(source, job.path, follow=follow)
        found = was in ("file", "hard", "directory") and not same
        if found and not job.params.force and paths.status(source, follow=True):
            kind = "file" if was == "file" else "different hard link"
            msg = f"Cannot link, {kind} exists at destination"
            raise TaskError(msg, dest=str(job.path), src=job.params.src, hint="`force: true` does")
        changes = links.hard(source, job.path, job.ctx, follow=follow)
    elif was != "hard":
        raise TaskError("src is required for creating new hardlinks")
    return changes | _adjusted(job, job.path)


_STATES: Mapping[State, Callable[[_Job], Changes]] = {
    "absent": _absent,
    "directory": _directory,
    "file": _file,
    "hard": _hard,
    "link": _link,
    "touch": _touch,
}


# Permissions and times ----------------------------------------------------------------------


def _of_new(job: _Job, *, folder: bool = False) -> Changes:
    """What is told of the permissions of what was just made."""
    if job.ctx.check:
        return {}
    return permissions.differences_of_new(job.access, folder=folder)


def _adjusted(job: _Job, path: Path) -> Changes:
    check = job.ctx.check
    if check and paths.status(path) is None:
        return {}
    changes = permissions.adjust(path, job.access, check=check)
    return changes | times.adjust(path, job.accessed, job.modified, check=check)


def _adjusted_target(job: _Job) -> Changes:
    """What a link points to has permissions, unless there is no such thing; the link has none."""
    path = Path(os.path.realpath(job.path)) if job.params.follow else job.path
    if paths.status(path) is not None:
        return _adjusted(job, path)
    if not job.ctx.check:
        job.warnings.append(_NO_TARGET)
    return {}
