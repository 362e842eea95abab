"""Show a message, or what a variable holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Expression, Range, Result, TaskError, TemplateError
from ..runner.type_names import type_debug

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {
    "msg": "The message. With `var`, what the expression came to stands under its own text.",
}
EXAMPLES = """\
- name: Say something
  debug:
    msg: "{{ inventory_hostname }} has sent {{ sent | default(0) }} reports"

- name: Show what a variable holds
  debug:
    var: ansible_play_hosts

- name: Only with -vv
  debug:
    var: hostvars[inventory_hostname]
    verbosity: 2
"""
_RESOLVING = "Error while resolving `var` expression: "
_GREETING = "Hello world!"
_MEANS_SOMETHING_ELSE = {"changed", "failed", "skipped", "msg", "diff"}


@dataclass(frozen=True, kw_only=True)
class Params:
    msg: Annotated[object, "What to show: a text, or any other value."] = _GREETING
    var: Annotated[
        object, "An expression, without braces, whose value is shown: a text.", Expression()
    ] = None
    verbosity: Annotated[int, "Show it only with that many `-v` or more.", Range(0)] = 0


def run(params: Params, ctx: Context) -> Result:
    if params.msg is not _GREETING and params.var is not None:
        raise TaskError("parameters are mutually exclusive: msg|var", hint="use two steps")
    if params.verbosity > ctx.verbosity:
        reason = "Verbosity threshold not met."
        return Result(skipped=True, data={"skipped_reason": reason})
    var = _meant(params.var, ctx)
    if not var:
        return Result(data={"msg": params.msg})
    key = "msg" if var in _MEANS_SOMETHING_ELSE else var
    missing: list[str] = []

    def stand_in(words: str, hint: str) -> str:
        number = len(missing) + 1
        missing.append(f"error {number} - {words}" + (f" ({hint})" if hint else ""))
        return f"<< error {number} - {words} >>"

    try:
        value = ctx.templar.evaluate_in_part(var, stand_in)
    except TemplateError as error:
        raise error.meant_for(_RESOLVING) from error
    return Result(data={key: value}, warnings=(_warning(missing),) if missing else ())


def _meant(var: object, ctx: Context) -> str:
    """The expression; as in Ansible, braces may give it."""
    if var is None:
        return ""
    try:
        meant = ctx.templar.expressed(var) if isinstance(var, str) else var
    except TemplateError as error:
        raise error.meant_for(_RESOLVING) from error
    if isinstance(meant, str | None):
        return meant or ""
    unable = f"is of type {type_debug(meant)} and we were unable to convert to"
    wanted = f"_check_type_str_no_conversion: '{meant}' is not a string"
    raise TaskError(f"argument 'var' {unable} {wanted} and conversion is not allowed")


def _warning(missing: Sequence[str]) -> str:
    """What is missing, in Ansible's words, and what may be meant."""
    number = len(missing)
    return "\n".join([f"Encountered {number} template error{'s' * (number > 1)}.", *missing])
