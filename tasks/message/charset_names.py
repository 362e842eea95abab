"""Which codec people mean by the name of a charset.

The names in mail are IANA's, Microsoft's, Java's and MySQL's, and misspelt; and who writes `gb2312`
or `iso-8859-1` means the wider charset that his system takes them for.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from encodings.aliases import aliases
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
# Letters and digits alone: with, without and between what else, everyone writes them differently.
_ALSO_KNOWN_AS = {
    "gb": "gb2312",
    "gb231280": "gb2312",
    "gbk2312": "gb2312",
    "gb180302000": "gb18030",
    "gb13000": "gb18030",
    "cngb": "gb2312",
    "zhcn": "gb2312",
    "macchinesesimp": "gb2312",
    "cnbig5": "big5",
    "big5eten": "big5",
    "zhtwbig5": "big5",
    "macchinesetrad": "big5",
    "hzgb2312": "hz",
    "ksc56011989": "cp949",
    "kseuc56011987": "cp949",
    "5601": "cp949",
    "isoir149": "cp949",
    "eucjpwin": "euc_jp",
    "eucjpms": "euc_jp",
    "cp51932": "euc_jp",
    "sjis": "cp932",
    "windows31j": "cp932",
    "sjiswin": "cp932",
    "jis": "iso2022_jp_ext",
    "iso2022jpms": "iso2022_jp_ext",
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "koi8ru": "koi8-u",
    "iso88598i": "iso8859-8",
    "iso88598e": "iso8859-8",
    "iso88596i": "iso8859-6",
    "iso88596e": "iso8859-6",
    "iso10646ucs2": "utf-16",
    "iso10646": "utf-16",
    "ucs2": "utf-16",
    "ucs2le": "utf-16-le",
    "unicode": "utf-16",
    "turkish": "cp1254",
    "baltic": "cp1257",
    "macintosh": "mac-roman",
    "mac": "mac-roman",
    "macicelandic": "mac-iceland",
    "macukrainian": "mac-cyrillic",
    "macce": "mac-latin2",
    "maccentraleurroman": "mac-latin2",
    "utf7imap": "utf-7",
    "uft8": "utf-8",
    "88591": "cp1252",
}
# What Microsoft numbers and Python names.
_CODE_PAGES = {
    1200: "utf-16-le",
    1201: "utf-16-be",
    10000: "mac-roman",
    10006: "mac-greek",
    10007: "mac-cyrillic",
    10029: "mac-latin2",
    10081: "mac-turkish",
    20127: "ascii",
    20866: "koi8-r",
    20932: "euc_jp",
    20936: "gb2312",
    21866: "koi8-u",
    38598: "iso8859-8",
    50220: "iso2022_jp_ext",
    50221: "iso2022_jp_ext",
    50222: "iso2022_jp_ext",
    50225: "iso2022_kr",
    51936: "gb2312",
    51949: "euc_kr",
    52936: "hz",
    54936: "gb18030",
    **{28590 + part: f"iso8859-{part}" for part in (*range(1, 10), 13, 15)},
}
_CODE_PAGE = re.compile(r"(?:windows|win|cp|ms|ibm|dos)?0{0,2}([1-9]\d{2,4})")
_ISO_8859 = re.compile(r"(?:iso)?[-_ ]?8859[-_ ]?(\d{1,2})(?:[-:].*)?")
_UTF = re.compile(r"utf[78]")
_PREFIX = re.compile(r"\A(?:x-|cs)+(?:ms-)?")
_NO_LETTER = re.compile(r"[^a-z0-9]+")
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
    yield name
    plain = _PREFIX.sub("", name)
    yield plain
    letters = _NO_LETTER.sub("", plain)
    yield _by_letters().get(letters, letters)
    if page := _CODE_PAGE.fullmatch(letters):
        yield _CODE_PAGES.get(int(page[1]), f"cp{page[1]}")
    if part := _ISO_8859.fullmatch(plain):
        yield f"iso8859-{part[1]}"
    if utf := _UTF.search(letters):
        yield utf[0]


@lru_cache(maxsize=1)
def _by_letters() -> dict[str, str]:
    known = ((_NO_LETTER.sub("", alias), codec) for alias, codec in aliases.items())
    return {**dict(known), **_ALSO_KNOWN_AS}
