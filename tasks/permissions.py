"""Who may do what with a file: modes as chmod takes them, owners by name or number."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Alias, Context, TaskError
from . import attributes, paths

if TYPE_CHECKING:
    from collections.abc import Callable

Changes: TypeAlias = dict[str, tuple[object, object]]
"""What is changed: name -> before, after."""
_SHIFTS = {"u": 6, "g": 3, "o": 0}
_SPECIAL = {"u": stat.S_ISUID, "g": stat.S_ISGID, "o": stat.S_ISVTX}
_BITS = {"r": 4, "w": 2, "x": 1}
_PART = re.compile(r"([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)")
_SELINUX = (
    "Taken for the sake of Ansible's playbooks, and left to the system's policy of SELinux: a file "
    "gets the label of its place."
)


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """The parameters that steps which write files share."""

    owner: Annotated[str | None, "The user who owns it: a name or a number. Needs root."] = None
    group: Annotated[str | None, "The group it belongs to: a name or a number."] = None
    attributes: Annotated[
        str | None,
        "Attributes of the file system, as chattr has them: `+A`, `-A`, or `A` for just this.",
        Alias("attr"),
    ] = None
    seuser: Annotated[str | None, _SELINUX] = None
    serole: Annotated[str | None, _SELINUX] = None
    setype: Annotated[str | None, _SELINUX] = None
    selevel: Annotated[str | None, _SELINUX] = None
    unsafe_writes: Annotated[
        bool,
        "Where the old file cannot be replaced, as one that is mounted into a container, write "
        "over its content. By default a file is written whole or not.",
    ] = False


T = TypeVar("T", bound=Ownership)


@dataclass(frozen=True)
class Access:
    """What a file's access is to be; None leaves as it is."""

    mode: str | None = None
    uid: int | None = None
    gid: int | None = None
    attributes: str | None = None


def wanted(mode: str | None, ownership: Ownership) -> Access:
    """Look up who is meant. Raises TaskError for a user or group that there is not."""
    user, group = _user(ownership.owner), _group(ownership.group)
    return Access(mode or None, user, group, ownership.attributes)


def without_unknown(params: T, ctx: Context) -> T:
    """For check mode: as if nobody were wanted who is not known yet; another step may make them."""
    unknown: dict[str, Any] = {}
    for name, kind, look_up in ("owner", "user", _user), ("group", "group", _group):
        try:
            look_up(getattr(params, name))
        except TaskError:
            who = f"{kind} {getattr(params, name)}"
            ctx.warn(f"failed to look up {who}. Create {kind} up to this point in real play")
            unknown[name] = None
    return replace(params, **unknown)


def _user(name: str | None) -> int | None:
    import pwd

    return _number("user", name, lambda name: pwd.getpwnam(name).pw_uid)


def _group(name: str | None) -> int | None:
    import grp

    return _number("group", name, lambda name: grp.getgrnam(name).gr_gid)


def _number(kind: str, name: str | None, look_up: Callable[[str], int]) -> int | None:
    if name is None or re.fullmatch("[0-9]{1,10}", name):
        return None if name is None else int(name)
    try:
        return look_up(name)
    except (KeyError, ValueError):
        program = "chown" if kind == "user" else "chgrp"
        raise TaskError(f"{program} failed: failed to look up {kind} {name}") from None


def adjust(path: Path, access: Access, *, check: bool) -> Changes:
    """Give a path the access that is wanted; tells what was different."""
    with paths.told(f"change the permissions of {path}"):
        found = path.lstat()
        changes = _differences(found, access, check=check)
        if changes and not check:
            own(path, access)
            if not stat.S_ISLNK(found.st_mode):
                # After the owner: a change of owner takes the set-user bit away.
                path.chmod(mode_of(access, found.st_mode))
    if not stat.S_ISLNK(found.st_mode):
        changes |= attributes.adjust(path, access.attributes, check=check)
    return changes


def differences_of_new(access: Access, *, folder: bool = False) -> Changes:
    """What is different of a file, or folder, from one that is just made."""
    mode = (stat.S_IFDIR | 0o777 if folder else stat.S_IFREG | 0o666) & ~umask()
    return _differences(
        os.stat_result((mode, 0, 0, 1, os.geteuid(), os.getegid(), 0, 0, 0, 0)), access
    )


def _differences(found: os.stat_result, access: Access, *, check: bool = False) -> Changes:
    before, after = found.st_mode, mode_of(access, found.st_mode)
    changes: Changes = {}
    if access.uid not in (None, found.st_uid):
        changes["owner"] = paths.user_name(found.st_uid), paths.user_name(access.uid or 0)
    if access.gid not in (None, found.st_gid):
        changes["group"] = paths.group_name(found.st_gid), paths.group_name(access.gid or 0)
    # Links have no mode of their own on Linux, which in Ansible check mode does not know.
    if stat.S_IMODE(before) != after and (check or not stat.S_ISLNK(before)):
        changes["mode"] = paths.mode_text(before), paths.mode_text(after)
    return changes


def own(path: Path | int, access: Access) -> None:
    """Set owner and group of a path (not of what a link points to) or an open file."""
    if access.uid is access.gid is None:
        return
    uid, gid = (-1 if number is None else number for number in (access.uid, access.gid))
    try:
        if isinstance(path, int):
            os.fchown(path, uid, gid)
        else:
            os.chown(path, uid, gid, follow_symlinks=False)
    except PermissionError as error:
        program = "chgrp" if access.uid is None else "chown"
        where = f"{error.filename}: " if error.filename else ""
        raise TaskError(f"{program} failed", hint=f"{where}{error.strerror}") from error


def mode_of(access: Access, current: int) -> int:
    """The bits that `access.mode` makes of a mode; `current` tells a folder from a file."""
    if access.mode is None:
        return stat.S_IMODE(current)
    if re.fullmatch("(0o?)?[0-7]{1,4}", access.mode):
        return int(access.mode.replace("o", ""), 8)
    bits = stat.S_IMODE(current)
    for part in filter(None, access.mode.split(",")):
        if not (match := _PART.fullmatch(part)):
            details = f"bad symbolic permission for mode: {access.mode}"
            raise TaskError("mode must be in octal or symbolic form", details=details)
        for operator, letters in re.findall("([-+=])([rwxXstugo]*)", match[2]):
            bits = _apply(match[1], operator, letters, bits, folder=stat.S_ISDIR(current))
    return bits


def _apply(who: str, operator: str, letters: str, bits: int, *, folder: bool) -> int:
    """One step of a symbolic mode; without a `who` the umask has a say, as in chmod."""
    allowed = 0o7777 if who else 0o7777 & ~umask()
    before = bits
    for person in "ugo" if not who or "a" in who else who:
        given = _bits(person, letters, before, folder=folder) & allowed
        if operator == "=":
            bits = bits & ~(0o7 << _SHIFTS[person] | _SPECIAL[person]) | given
        else:
            bits = bits | given if operator == "+" else bits & ~given
    return bits


def _bits(person: str, letters: str, current: int, *, folder: bool) -> int:
    if letters in _SHIFTS:
        return (current >> _SHIFTS[letters] & 0o7) << _SHIFTS[person]
    plain = sum(_BITS[letter] for letter in set(letters) & set(_BITS))
    if "X" in letters and (folder or current & 0o111):
        plain |= _BITS["x"]
    special = "t" if person == "o" else "s"
    return plain << _SHIFTS[person] | (_SPECIAL[person] if special in letters else 0)


def umask() -> int:
    """The bits that new files lack; asked without changing it, which other threads would feel."""
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1], 8) for line in lines if line.startswith("Umask:"))
    except (OSError, StopIteration):
        bits = os.umask(0o077)
        os.umask(bits)
        return bits
