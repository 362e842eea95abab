"""Fail on purpose, with a message of one's own."""

from __future__ import annotations

from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Result, TaskError

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {"msg": "The message."}
EXAMPLES = """\
- name: Stop when there is nothing to send
  fail:
    msg: There are no reports for {{ month }}.
  when: reports | length == 0
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    msg: Annotated[object, "What to tell the person who reads it."] = (
        "Failed as requested from task"
    )


def run(params: Params, ctx: Context) -> Result:
    raise TaskError(str(params.msg), msg=params.msg)
