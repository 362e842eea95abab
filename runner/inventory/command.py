"""`opsplay inventory`: what ansible-inventory shows, with its switches."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NobodyLeft, PatternError, UsageError
from ..spelling import did_you_mean
from ..terminal import in_json, printable
from . import show
from .patterns import read_limit
from .sources import load

if TYPE_CHECKING:
    from ..errors import Problem
    from ..vault.opening import Vault
    from .model import Inventory


def text(wanted: Namespace, vault: Vault, warn: Callable[[Problem], None]) -> str:
    """What is asked for, secrets covered; raises UsageError or PlaybookError."""
    settings = wanted.resolved.settings
    folder = Path(wanted.playbook_dir or "")
    inventory = load(settings.inventory, folder, vault, settings.of_inventories)
    for warning in inventory.warnings:
        warn(warning)
    told = vault.secrets.mask_text(_told(wanted, inventory))
    if wanted.graph or wanted.yaml:
        return printable(told)
    return "\n".join(map(in_json, told.split("\n")))


def _told(wanted: Namespace, inventory: Inventory) -> str:
    if wanted.graph:
        if wanted.graph not in inventory.groups:
            hint = did_you_mean(wanted.graph, inventory.groups)
            told = f"Pattern must be valid group name when using --graph: {wanted.graph}"
            raise UsageError(f"{told} {hint}".rstrip())
        return show.graph(inventory, wanted.graph, variables=wanted.vars)
    if wanted.host:
        return _dumped(show.written(_host(inventory, wanted.host)), yaml=wanted.yaml)
    only = _only(inventory, wanted.limit)
    shown = show.to_tree(inventory, only) if wanted.yaml else show.to_dict(inventory, only)
    return _dumped(shown, yaml=wanted.yaml)


def _host(inventory: Inventory, name: str) -> object:
    host = inventory.find(name)
    if host is None:
        hint = did_you_mean(name, inventory.hosts)
        told = f"You must pass a single valid host to --host parameter; {name} is none"
        raise UsageError(f"{told} {hint}".rstrip())
    return host.variables


def _only(inventory: Inventory, limit: str | None) -> list[str] | None:
    try:
        return None if limit is None else inventory.select(read_limit(limit))
    except PatternError as error:
        raise NobodyLeft(f"--limit: {error}") from error


def _dumped(value: object, *, yaml: bool) -> str:
    if yaml:
        from yaml import safe_dump

        return str(safe_dump(value, default_flow_style=False, allow_unicode=True))
    return json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False, default=str) + "\n"
