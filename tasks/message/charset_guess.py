"""Which charset bytes are in, by how they look.

UTF-8 proves itself. The charsets of East Asia overlap, but what people write is in the small part
of each that holds its common characters; Cyrillic comes in words of high bytes, mostly small
letters; western letters stand alone between ASCII ones. If nothing decides, Chinese is meant.
"""

from __future__ import annotations

import re
from functools import lru_cache

# The first bytes of the common characters.
_COMMON_ROWS = {
    "gb18030": [*range(0xB0, 0xD8)],
    "big5hkscs": [*range(0xA4, 0xC7)],
    "cp932": [0x82, 0x83, *range(0x88, 0x98)],
    "cp949": [*range(0xB0, 0xC9)],
    "euc_jp": [0xA4, 0xA5, *range(0xB0, 0xD0)],
}
_SECOND_BYTES = range(0x40, 0xFF)
_PUNCTUATION = re.compile("[\x00-\xff\u2010-\u203b\u3000-\u3020\uff00-\uff5f]+")
_TWO_HIGH = re.compile(rb"[\x80-\xff]{2}")
_CYRILLIC_WORD = re.compile(rb"[\xa8\xb3\xb8\xc0-\xff]{4}")
_SMALL_OF_1251 = re.compile(rb"[\xe0-\xff]")
_CAPITAL_OF_1251 = re.compile(rb"[\xc0-\xdf]")
_SAMPLE = 1000


def guess(data: bytes, codec: str = "", likely: str = "") -> tuple[str, str]:
    """Name the charset and give the text. `codec` was claimed, and is wrong at least in parts."""
    if (whole := strict(data, "utf-8")) is not None:
        return "utf-8", whole
    if codec and codec != "utf-7" and is_mostly(text := data.decode(codec, "replace")):
        return f"{codec} with broken characters", text
    for candidate in (*_likely(likely), *_east_asian(data), *_cyrillic(data)):
        if (whole := strict(data, candidate)) is not None:
            return candidate, whole
    if is_mostly(text := data.decode("utf-8", "replace")):
        return "utf-8 with broken characters", text
    western = strict(data, "cp1252")
    return ("cp1252", western) if western is not None else ("latin-1", data.decode("latin-1"))


def strict(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
        if codec == "utf-7":
            text.encode()  # the one codec that makes lone surrogates, which are no text
    except ValueError:
        return None
    return text


def is_mostly(text: str) -> bool:
    """Tell whether few of the characters beyond ASCII are replacement characters."""
    return text.count("\ufffd") * 4 <= beyond_ascii(text)


def beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _likely(codec: str) -> list[str]:
    """Anything can be read as western text, so that this is said proves nothing."""
    return [codec] if codec not in {"", "utf-8", "cp1252"} else []


def _east_asian(data: bytes) -> list[str]:
    """Name the charsets whose common characters these are, the likeliest first."""
    if not _TWO_HIGH.search(data):
        return []
    shares = {codec: _share_of_common(data, codec) for codec in _COMMON_ROWS}
    return sorted((codec for codec in shares if shares[codec] > 1 / 2), key=lambda c: -shares[c])


def _share_of_common(data: bytes, codec: str) -> float:
    text = strict(data, codec)
    characters = _PUNCTUATION.sub("", text[:_SAMPLE]) if text else ""
    return len(_common(codec).intersection(characters)) / len(set(characters) or "?")


@lru_cache
def _common(codec: str) -> frozenset[str]:
    pairs = (bytes((row, second)) for row in _COMMON_ROWS[codec] for second in _SECOND_BYTES)
    return frozenset(filter(None, (pair.decode(codec, "ignore") for pair in pairs)))


def _cyrillic(data: bytes) -> list[str]:
    """Tell the two charsets of Russian apart: what is small in one is capital in the other."""
    if not _CYRILLIC_WORD.search(data):
        return []
    small, capital = len(_SMALL_OF_1251.findall(data)), len(_CAPITAL_OF_1251.findall(data))
    return ["cp1251"] if small > capital else ["koi8_r"]
