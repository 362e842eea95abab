"""Answer, to show that steps can be run here."""

from __future__ import annotations

from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Result, TaskError

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {"ping": "What was given as `data`."}
EXAMPLES = """\
- name: Is anybody there?
  ping:

- name: The answer is ours to choose
  ping:
    data: here
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    data: Annotated[str, "The answer; with `crash` the step fails, to try out what follows."] = (
        "pong"
    )


def run(params: Params, ctx: Context) -> Result:
    if params.data == "crash":
        raise TaskError("Task failed: Module failed: boom")
    return Result(data={"ping": params.data})
