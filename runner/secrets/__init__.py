"""Secrets are known by value, and covered wherever text leaves the program.

A secret is also found inside longer text and in the disguises it travels in: URL-encoded, in
base64 (alone, or with something around it, as AUTH PLAIN sends it), escaped as in JSON, YAML, XML,
Python or a shell, and line by line when it has several.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, takewhile
from operator import is_
from typing import TYPE_CHECKING, Any, TypeVar

from ..dataclasses import replace

if TYPE_CHECKING:
    from ..events import Event

E = TypeVar("E", bound="Event")

MASK = "********"

SHORTEST = 4
"""What is shorter stands in harmless words, and is one everywhere."""
# What is longer may be cut, by us or by a server; what is left of it begins with so much.
_LONG = 40
_HEAD = 20
_DEEPEST = 100
_SHORT = 60
_HALVES = "[\ud800-\udc7f\udd00-\udfff]"
_MOST_CLEAN = 10_000
_MANY = 100
_LAST = 4
_COMPOUND = (dict, list, tuple, Mapping)
_NUMBERS = frozenset({int, float})
# What the engine and not the world has chosen; covering it would hide no secret.
_STRUCTURE = frozenset({"run", "status"})


class Secrets:
    """The values that nobody may see. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: frozenset[str] = frozenset()
        self._parts: tuple[str, ...] = ()
        self._starts: dict[str, tuple[str, ...]] = {}
        self._in_urls: tuple[_InUrls, ...] = ()
        self._cut: tuple[str, ...] = ()
        self._words: re.Pattern[str] | None = None
        self._clean: set[str] = set()
        """Short texts without a secret: names of fields come again and again."""
        self._large: list[Any] = []
        """What was looked at last of all that holds many texts, and is clean."""

    @property
    def values(self) -> frozenset[str]:
        """All that are covered."""
        return self._values

    def add(self, *values: str) -> None:
        """Cover these values from now on."""
        # A Secret hides from join and repr, and that is not wanted here.
        texts = {str(value) for value in values if value.strip()}
        with self._lock:
            new = texts - self._values
            if not new:
                return
            from .disguises import disguises

            self._values |= new
            long = sorted((text for text in new if len(text) >= SHORTEST), key=len)
            parts = {*self._parts, *(part for value in long for part in disguises(value))}
            self._starts.update(_by_start(parts - set(self._parts), self._starts))
            self._parts = tuple(sorted(parts, key=len, reverse=True))
            self._in_urls += tuple(map(_InUrls, reversed(long)))
            self._cut += tuple(value for value in long if len(value) > _LONG and "\n" not in value)
            short = [re.escape(word) for word in self._values if len(word) < SHORTEST]
            self._words = re.compile(rf"(?<!\w)(?:{'|'.join(short)})(?!\w)") if short else None
            # Last, and other ones: whoever looked before does not know of these values.
            self._clean, self._large = set(), []

    def mask_text(self, text: str) -> str:
        """The text with every secret in it covered."""
        clean = self._clean
        if text in clean:
            return text
        masked = self._masked(text)
        if masked != text:
            return masked
        if len(text) <= _SHORT and len(clean) < _MOST_CLEAN:
            clean.add(text)
        return text

    def _masked(self, text: str) -> str:
        for part in self._likely(text):
            if part in text:
                text = text.replace(part, MASK)
        for value in self._cut:
            if value[:_HEAD] in text:
                text = _without_cut(value, text)
        if self._in_urls and ("%" in text or "+" in text):
            text = self._mask_urls(text)
        return self._words.sub(MASK, text) if self._words else text

    def _likely(self, text: str) -> Sequence[str]:
        """The parts that the text may hold, the longest first."""
        if len(self._parts) < len(text):
            return self._parts
        found = {text[at : at + SHORTEST] for at in range(len(text))} & self._starts.keys()
        return sorted((part for each in found for part in self._starts[each]), key=_longest_first)

    def _mask_urls(self, text: str) -> str:
        decoded = _decoded(text)
        for secret in self._in_urls:
            if secret.raw in decoded:
                text = secret.pattern.sub(MASK, text)
        return text

    def mask(self, event: E) -> E:
        """The event with every secret in its data covered."""
        if not self._values:
            return event
        changes = {
            name: masked
            for name, value in vars(event).items()
            if isinstance(value, (str, *_COMPOUND))
            and name not in _STRUCTURE
            and (masked := self._mask_field(name, value)) != value
        }
        return replace(event, **changes) if changes else event

    def mask_value(self, value: Any) -> Any:
        """The value with every secret in it covered."""
        return self._mask(value)

    def _mask_field(self, name: str, value: Any) -> Any:
        if name == "result":  # its keys are the step's words: without "msg" nothing could be shown
            return {key: self._mask(item) for key, item in value.items()}
        return self._mask(value)

    def _mask(self, value: Any, depth: int = 0) -> Any:
        """The value with every secret covered; itself, and no copy, if it holds none."""
        if isinstance(value, str):
            return self.mask_text(value)
        if type(value) in _NUMBERS:
            return self._mask_number(value)
        if not isinstance(value, _COMPOUND):
            return value
        if depth > _DEEPEST:
            return MASK  # too deep to look into, and nobody could read it
        if len(value) >= _MANY and self._is_known_as_clean(value):
            return value
        return self._mask_parts(value, depth + 1)

    def _is_known_as_clean(self, value: Any) -> bool:
        # A result is kept, and then told.
        large = self._large
        if any(each is value for each in large):
            return True
        if is_clean := self._is_clean(value):
            large[:] = [*large[1 - _LAST :], value]
        return is_clean

    def _is_clean(self, value: Any) -> bool:
        """Whether there is no secret in what holds many texts: a look at all of them at once."""
        from ..json_text import encode, text_of

        if self._words:
            return False  # it hangs on what stands around them, and that is changed by JSON
        try:
            text = text_of(value)
        except (TypeError, ValueError, RecursionError):
            return False
        wanted = [*self._parts, *(value[:_HEAD] for value in self._cut)]
        if any(encode(part)[1:-1] in text for part in wanted):
            return False
        if not self._in_urls or not ("%" in text or "+" in text):
            return True
        decoded = _decoded(text)
        return not any(secret.changes_in_json or secret.raw in decoded for secret in self._in_urls)

    def _mask_parts(self, value: Any, depth: int) -> Any:
        # Most texts of a large result are known to be clean, and a call for each takes longer.
        clean, mask = self._clean, self._mask
        if isinstance(value, (list, tuple)):
            items = [
                item if type(item) is str and item in clean else mask(item, depth) for item in value
            ]
            return value if type(value) is list and all(map(is_, items, value)) else items
        masked = {
            (key if key in clean else mask(key)): (
                item if type(item) is str and item in clean else mask(item, depth)
            )
            for key, item in value.items()
        }
        before, after = (chain(each, each.values()) for each in (value, masked))
        return value if type(value) is dict and all(map(is_, before, after)) else masked

    def _mask_number(self, value: float) -> float | str:
        digits = str(value)
        return MASK if digits in self._values and len(digits) >= SHORTEST else value


def _by_start(
    parts: Iterable[str], known: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """What begins alike, put together, with what is known already."""
    found: dict[str, tuple[str, ...]] = {}
    for part in parts:
        start = part[:SHORTEST]
        found[start] = (*found.get(start, known.get(start, ())), part)
    return found


def _longest_first(part: str) -> int:
    return -len(part)


def _without_cut(value: str, text: str) -> str:
    """Cover what is left of a value whose end is cut off."""
    before, *rests = text.split(value[:_HEAD])
    tail = value[_HEAD:]
    return before + "".join(MASK + rest[_shared(tail, rest) :] for rest in rests)


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


class _InUrls:
    """A value in a URL, where any byte may stand as itself or as %XX, in either case.

    There are too many ways to list; a text is decoded to see whether there is anything to cover.
    """

    def __init__(self, value: str) -> None:
        raw = _bytes(value)
        self.raw = _blanks(raw)
        self.changes_in_json = '"' in value or "\\" in value or not value.isprintable()
        """Whether JSON may write a part of it in another way."""
        self._value = value

    @property
    def pattern(self) -> re.Pattern[str]:
        """What covers it; `re` remembers those that are asked for again."""
        return re.compile("".join(map(_in_url, self._value)))


def _in_url(character: str) -> str:
    raw = _bytes(character)
    coded = "".join(f"%(?i:{byte:02x})" for byte in raw)
    plus = r"|\+" if character == " " else ""
    return f"(?:{re.escape(character)}|{coded}{plus})"


def _decoded(text: str) -> bytes:
    from urllib.parse import unquote_to_bytes

    return _blanks(unquote_to_bytes(_bytes(text)))


def _bytes(text: str) -> bytes:
    """As they came; half of a pair has none, and no URL holds it."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return re.sub(_HALVES, "?", text).encode(errors="surrogateescape")


def _blanks(raw: bytes) -> bytes:
    """Make one of the two ways to write a blank, whichever is meant."""
    return raw.replace(b"+", b" ")
