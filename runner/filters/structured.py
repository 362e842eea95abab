"""Filters that read and write CSV, JSON and YAML."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from ..catalogue import complain
from ..errors import PlaybookError
from ..hearer import deprecate
from ..source import parse
from ..type_names import type_debug
from ..vault.opened import Opened

if TYPE_CHECKING:
    import yaml

_BETWEEN = re.compile(r"^(?=---(?:\s|$))|^\.\.\.(?:[ \t].*)?$\n?", re.MULTILINE)
_JSON_OPTIONS = frozenset(
    {
        "allow_nan",
        "check_circular",
        "ensure_ascii",
        "indent",
        "separators",
        "skipkeys",
        "sort_keys",
    }
)
_YAML_OPTIONS = frozenset(
    {
        "allow_unicode",
        "canonical",
        "default_flow_style",
        "default_style",
        "explicit_end",
        "explicit_start",
        "indent",
        "line_break",
        "sort_keys",
        "tags",
        "version",
        "width",
    }
)
_IGNORED = frozenset({"preprocess_unsafe", "profile", "vault_to_text"})


def to_json(value: Any, sort_keys: bool = False, **options: Any) -> str:
    value = _with_keys_in_order(value) if sort_keys else value
    return json.dumps(value, default=_plain, **_allowed(options, _JSON_OPTIONS))


def to_nice_json(value: Any, indent: int = 4, sort_keys: bool = True, **options: Any) -> str:
    options |= {"indent": indent, "separators": (",", ": ")}
    return to_json(value, sort_keys, **options)


def _with_keys_in_order(value: Any) -> Any:
    """Keys are texts in JSON, and sorted as such."""
    if isinstance(value, Mapping):
        value = _entries(value)
        pairs = ((_as_key(key), _with_keys_in_order(item)) for key, item in value.items())
        return dict(sorted(pairs, key=lambda pair: str(pair[0])))
    if isinstance(value, list | tuple):
        return [_with_keys_in_order(item) for item in value]
    return value


def _as_key(key: Any) -> Any:
    return key if not isinstance(key, int | float | None) else json.dumps(key)


def from_json(text: str, profile: str | None = None) -> Any:  # noqa: ARG001  # Ansible has it
    return json.loads(text)


def from_csv(
    text: str, delimiter: str = ",", fieldnames: Sequence[str] | None = None
) -> list[dict[str, str]]:
    """The rows, each by the names in the first one, unless `fieldnames` tells them."""
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    rows = csv.DictReader(lines, fieldnames, delimiter=delimiter, strict=True)
    try:
        names = [name for name in rows.fieldnames or () if name]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two columns have the name {twice[0]!r}")
        return [_whole(row, rows.line_num) for row in rows]
    except csv.Error as error:
        raise ValueError(f"line {rows.reader.line_num}: {error}") from None


def _whole(row: dict[Any, Any], line: int) -> dict[str, str]:
    if None in row or None in row.values():
        raise ValueError(f"line {line} has not as many cells as there are names")
    return row


def _allowed(options: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    unknown = options.keys() - known - _IGNORED
    if unknown:
        raise TypeError(f'it has no option "{min(unknown)}"; it has {", ".join(sorted(known))}')
    return {name: value for name, value in options.items() if name in known}


def _plain(value: Any) -> Any:
    """What JSON has for a value that it does not know."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _entries(value)
    if isinstance(value, Collection) and not isinstance(value, bytes):
        return list(value)
    complain(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _entries(value: Mapping[Any, Any]) -> dict[Any, Any]:
    """Of what holds all variables, as they are now: some of them would hold it again."""
    snapshot = getattr(value, "snapshot", None)
    return snapshot() if snapshot else dict(value)


def to_yaml(value: Any, default_flow_style: bool | None = None, **options: Any) -> str:
    """The value as YAML; the innermost lists and mappings in one line."""
    import yaml

    options = {"allow_unicode": True, "default_flow_style": default_flow_style} | options
    text: str = yaml.dump(value, Dumper=_dumper(), **_allowed(options, _YAML_OPTIONS))
    return text if options.get("explicit_end") else text.removesuffix("...\n")


def to_nice_yaml(
    value: Any, indent: int = 4, default_flow_style: bool | None = False, **options: Any
) -> str:
    """The value as YAML, each item in a line of its own."""
    return to_yaml(value, default_flow_style, indent=indent, **options)


@cache
def _dumper() -> type[yaml.Dumper]:
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):  # type: ignore[misc]
        """Knows every mapping, list and text, whatever its class; secrets stay encrypted."""

    Dumper.add_representer(
        Opened, lambda dumper, text: dumper.represent_scalar("!vault", text.encrypted, style="|")
    )
    Dumper.add_multi_representer(object, _refuse)
    Dumper.add_multi_representer(str, lambda dumper, text: dumper.represent_str(str(text)))
    Dumper.add_multi_representer(dict, base.represent_dict)
    Dumper.add_multi_representer(
        Mapping, lambda dumper, value: dumper.represent_dict(_entries(value))
    )
    for collection in (list, tuple, Collection):
        Dumper.add_multi_representer(collection, base.represent_list)
    return Dumper


def _refuse(_: Any, value: object) -> Any:
    complain(value)
    raise TypeError(f"{type(value).__name__} cannot be written as YAML")


def from_yaml(text: Any) -> Any:
    """What the text means; nothing in it is ever a template."""
    if text is None or isinstance(text, str):
        return _parsed(text) if text else None
    _ignored("from_yaml", text)
    return text


def from_yaml_all(text: Any) -> Any:
    """The documents of the text."""
    if text is None:
        return []
    if not isinstance(text, str):
        _ignored("from_yaml_all", text)
        return text
    return [_parsed(part) for part in _documents(text)]


def _ignored(name: str, value: Any) -> None:
    found = type_debug(value)
    deprecate(f"The {name} filter ignored non-string input of type {found!r}.", "2.23")


def _parsed(text: str) -> Any:
    try:
        return _data(parse(text, "").value)
    except PlaybookError as error:
        problem = error.problems[0]
        where = f"line {problem.place.line}: " if problem.place else ""
        raise ValueError(f"{where}{problem.message}") from None


def _documents(text: str) -> Iterator[str]:
    # No line in a document can begin with these marks, whatever it stands in.
    for part in _BETWEEN.split(text):
        lines = filter(None, map(str.strip, part.splitlines()))
        if part.startswith("---") or any(line[0] not in "#%" for line in lines):
            yield part


def _data(value: Any) -> Any:
    """The value in plain types, without its places."""
    if isinstance(value, Mapping):
        return {_data(key): _data(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_data(item) for item in value]
    return str(value) if isinstance(value, str) else value
