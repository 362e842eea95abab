"""What a terminal is owed: columns as it counts them, colours if wanted, no control from outside.

Text from outside (file names, replies, output of commands) passes `printable` or `one_line`, so
that an escape sequence in it is seen and not obeyed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TextIO

# C0 and C1 controls, what reorders or hides text, breaks lines in its own way, or is half a pair.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
# Texts, not compiled here: most runs never need them (none of these characters is printable).
_CONTROL = f"\r\n|[{_UNSEEN}]"
_CONTROL_OR_BREAK = f"[\n\t{_UNSEEN}]"

_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_HANGUL_TAILS = range(0x1160, 0x1200)

# The codes that Ansible sends for its colours.
_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "0;31",
    "green": "0;32",
    "yellow": "0;33",
    "blue": "0;34",
    "magenta": "0;35",
    "cyan": "0;36",
    "dark gray": "1;30",
    "bright red": "1;31",
    "bright magenta": "1;35",
}


def printable(text: str) -> str:
    """Show control characters instead of sending them; line breaks and tabs stay."""
    return text if text.isprintable() else re.sub(_CONTROL, _shown, text)


def one_line(text: str) -> str:
    """As `printable`, with line breaks and tabs shown too."""
    return text if text.isprintable() else re.sub(_CONTROL_OR_BREAK, _shown, text)


def in_json(line: str) -> str:
    """A line of JSON that acts on no terminal, and means the same."""
    return line if line.isprintable() else re.sub(f"[{_UNSEEN}]", _coded, line)


def _coded(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return re.sub("....", r"\\u\g<0>", units)


def _shown(found: re.Match[str]) -> str:
    return "\n" if found[0] == "\r\n" else ascii(found[0])[1:-1]


def width(text: str) -> int:
    """How many columns the text takes."""
    return len(text) if text.isascii() else sum(columns for _, columns in _clusters(text))


def truncate(text: str, limit: int) -> str:
    """The text in at most `limit` columns; an ellipsis tells that some is missing."""
    if width(text) <= limit:
        return text
    kept, used = [], 1
    for cluster, columns in _clusters(text):
        used += columns
        if used > limit:
            break
        kept.append(cluster)
    return "".join(kept) + "…" if limit > 0 else ""


def pad(text: str, columns: int) -> str:
    """The text with as many blanks after it as fill the columns."""
    return text + " " * (columns - width(text))


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """What is drawn as one (a letter and its accents, an emoji), with the columns it takes."""
    start, columns, joined = 0, 0, False
    for index, char in enumerate(text):
        own = _char_width(char)
        tone = ord(char) in _SKIN_TONES and columns == 2  # noqa: PLR2004  # on a wide emoji
        if index > start and own and not joined and not tone:
            yield text[start:index], columns
            start, columns = index, 0
        columns = 2 if char == _EMOJI_STYLE and columns else max(columns, own)
        joined = char == _ZERO_WIDTH_JOINER and columns == 2  # noqa: PLR2004  # joins emoji only
    if text:
        yield text[start:], columns


def _char_width(char: str) -> int:
    from unicodedata import category, combining, east_asian_width

    if combining(char) or category(char) in {"Mn", "Me", "Cf", "Cc"} or ord(char) in _HANGUL_TAILS:
        return 0
    return 2 if east_asian_width(char) in {"W", "F"} else 1


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether colours belong here: a terminal that knows them, and nobody who minds them."""
    if _is_yes(environ.get("ANSIBLE_FORCE_COLOR", "")):
        return True
    if environ.get("NO_COLOR") or _is_yes(environ.get("ANSIBLE_NOCOLOR", "")):
        return False
    return environ.get("TERM") != "dumb" and stream.isatty()


def _is_yes(text: str) -> bool:
    return text.lower() in ("1", "true", "yes", "on", "t", "y")


def screen_width(stream: TextIO, environ: Mapping[str, str]) -> int:
    """The columns of the terminal, or 80."""
    asked = environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    with contextlib.suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or 80
    return 80


class Paint:
    """Colours text line by line, or leaves it as it is."""

    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, text: str, style: str) -> str:
        if not self._on or not text or not style:
            return text
        start = f"\x1b[{_CODES[style]}m"
        return "\n".join(f"{start}{line}\x1b[0m" if line else "" for line in text.split("\n"))


class Output:
    """A stream that takes any text, and goes quiet when its reader has left: `| head`, a hang-up.

    Any other failure (a full disk) is raised, once.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = False
        self._holds = False
        # A terminal that is hung up does not take anything, as a disk that is broken.
        self._harmless = {errno.EPIPE, *([errno.EIO] if stream.isatty() else ())}

    def write(self, text: str) -> None:
        """Write all of it at once and send it off."""
        self.put(text)
        self.flush()

    def put(self, text: str) -> None:
        """Write what is sent off by the next flush."""
        self._heeding(self._write, text)
        self._holds = True

    def flush(self) -> None:
        if self._holds:
            self._heeding(self._stream.flush)
            self._holds = False

    def _heeding(self, write: Callable[..., None], *texts: str) -> None:
        if self._gone:
            return
        try:
            write(*texts)
        except OSError as error:
            self._gone = True
            silence(self._stream)
            if error.errno not in self._harmless:
                raise

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except UnicodeEncodeError as error:
            self._stream.write(
                text.encode(error.encoding, "backslashreplace").decode(error.encoding)
            )


def silence(stream: TextIO) -> None:
    """Let what the stream still holds, and all that follows, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)
