"""What modules in Python ask of addresses in texts: `ansible.module_utils.common.network`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_OCTETS = frozenset({"0", "128", "192", "224", "240", "248", "252", "254", "255"})
"""What a mask may be made of."""


def is_netmask(val: object) -> bool:
    parts = str(val).split(".")
    return len(parts) == 4 and _OCTETS.issuperset(parts)  # noqa: PLR2004  # four octets


def is_masklen(val: object) -> bool:
    return bool(re.fullmatch(r"\d+", str(val))) and int(str(val)) <= 32  # noqa: PLR2004  # bits


def to_netmask(val: object) -> str:
    from ipaddress import IPv4Network

    if not is_masklen(val):
        raise ValueError("invalid value for masklen")
    return str(IPv4Network((0, int(str(val)))).netmask)


def to_bits(val: str) -> str:
    return "".join(f"{int(part):08b}" for part in val.split("."))


def to_masklen(val: str) -> int:
    if not is_netmask(val):
        raise ValueError(f"invalid value for netmask: {val}")
    return to_bits(val).count("1")


def to_subnet(addr: str, mask: object, dotted_notation: bool = False) -> str:  # noqa: FBT001, FBT002  # as Ansible has it
    from ipaddress import IPv4Network

    length = int(str(mask)) if is_masklen(mask) else to_masklen(str(mask))
    network = IPv4Network((addr, length), strict=False)
    if dotted_notation:
        return f"{network.network_address} {network.netmask}"
    return str(network)


def is_mac(mac_address: str) -> bool:
    return bool(
        re.fullmatch(r"[0-9a-f]{2}([-:])[0-9a-f]{2}(\1[0-9a-f]{2}){4}", mac_address.lower())
    )


NAMES: Mapping[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (is_mac, is_masklen, is_netmask, to_bits, to_masklen, to_netmask, to_subnet)
}
