"""Copy a file or a folder, or write a text into a file."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from ..runner.task import Context, Mode, Result, TaskError
from . import files, folders, links, paths, permissions
from .content import Content, checksums
from .files import Manner, Placed
from .folders import Entry

SUPPORTS_CHECK = True
RETURNS = {
    "dest": "Where the file or folder lies now.",
    "src": "Where it came from; not told for `content`.",
    "checksum": "The SHA-1 of a file.",
    "md5sum": "The MD5 of a file.",
    "backup_file": "Where the old file was kept, when there was one and `backup` is set.",
    "mode": "The file's permissions, as `0644`.",
    "owner": "The user who owns it.",
    "group": "The group it belongs to.",
    "uid": "The user's number.",
    "gid": "The group's number.",
    "size": "Its size in bytes.",
    "state": "What it is: `file`, `directory`.",
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
class Params(permissions.Ownership):
    src: Annotated[
        str | None, "A file or folder. A slash at its end means: what is in the folder."
    ] = None
    content: Annotated[
        object, "What the file is to hold, in place of `src`; mappings and lists become JSON."
    ] = None
    dest: Annotated[str, "Where to. A slash at the end means: into this folder."]
    mode: Annotated[
        Mode | Literal["preserve"] | None,
        'Permissions, as `"0644"` or `u=rw,go=r`; `preserve` takes the source\'s. '
        "By default an existing file keeps its own.",
    ] = None
    directory_mode: Annotated[Mode | None, "Permissions of the folders that are made."] = None
    backup: Annotated[bool, "Keep the old file, under a name with the time."] = False
    force: Annotated[bool, "Replace a file that differs; otherwise only copy what is new."] = True
    remote_src: Annotated[bool, "Look for `src` beside the playbook only, not in `files/`."] = False
    validate: Annotated[
        str | None, "A command that must succeed before the file counts; `%s` is its name."
    ] = None
    follow: Annotated[bool, "If `dest` is a link, write to the file it points to."] = False
    local_follow: Annotated[bool, "Copy what links point to, not the links."] = True
    checksum: Annotated[str | None, "The SHA-1 that the file must have."] = None


def run(params: Params, ctx: Context) -> Result:
    if (params.src is None) == (params.content is None):
        raise TaskError("one of src and content is needed, and not both")
    if params.src is None:
        return _write_content(params, ctx)
    source = ctx.path(params.src) if params.remote_src else ctx.find(params.src)
    if paths.is_folder(source):
        if params.remote_src and params.mode is None:
            params = replace(params, mode="preserve")
        return _copy_folder(source, params, ctx)
    return _copy_file(source, params, ctx)


def _manner(params: Params, mode: str | None) -> Manner:
    return Manner(
        access=permissions.wanted(mode, params),
        backup=params.backup,
        force=params.force,
        validate=params.validate,
        follow=params.follow,
    )


def _mode(params: Params, source: Path) -> str | None:
    if params.mode != "preserve":
        return params.mode
    return paths.mode_text(source.stat().st_mode)


# A text -------------------------------------------------------------------------------------


def _write_content(params: Params, ctx: Context) -> Result:
    dest = ctx.path(params.dest)
    if params.dest.endswith("/") or paths.is_folder(dest):
        raise TaskError(f"dest: {dest} is a folder; content needs the name of a file")
    if params.mode == "preserve":
        raise TaskError("mode: preserve needs src; content has no permissions of its own")
    content = Content.of_bytes(_as_bytes(params.content), str(dest))
    _check(content, params, ctx)
    return files.deliver(content, dest, _manner(params, params.mode), ctx)


def _as_bytes(content: object) -> bytes:
    text = json.dumps(content) if isinstance(content, dict | list) else str(content)
    return text.encode("utf-8", "surrogateescape")


def _check(content: Content, params: Params, ctx: Context) -> None:
    if not params.checksum:
        return
    came = checksums(content, ctx)["checksum"]
    if came != params.checksum.strip().lower():
        raise TaskError(
            f"{content.name} does not have the checksum {params.checksum}, nothing was copied",
            checksum=came,
            expected_checksum=params.checksum,
        )


# A file -------------------------------------------------------------------------------------


def _copy_file(source: Path, params: Params, ctx: Context) -> Result:
    found = paths.status(source, follow=True)
    if not (found and stat.S_ISREG(found.st_mode)):
        raise TaskError(f"src: {source} is neither a file nor a folder")
    dest = ctx.path(params.dest)
    into_folder = params.dest.endswith("/") or paths.is_folder(dest)
    if into_folder and not ctx.check:
        folders.make(dest, permissions.wanted(params.directory_mode, params))
    content = Content.of_file(source)
    _check(content, params, ctx)
    target = dest / source.name if into_folder else dest
    result = files.deliver(content, target, _manner(params, _mode(params, source)), ctx)
    return replace(result, data={**result.data, "src": str(source)})


# A folder -----------------------------------------------------------------------------------


def _copy_folder(source: Path, params: Params, ctx: Context) -> Result:
    dest = ctx.path(params.dest)
    if not (params.src or "").endswith("/"):
        dest /= source.resolve().name if source.name == ".." else source.name
    with paths.told(f"read the folder {source}"):
        # Listed before anything is written: the copy may lie inside the source.
        entries = list(folders.tree(source, dest, follow=params.local_follow))
    for entry in entries:
        if entry.kind == "special":
            raise TaskError(f"{entry.source} is a device, a pipe or a socket; it is not copied")
    done = [_copy_entry(Entry("directory", source, dest), params, ctx)]
    done += [_copy_entry(entry, params, ctx) for entry in entries]
    changed = sum(placed.changed for placed in done)
    return Result(
        changed=bool(changed),
        msg=f"{changed} of {len(done)} files and folders differed" if changed else "",
        data={"src": str(source), "dest": str(dest), **paths.describe(dest)},
        diff=[diff for placed in done for diff in placed.diff],
    )


def _copy_entry(entry: Entry, params: Params, ctx: Context) -> Placed:
    ctx.cancellation.check()
    if entry.kind == "directory":
        access = permissions.wanted(params.directory_mode, params)
        made = folders.make(entry.dest, access, check=ctx.check)
        changes = {"state": ("absent", "directory")} if made else {}
        diff = files.facts_diff(entry.dest, changes, ctx)
        return Placed(path=entry.dest, changed=made, diff=diff)
    if entry.kind == "link":
        changes = links.symbolic(str(entry.source.readlink()), entry.dest, ctx)
        diff = files.facts_diff(entry.dest, changes, ctx)
        return Placed(path=entry.dest, changed=bool(changes), diff=diff)
    manner = _manner(params, _mode(params, entry.source))
    return files.place(Content.of_file(entry.source), entry.dest, manner, ctx)
