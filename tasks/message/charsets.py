"""Bytes as text, whatever charset they claim.

Mail lies about its charset: `gb2312` is mostly gbk or gb18030, `us-ascii` is anything,
`iso-8859-1` is often UTF-8, and `utf-8` may be neither. So a name is first taken for the widest
charset that people mean by it; where the bytes do not fit, or are UTF-8 beyond doubt, they are
looked at. Nothing here raises.
"""

from __future__ import annotations

import codecs
from functools import lru_cache

from . import charset_guess

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
_UNDOUBTED = 3


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


def decode(data: bytes, charset: str = "", likely: str = "") -> tuple[str, str]:
    """Decode as well as can be; the second text says what was wrong, if anything.

    `likely` is the charset of what stands beside it: it helps where nothing else is known.
    """
    codec = codec_for(charset) if charset else ""
    if data.isascii() and not codec.startswith(_STATEFUL):
        return data.decode("ascii"), ""
    if codec and not _is_utf_8_after_all(data, codec):
        text = charset_guess.strict(data, codec)
        if text is not None:
            return text.removeprefix("\ufeff"), ""
    found, text = charset_guess.guess(data, codec, codec_for(likely) if likely else "")
    claim = f"the charset is said to be {charset}" if charset else "no charset is named"
    return text.removeprefix("\ufeff"), f"{claim}, the text was read as {found}"


def _is_utf_8_after_all(data: bytes, codec: str) -> bool:
    """Tell UTF-8 that is called something else; a few characters may be so by chance."""
    if codec.startswith(("utf", *_STATEFUL)):
        return False
    text = charset_guess.strict(data, "utf-8")
    enough = 1 if codec == "cp1252" else _UNDOUBTED
    return text is not None and charset_guess.beyond_ascii(text) >= enough
