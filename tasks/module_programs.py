"""What `AnsibleModule` does with the programs that modules run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

# In the order in which they are liked: English, and more than ASCII where there is more.
_LOCALES = ("C.utf8", "C.UTF-8", "en_US.utf8", "en_US.UTF-8", "C", "POSIX")

_NO_COMMAND = "Argument 'args' to run_command must be list or string"

Command: TypeAlias = str | bytes | list[str | bytes | None]


class Programs(ABC):
    """Where a program lies, and what comes of it."""

    run_command_environ_update: dict[str, str]

    @abstractmethod
    def fail_json(self, msg: object, **result: Any) -> NoReturn:
        """End with a failure."""

    def get_bin_path(
        self,
        arg: str,
        required: bool = False,  # noqa: FBT001, FBT002  # as Ansible has it
        opt_dirs: Sequence[str] | None = None,
    ) -> str | None:
        folders = os.pathsep.join(
            [*(opt_dirs or ()), os.environ.get("PATH", os.defpath), "/usr/sbin"]
        )
        found = shutil.which(arg, path=folders)
        if required and not found:
            self.fail_json(msg=f'Failed to find required executable "{arg}" in paths: {folders}')
        return found

    def run_command(  # noqa: PLR0913  # the names are Ansible's
        self,
        args: Command,
        *,
        check_rc: bool = False,
        data: str | bytes | None = None,
        cwd: str | bytes | None = None,
        use_unsafe_shell: bool = False,
        environ_update: Mapping[str, str] | None = None,
        binary_data: bool = False,
        encoding: str | None = "utf-8",
        handle_exceptions: bool = True,
        executable: str | None = None,
        umask: int | None = None,
        expand_user_and_vars: bool = True,
        ignore_invalid_cwd: bool = True,
        path_prefix: str | None = None,
        before_communicate_callback: Callable[[subprocess.Popen[bytes]], object] | None = None,
        **_: object,
    ) -> tuple[int, Any, Any]:
        """Run a program to its end: its status, its output, its errors."""
        if not isinstance(args, str | bytes | list):
            self.fail_json(_NO_COMMAND, rc=257, cmd=args)
        shell = (executable or "/bin/sh") if use_unsafe_shell else None
        try:
            with subprocess.Popen(
                _argv(args, shell=shell, expanded=expand_user_and_vars),
                stdin=subprocess.PIPE if data else None,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._folder(cwd, may_lack=ignore_invalid_cwd),
                env=self._environment(environ_update or {}, path_prefix),
                umask=-1 if umask is None else umask,
            ) as child:
                if before_communicate_callback:
                    before_communicate_callback(child)
                raw = child.communicate(_bytes(data, line_end="" if binary_data else "\n"))
        except OSError as error:
            if not handle_exceptions:
                raise
            self._failed(args, "Error executing command.", error.errno)
        out, err = (text.decode("utf-8", "surrogateescape") for text in raw)
        if check_rc and child.returncode:
            self._failed(args, err.rstrip(), child.returncode, out, err)
        return child.returncode, *((out, err) if encoding else raw)

    def _failed(
        self, args: Command, msg: str, rc: int | None, stdout: str = "", stderr: str = ""
    ) -> NoReturn:
        self.fail_json(msg=msg, cmd=_shown(args), rc=rc, stdout=stdout, stderr=stderr)

    def _environment(self, more: Mapping[str, str], path_prefix: str | None) -> dict[str, str]:
        found = {**os.environ, **self.run_command_environ_update, **more}
        if path_prefix:
            found["PATH"] = f"{path_prefix}{os.pathsep}{found.get('PATH', os.defpath)}"
        return found

    def _folder(self, cwd: str | bytes | None, *, may_lack: bool) -> Path | None:
        if not cwd:
            return None
        folder = Path(os.fsdecode(cwd)).expanduser()
        if folder.is_dir():
            return folder
        if not may_lack:
            self.fail_json(msg=f"Provided cwd is not a valid directory: {folder}")
        return None


def _bytes(data: str | bytes | None, line_end: str) -> bytes | None:
    if not data:
        return None
    return f"{data}{line_end}".encode("utf-8", "surrogateescape") if isinstance(data, str) else data


def _shown(args: Command) -> str:
    """A command as Ansible tells it in a result: one text that a shell would take."""
    return shlex.join(_words(args, expanded=False))


def _argv(args: Command, *, shell: str | None, expanded: bool) -> list[str]:
    if shell is None:
        return _words(args, expanded=expanded)
    return [shell, "-c", shlex.join(_texts(args)) if isinstance(args, list) else os.fsdecode(args)]


def _words(args: Command, *, expanded: bool) -> list[str]:
    words = _texts(args) if isinstance(args, list) else shlex.split(os.fsdecode(args))
    if not expanded:
        return words
    return [os.path.expandvars(os.path.expanduser(word)) for word in words]  # noqa: PTH111  # texts


def _texts(args: Sequence[str | bytes | None]) -> list[str]:
    return [os.fsdecode(arg) for arg in args if arg is not None]


def get_best_parsable_locale(
    module: Programs,
    preferences: Sequence[str] | None = None,
    raise_on_locale: bool = False,  # noqa: FBT001, FBT002  # as Ansible has it
) -> str:
    """Tell in which locale of this machine a program is best read: C if none of them is there."""
    tool = module.get_bin_path("locale")
    status, out, err = module.run_command([tool, "-a"]) if tool else (1, "", "no program locale")
    if raise_on_locale and (status or not out):
        raise RuntimeWarning(f"Unable to get locale information, rc={status}: {err}")
    there = out.split()
    return next((each for each in preferences or _LOCALES if each in there), "C")
