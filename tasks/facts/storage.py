"""How storage that is reached over a network knows this machine by name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

_NVME = Path("/etc/nvme/hostnqn")
_ISCSI = Path("/etc/iscsi/initiatorname.iscsi")
_FIBRE_CHANNEL = Path("/sys/class/fc_host")


def nvme() -> dict[str, Any]:
    return {"hostnqn": next((line for line in _lines(_NVME) if line.startswith("nqn.")), "")}


def iscsi() -> dict[str, Any]:
    named = (line.partition("=") for line in _lines(_ISCSI))
    return {"iscsi_iqn": next((iqn for name, _, iqn in named if name == "InitiatorName"), "")}


def fibre_channel() -> dict[str, Any]:
    ports = sorted(_FIBRE_CHANNEL.glob("*/port_name"))
    names = [line.rstrip().removeprefix("0x") for port in ports for line in _lines(port)]
    return {"fibre_channel_wwn": names}


def _lines(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text("utf-8", "replace").splitlines()
    return []
