"""What Ansible says of values that do not fit, in its words: scripts look for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import ExitCode
from ..kinds.kind import describe
from ..registry import bare
from ..type_names import type_debug

INCLUDING = ("include_tasks", "import_tasks", "include_role", "import_role")
_DEFAULTS = (
    "The field 'module_defaults' is supposed to be a dictionary or list of dictionaries, the keys"
    " of which must be static action, module, or group names."
)
_VARS_FILE = "Invalid `vars_files` value of type '{2}'."
_LOOP_CONTROL = (
    "the `loop_control` value must be specified as a dictionary and cannot be a variable itself"
    " (though it can contain variables)"
)
_REGISTER = "Invalid 'register' specified: Invalid variable name "
NO_TEMPLATES = {"loop_control": _LOOP_CONTROL, "register": f"{_REGISTER}{{0!r}}."}
"""Of templates that cannot stand there."""
_TEXT = (
    "The field {4!r} is supposed to be a string type, however the incoming data structure is {1}"
)
_KEYWORDS = {
    "[] of roles": "Invalid role definition.",
    "[] of vars_files": _VARS_FILE,
    "args": "The value of the task `args` keyword is invalid.",
    "debugger": "{0!r} is not a valid value for debugger. Must be one of {3}",
    "dependencies of the meta of a role": "Expected role dependencies to be a list.",
    "loop_control": _LOOP_CONTROL,
    "module_defaults": _DEFAULTS,
    **dict.fromkeys(("name", "delegate_to", "strategy"), _TEXT),
    "register": f"{_REGISTER}{{5}}.",
    "tags": "tags must be specified as a list",
    "vars_files": _VARS_FILE,
}
"""{0} is the value, {1} what it is in words, {2} its type, {3} what it may be, {4} its name,
{5} the value as a name."""
_TYPES = {
    "expected true or false": "bool",
    "expected a whole number": "int",
    "expected a whole number, 0 or more": "int",
    "expected a number of seconds": "int",
    "expected a number: per cent of the hosts": "percent",
}
_NAMES = {"async": "async_val"}
_STATUS = {"tags": ExitCode.ERROR}


def told(owner: str, name: str, value: object, schema: Mapping[str, Any]) -> str:
    """What is said of the value of a keyword; nothing of most: our own words say more.

    `name` is what is looked at, `owner` the part of it that does not fit, as in `[2] of roles`.
    """
    part = re.sub(r"\[\d+\]", "[]", owner)
    if words := _KEYWORDS.get(part):
        options = ", ".join(map(str, schema.get("enum", ())))
        return words.format(
            value, describe(value), type_debug(value), options, name, _as_name(value)
        )
    kind = _TYPES.get(schema.get("errorMessage", "")) if part == name else None
    kind = "float" if kind and name == "delay" else kind
    if kind and not str(value).strip().lstrip("-").isdigit():
        return (
            f"Error processing keyword {_NAMES.get(name, name)!r}:"
            f" The value {value!r} could not be converted to {kind!r}."
        )
    return ""


def told_of_argument(owner: str, name: str, value: object, schema: Mapping[str, Any]) -> str:
    """The same of an argument of the step with this name."""
    return _of_include(owner, value) or _of_choice(owner, name, value, schema)


def status(name: str) -> ExitCode:
    """How a run ends for it."""
    return _STATUS.get(name, ExitCode.INVALID)


def _of_include(owner: str, value: object) -> str:
    argument, _, step = owner.partition(" of ")
    if bare(step) not in INCLUDING or not (argument == "apply" or argument.endswith("_from")):
        return ""
    what = "dict" if argument == "apply" else "string"
    return f"Expected a {what} for {argument} but got {describe(value)} instead"


def _of_choice(owner: str, name: str, value: object, schema: Mapping[str, Any]) -> str:
    argument = owner.removesuffix(f" of {name}")
    if "enum" not in schema or argument == owner or not isinstance(value, str):
        return ""
    options = ", ".join(str(option) for option in schema["enum"] if option is not None)
    return f"value of {argument} must be one of: {options}, got: {value}"


def _as_name(value: object) -> str:
    shown = "" if isinstance(value, dict | list) else f"{str(value)!r} "
    return repr(value) if isinstance(value, str) else f"{shown}of type {type_debug(value)!r}"
