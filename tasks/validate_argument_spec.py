"""Check variables against a specification, before they are used."""

from __future__ import annotations

from typing import Annotated, Any

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, Result, TaskError
from . import argument_spec

SUPPORTS_CHECK = True
REPEAT = "harmless"
LACKING = '"argument_spec" arg is required in args'
RETURNS = {
    "argument_errors": "What is wrong, if the step fails.",
    "argument_spec_data": "The specification, if the step fails.",
    "validate_args_context": "What was given as such.",
}
EXAMPLES = """\
- name: What is needed below is there, and right
  validate_argument_spec:
    argument_spec:
      port:
        type: int
        required: true
      protocol:
        choices: [ftp, ftps]
        default: ftps
      accounts:
        type: list
        elements: dict
        options:
          user: {required: true}
          home: {type: path}
    provided_arguments:
      port: 2121
      accounts:
        - user: li
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    argument_spec: Annotated[
        Any, "For each variable what it is: `type`, `required`, `choices`, `elements`, `options` …"
    ]
    provided_arguments: Annotated[
        Any, "Values to check; of names that are not here, the variables are checked."
    ] = field(default_factory=dict)
    validate_args_context: Annotated[
        dict[str, object], "Told in the result, to say what was checked."
    ] = field(default_factory=dict)


def run(params: Params, ctx: Context) -> Result:
    for name in ("argument_spec", "provided_arguments"):
        if not isinstance(value := getattr(params, name), dict):
            msg = f"Incorrect type for {name}, expected dict and got {type(value)}"
            raise TaskError(msg)
    given = {**_variables(params, ctx), **params.provided_arguments}
    told = {"validate_args_context": params.validate_args_context}
    errors = list(argument_spec.errors(params.argument_spec, given))
    if errors:
        raise TaskError(
            "Validation of arguments failed:\n" + "\n".join(errors),
            argument_errors=errors,
            argument_spec_data=params.argument_spec,
            **told,
        )
    return Result(msg="The arg spec validation passed", data=told)


def _variables(params: Params, ctx: Context) -> dict[str, Any]:
    """The variables that the specification speaks of; a name that is none cannot be one."""
    found: dict[str, Any] = {}
    for name in params.argument_spec:
        if name in params.provided_arguments or not name.isidentifier():
            continue
        if ctx.templar.holds(f"'{name}' in vars"):
            # `q` and `range` are there for templates to call, and are no variables.
            value = ctx.templar.evaluate(f"{name} if {name} is not callable else none")
            if ctx.templar.holds(f"{name} is not callable and {name} != omit"):
                found[name] = value
    return found
