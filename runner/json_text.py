"""Values as JSON, a large one once: to look for secrets in it, to keep it, and to tell it.

The last large ones are remembered by what they are, so nobody may change one that is on its way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

_LARGE, _LARGEST = 10_000, 4_000_000
"""What is shorter is made again in no time, what is longer is not worth its memory."""
_LAST = 4
_MANY = 100
encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode
_known: tuple[tuple[object, str], ...] = ()


def of_result(result: dict[str, object]) -> str:
    """The JSON of a result, which may be added to afterwards; what is large in it may not.

    Raises TypeError, ValueError or RecursionError if there is none.
    """
    return joined(result, 1) if has_large(result.values()) else encode(result)


def has_large(values: Iterable[object]) -> bool:
    """Whether one of these is better made JSON in parts, and once."""
    return any(len(each) >= _MANY for each in values if type(each) is list)


def text_of(value: object, encode: Callable[[object], str] = encode) -> str:
    """The JSON of a part of a result; raises as `of_result` does, or as `encode`."""
    return "".join(_of_part(value, encode))


def _of_part(value: object, encode: Callable[[object], str]) -> list[str]:
    """The pieces of its JSON, or one that is remembered."""
    global _known  # noqa: PLW0603  # replaced, never changed: threads need no lock
    for each, its_text in _known:
        if each is value:
            return [its_text]
    pieces = [*_in_parts(value)] if type(value) is list else [encode(value)]
    if _LARGE <= sum(map(len, pieces)) <= _LARGEST:
        pieces = ["".join(pieces)]
        _known = (*_known[1 - _LAST :], (value, pieces[0]))
    return pieces


def _in_parts(values: list[object]) -> Iterator[str]:
    """The pieces that the encoder makes of all of them would take five times the room."""
    yield "["
    for at in range(0, len(values), _MANY):
        yield ("," if at else "") + encode(values[at : at + _MANY])[1:-1]
    yield "]"


def forget() -> None:
    """Whoever tells of a value is the last to ask for its JSON."""
    global _known  # noqa: PLW0603  # as above
    _known = ()


def joined(value: object, depth: int, encode: Callable[[object], str] = encode) -> str:
    """The JSON, made of that of its parts so many levels below."""
    pieces: list[str] = []
    _add(pieces, value, depth, encode)
    return "".join(pieces)


def _add(pieces: list[str], value: object, depth: int, encode: Callable[[object], str]) -> None:
    """Add the pieces of the JSON, which are joined once: each time is a copy of a large one."""
    if not depth:
        pieces += _of_part(value, encode)
    elif isinstance(value, list | tuple):
        pieces.append("[")
        for at, each in enumerate(value):
            pieces.append("," if at else "")
            _add(pieces, each, depth - 1, encode)
        pieces.append("]")
    elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
        pieces.append("{")
        for at, (key, each) in enumerate(value.items()):
            pieces.append(f"{',' if at else ''}{encode(key)}:")
            _add(pieces, each, depth - 1, encode)
        pieces.append("}")
    else:
        pieces.append(encode(value))
