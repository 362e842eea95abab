"""Arguments against a specification, as Ansible's roles have it: what is wrong, in words."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, KeysView, Mapping, Sequence
from contextlib import suppress
from types import NoneType
from typing import Any

from ..runner.task import TaskError
from .argument_rules import demanded, excluded, listed
from .argument_types import FALSE, TRUE, Unfit, converted, type_of

_TEXTS = ("str", "path")
_SEVERAL = (Sequence, KeysView, frozenset)
"""What choices may be, also those of a module in Python."""


class NothingFound(Exception):
    """A fallback has no value."""


def errors(spec: Mapping[str, Any], given: Mapping[str, Any], rules: Any = None) -> Iterator[str]:
    """What is wrong with the arguments, in Ansible's order."""
    unknown: dict[str, str] = {}
    yield from _errors(spec, given, "", rules, unknown)
    if unknown:
        known = next(iter(unknown.values()))
        yield f"{', '.join(sorted(unknown))}. Supported parameters include: {known}."


def _errors(
    spec: Mapping[str, Any],
    given: Mapping[str, Any],
    where: str,
    rules: Any,
    unknown: dict[str, str],
) -> Iterator[str]:
    """Of one level; `where` names the argument that they are in."""
    found = f" found in {where}" if where else ""
    values: dict[str, Any] = {}
    for name, option in spec.items():
        if not isinstance(option, Mapping):
            raise TaskError(f"argument_spec: {name} is no mapping with type, required …")
        values |= _of_one(name, option, given)
        if option.get("required") and option.get("default") is not None:
            yield f"internal error: required and default are mutually exclusive for {name}"
    unknown |= _unknown(spec, given, where)
    if not where and (told := _misshapen(spec, values)):
        yield told
    rules = rules or {}
    # Arguments that there are not count here, too, as with Ansible.
    if told := excluded(rules.get("mutually_exclusive"), {**given, **values}):
        yield f"{told}{found}"
    values = _defaults(spec) | values
    if missing := [name for name in spec if spec[name].get("required") and name not in values]:
        yield f"missing required arguments: {', '.join(sorted(missing))}{found}"
    present = [name for name in spec if name in values]
    for name in present:
        yield from _type_errors(name, values[name], spec[name], where, values)
    yield from _choice_errors(spec, values, found)
    yield from (f"{told}{found}" for told in demanded(rules, {**given, **values}))
    for name, option in spec.items():
        yield from _inner_errors(name, values.get(name), option, where, unknown)


def _defaults(spec: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {name: option.get("default") for name, option in spec.items()}
    return {name: value for name, value in defaults.items() if value is not None}


def _misshapen(spec: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """What is wrong with the first value that should have arguments itself, and is no mapping."""
    for name, option in spec.items():
        value = given.get(name)
        for each in _elements(value) if value is not None and _has_inner(option) else ():
            try:
                inner = converted(each, "dict") if isinstance(each, str) else each
            except Unfit as error:
                return str(error)
            if not isinstance(inner, Mapping):
                kind = f"must be a {option['type']}, not '{type_of(inner)}'"
                return f"Value '{inner}' in the sub parameter field '{name}' {kind}"
            if told := _misshapen(option["options"], inner):
                return told
    return ""


def _has_inner(option: Mapping[str, Any]) -> bool:
    kinds = option.get("type"), option.get("elements")
    return isinstance(option.get("options"), Mapping) and (
        kinds[0] == "dict" or kinds == ("list", "dict")
    )


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _unknown(spec: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, str]:
    """The names that there are not, and those that there are beside each."""
    aliases = sorted(alias for each in spec.values() for alias in listed(each.get("aliases")))
    place = where.replace(" -> ", ".") + "." if where else ""
    known = ", ".join(sorted(spec)) + (f" ({', '.join(aliases)})" if aliases else "")
    return {f"{place}{name}": known for name in set(given).difference(spec, aliases)}


def completed(spec: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as a module sees them: of the right types, by all their names, none left out.

    They have been found right.
    """
    values: dict[str, Any] = {}
    for name, option in spec.items():
        here = _of_one(name, option, given)
        # By other names it is as it was given, as with Ansible.
        others = {alias: given[alias] for alias in listed(option.get("aliases")) if alias in given}
        values |= {name: _complete(here.get(name, option.get("default")), option), **others}
    return values


def _of_one(name: str, option: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The argument by its name, if it is given, or what a fallback has for it."""
    if present := _name_given(name, option, given):
        return {name: given[present]}
    return {name: found[0]} if (found := _fallback(*option.get("fallback") or ())) else {}


def _name_given(name: str, option: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """As in Ansible, an alias counts more than the name."""
    names = [name, *listed(option.get("aliases"))]
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
    kind = option.get("type") or "str"
    inner = option["options"] if _has_inner(option) else None
    if value is None and not (inner and option.get("apply_defaults")):
        # Where there must be a text, a null is an empty one, as in Ansible.
        return "" if kind in _TEXTS and _is_needed(option) else None
    value = converted({} if value is None else value, kind)
    value = _chosen(value, listed(option.get("choices")))
    if kind == "list":
        each = {"type": option.get("elements", "raw"), "options": inner}
        return [_complete(element, each) for element in value]
    return completed(inner, value) if inner and isinstance(value, Mapping) else value


def _is_needed(option: Mapping[str, Any]) -> bool:
    return bool(option.get("required")) or option.get("default") is not None


# One value ----------------------------------------------------------------------------------


def _type_errors(
    name: str, value: Any, option: Mapping[str, Any], where: str, fit: dict[str, Any]
) -> Iterator[str]:
    """What is of the right type is taken into `fit`, as that."""
    found = f" found in '{where}'." if where else ""
    kind = option.get("type") or "str"
    # A null is no value of a type, and may stand where there need not be one.
    if value is None and kind in _TEXTS and _is_needed(option):
        value = ""
    elif value is not None or _is_needed(option):
        try:
            value = converted(value, kind)
        except Unfit as error:
            yield (
                f"argument '{name}' is of type {type_of(value)}{found} and we were unable to"
                f" convert to {getattr(kind, '__name__', kind)}: {error}"
            )
            return
    fit[name] = value
    if option.get("elements") and value is not None:
        if isinstance(value, list):
            fit[name] = yield from _elements_fit(name, value, option, where)
        else:
            told = f"Invalid type {kind} for option '{value}'{found}"
            yield f"{told}, elements value check is supported only with 'list' type"


def _inner_errors(
    name: str, value: Any, option: Mapping[str, Any], where: str, unknown: dict[str, str]
) -> Iterator[str]:
    """What is wrong with the arguments that a value has itself."""
    if value is None and option.get("apply_defaults"):
        value = {}
    if value is None or not _has_inner(option):
        return
    place = f"{where} -> {name}" if where else name
    for each in _elements(value):
        if isinstance(each, Mapping):
            yield from _errors(option["options"], each, place, option, unknown)
        else:
            yield f"value of '{name}' must be of type dict or list of dicts"


def _chosen(value: Any, choices: Sequence[Any]) -> Any:
    """The one choice that YAML made a boolean of, or the value."""
    words = {"True": TRUE, "False": FALSE}.get(str(value), set())
    meant = [choice for choice in choices if str(choice).lower() in words]
    return meant[0] if len(meant) == 1 and value not in choices else value


def _choice_errors(spec: Mapping[str, Any], values: Mapping[str, Any], found: str) -> Iterator[str]:
    for name, option in spec.items():
        choices = option.get("choices")
        if isinstance(choices, str) or not isinstance(choices, (*_SEVERAL, NoneType)):
            yield f"internal error: choices for argument {name} are not iterable: {choices}{found}"
        elif choices is not None and name in values:
            yield from (f"{told}{found}" for told in _not_chosen(name, values[name], choices))


def _not_chosen(name: str, value: Any, choices: Any) -> Iterator[str]:
    value = _chosen(value, [*choices])
    known = ", ".join(map(str, choices))
    if isinstance(value, list):
        if wrong := [str(each) for each in value if each not in choices]:
            none = f"Got no match for: {', '.join(wrong)}"
            yield f"value of {name} must be one or more of: {known}. {none}"
    elif value not in choices:
        yield f"value of {name} must be one of: {known}, got: {value}"


def _elements_fit(
    name: str, values: Sequence[Any], option: Mapping[str, Any], where: str
) -> Generator[str, None, list[Any]]:
    """What is wrong with elements; those that are right, as their type has them."""
    found = f" found in '{where}'" if where else ""
    kind, fit = str(option["elements"]), []
    for value in values:
        try:
            fit.append(converted(value, kind))
        except Unfit as error:
            yield (
                f"Elements value for option '{name}'{found} is of type {type_of(value)} and"
                f" we were unable to convert to {kind}: {error}"
            )
    return fit
