"""The table of settings: each by its name, with all that its sources need to know of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

from ..dataclasses import dataclass
from ..kinds.compound import ListOf
from ..params import record
from . import ANSIBLE, OWN, AddsUp, Ansible, Paths, Settings
from .ansible_cfg import unquoted

if TYPE_CHECKING:
    from ..kinds.record import Field


@dataclass(frozen=True, eq=False, repr=False)
class Setting:
    """One line of the table."""

    field: Field
    ansible: str
    """The variable of the same meaning that Ansible has; empty where it has none."""
    section: str
    key: str
    """Where ansible.cfg has it."""
    paths: bool
    adds_up: bool

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def own(self) -> str:
        return OWN + self.name.upper()

    @property
    def default(self) -> str:
        """The default as opsplay.toml would have it; empty where there is none."""
        value = self.field.default
        return "" if value in (None, []) else as_toml(value)

    def from_text(self, text: str) -> object:
        """What a variable of the environment gives."""
        if not isinstance(self.field.kind, ListOf):
            return text
        # `a,b,` is one inventory: a list of hosts.
        if self.paths and (self.name != "inventory" or text.endswith(",")):
            return [part for part in text.split(os.pathsep) if part]
        return [unquoted(part.strip()) for part in text.split(",") if part.strip()]

    def below(self, folder: Path, value: object) -> object:
        """The value of a file in this folder; relative paths count from there."""
        if not self.paths or folder == Path():
            return value
        if isinstance(value, list):
            return [self.below(folder, part) for part in value]
        is_path = isinstance(value, str) and "," not in value
        return str(folder / Path(str(value)).expanduser()) if is_path else value


@cache
def table() -> Mapping[str, Setting]:
    """All settings, by name."""
    hints = get_type_hints(Settings, include_extras=True)
    found = (_setting(field, hints[field.name].__metadata__) for field in record(Settings).fields)
    return {setting.name: setting for setting in found}


def _setting(field: Field, markers: Sequence[object]) -> Setting:
    kinds = set(map(type, markers))
    paths, adds_up = Paths in kinds, AddsUp in kinds
    for marker in markers:
        if isinstance(marker, Ansible):
            key = marker.key or marker.name.lower()
            return Setting(field, ANSIBLE + marker.name, marker.section, key, paths, adds_up)
    return Setting(field, "", "", "", paths, adds_up)


def as_toml(value: object) -> str:
    # Of the kinds that settings have, TOML and JSON write all alike.
    return json.dumps(value, ensure_ascii=False)
