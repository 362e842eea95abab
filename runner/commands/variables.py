"""`opsplay vars`: what `definitions` finds, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import extra_vars
from ..dataclasses import replace
from ..errors import UsageError
from ..inventory import Inventory, load
from ..session import Session, early
from ..spelling import did_you_mean
from ..template_text import Vaulted
from ..terminal import in_json
from .definitions import Definition, Level, definitions

if TYPE_CHECKING:
    from argparse import Namespace

    from ..settings import Settings
    from ..vault.opening import Vault

_LONGEST = 60


def text(wanted: Namespace, vault: Vault) -> str:
    """Each name with its definitions, the lowest first; `=>` stands before the one that wins."""
    found = _found(wanted, vault)
    if wanted.name:
        found = _named(found, wanted.name, wanted.host)
    else:
        found = [one for one in found if one.level != Level.MAGIC]
    names = sorted({one.name for one in found})
    told = (_told(name, [one for one in found if one.name == name]) for name in names)
    return vault.secrets.mask_text("\n".join(told))


def _found(wanted: Namespace, vault: Vault) -> list[Definition]:
    settings = wanted.resolved.settings
    session = Session(wanted.playbooks, [], settings, vault) if wanted.playbooks else None
    inventory = session.inventory if session else _inventory(settings, vault)
    _check_host(inventory, wanted.host)
    given = [extra_vars.read(text, vault) for text in wanted.extra_vars]
    return definitions(session, inventory, wanted.host, given)


def _inventory(settings: Settings, vault: Vault) -> Inventory:
    expressions = partial(early, settings, vault, lambda _: None)
    reading = replace(settings.of_inventories, expressions=expressions)
    return load(settings.inventory, Path(), vault, reading)


def _check_host(inventory: Inventory, host: str) -> None:
    if host not in inventory.hosts and host not in inventory.implicit:
        hint = did_you_mean(host, inventory.hosts) or "name the inventory with -i"
        raise UsageError(f"there is no host {host} ({hint})")


def _named(found: Sequence[Definition], name: str, host: str) -> list[Definition]:
    if named := [one for one in found if one.name == name]:
        return named
    hint = did_you_mean(name, sorted({one.name for one in found}))
    raise UsageError(f"nothing defines {name} for {host}" + (f" ({hint})" if hint else ""))


def _told(name: str, found: list[Definition]) -> str:
    everywhere = [definition for definition in found if not definition.local]
    winner = everywhere[-1] if everywhere else None
    width = max(len(definition.what) for definition in found)
    places = max(len(str(definition.place or "")) for definition in found)
    lines = [
        f"  {'=>' if one is winner else '  '} {one.what:{width}}  {one.place or ''!s:{places}}"
        f"  {_shown(one)}".rstrip()
        for one in found
    ]
    return "\n".join([name, *lines, ""])


def _shown(definition: Definition) -> str:
    inside = " (there only)" if definition.local else ""
    if not definition.known:
        return f"known when it runs{inside}"
    value = in_json(json.dumps(_plain(definition.value), ensure_ascii=False, default=str))
    return (value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…") + inside


def _plain(value: object) -> object:
    if isinstance(value, Vaulted):
        return "(encrypted)"
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
