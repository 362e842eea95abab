"""Lookups in files of rows and of settings."""

from __future__ import annotations

import csv
import re as regex
from collections.abc import Mapping
from configparser import (
    BasicInterpolation,
    ConfigParser,
    DuplicateOptionError,
    Error,
    InterpolationError,
)
from io import StringIO
from typing import Any

from ..spelling import did_you_mean
from . import LookupContext, flag
from .inline import split, whole_number

_TABS = ("TAB", "\\t")
_UTF_8 = "utf-8-sig"
"""With the mark at the beginning that spreadsheets write, or without."""
_TYPES = ("ini", "properties")
_UNKNOWN = "'{}' is not a valid option"
_NO_CSV = "expected str, bytes or os.PathLike object, not NoneType: there is no file '{}'"
_NO_INI = "Invalid filename None: there is no file '{}'"
"""What Ansible says, which scripts may look for, and what it means."""


def csvfile(
    terms: list[Any],
    _: Mapping[str, Any],
    *,
    context: LookupContext,
    file: str = "ansible.csv",
    delimiter: str = "TAB",
    col: int | str = 1,
    keycol: int | str = 0,
    default: Any = None,
    encoding: str = _UTF_8,
) -> list[Any]:
    """From the first row that has the term in one column, the value of another."""
    options = {
        "file": file,
        "delimiter": delimiter,
        "col": col,
        "keycol": keycol,
        "default": default,
        "encoding": encoding,
    }
    return [value for term in terms or [""] for value in _values(_cell(term, options, context))]


def _cell(term: Any, chosen: dict[str, Any], context: LookupContext) -> Any:
    key, inline = split(term, chosen, _UNKNOWN)
    if not key:
        raise ValueError("Search key is required but was not found")
    chosen.update(inline)
    keycol, col = (whole_number(name, chosen[name], "csvfile", "int") for name in ("keycol", "col"))
    delimiter = "\t" if chosen["delimiter"] in _TABS else chosen["delimiter"]
    path = context.find(chosen["file"], "files", _NO_CSV)
    encoding = chosen["encoding"]
    sealed = context.vault.unvault(path)
    with path.open(encoding=encoding, newline="") as opened:
        lines = opened if sealed is None else StringIO(sealed.decode(encoding), newline="")
        for row in csv.reader(lines, delimiter=delimiter):
            if row and row[keycol] == key:
                if sealed is not None:
                    context.vault.hide_all(row)
                return row[col]
    return chosen["default"]


def ini(
    terms: list[Any],
    _: Mapping[str, Any],
    *,
    context: LookupContext,
    file: str = "ansible.ini",
    section: str = "global",
    type: str = "ini",
    default: Any = "",
    re: bool = False,
    encoding: str = _UTF_8,
    case_sensitive: bool = False,
    allow_no_value: bool = False,
    allow_none: bool = False,
    interpolation: bool = True,
) -> list[Any]:
    """The values of settings in a section; with `re`, of all whose names match."""
    options = {
        "file": file,
        "section": section,
        "type": type,
        "default": default,
        "re": re,
        "encoding": encoding,
        "case_sensitive": case_sensitive,
        "allow_no_value": allow_no_value or allow_none,
        "interpolation": interpolation,
    }
    if type not in _TYPES:
        raise ValueError(f"Invalid value {type!r} for config 'type' for 'ini' lookup plugin.")
    return [value for term in terms for value in _settings(term, options, context)]


def _settings(term: Any, chosen: dict[str, Any], context: LookupContext) -> list[Any]:
    key = _key(term, chosen)
    parser = ConfigParser(
        allow_no_value=flag(chosen["allow_no_value"]),
        interpolation=BasicInterpolation() if flag(chosen["interpolation"]) else None,
    )
    if flag(chosen["case_sensitive"]):
        parser.optionxform = str  # type: ignore[assignment]  # the way its manual shows
    section, sealed = _read(parser, chosen, context)
    if section != parser.default_section and not parser.has_section(section):
        raise KeyError(f"No section {section!r} in {chosen['file']!r}.")
    try:
        if flag(chosen["re"]):
            found = [value for name, value in parser.items(section) if regex.match(key, name)]
        else:
            found = _values(parser.get(section, key, fallback=chosen["default"]))
    except InterpolationError as error:
        raise ValueError(str(error)) from None
    if sealed:
        context.vault.hide_all(found)
    return found


def _values(found: Any) -> list[Any]:
    """What was found, or the values of a default that is a list."""
    if isinstance(found, list):
        return found
    return [] if found is None else [found]


def _key(term: Any, chosen: dict[str, Any]) -> str:
    """The name in a term; what else stands in it is chosen from now on, and may hold blanks."""
    if not isinstance(term, str):
        raise TypeError(f"a term is a text, not {type(term).__name__}")
    found: dict[str, list[str]] = {}
    name = ""
    for word in term.split():
        before, mark, value = word.partition("=")
        if mark and before not in chosen:
            raise ValueError(f"{_UNKNOWN.format(before)}. {did_you_mean(before, chosen)}".rstrip())
        name = before if mark else name
        found.setdefault(name, []).append(value if mark else word)
    if found and "" not in found:
        words = "No key to look up was provided as first term within string inline options"
        raise ValueError(f"{words}: {term}")
    key = " ".join(found.pop("", []))
    chosen.update({name: " ".join(words) for name, words in found.items()})
    return key


def _read(
    parser: ConfigParser, chosen: Mapping[str, Any], context: LookupContext
) -> tuple[str, bool]:
    """Read the file; gives the section to look in, and whether it was encrypted.

    A file of properties has no sections.
    """
    path = context.find(chosen["file"], "files", _NO_INI)
    opened = context.vault.unvault(path)
    data = path.read_bytes() if opened is None else opened
    text = data.decode(chosen["encoding"], "surrogateescape")
    if opened is not None:
        context.vault.hide_all(text.splitlines())  # the parser's errors quote them
    section = chosen["section"]
    if chosen["type"] == "properties":
        section = "properties"
        text = f"[{section}]\n{text}"
    try:
        parser.read_string(text, chosen["file"])
    except DuplicateOptionError as error:
        raise ValueError(f"Duplicate option in {chosen['file']!r}: {error}") from None
    except Error as error:
        raise ValueError(str(error)) from None
    return str(section), opened is not None
