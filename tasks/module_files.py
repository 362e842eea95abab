"""What `AnsibleModule` does with the files that modules make."""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from ..runner.task import TaskError

AnyPath: TypeAlias = str | bytes | os.PathLike[str]
"""Modules name files in texts and in bytes."""

COMMON_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "mode": {"type": "raw"},
    "owner": {},
    "group": {},
    "seuser": {},
    "serole": {},
    "selevel": {},
    "setype": {},
    "attributes": {"aliases": ["attr"]},
    "unsafe_writes": {"type": "bool", "default": False},
}


class Files(ABC):
    """Who may do what with a file. SELinux is left to the system's policy."""

    check_mode: bool
    cleanup_files: list[AnyPath]

    @abstractmethod
    def fail_json(self, msg: object, **result: Any) -> NoReturn:
        """End with a failure."""

    def load_file_common_arguments(
        self, params: Mapping[str, Any], path: str | None = None
    ) -> dict[str, Any]:
        path = path or params.get("path") or params.get("dest")
        names = COMMON_ARGUMENTS.keys() - {"unsafe_writes"}
        others = {"path": path, "secontext": [None, None, None]}
        return {**{name: params.get(name) for name in names}, **others} if path else {}

    def set_fs_attributes_if_different(
        self,
        file_args: Mapping[str, Any],
        changed: bool,  # noqa: FBT001  # as Ansible has it
        diff: dict[str, Any] | None = None,
        **_: object,
    ) -> bool:
        """Whether anything was changed, by now; `diff` is told what was, and is."""
        from . import permissions

        path = _path(file_args["path"])
        if self.check_mode and not path.exists():
            return changed
        owner, group, flags = map(file_args.get, ("owner", "group", "attributes"))
        owners = permissions.Ownership(owner=owner, group=group, attributes=flags)
        mode = file_args.get("mode")
        text = f"{mode:04o}" if isinstance(mode, int) else mode
        try:
            access = permissions.wanted(text, owners)
            changes = permissions.adjust(path, access, check=self.check_mode)
        except TaskError as error:
            self.fail_json(msg=error.msg, path=str(path), **error.data)
        told = {} if diff is None else diff
        for name, sides in changes.items():
            for side, value in zip(("before", "after"), sides, strict=True):
                told.setdefault(side, {})[name] = value
        return bool(changes) or changed

    set_file_attributes_if_different = set_fs_attributes_if_different
    set_directory_attributes_if_different = set_fs_attributes_if_different

    def set_mode_if_different(self, path: AnyPath, mode: Any, changed: bool, *_: object) -> bool:  # noqa: FBT001
        return self.set_fs_attributes_if_different({"path": path, "mode": mode}, changed)

    def set_owner_if_different(self, path: AnyPath, owner: Any, changed: bool, *_: object) -> bool:  # noqa: FBT001
        return self.set_fs_attributes_if_different({"path": path, "owner": owner}, changed)

    def set_group_if_different(self, path: AnyPath, group: Any, changed: bool, *_: object) -> bool:  # noqa: FBT001
        return self.set_fs_attributes_if_different({"path": path, "group": group}, changed)

    def user_and_group(self, path: AnyPath) -> tuple[int, int]:
        """The numbers of its owner and its group."""
        found = _path(path).lstat()
        return found.st_uid, found.st_gid

    def add_path_info(self, result: dict[str, Any]) -> dict[str, Any]:
        """Add to a result what its file is like, whatever the module says of that."""
        from . import paths

        path = result.get("path", result.get("dest"))
        if path:
            with suppress(TaskError, ValueError):
                result.update(paths.describe(_path(path)))
        return result

    def find_mount_point(self, path: AnyPath) -> str:
        from . import paths

        place = Path(os.path.realpath(paths.expanded(os.fsdecode(path))))
        return str(next(filter(os.path.ismount, (place, *place.parents))))

    def selinux_enabled(self) -> bool:
        return False

    selinux_mls_enabled = selinux_enabled

    def selinux_context(self, *_: object) -> list[str | None]:
        return [None, None, None]

    selinux_default_context = selinux_initial_context = selinux_context

    def is_special_selinux_path(self, _: AnyPath) -> tuple[bool, None]:
        return False, None

    def set_context_if_different(
        self, path: AnyPath, context: object, changed: Any, *_: object
    ) -> Any:
        del path, context
        return changed

    def backup_local(self, fn: AnyPath) -> str:
        """Keep a file under a name with the time; gives where, nothing if there is no file."""
        from .files import back_up

        path = _path(fn)
        return str(back_up(path)) if path.exists() else ""

    def add_cleanup_file(self, path: AnyPath) -> None:
        """Remove a file at the end."""
        self.cleanup_files.append(path)

    def do_cleanup_files(self) -> None:
        for path in self.cleanup_files:
            self.cleanup(path)

    def cleanup(self, tmpfile: AnyPath) -> None:
        _path(tmpfile).unlink(missing_ok=True)

    def is_executable(self, path: AnyPath) -> bool:
        return os.access(path, os.X_OK)

    def atomic_move(
        self,
        src: AnyPath,
        dest: AnyPath,
        unsafe_writes: bool = False,  # noqa: FBT001, FBT002, ARG002  # as Ansible has it
        keep_dest_attrs: bool = True,  # noqa: FBT001, FBT002  # as Ansible has it
    ) -> None:
        """Put a file in the place of another, whose access it gets; a new one gets the usual."""
        from . import files
        from .permissions import Access

        source, target = _path(src), _path(dest)
        try:
            # From another file system it cannot take its place in one step.
            with files.replacing(target) as beside:
                shutil.move(source, beside)
                if keep_dest_attrs:
                    files.settle(beside, target, Access())
        except (OSError, TaskError) as error:
            msg = f"Could not replace {str(target)!r} with {str(source)!r}: {error}"
            raise RuntimeError(msg) from error

    def preserved_copy(self, src: AnyPath, dest: AnyPath) -> None:
        """Copy a file with all that is known of it."""
        shutil.copy2(_path(src), _path(dest))

    def append_to_file(self, filename: AnyPath, str: str) -> None:  # noqa: A002  # as Ansible has it
        with _path(filename).open("a") as file:
            file.write(str)

    def sha1(self, filename: AnyPath) -> str | None:
        return self.digest_from_file(filename, "sha1")

    def sha256(self, filename: AnyPath) -> str | None:
        return self.digest_from_file(filename, "sha256")

    def md5(self, filename: AnyPath) -> str | None:
        return self.digest_from_file(filename, "md5")

    def digest_from_file(self, filename: AnyPath, algorithm: str) -> str | None:
        import hashlib

        path = _path(filename)
        return hashlib.new(algorithm, path.read_bytes()).hexdigest() if path.exists() else None


def _path(given: AnyPath) -> Path:
    return Path(os.fsdecode(given))
