"""Arguments against a specification, as Ansible's roles have it: what is wrong, in words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..runner.mapping_text import mapping_of
from ..runner.task import TaskError

TRUE = {"y", "yes", "on", "1", "true", "t"}
FALSE = {"n", "no", "off", "0", "false", "f"}
_UNITS = "BKMGTPEZY"


class Unfit(TypeError):
    """A value is not of the type that is wanted."""


class NothingFound(Exception):
    """A fallback has no value."""


def errors(
    spec: Mapping[str, Any], given: Mapping[str, Any], where: str = "", rules: Any = None
) -> Iterator[str]:
    """What is wrong with the arguments, in Ansible's order.

    `where` names the argument that they are in.
    """
    found = f" found in {where}" if where else ""
    rest = set(given)
    values: dict[str, Any] = {}
    for name, option in spec.items():
        if not isinstance(option, Mapping):
            raise TaskError(f"argument_spec: {name} is no mapping with type, required …")
        rest -= {name, *_listed(option.get("aliases"))}
        values |= _of_one(name, option, given)
    yield from _rule_errors(_EXCLUDING, rules or {}, values, found)
    defaults = {name: option.get("default") for name, option in spec.items() if name not in values}
    values |= {name: default for name, default in defaults.items() if default is not None}
    missing = [name for name, option in spec.items() if option.get("required")]
    if missing := [name for name in missing if name not in values]:
        yield f"missing required arguments: {', '.join(sorted(missing))}{found}"
    fit: dict[str, Any] = {}
    for name, value in values.items():
        yield from _type_errors(name, value, spec[name], where, fit)
    for name, value in values.items():
        if "choices" in spec[name]:
            choices = _listed(spec[name]["choices"])
            chosen = _chosen(fit.get(name, value), choices)
            yield from _choice_errors(name, chosen, choices, where)
    yield from _rule_errors(_DEMANDING, rules or {}, values, found)
    for name, option in spec.items():
        yield from _inner_errors(name, fit.get(name), option, where)
    if rest:
        names = [f"{where}.{name}" if where else name for name in sorted(map(str, rest))]
        aliases = sorted(alias for each in spec.values() for alias in _listed(each.get("aliases")))
        known = ", ".join(sorted(spec)) + (f" ({', '.join(aliases)})" if aliases else "")
        yield f"{', '.join(names)}. Supported parameters include: {known}."


def completed(spec: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as a module sees them: of the right types, by all their names, none left out.

    They have been found right.
    """
    values: dict[str, Any] = {}
    for name, option in spec.items():
        present = _name_given(name, option, given) or name
        here = _of_one(name, option, given)
        value = _complete(here.get(name, option.get("default")), option)
        # By another name it is as it was given, as with Ansible.
        values |= {name: value} | ({} if present == name else {present: given[present]})
    return values


def _of_one(name: str, option: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The argument by its name, if it is given, or what a fallback has for it."""
    if present := _name_given(name, option, given):
        return {name: given[present]}
    return {name: found[0]} if (found := _fallback(*option.get("fallback") or ())) else {}


def _name_given(name: str, option: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """As in Ansible, an alias counts more than the name."""
    names = [name, *_listed(option.get("aliases"))]
    return next((each for each in reversed(names) if each in given), None)


def _fallback(look: Callable[..., Any] | None = None, *told: Any) -> list[Any]:
    """What a function finds, that is given a list and a mapping of arguments; or nothing."""
    named = [each for each in told if isinstance(each, Mapping)]
    others = [each for each in told if not isinstance(each, Mapping)]
    with suppress(NothingFound):
        if look:
            return [look(*(others[-1] if others else ()), **(named[-1] if named else {}))]
    return []


def _complete(value: Any, option: Mapping[str, Any]) -> Any:
    kind, inner = option.get("type") or "str", option.get("options")
    if value is None and not (inner and option.get("apply_defaults")):
        return None
    value = converted({} if value is None else value, kind)
    value = _chosen(value, _listed(option.get("choices")))
    if kind == "list":
        each = {"type": option.get("elements", "raw"), "options": inner}
        return [_complete(element, each) for element in value]
    return completed(inner, value) if inner and isinstance(value, Mapping) else value


# One value ----------------------------------------------------------------------------------


def _type_errors(
    name: str, value: Any, option: Mapping[str, Any], where: str, fit: dict[str, Any]
) -> Iterator[str]:
    """What is of the right type is taken into `fit`, as that."""
    found = f" found in '{where}'." if where else ""
    kind = option.get("type") or "str"
    # A null is no value of a type, and may stand where there need not be one.
    is_needed = option.get("required") or option.get("default") is not None
    if value is not None or (is_needed and kind != "str"):
        try:
            value = converted(value, kind)
        except Unfit as error:
            yield (
                f"argument '{name}' is of type {_type(value)}{found} and we were unable to convert"
                f" to {getattr(kind, '__name__', kind)}: {error}"
            )
            return
    fit[name] = value
    if kind == "list" and value is not None:
        yield from _element_errors(name, value, option, where)
        fit[name] = [_converted(element, option) for element in value]


def _converted(element: Any, option: Mapping[str, Any]) -> Any:
    """The element as its type has it, if it can be: the error is told already."""
    try:
        return converted(element, str(option.get("elements", "raw")))
    except Unfit:
        return element


def _inner_errors(name: str, value: Any, option: Mapping[str, Any], where: str) -> Iterator[str]:
    """What is wrong with the arguments that a value has itself."""
    inner = option.get("options")
    if isinstance(inner, Mapping):
        if value is None and option.get("apply_defaults"):
            value = {}
        place = f"{where} -> {name}" if where else name
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                yield from errors(inner, each, place, option)


def _chosen(value: Any, choices: Sequence[Any]) -> Any:
    """The one choice that YAML made a boolean of, or the value."""
    words = {"True": TRUE, "False": FALSE}.get(str(value), set())
    meant = [choice for choice in choices if str(choice) in words]
    return meant[0] if len(meant) == 1 and value not in choices else value


def _choice_errors(name: str, value: Any, choices: Sequence[Any], where: str) -> Iterator[str]:
    found = f" found in {where}" if where else ""
    known = ", ".join(map(str, choices))
    wanted = {str(choice) for choice in choices}
    if isinstance(value, list):
        if wrong := [str(each) for each in value if str(each) not in wanted]:
            none = f"Got no match for: {', '.join(wrong)}"
            yield f"value of {name} must be one or more of: {known}. {none}{found}"
    elif str(value) not in wanted:
        yield f"value of {name} must be one of: {known}, got: {value}{found}"


def _element_errors(
    name: str, values: Sequence[Any], option: Mapping[str, Any], where: str
) -> Iterator[str]:
    found = f" found in '{where}'." if where else ""
    kind = str(option.get("elements", "raw"))
    for value in values:
        try:
            converted(value, kind)
        except Unfit as error:
            yield (
                f"Elements value for option '{name}'{found} is of type {_type(value)} and"
                f" we were unable to convert to {kind}: {error}"
            )


def _type(value: Any) -> str:
    """The plain type: what was written down knows its place, and is of a type of its own."""
    plain = next((kind for kind in (dict, list, str) if isinstance(value, kind)), type(value))
    return plain.__name__


# Types --------------------------------------------------------------------------------------


def converted(value: Any, kind: Any) -> Any:
    """The value as one of this type, which a module may also tell by a function; raises Unfit."""
    if callable(kind):
        try:
            return kind(value)
        except (TypeError, ValueError) as error:
            raise Unfit(str(error)) from error
    if kind not in _KINDS:
        raise Unfit(f"there is no type {kind}")
    return _KINDS[kind](value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _path(value: Any) -> str:
    return os.path.expandvars(Path(_text(value)).expanduser())


def _whole(value: Any) -> int:
    try:
        number = Decimal(str(int(value) if isinstance(value, bool) else value))
        if number == number.to_integral_value():
            return int(number)
    except (InvalidOperation, ValueError, OverflowError):
        pass
    raise Unfit(f'"{value!r}" cannot be converted to an int')


def _real(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise Unfit(f"{value!r} cannot be converted to a float") from error


def _flag(value: Any) -> bool:
    whole = isinstance(value, float) and value.is_integer()
    word = str(int(value) if whole else value).strip().lower()
    if word not in TRUE | FALSE:
        known = ", ".join(map(repr, sorted(TRUE | FALSE)))
        raise Unfit(f"The value '{value}' is not a valid boolean. Valid booleans include: {known}")
    return word in TRUE


def _list(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, int | float):
        return [str(value)]
    raise Unfit(f"{value!r} cannot be converted to a list")


def _dict(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str):
        try:
            return mapping_of(value)
        except ValueError as error:
            raise Unfit(str(error)) from error
    raise Unfit(f"{value!r} cannot be converted to a dict")


def _bytes(value: Any) -> int:
    return _amount(value, "B", "Byte")


def _bits(value: Any) -> int:
    return _amount(value, "b", "Bit")


def _amount(value: Any, letter: str, unit: str) -> int:
    prefixes = _UNITS + _UNITS.lower()
    found = re.fullmatch(rf"(\d+\.?\d*) *([{prefixes}]?){letter}?", str(value).strip())
    if found is None:
        raise Unfit(f"{value!r} cannot be converted to a {unit} value")
    return int(float(found[1]) * 1024 ** _UNITS.index(found[2].upper() or "B"))


def _json(value: Any) -> str:
    import json

    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value)
    raise Unfit(f"{value!r} cannot be converted to a json string")


def _any(value: Any) -> Any:
    return value


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "bits": _bits,
    "bool": _flag,
    "bytes": _bytes,
    "dict": _dict,
    "float": _real,
    "int": _whole,
    "json": _json,
    "jsonarg": _json,
    "list": _list,
    "path": _path,
    "raw": _any,
    "str": _text,
}


# Several arguments together -----------------------------------------------------------------


def _rule_errors(
    known: Mapping[str, Callable[..., str]],
    rules: Mapping[str, Any],
    values: Mapping[str, Any],
    found: str,
) -> Iterator[str]:
    given = {name: value for name, value in values.items() if value is not None}
    for name, broken in known.items():
        entries = rules.get(name) or []
        for entry in entries.items() if isinstance(entries, Mapping) else _listed(entries):
            try:
                msg = broken(given, *([entry] if name in _OF_NAMES else entry))
            except TypeError as error:
                raise TaskError(f"argument_spec: {name} is not written as it should be") from error
            if msg:
                yield f"{msg}{found}"


def _exclusive(given: Mapping[str, Any], names: Sequence[str]) -> str:
    present = given.keys() & set(names)
    return f"parameters are mutually exclusive: {'|'.join(names)}" if len(present) > 1 else ""


def _together(given: Mapping[str, Any], names: Sequence[str]) -> str:
    present = given.keys() & set(names)
    is_part = present and len(present) < len(names)
    return f"parameters are required together: {', '.join(names)}" if is_part else ""


def _one_of(given: Mapping[str, Any], names: Sequence[str]) -> str:
    present = given.keys() & set(names)
    return "" if present else f"one of the following is required: {', '.join(names)}"


def _if(  # what the specification says, in its order
    given: Mapping[str, Any], name: str, value: Any, needed: Sequence[str], any_of: object = None
) -> str:
    lacking = [each for each in needed if each not in given]
    enough = len(lacking) < len(needed) if any_of else not lacking
    if enough or name not in given or given[name] != value:
        return ""
    kind = "any" if any_of else "all"
    return f"{name} is {value} but {kind} of the following are missing: {', '.join(lacking)}"


def _by(given: Mapping[str, Any], name: str, needed: str | Sequence[str]) -> str:
    lacking = [each for each in _listed(needed) if each not in given]
    is_broken = name in given and lacking
    return f"missing parameter(s) required by '{name}': {', '.join(lacking)}" if is_broken else ""


_OF_NAMES = ("mutually_exclusive", "required_together", "required_one_of")
_EXCLUDING: Mapping[str, Callable[..., str]] = {"mutually_exclusive": _exclusive}
_DEMANDING: Mapping[str, Callable[..., str]] = {
    "required_together": _together,
    "required_one_of": _one_of,
    "required_if": _if,
    "required_by": _by,
}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
