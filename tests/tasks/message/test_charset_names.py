"""Names of charsets: IANA's, Microsoft's, Apple's, Java's, and near to these."""

from __future__ import annotations

import pytest

from opsplay.tasks.message.charset_names import codec_for


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("cp1252", "iso-8859-1 ISO_8859-1:1987 latin1 l1 8859_1 iso8859.1 88591 cp28591"),
        ("iso8859-2", "iso-8859-2 latin-2 l2 iso88592 csISOLatin2 windows-28592 iso-8859-2;x"),
        ("iso8859-15", "latin-9 ISO8859_15 iso-885915 cp28605"),
        ("iso8859-8", "iso-8859-8-i iso-8859-8-e hebrew"),
        ("cp1251", "windows-1251 x-cp1251 win-1251 windows1251 1251 'windows-1251'"),
        ("koi8-r", "koi8-r KOI8R koi8 cskoi8r cp20866"),
        ("koi8-u", "koi8-u koi8u koi8-ru cp21866"),
        ("gb18030", "gb2312 gb_2312-80 GB-2312 gbk x-gbk cp936 ms936 936 euc-cn cn-gb cp54936"),
        ("big5hkscs", "big5 big-5 x-x-big5 cn-big5 big5-eten zh_TW.Big5 x-mac-chinesetrad"),
        ("hz", "hz-gb-2312 hz HZGB2312 cp52936"),
        ("cp932", "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j csshiftjis x-ms-cp932"),
        ("euc_jp", "euc-jp x-euc-jp eucjp ujis eucjp-win cp51932"),
        ("iso2022_jp_ext", "iso-2022-jp iso2022jp csiso2022jp jis cp50220 iso-2022-jp-ms"),
        ("cp949", "euc-kr ks_c_5601-1987 KSC_5601 ksc5601-1987 korean uhc x-windows-949 cp51949"),
        ("utf-8", "utf8 UTF_8 unicode-1-1-utf-8 x-unicode-2-0-utf-8 utf8mb4 65001 uft-8 utf-8(x)"),
        ("utf-7", "utf-7 unicode-1-1-utf-7 x-unicode-2-0-utf-7"),
        ("utf-16", "utf-16 unicode ucs-2 iso-10646-ucs-2"),
        ("utf-16-le", "utf-16le utf16-le ucs-2le cp1200"),
        ("mac-roman", "macintosh x-mac-roman mac cp10000"),
        ("cp858", "ibm00858 cp858 dos-858 IBM858"),
        ("", "us-ascii ansi_x3.4-1968 unknown-8bit x-unknown none default base64 hex idna rot13 -"),
    ],
)
def test_a_charset_has_many_names(codec: str, names: str) -> None:
    assert {name: codec_for(name) for name in names.split()} == dict.fromkeys(names.split(), codec)
