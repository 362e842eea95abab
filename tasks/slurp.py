"""Read a file into a variable, as base64."""

from __future__ import annotations

import base64
import stat
from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Alias, Context, Result, TaskError
from . import paths

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {
    "content": "What is in the file, as base64.",
    "encoding": "`base64`.",
    "source": "The file.",
}
EXAMPLES = """\
- name: What is the number of the process?
  slurp:
    src: /run/app.pid
  register: pid

- name: Tell it
  debug:
    msg: "{{ pid.content | b64decode }}"
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    src: Annotated[str, "The file.", Alias("path")]


def run(params: Params, ctx: Context) -> Result:
    path = ctx.path(params.src)
    with paths.told(f"read {path}"):
        # Asked first: opening a pipe would wait for whoever writes to it.
        found = paths.status(path, follow=True)
        if not found:
            raise TaskError(f"File not found: {path}")
        if stat.S_ISDIR(found.st_mode):
            raise TaskError(f"Source is a directory and must be a file: {path}")
        if not stat.S_ISREG(found.st_mode):
            raise TaskError(f"{path} is no file, so it cannot be read")
        if not paths.is_readable(path):
            raise TaskError(f"File is not readable: {path}")
        content = base64.b64encode(path.read_bytes()).decode()
    return Result(data={"content": content, "encoding": "base64", "source": str(path)})
