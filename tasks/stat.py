"""Look at a file: what it is, how large, how old, whose, with which checksum."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from ..runner.task import Alias, Context, Result
from . import paths

if TYPE_CHECKING:
    from pathlib import Path

SUPPORTS_CHECK = True
RETURNS = {
    "stat": "What was found. `exists` is always there; of what exists: path, mode, size, mtime, "
    "atime, ctime, isreg, isdir, islnk, isfifo, issock, isblk, ischr, isuid, isgid, uid, gid, "
    "pw_name, gr_name, rusr … xoth, readable, writeable, executable, inode, dev, nlink, blocks, "
    "block_size, device_type, checksum, lnk_source, lnk_target.",
}
EXAMPLES = """\
- name: Is today's report there?
  stat:
    path: /srv/reports/today.pdf
  register: report

- name: Say how large it is
  debug:
    msg: "{{ report.stat.size | human_readable }}"
  when: report.stat.exists
"""
_KINDS = {
    "isdir": stat.S_ISDIR,
    "ischr": stat.S_ISCHR,
    "isblk": stat.S_ISBLK,
    "isreg": stat.S_ISREG,
    "isfifo": stat.S_ISFIFO,
    "islnk": stat.S_ISLNK,
    "issock": stat.S_ISSOCK,
}
_BITS = {
    f"{what}{who}": getattr(stat, f"S_I{what.upper()}{who.upper()}")
    for who in ("usr", "grp", "oth")
    for what in "rwx"
}
_CHUNK = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Params:
    path: Annotated[str, "What to look at.", Alias("dest", "name")]
    follow: Annotated[bool, "If it is a link, look at what it points to."] = False
    get_checksum: Annotated[bool, "Read the file for its checksum."] = True
    checksum_algorithm: Annotated[
        Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"],
        "Which checksum.",
        Alias("checksum", "checksum_algo"),
    ] = "sha1"


def run(params: Params, ctx: Context) -> Result:
    path = ctx.path(params.path)
    found = paths.status(path, follow=params.follow)
    if found is None:
        return Result(data={"stat": {"exists": False}})
    told = _described(path, found)
    if told["isreg"] and told["readable"] and params.get_checksum:
        told["checksum"] = _checksum(path, params.checksum_algorithm, ctx)
    return Result(data={"stat": told})


def _described(path: Path, found: os.stat_result) -> dict[str, object]:
    mode = found.st_mode
    return {
        "exists": True,
        "path": str(path),
        "mode": paths.mode_text(mode),
        **{name: is_kind(mode) for name, is_kind in _KINDS.items()},
        **{name: bool(mode & bit) for name, bit in _BITS.items()},
        "isuid": bool(mode & stat.S_ISUID),
        "isgid": bool(mode & stat.S_ISGID),
        **_numbers(found),
        "pw_name": paths.user_name(found.st_uid),
        "gr_name": paths.group_name(found.st_gid),
        "readable": os.access(path, os.R_OK),
        "writeable": os.access(path, os.W_OK),
        "executable": os.access(path, os.X_OK),
        **(_link(path) if stat.S_ISLNK(mode) else {}),
    }


def _numbers(found: os.stat_result) -> dict[str, object]:
    return {
        "uid": found.st_uid,
        "gid": found.st_gid,
        "size": found.st_size,
        "inode": found.st_ino,
        "dev": found.st_dev,
        "nlink": found.st_nlink,
        "atime": found.st_atime,
        "mtime": found.st_mtime,
        "ctime": found.st_ctime,
        "blocks": found.st_blocks,
        "block_size": found.st_blksize,
        "device_type": found.st_rdev,
    }


def _link(path: Path) -> dict[str, object]:
    with paths.told(f"read the link {path}"):
        return {"lnk_target": str(path.readlink()), "lnk_source": os.path.realpath(path)}


def _checksum(path: Path, algorithm: str, ctx: Context) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with paths.told(f"read {path}"), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            ctx.cancellation.check()
            digest.update(chunk)
    return digest.hexdigest()
