"""The letter in a mail: which parts are its text, and what they say."""

from __future__ import annotations

import re

from ...runner.dataclasses import dataclass, field
from . import charsets, flowed, tnef, uuencode, yenc
from .attachments import file_name
from .html_text import html_to_text
from .part import Part

_CHARSET_IN_HTML = re.compile(rb"<meta[^>]{1,200}?charset=[\"' ]*([\w-]{2,40})", re.IGNORECASE)
_HEAD_OF_HTML = 4096
_LINE_END = re.compile(r"\r*\n|\r")
_MOST_TEXT = 8 * 1024 * 1024
_MOST_HTML = 2 * 1024 * 1024


def is_body(part: Part, *, is_root: bool) -> bool:
    """Tell a part of the letter from what is attached to it."""
    if part.type.startswith("multipart/"):
        return True  # without parts, so it is read as text
    if is_root and part.type.startswith("text/") and part.disposition.main != "attachment":
        return part.type != "text/calendar"
    return is_shown(part) and not file_name(part, "")


def is_shown(part: Part) -> bool:
    """Tell what can be read as it is, though it may be a file."""
    return part.type in {"text/plain", "text/html"} and part.disposition.main != "attachment"


@dataclass
class Letter:
    """What the parts met so far say, and the files that stand in their text."""

    defects: list[str]
    likely: str
    """The charset of a text that names none."""
    files: list[uuencode.File] = field(default_factory=list)
    _plain: list[str] = field(default_factory=list)
    _pages: list[str] = field(default_factory=list)
    _room: int = _MOST_TEXT

    @property
    def is_empty(self) -> bool:
        return not any(map(str.strip, [*self._plain, *self._pages]))

    @property
    def html(self) -> str:
        return "\n".join(filter(None, self._pages))

    @property
    def text(self) -> str:
        """The text; made from the HTML if there is none."""
        text = "\n".join(filter(None, self._plain))
        if text.strip() or not self._pages:
            return text
        return html_to_text(self.html[:_MOST_HTML]) or text

    def add(self, part: Part) -> bool:
        """Read a part; tells whether all of it was."""
        data = part.content(self._room)
        is_whole = part.end - part.start <= self._room
        if not is_whole:
            data = data[: data.rfind(b"\n") + 1] or data  # no character is cut in two
        self._room -= min(self._room, part.end - part.start)
        if part.type == "text/html":
            self.add_html(data, part.charset)
        else:
            self.add_plain(data, part)
        if not is_whole:
            self.defects.append("the text is too long to be shown whole; it is attached as well")
        return is_whole

    def add_package(self, package: tnef.Package) -> None:
        """Take the text that Outlook packed, where it left none outside."""
        if package.html:
            self.add_html(package.html, "")
        if package.text and not any(map(str.strip, self._plain)):
            self._plain.append(_line_ends(package.text))
        if not package.is_whole:
            self.defects.append("winmail.dat ends too early")

    def add_html(self, data: bytes, charset: str) -> None:
        named = _CHARSET_IN_HTML.search(data, 0, _HEAD_OF_HTML)
        in_page = named[1].decode("ascii", "replace") if named else ""
        self._pages.append(self._decoded(data, charset or in_page, in_page or self.likely))

    def add_plain(self, data: bytes, part: Part) -> None:
        data, files = uuencode.split(data)
        data, others = yenc.split(data)
        self.files += [*files, *others]
        text = self._decoded(data, part.charset, self.likely)
        if part.parameters.text("format").lower() == "flowed":
            deletes_space = part.parameters.text("delsp").lower() == "yes"
            text = flowed.unfold(text, deletes_space=deletes_space)
        self._plain.append(text)

    def _decoded(self, data: bytes, charset: str, likely: str) -> str:
        text, defect = charsets.decode(data, charset, likely)
        if defect:
            self.defects.append(defect)
        return _line_ends(text)


def _line_ends(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return _LINE_END.sub("\n", text) if "\r" in text else text
