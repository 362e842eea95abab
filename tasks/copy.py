"""Copy a file or a folder, or write a text into a file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Context, Mode, Result, TaskError
from . import files, folders, links, paths, permissions, placing
from .content import Content, checksums
from .files import Manner, Placed
from .folders import Entry
from .permissions import Access, Changes

SUPPORTS_CHECK = True
REPEAT = "safe"
LACKING = "dest is required"
RETURNS = {
    **placing.RETURNS_OF_WRITTEN,
    "src": "Where it came from; not told for `content`.",
}
EXAMPLES = """\
- name: One file
  copy:
    src: report.css
    dest: /srv/reports/
    mode: "0644"

- name: What is in a folder; without the slash, the folder itself
  copy:
    src: templates/
    dest: /srv/reports/templates

- name: A text, with the old file kept
  copy:
    content: |
      Reports are made every night at two.
    dest: /srv/reports/README
    backup: true

- name: A configuration that is checked before it counts
  copy:
    src: sudoers
    dest: /etc/sudoers
    mode: "0440"
    validate: /usr/sbin/visudo -csf %s
"""


@dataclass(frozen=True, kw_only=True)
class Params(placing.Placing):
    src: Annotated[
        str | None, "A file or folder. A slash at its end means: what is in the folder."
    ] = None
    content: Annotated[
        object, "What the file is to hold, in place of `src`; mappings and lists become JSON."
    ] = None
    directory_mode: Annotated[Mode | None, "Permissions of the folders that are made."] = None
    remote_src: Annotated[bool, "Look for `src` beside the playbook only, not in `files/`."] = False
    local_follow: Annotated[
        bool | None,
        "Copy what links in a folder point to, not the links. By default so, and not so with "
        "`remote_src`.",
    ] = None
    checksum: Annotated[str | None, "The SHA-1 that the file must have."] = None
    decrypt: Annotated[bool, "Decrypt a source that ansible-vault encrypted."] = True


def run(params: Params, ctx: Context) -> Result:
    if not params.src and params.content is None:
        raise TaskError("src (or content) is required")
    if params.src and params.content is not None:
        raise TaskError("src and content are mutually exclusive")
    if not params.dest:
        raise TaskError("dest is required")
    if ctx.check:
        params = permissions.without_unknown(params, ctx)
    if not params.src:
        return _write_content(params, ctx)
    if params.remote_src:
        return _copy_remote(ctx.path(params.src), params, ctx)
    return _copy(paths.find(params.src, ctx), params, ctx)


def _copy(source: Path, params: Params, ctx: Context) -> Result:
    copy = _copy_folder if paths.is_folder(source) else _copy_file
    return copy(source, params, ctx)


def _copy_remote(source: Path, params: Params, ctx: Context) -> Result:
    """With `remote_src` only a slash after `dest` makes folders that lead to it."""
    if not paths.status(source, follow=True):
        raise TaskError(f"Source {source} not found")
    if source.is_file() and not paths.is_readable(source):
        raise TaskError(f"Source {source} not readable")
    if params.checksum and source.is_dir():
        raise _unexpected(None, params)  # A folder has none.
    dest = ctx.path(params.dest)
    if not params.dest.endswith("/"):
        if not paths.is_folder(dest.parent):
            raise TaskError(f"Destination directory {dest.parent} does not exist")
        return _copy(source, params, ctx)
    made = folders.make(dest, permissions.wanted(params.directory_mode, params), check=ctx.check)
    if made and ctx.check:
        msg = f"dest directory {dest} would be created"
        return Result(changed=True, msg=msg, data={"src": params.src})
    result = _copy(source, params, ctx)
    return replace(result, changed=made or result.changed)


# A text -------------------------------------------------------------------------------------


def _write_content(params: Params, ctx: Context) -> Result:
    dest = ctx.path(params.dest)
    if params.dest.endswith("/") or paths.is_folder(dest):
        raise TaskError("can not use content with a dir as dest", dest=str(dest))
    content = Content.of_bytes(_as_bytes(params.content), str(dest))
    _check(content, dest, params, ctx)
    return placing.diffed(placing.deliver(content, dest, placing.manner(params, None, dest), ctx))


def _as_bytes(content: object) -> bytes:
    text = json.dumps(content) if isinstance(content, dict | list) else str(content)
    return text.encode("utf-8", "surrogateescape")


def _check(content: Content, target: Path, params: Params, ctx: Context) -> None:
    """As in Ansible, not of what need not be moved, but for `remote_src`."""
    if not params.checksum:
        return
    came = checksums(content, ctx)["checksum"]
    if came == params.checksum.strip().lower():
        return
    if params.remote_src or not (ctx.check or _is_there(came, target, params, ctx)):
        raise _unexpected(came, params)


def _unexpected(came: object, params: Params) -> TaskError:
    return TaskError(
        "Copied file does not match the expected checksum. Transfer failed.",
        checksum=came,
        expected_checksum=params.checksum,
    )


def _is_there(checksum: object, target: Path, params: Params, ctx: Context) -> bool:
    found = paths.status(target, follow=True)
    if not (found and params.force):
        return found is not None
    is_known = stat.S_ISREG(found.st_mode) and paths.is_readable(target)
    return is_known and checksums(Content.of_file(target), ctx)["checksum"] == checksum


# A file -------------------------------------------------------------------------------------


def _copy_file(source: Path, params: Params, ctx: Context) -> Result:
    found = paths.status(source, follow=True)
    is_file = found and stat.S_ISREG(found.st_mode)
    if not is_file and (params.remote_src or str(source) != os.devnull):
        raise TaskError(f"Cannot copy invalid source '{source}': not a file")
    content, ctx = _read(source, params, ctx)
    _check(content, placing.goal(params, source.name, ctx), params, ctx)
    target = placing.target(params, source.name, params.directory_mode, ctx)
    is_kept = params.remote_src and not params.force and paths.status(target) is not None
    manner = placing.manner(params, source, target)
    if params.remote_src and params.mode is None and paths.status(target):
        manner = _as_it_is(manner, params, source, target)
    if params.remote_src and found:
        manner = replace(manner, times=(found.st_atime_ns, found.st_mtime_ns))
    result = placing.deliver(content, target, manner, ctx)
    msg = "file already exists" if is_kept else result.msg
    result = replace(result, msg=msg, data={**result.data, "src": str(source)})
    return result if params.remote_src else placing.diffed(result)


def _as_it_is(manner: Manner, params: Params, source: Path, dest: Path) -> Manner:
    """The mode comes along with what is written."""
    preserving = placing.manner(replace(params, mode="preserve"), source, dest)
    return replace(manner, access=preserving.access, mode_comes_along=True)


def _read(source: Path, params: Params, ctx: Context) -> tuple[Content, Context]:
    """What is to be copied, and how: of what was encrypted, no diff is shown."""
    opened = ctx.unvault(source) if params.decrypt else None
    if opened is None:
        return Content.of_file(source), ctx
    return Content.of_bytes(opened, str(source)), replace(ctx, diff=False)


# A folder -----------------------------------------------------------------------------------


def _copy_folder(source: Path, params: Params, ctx: Context) -> Result:
    dest = into = ctx.path(params.dest)
    inside = (params.src or "").endswith("/")
    if not inside:
        dest /= source.resolve().name if source.name == ".." else source.name
    top, told = _told_of_folder(into, dest, params)
    # Listed before anything is written: the copy may lie inside the source.
    entries = _listed(source, dest, params)
    data = {"src": f"{source}/" if inside else str(source), "dest": told}
    if not (entries or params.remote_src):
        return Result(data=data)  # An empty folder is nothing to copy, as in Ansible.
    if params.remote_src:  # What leads there is not a copy of anything.
        folders.make(dest.parent, Access(), check=ctx.check)
    done = [_copy_entry(Entry("directory", source, dest), params, ctx, is_top=True)]
    done += [_copy_entry(entry, params, ctx) for entry in entries]
    if [entry.kind for entry in entries] == ["file"] and not params.remote_src:
        result = _as_file(entries[0], done[-1], params, ctx)
        return replace(result, changed=any(placed.changed for placed in done))
    # With `remote_src`, what is in the folder has its own modes, and `mode` is the folder's.
    if params.remote_src and params.mode not in (None, "preserve") and paths.is_folder(top):
        done.append(files.adjusted(top, permissions.wanted(params.mode, params), ctx))
    changed = sum(placed.changed for placed in done)
    return Result(
        changed=bool(changed),
        msg=f"{changed} of {len(done)} files and folders differed" if changed else "",
        data={**data, **paths.describe(top)},
        diff=[diff for placed in done for diff in placed.diff],
    )


def _as_file(entry: Entry, placed: Placed, params: Params, ctx: Context) -> Result:
    """As in Ansible, a copy of a folder with a file alone tells of the file."""
    content, _ = _read(entry.source, params, ctx)
    result = placing.diffed(placing.told(placed, checksums(content, ctx)))
    return replace(result, data={**result.data, "src": str(entry.source)})


def _told_of_folder(into: Path, dest: Path, params: Params) -> tuple[Path, str]:
    """The folder of which the result tells, and how, as in Ansible."""
    if not params.remote_src:
        return into, f"{into}/"
    if not paths.is_folder(into):
        return into, str(into)
    return (into, f"{into}/") if into == dest else (dest, str(dest))


def _listed(source: Path, dest: Path, params: Params) -> list[Entry]:
    follow = not params.remote_src if params.local_follow is None else params.local_follow
    with paths.told(f"read the folder {source}"):
        entries = list(folders.tree(source, dest, follow=follow))
    for entry in entries:
        if entry.kind == "special":
            raise TaskError(f"{entry.source} is a device, a pipe or a socket; it is not copied")
    return entries


def _copy_entry(entry: Entry, params: Params, ctx: Context, *, is_top: bool = False) -> Placed:
    """As in Ansible, folders that are there have the wanted access, too, but for the top."""
    ctx.cancellation.check()
    if entry.kind == "directory":
        access = permissions.wanted(_folder_mode(entry.source, params), params)
        made = folders.make(entry.dest, access, check=ctx.check)
        changes: Changes = {"state": ("absent", "directory")} if made else {}
        if not made and params.remote_src:
            access = replace(access, mode=None)  # Those that are there keep their own.
        if not made and (params.remote_src or not is_top):
            changes = permissions.adjust(entry.dest, access, check=ctx.check)
        diff = files.facts_diff(entry.dest, changes, ctx)
        return Placed(path=entry.dest, changed=bool(changes), diff=diff)
    if entry.kind == "link":
        changes = links.symbolic(str(entry.source.readlink()), entry.dest, ctx)
        if paths.status(entry.dest):
            owner = permissions.wanted(None, params)
            changes |= permissions.adjust(entry.dest, owner, check=ctx.check)
        diff = files.facts_diff(entry.dest, changes, ctx)
        return Placed(path=entry.dest, changed=bool(changes), diff=diff)
    manner = placing.manner(params, entry.source, entry.dest)
    if params.remote_src:
        manner = _as_it_is(manner, params, entry.source, entry.dest)
    content, ctx = _read(entry.source, params, ctx)
    return files.place(content, entry.dest, manner, ctx)


def _folder_mode(source: Path, params: Params) -> str | None:
    if not params.remote_src:
        return params.directory_mode
    return paths.mode_text(source.stat().st_mode)
