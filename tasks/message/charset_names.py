"""Which codec people mean by the name of a charset.

The names in mail are IANA's, Microsoft's, Java's and MySQL's, and misspelt; and who writes `gb2312`
or `iso-8859-1` means the wider charset that his system takes them for.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
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
    "gb_2312-80": "gb2312",
    "gb18030-2000": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc_5601": "cp949",
    "windows-31j": "cp932",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cp50222": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp51932": "euc_jp",
    "eucjp-win": "euc_jp",
    "eucjp-ms": "euc_jp",
    "gb-2312": "gb2312",
    "cn-gb": "gb2312",
    "euc-cn": "gb2312",
    "cn-big5": "big5",
    "big5-eten": "big5",
    "koi8-ru": "koi8-u",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "iso-10646-ucs-2": "utf-16",
    "ucs-2": "utf-16",
    "unicode": "utf-16",
    "turkish": "cp1254",
    "mac-icelandic": "mac-iceland",
    "sjis": "cp932",
    "sjis-win": "cp932",
    "8859_1": "cp1252",
    "ansi_x3.4-1968": "ascii",
}
_SPELLINGS = (
    (re.compile(r".*utf[-_ ]?8.*"), "utf-8"),
    (re.compile(r".*utf[-_ ]?7"), "utf-7"),
    (re.compile(r"iso[-_ ]?8859[-_ ]?(\d{1,2})(?:[-:].*)?"), r"iso8859-\1"),
    (
        re.compile(r"(?:x-)?(?:ms-)?(?:windows|win|cp|ms|ibm|dos)[-_ ]?0{0,2}([1-9]\d{2,4})"),
        r"cp\1",
    ),
    (re.compile(r"x-mac-(?:ce|centraleurroman)"), "mac-latin2"),
    (re.compile(r"x-mac-?(.+)"), r"mac-\1"),
    (re.compile(r"(?:x-|cs)(.+)"), r"\1"),
)
_BEHIND = re.compile(r"(?<=\w)\s*[(,;].*", re.DOTALL)
# Codecs that Python calls text encodings and mail does not; some take quadratic time.
_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs"}


@lru_cache(maxsize=256)
def codec_for(charset: str) -> str:
    """Name the codec; empty if there is none, and for ASCII, which proves nothing."""
    for name in _readings(_BEHIND.sub("", charset).strip(" \t\"'").lower()):
        try:
            found = codecs.lookup(name).name
            "".encode(found)
        except (LookupError, ValueError):
            continue
        return "" if found.replace("-", "_") in _NO_CHARSETS else _WIDER.get(found, found)
    return ""


def _readings(name: str) -> Iterator[str]:
    yield _ALSO_KNOWN_AS.get(name, name)
    for spelling, meaning in _SPELLINGS:
        if found := spelling.fullmatch(name):
            read = found.expand(meaning)
            yield _ALSO_KNOWN_AS.get(read, read)
