"""Make a file or folder of a name that nobody else has."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Result, TaskError
from . import paths

REPEAT = "safe"
RETURNS = {"path": "The file or folder; only we may read it.", **paths.DESCRIBED}
EXAMPLES = """\
- name: A place to work in
  tempfile:
    state: directory
    suffix: .reports
  register: work

- name: Work there
  copy:
    src: reports/
    dest: "{{ work.path }}"

- name: Gone again
  file:
    path: "{{ work.path }}"
    state: absent
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    state: Annotated[Literal["file", "directory"], "Which of them."] = "file"
    path: Annotated[
        str | None, "The folder in which it is made; by default that of the system."
    ] = None
    prefix: Annotated[str, "How the name begins, without a slash."] = "ansible."
    suffix: Annotated[str, "How the name ends, without a slash."] = ""


def run(params: Params, ctx: Context) -> Result:
    for part in ("prefix", "suffix"):
        given = getattr(params, part)
        if "\0" in given or given != os.path.basename(given):  # noqa: PTH119  # a text
            raise TaskError(f"{part} must be a valid file name component, got {given!r}")
    folder = ctx.path(params.path) if params.path else Path(tempfile.gettempdir())
    with paths.told(f"make a temporary {params.state} in {folder}"):
        made = _made(params, folder)
    return Result(changed=True, data={"path": str(made), **paths.describe(made)})


def _made(params: Params, folder: Path) -> Path:
    if params.state == "directory":
        return Path(tempfile.mkdtemp(params.suffix, params.prefix, folder))
    descriptor, name = tempfile.mkstemp(params.suffix, params.prefix, folder)
    os.close(descriptor)
    return Path(name)
