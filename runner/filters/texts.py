"""Filters for texts: regular expressions, comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2.filters import do_indent

_STYLES: Mapping[str, Mapping[str, str]] = {
    "plain": {"decoration": "# "},
    "erlang": {"decoration": "% "},
    "c": {"decoration": "// "},
    "cblock": {"beginning": "/*", "decoration": " * ", "end": " */"},
    "xml": {"beginning": "<!--", "decoration": " - ", "end": "-->"},
}
_GROUP = re.compile(r"\\(?:g<(\S+)>|(\d+))")
_POSIX_BASIC = re.compile(r"[].[^$*\\]")


def _flags(*, ignorecase: bool, multiline: bool) -> int:
    return re.IGNORECASE * bool(ignorecase) | re.MULTILINE * bool(multiline)


def regex_replace(
    value: object = "",
    pattern: str = "",
    replacement: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
    mandatory_count: int = 0,
) -> str:
    """The text with all that matches replaced; in the replacement groups are as Python has them."""
    flags = _flags(ignorecase=ignorecase, multiline=multiline)
    text, found = re.compile(pattern, flags).subn(replacement, str(value), count=count)
    if mandatory_count and mandatory_count != found:
        wanted = f"'{pattern}' should match {mandatory_count} times"
        raise ValueError(f"{wanted}, but matches {found} times in '{value}'")
    return text


def regex_search(
    value: object, regex: str, *groups: str, ignorecase: bool = False, multiline: bool = False
) -> str | list[str] | None:
    """The first match, or those of its groups that are asked for; nothing when there is none."""
    wanted = [_group(group) for group in groups]
    found = re.search(regex, str(value), _flags(ignorecase=ignorecase, multiline=multiline))
    if not found:
        return None
    return [found.group(group) for group in wanted] if wanted else found.group()


def _group(text: str) -> str | int:
    found = _GROUP.fullmatch(text)
    if not found:
        raise ValueError(f'Unknown argument "{text}": a group is asked for as \\\\1 or \\\\g<name>')
    return found[1] or int(found[2])


def regex_findall(
    value: object, regex: str, multiline: bool = False, ignorecase: bool = False
) -> list[str] | list[tuple[str, ...]]:
    flags = _flags(ignorecase=ignorecase, multiline=multiline)
    return re.findall(regex, str(value), flags)


def regex_escape(text: object, re_type: str = "python") -> str:
    """The text as a regular expression that matches it alone."""
    if re_type == "python":
        return re.escape(str(text))
    if re_type == "posix_basic":
        return _POSIX_BASIC.sub(r"\\\g<0>", str(text))
    if re_type == "posix_extended":
        raise ValueError(f"Regex type ({re_type}) not yet implemented")
    raise ValueError(f"Invalid regex type ({re_type}); there are python and posix_basic")


def indent(text: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    """The text with its lines moved to the right."""
    # Of a list, which is an error, Jinja would change the variable before it says so.
    own: Any = list(text) if isinstance(text, list) else text
    return do_indent(own, width, first, blank)


def split(text: object, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    if not isinstance(text, str):
        raise TypeError(f"it takes a text, not {type(text).__name__}")
    return text.split(separator, maxsplit)


def comment(text: str, style: str = "plain", **options: str | int) -> str:
    """The text as a comment; every part of the style can be set by an option."""
    if style not in _STYLES:
        raise ValueError(f"Invalid style '{style}'. Available styles: {', '.join(_STYLES)}")
    edge = str(options.get("decoration", _STYLES[style]["decoration"])).rstrip()
    given = {"prefix": edge, "postfix": edge, "newline": "\n"} | dict(_STYLES[style]) | options
    part = {name: str(value) for name, value in given.items()}
    newline = part["newline"]
    above = ("" if part["prefix"] == newline else part["prefix"]) + newline
    below = newline + part["postfix"]
    return "".join(
        [
            _line(part.get("beginning"), after=newline),
            above * int(part.get("prefix_count", 1)) if part["prefix"] else "",
            _decorated(text, part["decoration"], newline),
            below * int(part.get("postfix_count", 1)),
            _line(part.get("end"), before=newline),
        ]
    )


def _line(text: str | None, before: str = "", after: str = "") -> str:
    return f"{before}{text}{after}" if text else ""


def _decorated(text: str, decoration: str, newline: str) -> str:
    decorated = decoration + text.replace(newline, newline + decoration)
    return decorated.replace(decoration + newline, decoration.rstrip() + newline)
