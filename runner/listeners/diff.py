"""What a step changes, as a unified diff."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..terminal import Paint, one_line, printable

_STYLES = {"@": "cyan", "-": "red", "+": "green"}
_UNFINISHED = "\n\\ No newline at end of file"


class Limits(NamedTuple):
    """How much is shown."""

    context: int = 3
    """Lines around each change."""
    largest: int = 104_448
    """Comparing longer texts may take minutes, and nobody reads the outcome."""


AS_USUAL = Limits()


def unified(
    diffs: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    paint: Paint,
    limits: Limits = AS_USUAL,
    *,
    sides: bool = False,
) -> str:
    """All diffs of a result, coloured; `sides`: the head tells which text is which."""
    several = [diffs] if isinstance(diffs, Mapping) else diffs
    return "\n".join(
        line for diff in several for line in _painted(diff, paint, limits, sides=sides)
    )


def _painted(
    diff: Mapping[str, Any], paint: Paint, limits: Limits, *, sides: bool
) -> Iterator[str]:
    for line in _lines(diff, limits, sides=sides):
        yield paint(line, _STYLES.get(line[:1], ""))


def _lines(diff: Mapping[str, Any], limits: Limits, *, sides: bool) -> Iterable[str]:
    if "prepared" in diff:  # the step has made its own
        return printable(str(diff["prepared"])).rstrip("\n").split("\n")
    before, after = (_text(diff.get(side), as_json=sides) for side in ("before", "after"))
    old, new = (_head(diff, side, told=sides) for side in ("before", "after"))
    texts = {"destination": before, "source": after}
    large = [side for side, text in texts.items() if len(text) > limits.largest]
    if before != after and large:
        if sides:
            most = limits.largest
            return [f"diff skipped: {side} file size is greater than {most}" for side in large]
        return (
            f"--- {old}: {len(before):,} characters",
            f"+++ {new}: {len(after):,} characters, too long for a diff",
        )
    from difflib import unified_diff

    return unified_diff(_split(before), _split(after), old, new, n=limits.context, lineterm="")


def _head(diff: Mapping[str, Any], side: str, *, told: bool) -> str:
    facts = diff.get(side)
    path = facts.get("path") if isinstance(facts, Mapping) and not told else None
    head = one_line(str(diff.get(f"{side}_header") or path or side))
    return f"{side}: {head}" if told and head != side else head


def _text(value: object, *, as_json: bool) -> str:
    """A text, or the facts of a file."""
    if not isinstance(value, Mapping):
        return str(value or "")
    if as_json:
        return json.dumps(value, indent=4, sort_keys=True) + "\n"
    return "".join(f"{name}: {fact}\n" for name, fact in value.items() if name != "path")


def _split(text: str) -> list[str]:
    # A changed line end is a change: `printable` alone would hide it.
    lines = printable(text.replace("\r", "\\r")).split("\n")
    if lines[-1]:
        lines[-1] += _UNFINISHED
    else:
        lines.pop()
    return lines
