"""What command and shell have in common: when to run, where, and what is told of it."""

from __future__ import annotations

import glob
import os
import shlex
from typing import TYPE_CHECKING, Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Cancelled, Context, Repeat, Result, TaskError
from . import paths, process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

RETURNS = {
    "cmd": "What was run: a list of words (command) or a text (shell).",
    "rc": "The exit status; a negative one is the signal that killed the program.",
    "stdout": "What it wrote to standard output; of very long output the end.",
    "stdout_lines": "The same as a list of lines.",
    "stderr": "What it wrote to standard error; of very long output the end.",
    "stderr_lines": "The same as a list of lines.",
    "start": "When it started, in local time.",
    "end": "When it ended.",
    "delta": "How long it took, as hours:minutes:seconds.",
}
OUTPUT = ("rc", "stdout", "stdout_lines", "stderr", "stderr_lines")
"""What is told of a program by steps that tell no more of it."""
_UNTIMED = dict.fromkeys(("start", "end", "delta"))
"""What is told of a program that has not run."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """The parameters that command and shell share."""

    chdir: Annotated[str | None, "Run in this folder; the default is the playbook's own."] = None
    creates: Annotated[
        str | None, "A file or glob pattern; when it is there, the step has nothing to do."
    ] = None
    removes: Annotated[
        str | None, "A file or glob pattern; when it is not there, the step has nothing to do."
    ] = None
    stdin: Annotated[str | None, "What the program reads from its standard input."] = None
    stdin_add_newline: Annotated[bool, "End the standard input with a line break."] = True
    strip_empty_ends: Annotated[bool, "Drop empty lines at the end of stdout and stderr."] = True


def repeat(params: Execution) -> Repeat:
    """What is to make a file, or to take it away, can be asked whether it is done."""
    return "safe" if params.creates or params.removes else "unsafe"


def execute(cmd: str | list[str], argv: Sequence[str], params: Execution, ctx: Context) -> Result:
    """Run `argv`, which the person knows as `cmd`, unless there is no need to."""
    folder = _folder(cmd, params, ctx)
    if found := _needless(params, folder):
        name, how = found
        pattern, did = paths.expanded(getattr(params, name)), "Would" if ctx.check else "Did"
        said = output(f"skipped, since {pattern} {how}", "")
        data = {"cmd": cmd, "rc": 0, **said, **_UNTIMED}
        return Result(msg=f"{did} not run command since '{pattern}' {how}", data=data)
    if ctx.check:
        return _foretold(cmd, params)
    return _run(cmd, argv, folder, params, ctx)


def _folder(cmd: str | list[str], params: Execution, ctx: Context) -> Path:
    """Where it is to run. Raises TaskError if that is no folder."""
    if not params.chdir:
        return ctx.playbook_dir
    folder = ctx.path(params.chdir)
    try:
        # The dot, which a Path would leave out, is found only by whoever may enter.
        os.stat(f"{folder}/.")  # noqa: PTH116
    except OSError as error:
        hint = f"chdir: {folder}: {error.strerror or error}"
        told = {"cmd": cmd, "rc": None, **output("", ""), **_UNTIMED, "hint": hint}
        raise TaskError("Unable to change directory before execution.", **told) from error
    return folder


def _needless(params: Execution, folder: Path) -> tuple[str, str] | None:
    """The parameter that says that there is nothing to do, and in which way."""
    if params.creates and _matches(params.creates, folder):
        return "creates", "exists"
    if params.removes and not _matches(params.removes, folder):
        return "removes", "does not exist"
    return None


def _matches(pattern: str, folder: Path) -> bool:
    return bool(glob.glob(paths.expanded(pattern), root_dir=folder))  # noqa: PTH207


def _foretold(cmd: str | list[str], params: Execution) -> Result:
    """Without `creates` or `removes` nobody knows what a command would do."""
    known = params.creates is not None or params.removes is not None
    return Result(
        changed=known,
        skipped=not known,
        msg="Command would have run if not in check mode",
        data={"cmd": cmd, "rc": 0, **output("", ""), **_UNTIMED},
    )


def _run(
    cmd: str | list[str], argv: Sequence[str], folder: Path, params: Execution, ctx: Context
) -> Result:
    command = process.Command(
        argv=argv,
        cwd=folder,
        environment=environment(ctx),
        stdin=_stdin(params),
        unclear="surrogateescape",
    )
    try:
        finished = process.run(command, ctx.cancellation, ctx.line)
    except Cancelled:
        raise
    except TaskError as error:
        raise not_started(argv, error) from error
    stdout, stderr = (process.readable(text, ctx) for text in (finished.stdout, finished.stderr))
    finished = replace(finished, stdout=stdout, stderr=stderr)
    data = _told(cmd, finished, strip=params.strip_empty_ends)
    if finished.code:
        raise TaskError("non-zero return code", changed=True, **data)
    return Result(changed=True, data={"msg": "", **data}, warnings=finished.warnings)


def not_started(argv: Sequence[str], error: TaskError) -> TaskError:
    """A program that cannot be run in Ansible's words, which playbooks look for."""
    told = {"cmd": shlex.join(argv), **error.data, **output("", ""), "hint": error.msg}
    return TaskError("Error executing command.", **told)


def environment(ctx: Context) -> dict[str, str]:
    """What is added for the program; as in Ansible, `PWD` is the playbook's folder."""
    return {"PWD": str(ctx.playbook_dir), **ctx.environment}


def _stdin(params: Execution) -> bytes:
    if params.stdin is None:
        return b""
    ending = "\n" if params.stdin and params.stdin_add_newline else ""
    return (params.stdin + ending).encode("utf-8", "surrogateescape")


def _told(cmd: str | list[str], finished: process.Finished, *, strip: bool) -> dict[str, object]:
    ends = "\r\n" if strip else ""
    return {
        "cmd": cmd,
        "rc": finished.code,
        **output(finished.stdout.rstrip(ends), finished.stderr.rstrip(ends)),
        "start": str(finished.started),
        "end": str(finished.ended),
        "delta": str(finished.ended - finished.started),
    }


def only_output(data: Mapping[str, object]) -> dict[str, object]:
    """What is told by steps that tell no more than OUTPUT."""
    return {name: data[name] for name in OUTPUT if name in data}


def output(stdout: str, stderr: str) -> dict[str, object]:
    """What a result says of both streams."""
    return {
        "stdout": stdout,
        "stdout_lines": stdout.splitlines(),
        "stderr": stderr,
        "stderr_lines": stderr.splitlines(),
    }
