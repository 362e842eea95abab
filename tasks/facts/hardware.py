"""Processors, memory, how long the machine has run, and what is mounted."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from .devices import devices

_LABELS = ("asset_tag", "serial", "vendor", "version")
_BOARDS = {
    **{name: name for name in ("bios_date", "bios_vendor", "bios_version")},
    **{f"board_{name}": f"board_{name}" for name in ("name", *_LABELS)},
    **{f"chassis_{name}": f"chassis_{name}" for name in _LABELS},
    **{f"product_{name}": f"product_{name}" for name in ("name", "serial", "uuid", "version")},
    "system_vendor": "sys_vendor",
    "form_factor": "chassis_type",
}
"""What the firmware tells, and the files in which the kernel shows it."""
_FORMS = (
    *("Unknown", "Other", "Unknown", "Desktop", "Low Profile Desktop", "Pizza Box", "Mini Tower"),
    *("Tower", "Portable", "Laptop", "Notebook", "Hand Held", "Docking Station", "All In One"),
    *("Sub Notebook", "Space-saving", "Lunch Box", "Main Server Chassis", "Expansion Chassis"),
    *("Sub Chassis", "Bus Expansion Chassis", "Peripheral Chassis", "RAID Chassis"),
    *("Rack Mount Chassis", "Sealed-case PC", "Multi-system", "CompactPCI", "AdvancedTCA", "Blade"),
    *("Blade Enclosure", "Tablet", "Convertible", "Detachable", "IoT Gateway", "Embedded PC"),
    *("Mini PC", "Stick PC"),
)
"""What the number of a chassis means."""
_ESCAPE = re.compile(r"\\([0-7]{3})")


def hardware() -> dict[str, Any]:
    boards = {
        name: _read(f"/sys/class/dmi/id/{file}").strip() or "NA" for name, file in _BOARDS.items()
    }
    boards["form_factor"] = _form(boards["form_factor"])
    found = {**_processors(), **_memory(), **_uptime(), **boards, **devices()}
    return {**found, "lvm": "N/A", "mounts": _mounts()}


def _form(number: str) -> str:
    if not number.isdecimal():
        return number
    return _FORMS[int(number)] if int(number) < len(_FORMS) else f"unknown ({number})"


def _processors() -> dict[str, Any]:
    blocks = [_fields(block, ":") for block in _read("/proc/cpuinfo").split("\n\n")]
    cpus = [block for block in blocks if "processor" in block]
    sockets = {block.get("physical id", "0") for block in cpus}
    cores = {
        (block.get("physical id", "0"), block.get("core id", str(at)))
        for at, block in enumerate(cpus)
    }
    count = max(len(sockets), 1)
    per_socket = max(len(cores) // count, 1)
    threads = max(len(cpus) // (per_socket * count), 1)
    flags = [block["flags"].split() for block in cpus[-1:] if "flags" in block]
    return {
        **({"flags": flags[0]} if flags else {}),
        "processor": [
            text
            for block in cpus
            for text in (block["processor"], block.get("vendor_id"), block.get("model name"))
            if text
        ],
        "processor_count": count,
        "processor_cores": per_socket,
        "processor_threads_per_core": threads,
        "processor_vcpus": len(cpus) or os.cpu_count() or 1,
        "processor_nproc": len(os.sched_getaffinity(0)),
    }


def _memory() -> dict[str, Any]:
    found = _fields(_read("/proc/meminfo"), ":")
    sizes = {
        name: int(text.split()[0]) // 1024 for name, text in found.items() if text[:1].isdigit()
    }
    total, free = sizes.get("MemTotal", 0), sizes.get("MemFree", 0)
    cached = sizes.get("Cached", 0) + sizes.get("Buffers", 0)
    swap, swap_free = sizes.get("SwapTotal", 0), sizes.get("SwapFree", 0)
    return {
        "memtotal_mb": total,
        "memfree_mb": free,
        "swaptotal_mb": swap,
        "swapfree_mb": swap_free,
        "memory_mb": {
            "real": {"total": total, "used": total - free, "free": free},
            "nocache": {"free": free + cached, "used": total - free - cached},
            "swap": {
                "total": swap,
                "free": swap_free,
                "used": swap - swap_free,
                "cached": sizes.get("SwapCached", 0),
            },
        },
    }


def _uptime() -> dict[str, Any]:
    seconds = _read("/proc/uptime").partition(".")[0]
    return {"uptime_seconds": int(seconds or 0)}


def load() -> dict[str, Any]:
    return {"loadavg": dict(zip(("1m", "5m", "15m"), os.getloadavg(), strict=True))}


def _mounts() -> list[dict[str, Any]]:
    """File systems on devices, and on other machines; the sizes of these might never be told."""
    lines = [line.split() for line in _read("/proc/mounts").splitlines()]
    return [
        {
            "device": _plain(device),
            "mount": _plain(folder),
            "fstype": kind,
            "options": options,
            "dump": int(dump),
            "passno": int(check),
            **(_sizes(_plain(folder)) if device.startswith("/") else {}),
        }
        for device, folder, kind, options, dump, check in lines
        if device.startswith("/") or ":" in device
    ]


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), text)


def _sizes(folder: str) -> dict[str, int]:
    with suppress(OSError):
        found = os.statvfs(folder)
        return {
            "size_total": found.f_frsize * found.f_blocks,
            "size_available": found.f_frsize * found.f_bavail,
            "block_size": found.f_bsize,
            "block_total": found.f_blocks,
            "block_available": found.f_bavail,
            "block_used": found.f_blocks - found.f_bavail,
            "inode_total": found.f_files,
            "inode_available": found.f_favail,
            "inode_used": found.f_files - found.f_favail,
        }
    return {}


def _fields(text: str, sign: str) -> dict[str, str]:
    parts = (line.partition(sign) for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in parts}


def _read(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text("utf-8", "replace")
    return ""
