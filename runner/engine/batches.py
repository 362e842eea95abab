"""`serial` and `order`: which hosts of a play go together, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..dataclasses import dataclass
from ..errors import ExitCode, PlaybookError, Problem

if TYPE_CHECKING:
    from ..errors import Place

ORDERS = ("inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle")


@dataclass(frozen=True, eq=False, repr=False)
class Share:
    """The hosts of one batch, and all of its play, whatever order it asks for."""

    names: Sequence[str]
    all_names: Sequence[str]
    play: int = 0
    """The number of the play."""


def ordered(names: Sequence[str], order: object, place: Place) -> list[str]:
    """The hosts in the order that is asked for; raises PlaybookError for one that there is not."""
    match order:
        case None | "inventory":
            return list(names)
        case "reverse_inventory":
            return list(reversed(names))
        case "sorted" | "reverse_sorted":
            return sorted(names, reverse=order == "reverse_sorted")
        case "shuffle":
            import random

            return random.sample(names, len(names))
    hint = f"there are: {', '.join(ORDERS)}"
    message = f"Invalid 'order' specified for inventory hosts: {order}"
    raise PlaybookError([Problem(place, message, hint, status=ExitCode.USAGE)])


def cut(names: Sequence[str], serial: object, place: Place) -> Iterator[list[str]]:
    """The hosts in batches; of several sizes, the last holds for the rest."""
    sizes = [_size(each, len(names), place) for each in _listed(serial)] or [0]
    rest = list(names)
    for size in sizes[:-1]:
        if rest:
            yield rest[: size or None]
            rest = rest[size:] if size else []
    while rest:
        yield rest[: sizes[-1] or None]
        rest = rest[sizes[-1] :] if sizes[-1] else []


def _listed(serial: object) -> list[object]:
    if serial is None:
        return []
    return list(serial) if isinstance(serial, list) else [serial]


def _size(written: object, count: int, place: Place) -> int:
    """A number, or a share as in `30%`, which is at least one host; 0 for all."""
    # As in Ansible, a fraction of a host is none.
    text = str(int(written) if isinstance(written, float) else written).strip()
    number = text.removesuffix("%").rstrip()
    if not number.lstrip("-").isdigit():
        message = f"serial must be a number of hosts, or a share such as 30%, not {written!r:.40}"
        raise PlaybookError([Problem(place, message)])
    if text.endswith("%"):
        return int(number) * count // 100 or 1
    return max(0, int(number))
