"""The lookup `sequence`: `start=0 end=32 format=user%02x`, or in short `0-32/2:user%02x`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import LookupContext
from .inline import split, whole_number

_NAMES = ("count", "end", "format", "start", "stride")
_NUMBER = r"0x[0-9a-f]+|[0-9]+"
_SHORT = re.compile(
    rf"(?:(?P<start>{_NUMBER})-)?(?P<end>{_NUMBER})(?:/(?P<stride>{_NUMBER}))?(?::(?P<format>.+))?",
    re.IGNORECASE,
)


def sequence(
    terms: list[Any],
    _: Mapping[str, Any],
    *,
    context: LookupContext,
    start: Any = 1,
    end: Any = None,
    count: Any = None,
    stride: Any = 1,
    format: str = "%d",
) -> list[str]:
    """Numbers as texts."""
    given = {"start": start, "end": end, "count": count, "stride": stride, "format": format}
    return [text for term in terms or [""] for text in _sequence({**given, **_options(term)})]


def _options(term: Any) -> dict[str, Any]:
    try:
        short = _SHORT.fullmatch(term)
    except TypeError as error:
        words = f"unknown error parsing with_sequence arguments: {term!r}. Error was: {error}"
        raise ValueError(words) from None
    if short:
        return {name: value for name, value in short.groupdict().items() if value is not None}
    rest, options = split(term, _NAMES, "unrecognized arguments to with_sequence: ['{}']")
    if rest:
        words = f"unrecognized arguments to with_sequence: {rest!r}"
        raise ValueError(f"{words}; write 1-10, or start=1 end=10")
    return dict(options)


def _sequence(options: Mapping[str, Any]) -> list[str]:
    start, stride = _number(options, "start"), _number(options, "stride")
    count, end = options["count"], options["end"]
    if count is end is None:
        raise ValueError("must specify count or end in with_sequence")
    if count is not None and end is not None:
        raise ValueError("can't specify both count and end in with_sequence")
    if count is None:
        last = _number(options, "end")
    else:
        # As in Ansible, where a stride below 0 gives more than are counted.
        many = _number(options, "count")
        last = start + many * stride - 1
        stride = stride if many else 0
    if stride > 0 and last < start:
        raise ValueError("to count backwards make stride negative")
    if stride < 0 and last > start:
        raise ValueError("to count forward don't make stride negative")
    if not stride:
        return []
    numbers = range(start, last + (1 if stride > 0 else -1), stride)
    return [_formatted(options["format"], number) for number in numbers]


def _number(options: Mapping[str, Any], name: str) -> int:
    return whole_number(name, options[name], "sequence")


def _formatted(form: str, number: int) -> str:
    try:
        return str(form % number)
    except (TypeError, ValueError):
        raise ValueError(f"bad formatting string: {form}; write it like host%02d") from None
