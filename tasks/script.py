"""Run a script that lies beside the playbook."""

from __future__ import annotations

import io
import os
import shlex
from pathlib import Path
from typing import Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Alias, Context, FreeForm, Result, TaskError
from . import execution, paths

SUPPORTS_CHECK = True
REPEAT = execution.repeat
LACKING = "one of the following is required: _raw_params, cmd"
RETURNS = {name: execution.RETURNS[name] for name in execution.OUTPUT}
EXAMPLES = """\
- name: A script, from files/, with its arguments
  script: collect.sh --since yesterday

- name: One that is run by a program of its own, once
  script:
    cmd: import.py members.csv
    executable: python3
    chdir: /srv/reports
    creates: /srv/reports/members.db
"""


@dataclass(frozen=True, kw_only=True)
class Params(execution.Execution):
    cmd: Annotated[
        str,
        "The script, looked for in `files/` and beside the playbook, and its arguments, as a shell "
        "takes them.",
        FreeForm(),
        Alias("_raw_params"),
    ]
    executable: Annotated[str | None, "The program that reads the script, and its options."] = None
    strip_empty_ends: Annotated[bool, "Drop empty lines at the end of stdout and stderr."] = False
    decrypt: Annotated[bool, "If a vault holds the script, open it."] = True


def run(params: Params, ctx: Context) -> Result:
    if reason := _needless(params, ctx):
        return Result(skipped=True, msg=reason)
    if params.chdir and not params.chdir.startswith("/"):
        where = "must be an absolute path for a Unix-aware remote node"
        raise TaskError(f"chdir {params.chdir} {where}")
    script, arguments = _parted(params.cmd)
    source = paths.find(script, ctx)
    if paths.is_folder(source):
        raise TaskError(f"{source} is a folder, not a script")
    if ctx.check:
        return _foretold(params)
    with paths.told(f"make {source} ready to run"):
        path = _ready(source, params, ctx)
    # As in Ansible a shell runs it, which knows variables, patterns and pipes; of a text that
    # names no reader, it is the reader.
    line = f"{params.executable or ''} {shlex.quote(str(path))} {arguments}".strip()
    if params.chdir:
        line = f"cd {shlex.quote(params.chdir)} && {line}"
    plain = replace(params, chdir=None, creates=None, removes=None)
    ctx = replace(ctx, strict_texts=False)
    try:
        done = execution.execute(params.cmd, ["/bin/sh", "-c", line], plain, ctx)
    except TaskError as error:
        told = {"hint": error.data["hint"]} if "hint" in error.data else {}
        raise TaskError(
            error.msg, changed=True, **execution.only_output(error.data), **told
        ) from error
    return replace(done, data=execution.only_output(done.data))


def _needless(params: Params, ctx: Context) -> str:
    """Why there is nothing to do; the paths do not count from `chdir`, and are no patterns."""
    if params.creates and paths.status(ctx.path(params.creates), follow=True):
        return f"{params.creates} exists, matching creates option"
    if params.removes and not paths.status(ctx.path(params.removes), follow=True):
        return f"{params.removes} does not exist, matching removes option"
    return ""


def _foretold(params: Params) -> Result:
    """Without `creates` or `removes` nobody knows what a script would do."""
    if params.creates or params.removes:
        return Result(changed=True)
    return Result(skipped=True, msg="Check mode is not supported for this task.")


def _parted(text: str) -> tuple[str, str]:
    """The name of the script, and what follows it, for a shell."""
    try:
        shlex.split(text)
    except ValueError as error:
        raise TaskError(f"cmd: {error}; a quote inside a word is written \\'") from error
    stream = io.StringIO(text)
    words = shlex.shlex(stream, posix=True)
    words.whitespace_split, words.commenters = True, ""
    if not (script := words.get_token()):
        raise TaskError("cmd is empty", rc=256)
    return script, stream.read()


def _ready(source: Path, params: Params, ctx: Context) -> Path:
    """The script itself, or a copy of our own of one that is in a vault or may not be run."""
    opened = ctx.unvault(source) if params.decrypt else None
    if opened is None and (params.executable or os.access(source, os.X_OK)):
        return source.absolute()
    # In a folder of its own, since a script may look at its name.
    copy = ctx.temp_dir() / os.urandom(8).hex() / source.name
    copy.parent.mkdir(0o700)
    copy.touch(0o700)
    copy.write_bytes(source.read_bytes() if opened is None else opened)
    return copy
