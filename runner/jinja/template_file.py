"""A template file: what its first line says of how it is read, and what it knows about itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import Place, Problem, TemplateError
from ..spelling import did_you_mean

_HEADER = "#jinja2:"
_WRONG = "Syntax error in template: "
_LINE_PREFIXES = ("line_statement_prefix", "line_comment_prefix")
_OPTIONS = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string", "newline_sequence"),
    *_LINE_PREFIXES,
    *("trim_blocks", "lstrip_blocks", "keep_trailing_newline"),
)


def read_header(text: str, path: Path) -> tuple[Mapping[str, Any], str]:
    """What the first line sets, and the text behind it; raises TemplateError."""
    if not text.startswith(_HEADER):
        return {}, text
    line, newline, rest = text.partition("\n")
    place = Place(str(path), 1, 1)
    if not newline:
        raise TemplateError(Problem(place, f"{_WRONG}Missing newline after '{_HEADER}' override."))
    pairs = line.removeprefix(_HEADER).split(",")
    return dict(_option(pair, place) for pair in pairs), rest


def is_plain(text: str, options: Mapping[str, Any]) -> bool:
    """Whether nothing in it begins a template; as in Ansible, its newlines stay as they are."""
    starts = {"block": "{%", "variable": "{{", "comment": "{#"}
    marks = [options.get(f"{of}_start_string", mark) for of, mark in starts.items()]
    marks += [options[key] for key in _LINE_PREFIXES if key in options]
    return not any(mark in text for mark in marks)


def _option(pair: str, place: Place) -> tuple[str, object]:
    from ast import literal_eval

    name, separator, value = map(str.strip, pair.partition(":"))
    if not pair.strip():
        message = f"{_WRONG}Empty '{_HEADER}' override pair not allowed."
        raise TemplateError(Problem(place, message))
    if not separator:
        message = f"{_WRONG}Missing key-value separator `:` in '{_HEADER}' override pair {pair!r}."
        raise TemplateError(Problem(place, message))
    if name not in _OPTIONS:
        message = f"{_WRONG}Invalid '{_HEADER}' override key {name!r}."
        raise TemplateError(Problem(place, message, did_you_mean(name, _OPTIONS)))
    try:
        found = literal_eval(value.capitalize() if value.isalpha() else value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        message = f"{_WRONG}the line `{_HEADER}` sets {name} to what is no value: {value}"
        hint = "write a text in quotes, or True or False"
        raise TemplateError(Problem(place, message, hint)) from None
    switch = name.endswith(("_blocks", "_trailing_newline"))
    if not isinstance(found, bool if switch else str):
        wanted = "True or False" if switch else "a text"
        raise TemplateError(
            Problem(place, f"{_WRONG}the line `{_HEADER}` must set {name} to {wanted}")
        )
    return name, found


def ended(text: str, rendered: str, newline: str) -> str:
    """What was rendered, with as many newlines at its end as the template has."""
    return rendered + newline * (_newlines(text) - _newlines(rendered))


def _newlines(text: str) -> int:
    return len(text) - len(text.rstrip("\n"))


def about(path: Path) -> dict[str, object]:
    """What a template may know about itself."""
    found = path.stat()
    return {
        "template_host": os.uname().nodename,
        "template_path": str(path),
        "template_fullpath": str(path.absolute()),
        "template_destpath": None,
        "template_uid": _user_name(found.st_uid),
        "template_mtime": datetime.fromtimestamp(found.st_mtime),  # noqa: DTZ006  # as in Ansible
        "template_run_date": datetime.now(),  # noqa: DTZ005  # as above
    }


def managed(text: str, known: Mapping[str, Any]) -> str:
    """What a file says of who has made it; what a template knows about itself may stand in it.

    As in Ansible, a brace of its own is written twice.
    """
    about = {"host": "template_host", "uid": "template_uid", "file": "template_path"}
    with suppress(LookupError, ValueError):
        text = text.format(**{mark: known[name] for mark, name in about.items()})
    moment: datetime = known["template_mtime"]
    return moment.strftime(text) if "%" in text else text


def _user_name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
