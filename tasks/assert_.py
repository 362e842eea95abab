"""Fail unless everything that is claimed is true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..runner.task import Alias, Context, Expression, Result, TaskError

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {
    "msg": "`success_msg` or `fail_msg`.",
    "assertion": "The first claim that is not true, as it is written.",
    "evaluated_to": "What it came to.",
}
EXAMPLES = """\
- name: What was fetched is what was sent
  assert:
    that:
      - mails | length == 1
      - mails[0].subject == "Reports of May"
      - mails[0].attachments | map(attribute="name") is contains("测试.txt")
    fail_msg: The mail did not arrive as it was sent.
"""
_KINDS = {str: "text", int: "number", float: "number", list: "list", dict: "mapping"}


@dataclass(frozen=True, kw_only=True)
class Params:
    that: Annotated[
        bool | str | list[bool | str],
        "Expressions, without braces, that must come to true.",
        Expression(),
    ]
    fail_msg: Annotated[
        str | list[str] | None, "What to say when one is not; by default, which.", Alias("msg")
    ] = None
    success_msg: Annotated[str | list[str], "What to say when all are."] = "All assertions passed"
    quiet: Annotated[bool, "Say nothing when all are."] = False


def run(params: Params, ctx: Context) -> Result:
    for claim in params.that if isinstance(params.that, list) else [params.that]:
        value = ctx.templar.evaluate(claim) if isinstance(claim, str) else claim
        if not isinstance(value, bool):
            raise _neither(claim, value)
        if not value:
            words = f"Assertion failed: {claim}" if params.fail_msg is None else params.fail_msg
            raise TaskError(_text(words), assertion=claim, evaluated_to=False)
    return Result(msg="" if params.quiet else _text(params.success_msg))


def _text(words: str | list[str]) -> str:
    return words if isinstance(words, str) else "\n".join(words)


def _neither(claim: object, value: object) -> TaskError:
    if isinstance(value, str | list | dict):
        advice = f"{claim} | length > 0"
    else:
        advice = f"{claim} is not none" if value is None else f"{claim} != 0"
    msg = (
        f"an assertion must be true or false, but `{claim}` came to {_told(value)}; write: {advice}"
    )
    return TaskError(msg, assertion=claim, evaluated_to=value)


def _told(value: object) -> str:
    if value is None:
        return "nothing (null)"
    kind = next((word for cls, word in _KINDS.items() if isinstance(value, cls)), "value")
    return f"the {kind} {value!r:.60}"
