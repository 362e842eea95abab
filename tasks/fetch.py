"""Collect a file of each host in a folder of its own."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Result, TaskError
from . import files, folders, paths
from .content import Content, checksums
from .files import Manner
from .permissions import Access

SUPPORTS_CHECK = True
REPEAT = "safe"
LACKING = "src and dest are required"
RETURNS = {
    "dest": "Where the file lies now.",
    "file": "Where it came from.",
    "checksum": "Its SHA-1.",
    "md5sum": "Its MD5.",
    "remote_checksum": "The SHA-1 again, if something was written.",
    "remote_md5sum": "Nothing: Ansible no longer tells it.",
    "size": "Its size in bytes.",
}
EXAMPLES = """\
- name: Into /srv/collected/HOST/etc/os-release
  fetch:
    src: /etc/os-release
    dest: /srv/collected

- name: Into /srv/collected/app.log, if there is one
  fetch:
    src: /var/log/app.log
    dest: /srv/collected/
    flat: true
    fail_on_missing: false
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    src: Annotated[str, "The file."]
    dest: Annotated[str, "The folder in which `HOST/PATH` is put."]
    flat: Annotated[
        bool, "`dest` is the file itself, or, with a slash at its end, the folder of the file."
    ] = False
    fail_on_missing: Annotated[bool, "Fail when the file is not there or cannot be read."] = True
    validate_checksum: Annotated[
        bool, "Taken for the sake of Ansible's playbooks: a file is always written whole or not."
    ] = True


_LEFT = ", not transferring, ignored"


def run(params: Params, ctx: Context) -> Result:
    if ctx.check:
        return Result(skipped=True, msg="check mode not (yet) supported for this module")
    source = ctx.path(params.src)
    if reason := _reason_against(source):
        if params.fail_on_missing:
            raise TaskError(reason, file=str(source))
        return Result(msg=f"{reason.removesuffix(_LEFT)}{_LEFT}", data={"file": str(source)})
    dest = _dest(source, params, ctx)
    folders.make(dest.parent, Access())
    content = Content.of_file(source)
    placed = files.place(content, dest, Manner(), ctx)
    data = {"file": str(source), "dest": str(dest), **checksums(content, ctx)}
    if placed.changed:
        data |= {"remote_checksum": data["checksum"], "remote_md5sum": None}
    return Result(changed=placed.changed, data=data, diff=placed.diff)


def _reason_against(source: Path) -> str:
    found = paths.status(source, follow=True)
    if found is None:
        return f"the remote file does not exist{_LEFT}"
    if stat.S_ISDIR(found.st_mode):
        return "remote file is a directory, fetch cannot work on directories"
    if not stat.S_ISREG(found.st_mode):
        return "it is no file"
    return "" if paths.is_readable(source) else f"File is not readable: {source}"


def _dest(source: Path, params: Params, ctx: Context) -> Path:
    dest = ctx.path(params.dest)
    if not params.flat:
        # What is absolute, or leads up, must stay below the folder of the host.
        below = os.path.normpath(f"/{os.path.expanduser(params.src).lstrip('/')}")  # noqa: PTH111
        return Path(f"{dest}/{ctx.host}{below}")
    if params.dest.endswith("/"):
        return dest / source.name
    if paths.is_folder(dest):
        words = "use a trailing slash if you want to fetch src into that directory"
        raise TaskError(f"dest is an existing directory, {words}", dest=str(dest))
    return dest
