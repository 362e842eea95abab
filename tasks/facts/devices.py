"""Disks and their partitions, as the kernel shows them in /sys/block."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from ..argument_types import bytes_to_human

_BLOCKS = Path("/sys/block")
_NAMES = {"ids": "by-id", "uuids": "by-uuid", "labels": "by-label"}
"""By which names disks are known, and the folders of links in /dev/disk."""
_SECTOR = 512
"""Bytes in which the kernel counts sizes, whatever the disk's own sectors have."""

_Links: TypeAlias = Mapping[str, Mapping[str, list[str]]]


def devices() -> dict[str, Any]:
    links = {kind: _linked(Path("/dev/disk", folder)) for kind, folder in _NAMES.items()}
    links["masters"] = _masters()
    found = {block.name: _device(block, links) for block in _listed(_BLOCKS)}
    return {"devices": found, "device_links": links}


def _device(block: Path, links: _Links) -> dict[str, Any]:
    size = _read(block / "queue/logical_block_size") or str(_SECTOR)
    never = _read(block / "queue/discard_max_hw_bytes") == "0"
    scheduler = re.search(r"\[(.*)\]", _read(block / "queue/scheduler") or "")
    return {
        "virtual": 1,
        "links": _links_of(block.name, links),
        **{
            name: _read(block / "device" / name)
            for name in ("vendor", "model", "sas_address", "sas_device_handle")
        },
        "removable": _read(block / "removable"),
        "support_discard": "0" if never else _read(block / "queue/discard_granularity"),
        "partitions": {
            part.name: _partition(part, links)
            for part in _listed(block)
            if re.fullmatch(rf"{re.escape(block.name)}p?\d+", part.name)
        },
        "rotational": _read(block / "queue/rotational"),
        "scheduler_mode": scheduler[1] if scheduler else "",
        **_sizes(block, size),
        "host": "",
        "holders": [holder.name for holder in _listed(block / "holders")],
    }


def _partition(part: Path, links: _Links) -> dict[str, Any]:
    own = _links_of(part.name, links)
    return {
        "links": own,
        "start": _read(part / "start") or 0,
        **_sizes(part, _SECTOR),
        "uuid": next(iter(own["uuids"]), None),
        "holders": [holder.name for holder in _listed(part / "holders")],
    }


def _sizes(place: Path, sector: str | int) -> dict[str, Any]:
    count = int(_read(place / "size") or 0) * _SECTOR // int(sector)
    return {"sectorsize": sector, "sectors": count, "size": bytes_to_human(count * int(sector))}


def _links_of(name: str, links: _Links) -> dict[str, list[str]]:
    return {kind: sorted(known.get(name, [])) for kind, known in links.items()}


def _linked(folder: Path) -> dict[str, list[str]]:
    """The names of the links to each device."""
    found = defaultdict(list)
    for link in _listed(folder):
        found[link.resolve().name].append(link.name)
    return dict(found)


def _masters() -> dict[str, list[str]]:
    """The devices that are made of each."""
    found = defaultdict(list)
    for block in _listed(_BLOCKS):
        for slave in _listed(block / "slaves"):
            found[slave.name].append(block.name)
    return dict(found)


def _listed(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _read(path: Path) -> str | None:
    """What the kernel says there; None if it says nothing."""
    with suppress(OSError):
        return path.read_text("utf-8", "replace").strip() or None
    return None
