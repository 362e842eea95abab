"""PyYAML's complaints in words for people.

PyYAML says what its grammar expected; a person wants to know what is wrong with the line. So each
rule below looks at the line itself, and only then at PyYAML's words (which differ a little between
its parser in C and the one in Python). The first rule that knows an answer wins.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ..dataclasses import replace
from ..errors import Place, Problem
from .quoting import UNQUOTED, missing_colon, quoting_hint
from .spot import Spot, spot_of

_HEAD = r"""\s*(?:-\ +)*(?:[^\s:#"'\[{][^:]*:\ +)?"""
_JINJA_VALUE = re.compile(rf"({_HEAD})\{{[{{%#]", re.VERBOSE)
_VALUE = re.compile(_HEAD, re.VERBOSE)
_AFTER_QUOTE = re.compile(
    rf"""({_HEAD})("(?:\\.|[^"\\])*"|'(?:''|[^'])*')\s*(?=[^\s,:#\]}}])""", re.VERBOSE
)
_OPEN_QUOTE = re.compile(rf"""({_HEAD})(?:"(?:\\.|[^"\\])*|'(?:''|[^'])*)$""", re.VERBOSE)
_FIRST_KEY = re.compile(r"\s*(?:- +)*[^:]*")
_INCOMPLETE = re.compile(r"\\[xuU][0-9a-fA-F]*")
_CLOSING = {"[": "]", "{": "}"}


def explain(error: Any, lines: list[str], file: str, opened: Place | None) -> Problem:
    """What is wrong with the text, at the right place; `opened` is the innermost open node's."""
    spot = spot_of(error, lines, file, opened)
    found = (rule(spot) for rule in _RULES)
    fallback = spot.problem(f"this cannot be read as YAML: {spot.words}")
    problem = next((problem for problem in found if problem), fallback)
    # In Ansible's words: scripts look for them.
    return replace(problem, message=f"YAML parsing failed: {problem.message}")


# Rules --------------------------------------------------------------------------------------


def _tab(spot: Spot) -> Problem | None:
    indent = spot.text[: len(spot.text) - len(spot.text.lstrip())]
    column = spot.column if spot.character == "\t" else indent.find("\t")
    if column < 0:
        return None
    return spot.problem(
        "Tabs are usually invalid in YAML.", "put spaces in its place", (spot.line, column)
    )


def _odd_blank(spot: Spot) -> Problem | None:
    """What looks like a space and is none: pasted from a page, or typed among Chinese."""
    indent = spot.text[: len(spot.text) - len(spot.text.lstrip())]
    for column, character in enumerate(indent):
        if not character.isascii():
            msg = f"{unicodedata.name(character, 'this')} is no indentation in YAML"
            return spot.problem(msg, "put spaces in its place", (spot.line, column))
    return None


def _marker(spot: Spot) -> Problem | None:
    if spot.text.startswith("--- "):
        return spot.problem("--- must stand on a line of its own", at=(spot.line, 0))
    return None


def _jinja(spot: Spot) -> Problem | None:
    for line in {spot.line, spot.start[0] if spot.start else spot.line}:
        text = spot.lines[line] if line < len(spot.lines) else ""
        if found := _JINJA_VALUE.match(text):
            column = found.end(1)
            msg = UNQUOTED.format(text[column : column + 2])
            return spot.problem(msg, quoting_hint(text, column), (line, column))
    return None


def _after_quote(spot: Spot) -> Problem | None:
    found = _AFTER_QUOTE.match(spot.text)
    if not found or found.end() != spot.column:
        return None
    msg = "text after the closing quote"
    return spot.problem(msg, f"quote the whole value: {quoting_hint(spot.text, found.end(1))}")


def _open_quote(spot: Spot) -> Problem | None:
    if spot.start and "quoted scalar" in spot.context and "escape" not in spot.words:
        return None if "hex" in spot.words else _unclosed(spot, *spot.start)
    if spot.text[: spot.column].rstrip()[-1:] not in ('"', "'"):
        return None
    for line in range(spot.line - 1, -1, -1):
        if found := _OPEN_QUOTE.fullmatch(spot.lines[line]):
            return _unclosed(spot, line, found.end(1))
    return None


def _unclosed(spot: Spot, line: int, column: int) -> Problem:
    quote = spot.lines[line][column : column + 1]
    return spot.problem(f"the quote {quote} that opens here is not closed", at=(line, column))


def _escape(spot: Spot) -> Problem | None:
    if "quoted" not in spot.context or not ("escape" in spot.words or "hex" in spot.words):
        return None
    column = spot.text.rfind("\\", 0, spot.column + 1)
    incomplete = _INCOMPLETE.match(spot.text, column)
    escape = incomplete[0] if incomplete else spot.text[column : column + 2]
    msg = f"{escape} means nothing in double quotes"
    return spot.problem(msg, f"use single quotes, or write \\{escape}", (spot.line, column))


def _marked_value(spot: Spot) -> Problem | None:
    at = (spot.line, spot.column)
    if spot.start and ("an alias" in spot.context or "an anchor" in spot.context):
        at = spot.start
    elif "cannot start any token" not in spot.words and "node content" not in spot.words:
        return None
    if not spot.text[at[1] : at[1] + 1].strip():
        return None
    line = spot.lines[at[0]]
    character = line[at[1] : at[1] + 1]
    msg = f"a value that begins with {character} must be quoted"
    return spot.problem(msg, quoting_hint(line, at[1]), at)


def _tight_colon(spot: Spot) -> Problem | None:
    """`msg:hello` and `msg：hello` are texts, so what follows fits nowhere."""
    suspects = [spot.line - 1, spot.line] if "mapping values" in spot.words else [spot.line]
    if "simple key" in spot.context and spot.start:
        suspects = [spot.start[0]]
    for line in suspects:
        text = spot.lines[line] if 0 <= line < len(spot.lines) else ""
        if missing := missing_colon(text):
            return spot.problem(missing.wrong, missing.hint, (line, missing.column))
    return None


def _colon(spot: Spot) -> Problem | None:
    if "mapping values are not allowed" not in spot.words:
        return None
    first = _FIRST_KEY.match(spot.text)
    if first and first.end() == spot.column:
        column = len(spot.text) - len(spot.text.lstrip())
        msg = "this line is indented deeper than the one above, whose value is complete"
        return spot.problem(msg, "indent it like the line it belongs to", (spot.line, column))
    value = _VALUE.match(spot.text)
    hint = quoting_hint(spot.text, value.end()) if value else "quote the value"
    return spot.problem(
        "Colons in unquoted values must be followed by a non-space character.", hint
    )


def _list_in_line(spot: Spot) -> Problem | None:
    if "sequence entries are not allowed" not in spot.words:
        return None
    return spot.problem("a list must begin on a line of its own", 'quote the value if "- " is text')


def _no_colon(spot: Spot) -> Problem | None:
    if "simple key" not in spot.context or not spot.start:
        return None
    return spot.problem('this line is neither "key: value" nor "- item"', at=spot.start)


def _flow(spot: Spot) -> Problem | None:
    if spot.opened is None:
        return None
    line, column = spot.opened.line - 1, spot.opened.column - 1
    opening = spot.lines[line][column : column + 1]
    if opening not in _CLOSING:
        return None
    closing = _CLOSING[opening]
    if line == spot.line and spot.character:
        return spot.problem(f"expected a comma or {closing} here")
    return spot.problem(
        f"the {opening} that opens here is not closed", f"close it with {closing}", (line, column)
    )


def _block_text(spot: Spot) -> Problem | None:
    if "block scalar" not in spot.context:
        return None
    msg = "after | or > the text begins on the next line"
    return spot.problem(msg, 'quote the value if it begins with "|" or ">"')


def _indent(spot: Spot) -> Problem | None:
    if spot.text[: spot.column].strip():
        return None
    columns = _columns_above(spot)
    if not columns:
        return None
    if spot.column in columns:
        dash = spot.text[spot.column :].startswith(("- ", "-\n"))
        what = (
            "a list item among the keys of a mapping" if dash else "a key among the items of a list"
        )
        return spot.problem(what, "indent it like the line it belongs to")
    above = min((column for column in columns if column > spot.column), default=None)
    below = max((column for column in columns if column < spot.column), default=None)
    wanted = " or ".join(str(column) for column in (below, above) if column is not None)
    msg = f"this line is indented by {_spaces(spot.column)}, which fits to no line above"
    return spot.problem(msg, f"indent it by {wanted}")


def _spaces(number: int) -> str:
    return "1 space" if number == 1 else f"{number} spaces"


def _columns_above(spot: Spot) -> list[int]:
    """Where the open lists and mappings above the line begin, the innermost first."""
    columns: list[int] = []
    for line in reversed(spot.lines[: spot.line]):
        indent = len(line) - len(line.lstrip())
        if not line.strip() or line.lstrip().startswith(("#", "---")):
            continue
        starts = [indent]
        while line[starts[-1] :].startswith("- "):
            starts.append(len(line) - len(line[starts[-1] + 1 :].lstrip()))
        columns += [start for start in reversed(starts) if not columns or start < columns[-1]]
        if indent == 0:
            break
    return columns


_RULES = (
    _tab,
    _odd_blank,
    _marker,
    _jinja,
    _after_quote,
    _open_quote,
    _escape,
    _marked_value,
    _tight_colon,
    _colon,
    _list_in_line,
    _no_colon,
    _flow,
    _block_text,
    _indent,
)
