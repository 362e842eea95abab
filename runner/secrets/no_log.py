"""Which values of a step under `no_log` are covered wherever else they are told.

What such a step was given and what came of it may be a secret, or may be the word "directory".
Covered is what looks as if somebody had made it up; words, numbers, dates, addresses of machines,
paths that are there and names of hosts stay, or nobody could read what a run says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..template_text import Template

_SHORTEST = 6
_SHORTEST_PART = 8
_LONE_WORD = 12
_WORDS = 24
_LONGEST, _LONGEST_LINE = 16 * 1024, 4096
# What a step tells of itself and not of its values.
_OWN_WORDS = frozenset(
    {
        "ansible_facts",
        "ansible_loop_var",
        "attempts",
        "changed",
        "delta",
        "diff",
        "end",
        "failed",
        "msg",
        "skip_reason",
        "skipped",
        "start",
        "warnings",
    }
)
# What results of loops and conditions say, which a hidden step may have been given.
_OWN_PHRASES = frozenset({"Conditional result was False", "One or more items failed"})
# Numbers, dates, addresses; and permissions, as `ls` shows them.
_NO_SECRET = re.compile(r"[\W\d_]*|[-bcdlps][-rwxsStT]{9}[.+@]?")
_ONLY_WORDS = re.compile(r"\W*[^\W\d_]+(?:[-_./:, ]+[^\W\d_]+)*\W*")
_BREAKS = (re.compile(r"[\s\"'=:]+"), re.compile(r"[\s\"'=:,;@<>()\[\]{}&?]+"))


def of_step(
    given: object, result: Mapping[str, object], is_name: Callable[[str], bool]
) -> Iterator[str]:
    """What may be secret of what a step was given, whole and in parts, and of what came of it."""
    told = {name: value for name, value in result.items() if name not in _OWN_WORDS}
    for text in (*_texts(given), *_texts(told)):
        if _is_made_up(text, _SHORTEST) and not is_name(text):
            yield text
    for text in _texts(given):
        if len(text) <= _LONGEST_LINE:
            found = (part for part in _parts(text) if _is_made_up(part, _SHORTEST_PART))
            yield from (part for part in found if not is_name(part))


def _parts(text: str) -> Iterator[str]:
    """What stands between blanks, and between other marks, with a digit in it."""
    for breaks in _BREAKS:
        yield from (part for part in breaks.split(text) if any(map(str.isdigit, part)))


def _is_made_up(text: str, shortest: int) -> bool:
    text = text.strip()
    if text in _OWN_PHRASES or not shortest <= len(text) <= _LONGEST or _NO_SECRET.fullmatch(text):
        return False
    if _ONLY_WORDS.fullmatch(text):
        return len(text) >= (_LONE_WORD if text.isalpha() else _WORDS)
    return not _is_there(text)


def _is_there(text: str) -> bool:
    """Whether this is the path of something that everybody can see."""
    if not text.startswith(("/", "~/", "./", "../")):
        return False
    try:
        path = Path(text)
        return path.exists() or (path.parent != Path("/") and path.parent.exists())
    except (OSError, ValueError):
        return False


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        # What is still to be rendered holds names.
        yield from () if isinstance(value, Template) else (value,)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
