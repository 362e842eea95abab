"""What modules in Python ask of arguments themselves: `common.validation` of Ansible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from . import argument_types
from .argument_rules import demanded, excluded, listed

_KINDS = ("bits", "bool", "bytes", "dict", "float", "int", "jsonarg", "list", "path", "raw")


def _type(value: Any, *_: object, kind: str, **__: object) -> Any:
    return argument_types.converted(value, kind)


def _text(value: Any, allow_conversion: bool = True, *_: object, **__: object) -> str:  # noqa: FBT001, FBT002  # as Ansible has it
    if isinstance(value, str) or allow_conversion:
        return str(value)
    raise TypeError(f"{value!r} is not a string and conversion is not allowed")


def _demanded(
    rule: Any, parameters: Mapping[str, Any], options_context: Any = None, *, kind: str
) -> list[Any]:
    _refuse(next(demanded({kind: rule}, parameters), ""), options_context)
    return []


def _excluded(terms: Any, parameters: Mapping[str, Any], options_context: Any = None) -> list[Any]:
    _refuse(excluded(terms, parameters), options_context)
    return []


def _needed(
    argument_spec: Mapping[str, Any] | None,
    parameters: Mapping[str, Any],
    options_context: Any = None,
) -> list[str]:
    needed = [name for name, option in (argument_spec or {}).items() if option.get("required")]
    return _missing({name: name in parameters or None for name in needed}, needed, options_context)


def _missing(
    parameters: Mapping[str, Any],
    required_parameters: Iterable[str] | None = None,
    options_context: Any = None,
) -> list[str]:
    lacking = [name for name in required_parameters or () if parameters.get(name) is None]
    told = f"missing required arguments: {', '.join(sorted(lacking))}" if lacking else ""
    _refuse(told, options_context)
    return lacking


def _refuse(told: str, where: Sequence[str] | None) -> None:
    if told:
        raise TypeError(f"{told} found in {' -> '.join(where)}" if where else told)


def count_terms(terms: Any, parameters: Mapping[str, Any]) -> int:
    """How many of these names are among the arguments."""
    return len(set(listed(terms)) & parameters.keys())


NAMES: Mapping[str, Callable[..., Any]] = {
    **{f"check_type_{kind}": partial(_type, kind=kind) for kind in _KINDS},
    "check_type_str": _text,
    **{
        f"check_{kind}": partial(_demanded, kind=kind)
        for kind in ("required_together", "required_one_of", "required_if", "required_by")
    },
    "check_mutually_exclusive": _excluded,
    "check_required_arguments": _needed,
    "check_missing_parameters": _missing,
    "count_terms": count_terms,
}
