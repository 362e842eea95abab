"""`AnsibleModule`, for modules in Python on machines without Ansible: arguments in, JSON out."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import argument_spec as specs

GIVEN: dict[str, Any] = {}
"""What the module is given; whoever starts it says so."""
_INTERNAL = "_ansible_"
_RULES = (
    *("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by"),
)
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_FILE_ARGUMENTS = {
    name: {"type": "raw"}
    for name in ("mode", "owner", "group", "seuser", "serole", "selevel", "setype", "attributes")
}


AnsibleFallbackNotFound = specs.NothingFound


def env_fallback(*names: str) -> str:
    """What the first of these variables of the environment says that is there."""
    for name in names:
        if name in os.environ:
            return os.environ[name]
    raise specs.NothingFound


class AnsibleModule:
    """What a module asks for its arguments, and ends with."""

    def __init__(
        self,
        argument_spec: dict[str, dict[str, Any]],
        *,
        supports_check_mode: bool = False,
        add_file_common_args: bool = False,
        **rules: Any,
    ) -> None:
        of_files = _FILE_ARGUMENTS if add_file_common_args else {}
        self.argument_spec = {**of_files, **argument_spec}
        self.check_mode = bool(GIVEN.get(f"{_INTERNAL}check_mode"))
        self.tmpdir = str(GIVEN.get(f"{_INTERNAL}tmpdir") or "/tmp")  # noqa: S108  # as Ansible
        self._name = str(GIVEN.get(f"{_INTERNAL}module_name"))
        self._diff = bool(GIVEN.get(f"{_INTERNAL}diff"))
        self._verbosity = int(GIVEN.get(f"{_INTERNAL}verbosity") or 0)
        self._warnings: list[str] = []
        given = {name: value for name, value in GIVEN.items() if not name.startswith(_INTERNAL)}
        self.params: dict[str, Any] = given
        if self.check_mode and not supports_check_mode:
            words = f"remote module ({self._name}) does not support check mode"
            self.exit_json(skipped=True, msg=words)
        kept = {name: rule for name, rule in rules.items() if name in _RULES}
        for error in specs.errors(self.argument_spec, given, rules=kept):
            self.fail_json(msg=self._in_ansibles_words(error))
        self.params = specs.completed(self.argument_spec, given)

    def _in_ansibles_words(self, error: str) -> str:
        unknown, supported, known = error.partition(". Supported parameters include:")
        words = f"Unsupported parameters for ({self._name}) module: {unknown}"
        return f"{words}{supported}{known}" if supported else error

    # The end ----------------------------------------------------------------------------------

    def exit_json(self, **result: Any) -> NoReturn:
        self._print({"changed": False, **result})
        sys.exit(0)

    def fail_json(self, msg: object, **result: Any) -> NoReturn:
        self._print({"msg": msg, **result, "failed": True})
        sys.exit(1)

    def _print(self, result: dict[str, Any]) -> None:
        if self._warnings:
            result.setdefault("warnings", self._warnings)
        hidden = [str(value) for value in self._secrets() if value]
        sys.stdout.write(json.dumps(_masked(result, hidden), default=str) + "\n")

    def _secrets(self) -> Iterator[Any]:
        for name, option in self.argument_spec.items():
            if option.get("no_log"):
                yield self.params.get(name)

    # On the way -------------------------------------------------------------------------------

    def warn(self, warning: str) -> None:
        self._warnings.append(warning)

    def deprecate(self, msg: str, *_: object, **__: object) -> None:
        self.warn(msg)

    def log(self, *_: object, **__: object) -> None:
        """There is no log but the result."""

    debug = log

    def boolean(self, value: object) -> bool:
        return bool(specs.converted(value, "bool"))

    def jsonify(self, value: object) -> str:
        return json.dumps(value, default=str)

    def from_json(self, text: str) -> Any:
        return json.loads(text)

    def get_bin_path(
        self,
        arg: str,
        required: bool = False,  # noqa: FBT001, FBT002  # as Ansible has it
        opt_dirs: Sequence[str] = (),
    ) -> str | None:
        folders = os.pathsep.join([*opt_dirs, os.environ.get("PATH", os.defpath), "/usr/sbin"])
        found = shutil.which(arg, path=folders)
        if required and not found:
            self.fail_json(msg=f"Failed to find required executable {arg!r} in paths: {folders}")
        return found

    def run_command(  # the names are Ansible's
        self,
        args: str | Sequence[str],
        *,
        check_rc: bool = False,
        data: str | None = None,
        cwd: str | None = None,
        use_unsafe_shell: bool = False,
        environ_update: Mapping[str, str] | None = None,
        **_: object,
    ) -> tuple[int, str, str]:
        """Run a program to its end: its status, its output, its errors."""
        argv = ["/bin/sh", "-c", str(args)] if use_unsafe_shell else _words(args)
        environment = {**os.environ, **(environ_update or {})}
        try:
            done = subprocess.run(
                argv,
                input=data,
                cwd=cwd,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                errors="surrogateescape",
            )
        except OSError as error:
            self.fail_json(msg=str(error), rc=error.errno, cmd=args)
        if check_rc and done.returncode:
            told = {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
            self.fail_json(msg=done.stderr.rstrip(), cmd=args, **told)
        return done.returncode, done.stdout, done.stderr

    def atomic_move(self, src: str, dest: str, **_: object) -> None:
        shutil.move(src, dest)

    def sha1(self, filename: str) -> str | None:
        return self.digest_from_file(filename, "sha1")

    def digest_from_file(self, filename: str, algorithm: str) -> str | None:
        import hashlib

        path = Path(filename)
        return hashlib.new(algorithm, path.read_bytes()).hexdigest() if path.exists() else None


def _words(args: str | Sequence[str]) -> list[str]:
    words = shlex.split(args) if isinstance(args, str) else map(str, args)
    return [os.path.expandvars(Path(word).expanduser()) if "~" in word else word for word in words]


def _masked(value: Any, hidden: Sequence[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(inner, hidden) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, hidden) for inner in value]
    if isinstance(value, str):
        if value in hidden:
            return _HIDDEN
        for secret in hidden:
            value = value.replace(secret, "********")
    return value
