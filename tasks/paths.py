"""What lies at a path, and what went wrong there, in words."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from ..runner.task import TaskError

if TYPE_CHECKING:
    from pathlib import Path

    from ..runner.task import Context

DESCRIBED = {
    "mode": "Its permissions, as `0644`.",
    "owner": "The user who owns it.",
    "group": "The group it belongs to.",
    "uid": "The user's number.",
    "gid": "The group's number.",
    "size": "Its size in bytes.",
    "state": "What is there now: `file`, `directory`, `link`, `hard` or `absent`.",
}
"""What `describe` tells, for the documentation of steps."""

_NOTHING = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
_REMOTE = (
    "\nIf you are using a module and expect the file to exist on the remote, "
    "see the remote_src option"
)


class told:  # noqa: N801  # reads as a function, and is quicker than a generator
    """Turn an error of the system into words: `cannot {action}: No space left on device`."""

    __slots__ = ("_action",)

    def __init__(self, action: str) -> None:
        self._action = action

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise TaskError(f"cannot {self._action}: {error.strerror or error}") from error


def status(path: Path, *, follow: bool = False) -> os.stat_result | None:
    """Look at a path; None when there is nothing, also as links lead round, or none can be."""
    with told(f"look at {path}"):
        try:
            return path.stat(follow_symlinks=follow)
        except OSError as error:
            if error.errno in _NOTHING:
                return None
            raise


def find(text: str, ctx: Context, kind: str = "files") -> Path:
    """A source file or folder; one that is not there is told as Ansible's modules tell it."""
    try:
        return ctx.find(text, kind)
    except TaskError as error:
        if error.final:  # What is no path at all is told as that.
            error.msg += _REMOTE
        raise


def is_folder(path: Path) -> bool:
    """Tell a folder, or a link to one; unlike pathlib, an error is told in words."""
    found = status(path, follow=True)
    return found is not None and stat.S_ISDIR(found.st_mode)


def is_readable(path: Path) -> bool:
    """Tell whether we may read a file; asked by trying, as only the system knows all its rules."""
    try:
        path.open("rb").close()
    except PermissionError:
        return False
    except OSError:
        return True  # Whoever reads it says what is wrong.
    return True


def state(status: os.stat_result | None) -> str:
    """Name what is there, as the step `file` names it."""
    if status is None:
        return "absent"
    if stat.S_ISLNK(status.st_mode):
        return "link"
    if stat.S_ISDIR(status.st_mode):
        return "directory"
    return "hard" if status.st_nlink > 1 else "file"


def is_special(status: os.stat_result) -> bool:
    """Tell a device, pipe or socket from what may be written or replaced."""
    mode = status.st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))


def describe(path: Path) -> dict[str, object]:
    """What results tell of a path, see DESCRIBED; nothing of what is absent, or leads nowhere."""
    found = status(path)
    if found is None or (stat.S_ISLNK(found.st_mode) and status(path, follow=True) is None):
        return {}
    return {
        "uid": found.st_uid,
        "gid": found.st_gid,
        "owner": user_name(found.st_uid),
        "group": group_name(found.st_gid),
        "mode": mode_text(found.st_mode),
        "size": found.st_size,
        "state": state(found),
    }


def expanded(text: str) -> str:
    """Replace variables and `~`; all else is kept: pathlib would leave out dots and slashes."""
    return os.path.expanduser(os.path.expandvars(text))  # noqa: PTH111


def mode_text(mode: int) -> str:
    return f"0{stat.S_IMODE(mode):03o}"


def user_name(uid: int) -> str:
    return known_user(uid) or str(uid)


def group_name(gid: int) -> str:
    return known_group(gid) or str(gid)


def known_user(uid: int) -> str:
    """The user's name; nothing of one whom nobody knows."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def known_group(gid: int) -> str:
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return ""
