"""Which texts a person wrote: what stands in braces may give one as an expression.

`assert: {that: "{{ item }}"}` evaluates an item of a list that stands in the playbook, and refuses
one that a command wrote, however alike they look: a text that was read is known as the very object
that it is. What was read is looked through when the first such expression is met.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from threading import Lock

from .errors import Place
from .nodes import MapNode, SeqNode

_UNSEEN: list[tuple[object, Place, Collection[int]]] = []
_PLACES: dict[int, tuple[str, Place]] = {}
"""By the identity of a text. It is kept, so that no other text can be taken for it."""
_LOCK = Lock()


def remember(value: object, place: Place, unsafe: Collection[int] = ()) -> None:
    """A person wrote this, but for the texts with these identities."""
    if isinstance(value, dict | list | str):
        _UNSEEN.append((value, place, unsafe))


def place_of(text: str) -> Place | None:
    """Where a person wrote it; None of what came from elsewhere."""
    with _LOCK:
        while _UNSEEN:
            value, place, unsafe = _UNSEEN.pop()
            for each, at in _texts(value, place):
                if id(each) not in unsafe:
                    _PLACES[id(each)] = each, at
    known = _PLACES.get(id(text))
    return known[1] if known else None


def _texts(value: object, place: Place) -> Iterator[tuple[str, Place]]:
    if type(value) is str and value:
        yield value, place
    elif isinstance(value, dict):
        places = value.value_places if isinstance(value, MapNode) else {}
        for key, inner in value.items():
            yield from _texts(inner, places.get(key, place))
    elif isinstance(value, list):
        at = value.places if isinstance(value, SeqNode) else []
        for number, inner in enumerate(value):
            yield from _texts(inner, at[number] if number < len(at) else place)
