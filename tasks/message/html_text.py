"""HTML as a person reads it: paragraphs, lists, links, quotes, tables row by row.

No tree is built: mail nests without end and closes nothing. One pass over the tags, in linear time
whatever they are; what is not understood is left out, and nothing raises.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote

_TOKEN = re.compile(
    r"""(?P<text>(?:[^<]+|<(?![a-zA-Z/!?]))++)
      | <(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]{0,50})
         (?P<attributes>(?:[^>"']++|"[^"]{0,4096}+"|'[^']{0,4096}+'|["'])*+)>?
      | <!--(?:.*?-->|.*)
      | <[!?/][^>]*>?
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"""([a-z]{1,20})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BLANKS = (" ", "\t", "\r", "\n", "\f")
_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)?(?:www\.)?")
_UNPRINTED = str.maketrans("\xa0", " ", "\xad\u034f\u200b\ufeff")
# int() refuses to read a number of thousands of digits.
_ENDLESS_NUMBER = re.compile(r"&#[0-9]{10,}")
_ADDRESS = re.compile(r"(?:https?://|ftp://|mailto:|tel:)\S", re.IGNORECASE)
_UNSEEN = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "title", "template")
}
_PARAGRAPHS = frozenset(
    ["blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "ul"]
)
_LINES = _PARAGRAPHS.union(
    ["address", "article", "aside", "body", "center", "dd", "details", "div", "dl", "dt"],
    ["fieldset", "figcaption", "figure", "footer", "form", "header", "html", "li", "main", "nav"],
    ["option", "section", "summary", "tbody", "tfoot", "thead", "tr"],
)
_DEEPEST = 20


def html_to_text(page: str) -> str:
    """Write a page as plain text, each line of it ended by a line feed."""
    text = _Text()
    unclosed: set[str] = set()
    at = 0
    while match := _TOKEN.match(page, at):
        at = match.end()
        if words := match["text"]:
            text.say(_unescaped(words))
        elif name := (match["name"] or "").lower():
            text.tag(name, match)
            if name in _UNSEEN and not match["close"] and name not in unclosed:
                if end := _UNSEEN[name].search(page, at):
                    at = end.start()
                else:
                    unclosed.add(name)
    return text.finished()


def _unescaped(text: str) -> str:
    return html.unescape(_ENDLESS_NUMBER.sub("\ufffd", text)) if "&" in text else text


def _attribute(match: re.Match[str], name: str) -> str:
    for found in _ATTRIBUTE.finditer(match["attributes"]):
        if found[1].lower() == name:
            return _unescaped(found[2] or found[3] or found[4] or "").strip()
    return ""


class _Text:
    """The lines so far, and the one that is being written."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._gap = ""
        """What stands between the line so far and its next word, if there is one."""
        self._starts_paragraph = False
        self._lists: list[int] = []
        """How many items each list around has had; of those without numbers, less than zero."""
        self._bullet = ""
        self._quotes = 0
        self._preformatted = 0
        self._link = ""
        self._link_text: list[str] = []

    def say(self, text: str) -> None:
        if not text.isascii():
            text = text.translate(_UNPRINTED)
        if self._preformatted:
            self._say_as_it_is(text)
            return
        if text.startswith(_BLANKS):
            self._gap = self._gap or " "
        # Not all that Unicode calls space is none here: the broad one of East Asia stays.
        words = " ".join(text.split()) if text.isascii() else _SPACE.sub(" ", text).strip(" ")
        if words:
            self._add(words)
            self._gap = " " if text.endswith(_BLANKS) else ""

    def _say_as_it_is(self, text: str) -> None:
        first, *others = text.replace("\r\n", "\n").split("\n")
        self._add(first)
        for line in others:
            self._end_line(even_if_empty=True)
            self._add(line)

    def _add(self, words: str) -> None:
        if words:
            self._line.append(self._gap + words if self._line else words)
            self._link_text.append(self._gap + words)
            self._gap = ""

    def tag(self, name: str, match: re.Match[str]) -> None:
        if name in _LINES:
            self._end_line()
        if name in _PARAGRAPHS and not self._lists:
            self._starts_paragraph = True
        acts = _ENDS if match["close"] else _BEGINS
        if name in acts:
            acts[name](self, match)

    def _end_line(self, *, even_if_empty: bool = False) -> None:
        line = "".join(self._line).rstrip(" ")
        self._line, self._gap = [], ""
        if not (line or even_if_empty):
            return
        ends_with_blank = not self._lines or not self._lines[-1]
        if self._starts_paragraph and not ends_with_blank:
            self._lines.append("")
        if line or self._preformatted or not ends_with_blank:
            self._lines.append((self._margin() + line).rstrip(" "))
        self._starts_paragraph, self._bullet = False, ""

    def _margin(self) -> str:
        depth = min(len(self._lists), _DEEPEST)
        indent = "  " * (depth - 1) + (self._bullet or "  " * bool(depth))
        return "> " * min(self._quotes, _DEEPEST) + indent

    def finished(self) -> str:
        self.end_link()
        self._end_line()
        return "\n".join(self._lines).strip("\n") + "\n" if self._lines else ""

    def end_row(self, _: re.Match[str]) -> None:
        self._end_line(even_if_empty=True)

    def rule(self, _: re.Match[str]) -> None:
        self._add("-" * 20)
        self._end_line()
        self._starts_paragraph = True

    def cell(self, _: re.Match[str]) -> None:
        self._gap = " | "

    def picture(self, match: re.Match[str]) -> None:
        self.say(_attribute(match, "alt"))

    def quote(self, match: re.Match[str]) -> None:
        self._quotes = max(0, self._quotes + (-1 if match["close"] else 1))

    def preformat(self, match: re.Match[str]) -> None:
        self._preformatted = max(0, self._preformatted + (-1 if match["close"] else 1))

    def begin_list(self, match: re.Match[str]) -> None:
        self._lists.append(0 if match["name"].lower() == "ol" else -1)

    def end_list(self, _: re.Match[str]) -> None:
        if self._lists:
            self._lists.pop()
        self._starts_paragraph = not self._lists

    def item(self, _: re.Match[str]) -> None:
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            self._bullet = f"{self._lists[-1]}. "
        else:
            self._bullet = "- "

    def begin_link(self, match: re.Match[str]) -> None:
        self.end_link()
        self._link, self._link_text = _attribute(match, "href"), []

    def end_link(self, _: re.Match[str] | None = None) -> None:
        shown = "".join(self._link_text).strip()
        if _ADDRESS.match(self._link) and _bare(self._link) != _bare(shown):
            self._gap = self._gap or (" " if self._line else "")
            self._add(f"({_SPACE.sub('', self._link)})")
        self._link, self._link_text = "", []


def _bare(address: str) -> str:
    """Strip what does not matter when a link is compared with the words it stands under."""
    return _SCHEME.sub("", unquote(address).lower(), count=1).rstrip("/")


_BEGINS: dict[str, Callable[[_Text, re.Match[str]], None]] = {
    "br": _Text.end_row,
    "hr": _Text.rule,
    "td": _Text.cell,
    "th": _Text.cell,
    "img": _Text.picture,
    "blockquote": _Text.quote,
    "pre": _Text.preformat,
    "ul": _Text.begin_list,
    "ol": _Text.begin_list,
    "li": _Text.item,
    "a": _Text.begin_link,
}
_ENDS: dict[str, Callable[[_Text, re.Match[str]], None]] = {
    "blockquote": _Text.quote,
    "pre": _Text.preformat,
    "ul": _Text.end_list,
    "ol": _Text.end_list,
    "a": _Text.end_link,
}
