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
    "euc_jp": [0xA4, 0xA5, *range(0xB0, 0xD0)],
    "gb18030": [*range(0xB0, 0xD8)],
    "big5hkscs": [*range(0xA4, 0xC7)],
    "cp932": [0x82, 0x83, *range(0x88, 0x98)],
    "cp949": [*range(0xB0, 0xC9)],
}
_SECOND_BYTES = range(0x40, 0xFF)
_PUNCTUATION = re.compile("[\x00-\xff\u2010-\u203b\u3000-\u3020\uff00-\uff5f]+")
_HIGH = bytes(range(0x80, 0x100))
_WITH_HIGH_BIT = bytes(byte | 0x80 if byte > ord(" ") else byte for byte in range(256))
_KANA = re.compile("[\u3041-\u30fa]")
_JAPANESE = re.compile(rb"\x1b\$[@B]((?:[\x21-\x7e]{2})*+)(?:\x1b\([BJ])?")
# Two high bytes; kana of Shift JIS, whose second byte is a letter; Big5 with a backslash in it.
_OF_TWO_BYTES = re.compile(rb"[\x80-\xff]{2}|\x83[\x40-\x7e]|[\xa4-\xc6]\\")
# Words in small letters, but for the first of each, or in capitals; and what stands between them.
_CYRILLIC = {
    "cp1251": re.compile(
        rb"(?:[\x00-\x7f\x85\x91-\x97\xa0\xab\xb9\xbb]++"
        rb"|(?<![\xc0-\xff])[\xc0-\xdf\xa8]?[\xe0-\xff\xb8]++(?![\xc0-\xff])|[\xc0-\xdf\xa8]{2,}+)++"
    ),
    "koi8_r": re.compile(
        rb"(?:[\x00-\x7f\x9a]++"
        rb"|(?<![\xc0-\xff])[\xe0-\xff\xb3]?[\xc0-\xdf\xa3]++(?![\xc0-\xff])|[\xe0-\xff\xb3]{2,}+)++"
    ),
}
_SMALL = {"cp1251": bytes(range(0xE0, 0x100)), "koi8_r": bytes(range(0xC0, 0xE0))}
_CYRILLIC_WORD = re.compile(rb"[\xa3\xa8\xb3\xb8\xc0-\xff]{4}")
# Not in all of one's characters, but in some that the other lacks.
_WIDER_STILL = {"euc_jp": "euc_jis_2004", "big5hkscs": "cp950"}
_NOT_TRUSTED = {"", "utf-7", "utf-8"}
_LONG = 12
_SAMPLE = 1000


def guess(data: bytes, codec: str = "", likely: str = "") -> tuple[str, str]:
    """Name the charset and give the text. `codec` was claimed, and is wrong at least in parts."""
    if codec and data.isascii():
        return f"{codec} with broken characters", _stateful(data, codec)
    if whole := strict(data, "utf-8") or _of_surrogates(data):
        return "utf-8", whole
    if codec in _WIDER_STILL and (whole := strict(data, _WIDER_STILL[codec])):
        return _WIDER_STILL[codec], whole
    if codec not in _NOT_TRUSTED and (text := _mostly(data, codec, 1 / 3)):
        return f"{codec} with broken characters", text
    if text := _mostly(data, "utf-8", 1 / 4):
        return "utf-8 with broken characters", text
    return _by_looks(data, likely) or _as_western(data, codec)


def _by_looks(data: bytes, likely: str) -> tuple[str, str] | None:
    # Two or three Chinese characters may look like a Russian word by chance.
    russian, asian = _cyrillic(data), _east_asian(data)
    others = [*russian, *asian] if _is_long(data) else [*asian, *russian]
    for candidate in (*_likely(likely), *others):
        if (whole := strict(data, candidate)) is not None:
            return candidate, whole
    return None


def _as_western(data: bytes, codec: str) -> tuple[str, str]:
    if codec == "utf-8" and (text := _mostly(data, codec, 1 / 2)):
        return "utf-8 with broken characters", text
    western = strict(data, "cp1252")
    return ("cp1252", western) if western is not None else ("latin-1", data.decode("latin-1"))


def _stateful(data: bytes, codec: str) -> str:
    """Decode what hides in ASCII, though not all of it is right."""
    if codec.startswith("iso2022_jp"):
        # Characters of NEC and IBM, which Python's codec lacks and that of Unix has.
        data, codec = _JAPANESE.sub(lambda run: with_high_bits(run[1]), data), "euc_jis_2004"
    return data.decode(codec, "replace").encode("utf-8", "replace").decode()


def with_high_bits(characters: bytes) -> bytes:
    """Give the bytes of East Asian characters as they are where nothing escapes them."""
    return characters.translate(_WITH_HIGH_BIT)


def strict(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
        if codec == "utf-7":
            text.encode()  # the one codec that makes lone surrogates, which are no text
    except ValueError:
        return None
    return text


def _mostly(data: bytes, codec: str, tolerance: float) -> str:
    """Decode if few of the characters beyond ASCII are broken; else nothing."""
    text = data.decode(codec, "replace")
    return text if text.count("\ufffd") <= beyond_ascii(text) * tolerance else ""


def _of_surrogates(data: bytes) -> str | None:
    """Read what Java and Oracle take for UTF-8: a character beyond 16 bits as two halves."""
    if b"\xed" not in data:
        return None
    try:
        halves = data.decode("utf-8", "surrogatepass")
        return halves.encode("utf-16", "surrogatepass").decode("utf-16")
    except ValueError:
        return None


def beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _is_long(data: bytes) -> bool:
    return len(data) - len(data.translate(None, _HIGH)) >= _LONG


def _likely(codec: str) -> list[str]:
    """Anything can be read as western text, so that this is said proves nothing."""
    return [codec] if codec not in {"", "utf-8", "cp1252"} else []


def _east_asian(data: bytes) -> list[str]:
    """Name the charsets whose common characters these are, the likeliest first."""
    if not _OF_TWO_BYTES.search(data):
        return []
    shares = {codec: _share_of_common(data, codec) for codec in _COMMON_ROWS}
    if shares["cp949"] == 1 and _is_long(data):
        return ["cp949"]  # so much Chinese would leave the rows of Hangul
    return sorted((codec for codec in shares if shares[codec] > 1 / 2), key=lambda c: -shares[c])


def _share_of_common(data: bytes, codec: str) -> float:
    text = strict(data, codec)
    if not text or (codec == "euc_jp" and not _KANA.search(text)):
        return 0.0
    characters = _PUNCTUATION.sub("", text[:_SAMPLE])
    return len(_common(codec).intersection(characters)) / len(set(characters) or "?")


@lru_cache
def _common(codec: str) -> frozenset[str]:
    pairs = (bytes((row, second)) for row in _COMMON_ROWS[codec] for second in _SECOND_BYTES)
    return frozenset(filter(None, (pair.decode(codec, "ignore") for pair in pairs)))


def _cyrillic(data: bytes) -> list[str]:
    """Tell the two charsets of Russian apart: what is small in one is capital in the other."""
    sample = data[:_SAMPLE]
    if not _CYRILLIC_WORD.search(sample):
        return []
    found = [codec for codec, words in _CYRILLIC.items() if words.fullmatch(sample)]
    return sorted(found, key=lambda codec: len(sample.translate(None, _SMALL[codec])))
