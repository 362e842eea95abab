"""Rules about several arguments together: each gives words where it is broken, or none.

As in Ansible a null is an argument that is given, but for `required_by`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..runner.task import TaskError


def excluded(rules: Any, values: Mapping[str, Any]) -> str:
    """All that may not stand together, in one message."""
    several = map(listed, listed(rules))
    try:
        pairs = ["|".join(names) for names in several if len(values.keys() & set(names)) > 1]
    except TypeError as error:
        raise _miswritten("mutually_exclusive") from error
    return f"parameters are mutually exclusive: {', '.join(pairs)}" if pairs else ""


def demanded(rules: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    """Of each kind of rule the first that is broken, as Ansible tells it."""
    for name, rule in _DEMANDING.items():
        entries = rules.get(name) or []
        for entry in entries.items() if isinstance(entries, Mapping) else listed(entries):
            try:
                msg = rule(values, *([entry] if name in _OF_NAMES else entry))
            except TypeError as error:
                raise _miswritten(name) from error
            if msg:
                yield msg
                break


def _miswritten(rule: str) -> TaskError:
    return TaskError(f"argument_spec: {rule} is not written as it should be")


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
    lacking = [each for each in listed(needed) if given.get(each) is None]
    is_broken = given.get(name) is not None and lacking
    return f"missing parameter(s) required by '{name}': {', '.join(lacking)}" if is_broken else ""


_OF_NAMES = ("required_together", "required_one_of")
_DEMANDING: Mapping[str, Callable[..., str]] = {
    "required_together": _together,
    "required_one_of": _one_of,
    "required_if": _if,
    "required_by": _by,
}


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
