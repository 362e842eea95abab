"""Bytes as text, whatever charset they claim.

Mail lies about its charset: `gb2312` is mostly gbk or gb18030, `us-ascii` is anything,
`iso-8859-1` is often UTF-8, and `utf-8` may be neither. So a name is first taken for the widest
charset that people mean by it; where the bytes do not fit, or are UTF-8 beyond doubt, they are
looked at. Nothing here raises.
"""

from __future__ import annotations

import re

from . import charset_guess
from .charset_guess import with_high_bits
from .charset_names import codec_for

# In these, bytes that look like ASCII may mean something else.
_STATEFUL = ("iso2022", "hz", "utf-7", "utf-16", "utf-32", "cp037", "cp500")
_WIDE = ("utf-16", "utf-32")
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE = 1000
_UNDOUBTED = 3
# ISO-2022-JP is found where nobody expects it: in headers of old programs, in text called ASCII.
_TURNS_TO_JAPANESE = re.compile(rb"\x1b\$[@B]")
# ISO-2022-CN, which Python does not know, and -KR, which says but once in a mail what it is: the
# characters of GB 2312 and of KS C 5601, their high bits taken away.
_SHIFTED = re.compile(rb"\x1b\$\)[AC]|\x0e([ -~]*+)\x0f?")


def decode(data: bytes, charset: str = "", likely: str = "") -> tuple[str, str]:
    """Decode as well as can be; the second text says what was wrong, if anything.

    `likely` is the charset of what stands beside it: it helps where nothing else is known.
    """
    codec = codec_for(charset) if charset else ""
    if codec == "iso2022_kr" or (b"\x1b$" in data and not codec.startswith(_STATEFUL)):
        data, codec = _turned(data, codec)
    elif codec == "utf-16" and not data.startswith(_MARKS):
        codec = _order_of_bytes(data)
    if data.isascii() and not _hides_in_ascii(data, codec):
        return data.decode("ascii"), ""
    if codec and not _is_utf_8_after_all(data, codec):
        text = charset_guess.strict(data, codec)
        if text is not None:
            return text.removeprefix("\ufeff"), ""
    found, text = charset_guess.guess(data, codec, codec_for(likely) if likely else "")
    claim = f"the charset is said to be {charset}" if charset else "no charset is named"
    return text.removeprefix("\ufeff"), f"{claim}, the text was read as {found}"


def _turned(data: bytes, codec: str) -> tuple[bytes, str]:
    """Find what hides behind escapes, though it is said to be something else."""
    if codec == "iso2022_kr" or b"\x1b$)A" in data:
        shifted = _SHIFTED.sub(lambda run: with_high_bits(run[1] or b""), data)
        return shifted, "cp949" if codec == "iso2022_kr" else "gb18030"
    return data, "iso2022_jp_ext" if _TURNS_TO_JAPANESE.search(data) else codec


def _order_of_bytes(data: bytes) -> str:
    """Tell the order in UTF-16 without a mark: the high bytes are of few kinds."""
    first, second = set(data[:_SAMPLE:2]), set(data[1:_SAMPLE:2])
    return "utf-16-le" if len(second) < len(first) else "utf-16-be"


def _hides_in_ascii(data: bytes, codec: str) -> bool:
    """Tell whether bytes that look like ASCII are something else; UTF-16 has zeros among them."""
    return codec.startswith(_STATEFUL) and (b"\0" in data or not codec.startswith(_WIDE))


def _is_utf_8_after_all(data: bytes, codec: str) -> bool:
    """Tell UTF-8 that is called something else; a few characters may be so by chance."""
    if codec.startswith(("utf", *_STATEFUL)):
        return False
    text = charset_guess.strict(data, "utf-8")
    enough = 1 if codec == "cp1252" else _UNDOUBTED
    return text is not None and charset_guess.beyond_ascii(text) >= enough
