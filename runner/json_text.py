"""Values as JSON, a large one once: to look for secrets in it, to keep it, and to tell it.

The last large ones are remembered by what they are, so nobody may change one that is on its way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

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
    return any(type(each) is list and len(each) >= _MANY for each in values)


def text_of(value: object, encode: Callable[[object], str] = encode) -> str:
    """The JSON of a part of a result; raises as `of_result` does, or as `encode`."""
    global _known  # noqa: PLW0603  # replaced, never changed: threads need no lock
    for each, its_text in _known:
        if each is value:
            return its_text
    made = _in_parts(value) if type(value) is list else encode(value)
    if _LARGE <= len(made) <= _LARGEST:
        _known = (*_known[1 - _LAST :], (value, made))
    return made


def _in_parts(values: list[object]) -> str:
    """The pieces that the encoder makes of all of them would take five times the room."""
    parts = (encode(values[at : at + _MANY])[1:-1] for at in range(0, len(values), _MANY))
    return f"[{','.join(parts)}]"


def forget() -> None:
    """Whoever tells of a value is the last to ask for its JSON."""
    global _known  # noqa: PLW0603  # as above
    _known = ()


def joined(value: object, depth: int, encode: Callable[[object], str] = encode) -> str:
    """The JSON, made of that of its parts so many levels below."""
    if not depth:
        return text_of(value, encode)
    if isinstance(value, list | tuple):
        return f"[{','.join(joined(each, depth - 1, encode) for each in value)}]"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        items = (f"{encode(key)}:{joined(each, depth - 1, encode)}" for key, each in value.items())
        return f"{{{','.join(items)}}}"
    return encode(value)
