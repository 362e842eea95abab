"""Run a script that lies beside the playbook."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ..runner.task import Alias, Context, FreeForm, Result, TaskError
from . import execution, paths

SUPPORTS_CHECK = True
REPEAT = execution.repeat
LACKING = "one of the following is required: _raw_params, cmd"
RETURNS = execution.RETURNS
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
        "The script, looked for in `files/` and beside the playbook, and its arguments, quoted as "
        "for a shell.",
        FreeForm(),
        Alias("_raw_params"),
    ]
    executable: Annotated[str | None, "The program that reads the script, and its options."] = None
    strip_empty_ends: Annotated[bool, "Drop empty lines at the end of stdout and stderr."] = False
    decrypt: Annotated[bool, "If a vault holds the script, open it."] = True


def run(params: Params, ctx: Context) -> Result:
    if found := execution.needless(params, execution.folder_of(params, ctx)):
        name, how = found
        return Result(skipped=True, msg=f"{getattr(params, name)} {how}, matching {name} option")
    script, *arguments = _words("cmd", params.cmd)
    source = ctx.find(script)
    if paths.is_folder(source):
        raise TaskError(f"{source} is a folder, not a script")
    with paths.told(f"make {source} ready to run"):
        path = _ready(source, params, ctx)
    reader = _words("executable", params.executable) if params.executable else _reader(path)
    return execution.execute(params.cmd, [*reader, str(path), *arguments], params, ctx)


def _reader(path: Path) -> list[str]:
    """A program is started; a text that names no reader is for the shell, as shells have it."""
    with path.open("rb") as file:
        return [] if file.read(2) in (b"#!", b"\x7fE") else ["/bin/sh"]


def _words(name: str, text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise TaskError(f"{name}: {error}; a quote inside a word is written \\'") from error
    if not words:
        raise TaskError(f"{name} is empty", rc=256)
    return words


def _ready(source: Path, params: Params, ctx: Context) -> Path:
    """The script itself, or a copy of our own of one that is in a vault or may not be run."""
    opened = ctx.unvault(source) if params.decrypt else None
    if opened is None and (params.executable or os.access(source, os.X_OK)):
        return source.absolute()
    copy = ctx.temp_dir() / f"{os.urandom(8).hex()}-{source.name}"
    copy.touch(0o700)
    copy.write_bytes(source.read_bytes() if opened is None else opened)
    return copy
