"""Bytes as text, whatever charset they claim.

Mail lies about its charset: `gb2312` is mostly gbk or gb18030, `us-ascii` is anything, `utf-8` may
be neither. So a name is first taken for the widest charset that people mean by it, then, where the
bytes do not fit, they are looked at: UTF-8 proves itself, Chinese comes in runs of high bytes, and
what is left is western. Nothing here raises.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "ascii": "",
}
_ALSO_KNOWN_AS = {
    "x-gbk": "gbk",
    "gb_2312-80": "gb2312",
    "gb18030-2000": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "x-euc-kr": "cp949",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
}
# Codecs that Python calls text encodings and mail does not; some take quadratic time.
_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs"}
# In these, bytes that look like ASCII may mean something else.
_STATEFUL = ("iso2022", "hz", "utf-7", "utf-16", "utf-32", "cp037", "cp500")
_LETTER_BESIDE_HIGH = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")
_LONG_HIGH_RUN = re.compile(rb"[\x80-\xff]{4}")


@lru_cache(maxsize=256)
def codec_for(charset: str) -> str:
    """Name the codec that people mean by this charset; empty if there is none."""
    name = charset.strip(" \t\"'").lower()
    try:
        info = codecs.lookup(_ALSO_KNOWN_AS.get(name, name))
        "".encode(info.name)
    except (LookupError, ValueError):
        return ""
    return "" if info.name.replace("-", "_") in _NO_CHARSETS else _WIDER.get(info.name, info.name)


def decode(data: bytes, charset: str = "") -> tuple[str, str]:
    """Decode as well as can be; the second text says what was wrong, if anything."""
    codec = codec_for(charset) if charset else ""
    if data.isascii() and not codec.startswith(_STATEFUL):
        return data.decode("ascii"), ""
    if codec and (text := _strict(data, codec)) is not None:
        return text.removeprefix("\ufeff"), ""
    found, text = _guessed(data, codec)
    claim = f"the charset is said to be {charset}" if charset else "no charset is named"
    return text.removeprefix("\ufeff"), f"{claim}, the text was read as {found}"


def _strict(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
        if codec == "utf-7":
            text.encode()  # the one codec that makes lone surrogates, which are no text
    except ValueError:
        return None
    return text


def _guessed(data: bytes, codec: str) -> tuple[str, str]:
    if codec and codec != "utf-7" and _is_mostly(text := data.decode(codec, "replace")):
        return f"{codec} with broken characters", text
    candidates = ("utf-8",) if _looks_western(data) else ("utf-8", "gb18030")
    for candidate in candidates:
        if (whole := _strict(data, candidate)) is not None:
            return candidate, whole
    if _is_mostly(text := data.decode("utf-8", "replace")):
        return "utf-8 with broken characters", text
    western = _strict(data, "cp1252")
    return ("cp1252", western) if western is not None else ("latin-1", data.decode("latin-1"))


def _is_mostly(text: str) -> bool:
    """Tell whether few of the characters beyond ASCII are replacement characters."""
    beyond = sum(character > "\x7f" for character in text)
    return text.count("\ufffd") * 4 <= beyond


def _looks_western(data: bytes) -> bool:
    """Tell single accented letters between ASCII ones from runs of Chinese."""
    return bool(_LETTER_BESIDE_HIGH.search(data)) and not _LONG_HIGH_RUN.search(data)
