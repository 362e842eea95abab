"""What the system knows of a file, under the names that stat and find tell it by."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from . import paths

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

KINDS = {
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
TOLD = (
    "mode, size, mtime, atime, ctime, isreg, isdir, islnk, isfifo, issock, isblk, ischr, isuid, "
    "isgid, uid, gid, pw_name, gr_name, rusr … xoth, inode, dev, nlink"
)
"""The names of the facts, for the documentation of steps."""


def facts(
    found: os.stat_result,
    user_name: Callable[[int], str] = paths.known_user,
    group_name: Callable[[int], str] = paths.known_group,
) -> dict[str, object]:
    mode = found.st_mode
    return {
        "mode": f"{stat.S_IMODE(mode):04o}",
        **{name: is_kind(mode) for name, is_kind in KINDS.items()},
        **{name: bool(mode & bit) for name, bit in _BITS.items()},
        "isuid": bool(mode & stat.S_ISUID),
        "isgid": bool(mode & stat.S_ISGID),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "size": found.st_size,
        "inode": found.st_ino,
        "dev": found.st_dev,
        "nlink": found.st_nlink,
        "atime": found.st_atime,
        "mtime": found.st_mtime,
        "ctime": found.st_ctime,
        "pw_name": user_name(found.st_uid),
        "gr_name": group_name(found.st_gid),
    }
