"""Names of hosts as an inventory writes them: `web[01:10]`, `db-[a:f].example.com:2222`.

What is wrong is told with Ansible's words: scripts look for them.
"""

from __future__ import annotations

import re

MAX_HOSTS = 100_000

_BRACKETED = r"\[((?:[^\[\]]|\[[^\]]*\])+)\]:(\d{1,5})"
_WITH_PORT = r"((?:[^:\[\]]|\[[^\]]*\])+):(\d{1,5})"
_RANGE = r"\[([^\]]*)\]"
_NUMBERS = r"([0-9]{0,18}):([0-9]{1,18})(?::([1-9][0-9]{0,8}))?"
_LETTERS = r"([A-Za-z]):([A-Za-z])(?::([1-9][0-9]{0,8}))?"


class RangeError(ValueError):
    """A range that cannot be; in words for the user."""


def expand(text: str) -> tuple[list[str], int | None]:
    """All names that one entry of an inventory stands for, and the port behind it."""
    if text.endswith(":"):
        told = "ending in ':' is not allowed, this character is reserved to provide a port"
        raise RangeError(f"Invalid host pattern '{text}' supplied, {told}")
    if text.startswith("---"):
        told = "'---' is normally a sign this is a YAML file"
        raise RangeError(f"Invalid host pattern '{text}' supplied, {told}")
    found = re.fullmatch(_BRACKETED, text) or re.fullmatch(_WITH_PORT, text)
    pattern, port = (found[1], int(found[2])) if found else (text, None)
    if not pattern:
        raise RangeError("the name of a host is empty")
    names = [""]
    position = 0
    for part in re.finditer(_RANGE, pattern):
        head = pattern[position : part.start()]
        names = _joined(names, [head + value for value in _values(part[1])], text)
        position = part.end()
    tail = pattern[position:]
    if not {"[", "]"}.isdisjoint(tail):
        raise RangeError(f'"{text}" has a bracket without its other half')
    return [name + tail for name in names], port


def _joined(names: list[str], parts: list[str], text: str) -> list[str]:
    if len(names) * len(parts) > MAX_HOSTS:
        raise RangeError(f'"{text}" stands for more than {MAX_HOSTS:,} hosts')
    return [name + part for name in names for part in parts]


def _values(bounds: str) -> list[str]:
    if letters := re.fullmatch(_LETTERS, bounds):
        from string import ascii_letters

        first, last = (ascii_letters.index(letter) for letter in letters.group(1, 2))
        values = list(ascii_letters[first : last + 1 : int(letters[3] or 1)])
    elif numbers := re.fullmatch(_NUMBERS, bounds):
        values = _numbers(numbers[1] or "0", numbers[2], int(numbers[3] or 1))
    else:
        wrong = "host range must specify end value" if bounds.endswith(":") else "this is no range"
        raise RangeError(f'"[{bounds}]": {wrong}; write [first:last], as in [01:10] or [a:f]')
    if not values:
        raise RangeError(f'the range "[{bounds}]" ends before it begins')
    return values


def _numbers(first: str, last: str, step: int) -> list[str]:
    width = len(first) if first.startswith("0") and len(first) > 1 else 0
    if width and len(last) != width:
        told = "host range must specify equal-length begin and end formats"
        raise RangeError(f'"[{first}:{last}]": {told}')
    numbers = range(int(first), int(last) + 1, step)
    if len(numbers) > MAX_HOSTS:
        raise RangeError(f'the range "[{first}:{last}]" has more than {MAX_HOSTS:,} numbers')
    return [str(number).zfill(width) for number in numbers]
