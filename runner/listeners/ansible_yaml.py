"""Results as Ansible writes them in YAML: texts of several lines stand in blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from .outline import indented

_TEXT = "tag:yaml.org,2002:str"
_BREAKS = "\n\x85\u2028\u2029"
# What YAML would write in one line of escapes only.
_UNWRITABLE = r"[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"


class _Pretty(yaml.SafeDumper):
    """For eyes: what a block cannot hold is left out."""


class _Exact(yaml.SafeDumper):
    pass


def dumped(result: Mapping[str, Any], *, pretty: bool) -> str:
    """The result, indented below what it belongs to."""
    text = yaml.dump(
        _abridged(result) if pretty else dict(result),
        Dumper=_Pretty if pretty else _Exact,
        allow_unicode=True,
        default_flow_style=False,
        indent=4 if pretty else None,
    )
    return indented(text.rstrip("\n"))


def _abridged(result: Mapping[str, Any]) -> dict[str, Any]:
    """Without the second form of what is there as a text."""
    twice = {f"{name}_lines" for name in ("stdout", "stderr") if name in result}
    return {key: "<omitted>" if key in twice else value for key, value in result.items()}


def _legible(text: str) -> str:
    told = re.sub(_UNWRITABLE, "", text.rstrip().expandtabs())
    return re.sub(f" +([{_BREAKS}])", r"\1", told)


def _exact(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar(_TEXT, text, "|" if _is_block(text) else None)


def _pretty(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """As in Ansible, a line alone with a break behind it is a block too."""
    if _is_block(text):
        return dumper.represent_scalar(_TEXT, _legible(text), "|")
    return _exact(dumper, text)


def _is_block(text: str) -> bool:
    return not set(_BREAKS).isdisjoint(text)


_Exact.add_representer(str, _exact)
_Pretty.add_representer(str, _pretty)
for _dumper in (_Exact, _Pretty):
    # What was read from a file knows its place, and is of a type of its own.
    _dumper.add_multi_representer(dict, _dumper.represent_dict)
    _dumper.add_multi_representer(list, _dumper.represent_list)
