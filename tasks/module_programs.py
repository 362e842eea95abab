"""What `AnsibleModule` does with the programs that modules run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

# In the order in which they are liked: English, and more than ASCII where there is more.
_LOCALES = ("C.utf8", "C.UTF-8", "en_US.utf8", "en_US.UTF-8", "C", "POSIX")


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
        opt_dirs: Sequence[str] = (),
    ) -> str | None:
        folders = os.pathsep.join([*opt_dirs, os.environ.get("PATH", os.defpath), "/usr/sbin"])
        found = shutil.which(arg, path=folders)
        if required and not found:
            self.fail_json(msg=f'Failed to find required executable "{arg}" in paths: {folders}')
        return found

    def run_command(  # noqa: PLR0913  # the names are Ansible's
        self,
        args: str | Sequence[str],
        *,
        check_rc: bool = False,
        data: str | bytes | None = None,
        cwd: str | None = None,
        use_unsafe_shell: bool = False,
        environ_update: Mapping[str, str] | None = None,
        binary_data: bool = False,
        encoding: str | None = "utf-8",
        handle_exceptions: bool = True,
        executable: str | None = None,
        umask: int | None = None,
        expand_user_and_vars: bool = True,
        ignore_invalid_cwd: bool = True,
        **_: object,
    ) -> tuple[int, Any, Any]:
        """Run a program to its end: its status, its output, its errors."""
        shell = (executable or "/bin/sh") if use_unsafe_shell else None
        try:
            done = subprocess.run(
                _argv(args, shell=shell, expanded=expand_user_and_vars),
                input=_bytes(data, line_end="" if binary_data else "\n"),
                cwd=self._folder(cwd, may_lack=ignore_invalid_cwd),
                env={**os.environ, **self.run_command_environ_update, **(environ_update or {})},
                capture_output=True,
                check=False,
                umask=-1 if umask is None else umask,
            )
        except OSError as error:
            if not handle_exceptions:
                raise
            told = {"rc": error.errno, "stdout": "", "stderr": ""}
            self.fail_json(msg="Error executing command.", cmd=_shown(args), **told)
        out, err = (text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
        if check_rc and done.returncode:
            told = {"rc": done.returncode, "stdout": out, "stderr": err}
            self.fail_json(msg=err.rstrip(), cmd=_shown(args), **told)
        return done.returncode, *((out, err) if encoding else (done.stdout, done.stderr))

    def _folder(self, cwd: str | None, *, may_lack: bool) -> str | None:
        if not cwd or Path(cwd).is_dir():
            return cwd
        if not may_lack:
            self.fail_json(msg=f"Provided cwd is not a valid directory: {cwd}")
        return None


def _bytes(data: str | bytes | None, line_end: str) -> bytes | None:
    return f"{data}{line_end}".encode("utf-8", "surrogateescape") if isinstance(data, str) else data


def _shown(args: str | Sequence[str]) -> str:
    """A command as Ansible tells it in a result: one text that a shell would take."""
    return shlex.join(_words(args, expanded=False))


def _argv(args: str | Sequence[str], *, shell: str | None, expanded: bool) -> list[str]:
    return [shell, "-c", str(args)] if shell else _words(args, expanded=expanded)


def _words(args: str | Sequence[str], *, expanded: bool) -> list[str]:
    words = shlex.split(args) if isinstance(args, str) else list(map(str, args))
    if not expanded:
        return words
    return [os.path.expandvars(os.path.expanduser(word)) for word in words]  # noqa: PTH111  # texts


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
