"""Fail unless everything that is claimed is true."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from ..runner.dataclasses import dataclass
from ..runner.task import Alias, Context, Expression, NotDefined, Result, TaskError
from ..runner.type_names import type_debug

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {
    "msg": "`success_msg` or `fail_msg`.",
    "assertion": "The first claim that is not true, as it is written, or what its braces give.",
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
_FAILED = "Assertion failed"


@dataclass(frozen=True, kw_only=True)
class Params:
    # Of any type: what is no expression is refused as a condition is, or let pass as one.
    that: Annotated[Any, "Expressions, without braces, that must come to true.", Expression()]
    fail_msg: Annotated[Any, "What to say when one is not.", Alias("msg")] = _FAILED
    success_msg: Annotated[Any, "What to say when all are."] = "All assertions passed"
    quiet: Annotated[bool, "Show nothing when all are."] = False


def run(params: Params, ctx: Context) -> Result:
    _check_type("fail_msg", params.fail_msg)
    _check_type("success_msg", params.success_msg)
    for written in _claims(params.that, ctx):
        claim = _meant(written, ctx)
        # What is no expression any more is asked for as it is written: braces are warned of.
        if not ctx.templar.holds(written if isinstance(claim, bool) else claim):
            claimed = {"assertion": claim, "evaluated_to": False}
            error = TaskError(str(params.fail_msg), **claimed, msg=params.fail_msg)
            error.quiet = params.quiet
            raise error
    return Result(data={"msg": params.success_msg}, quiet=params.quiet)


def _check_type(name: str, message: Any) -> None:
    """In Ansible's words, which playbooks look for."""
    parts = message if isinstance(message, list) else [message]
    if not all(isinstance(part, str) for part in parts):
        unable = f"is of type {type_debug(message)} and we were unable to convert to"
        wanted = "str_or_list_of_str: a string or list of strings is required"
        error = TaskError(f"argument '{name}' {unable} {wanted}")
        error.final = True
        raise error


def _claims(that: Any, ctx: Context) -> list[Any]:
    """A template in the place of the list may come to one."""
    meant = _expressed(that, ctx)
    if isinstance(meant, list):
        return meant
    return that if isinstance(that, list) else [that]


def _meant(claim: Any, ctx: Context) -> Any:
    """What braces around a claim come to, which is told if it is not true."""
    meant = _expressed(claim, ctx)
    return meant if isinstance(meant, bool | str) else claim


def _expressed(written: object, ctx: Context) -> object:
    # What is wrong with it is told when it is looked at as a claim.
    with suppress(NotDefined):
        return ctx.templar.expressed(written) if isinstance(written, str) else written
    return None
