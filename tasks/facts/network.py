"""Addresses and interfaces, as the program `ip` tells them; without it nothing is known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_interface
from pathlib import Path
from typing import Any, TypeAlias

# Asked for the way there; nothing is sent.
_FAR_AWAY = {"ipv4": "8.8.8.8", "ipv6": "2001:4860:4860::8888"}
_FAMILIES = {"inet": "ipv4", "inet6": "ipv6"}

_OWN = "route show table local"
"""Where packets go that stay on this machine."""

Run = Callable[[Sequence[str], str], str]
"""Gives what a program prints that is asked on stdin; an empty text if it cannot be run."""
_Answer: TypeAlias = list[dict[str, Any]]


def network(run: Run) -> dict[str, Any]:
    # There is always an answer to the first two, but not to one about a way.
    ways = [f"route get {place}" for place in _FAR_AWAY.values()]
    answers = [*_answers(run, [], "address", _OWN, *ways), [], []]
    own_of_ipv6 = next(_answers(run, ["-6"], _OWN), [])
    links = [link for link in answers[0] if link.get("ifname")]
    found = {link["ifname"]: _interface(link) for link in links}
    addresses = {
        family: [
            address["local"]
            for link in links
            if "LOOPBACK" not in link.get("flags", ())
            for address in link.get("addr_info", ())
            if _FAMILIES.get(address.get("family")) == family
        ]
        for family in _FAR_AWAY
    }
    return {
        "interfaces": sorted(found),
        "all_ipv4_addresses": addresses["ipv4"],
        "all_ipv6_addresses": addresses["ipv6"],
        "locally_reachable_ips": {"ipv4": _local(answers[1]), "ipv6": _local(own_of_ipv6)},
        **{f"default_{family}": _default(family, found, answers[2:]) for family in _FAR_AWAY},
        **{re.sub(r"\W", "_", name): facts for name, facts in found.items()},
    }


def dns() -> dict[str, Any]:
    try:
        lines = Path("/etc/resolv.conf").read_text("utf-8", "replace").splitlines()
    except OSError:
        return {"dns": {}}
    words = [line.split() for line in lines]
    servers = [rest[0] for word, *rest in filter(None, words) if word == "nameserver" and rest]
    search = [name for word, *rest in filter(None, words) if word == "search" for name in rest]
    return {"dns": {"nameservers": servers, **({"search": search} if search else {})}}


def _answers(run: Run, options: Sequence[str], *asked: str) -> Iterator[_Answer]:
    """Give what `ip` tells of each, in one go: to begin a program takes longer than to ask it."""
    lines = "".join(f"{words}\n" for words in asked)
    for line in run(["ip", *options, "-json", "-force", "-batch", "-"], lines).splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            answer = []
        yield answer if isinstance(answer, list) else []


def _interface(link: dict[str, Any]) -> dict[str, Any]:
    addresses = link.get("addr_info", [])
    ipv4 = [_ipv4(each) for each in addresses if each.get("family") == "inet"]
    ipv6 = [
        {"address": each["local"], "prefix": str(each["prefixlen"]), "scope": each.get("scope", "")}
        for each in addresses
        if each.get("family") == "inet6"
    ]
    return {
        "device": link["ifname"],
        "active": "UP" in link.get("flags", ()),
        "mtu": link.get("mtu"),
        "macaddress": link.get("address", ""),
        "promisc": "PROMISC" in link.get("flags", ()),
        "type": {"ether": "ether", "loopback": "loopback"}.get(
            link.get("link_type", ""), "unknown"
        ),
        **({"ipv4": ipv4[0]} if ipv4 else {}),
        **({"ipv4_secondaries": ipv4[1:]} if ipv4[1:] else {}),
        **({"ipv6": ipv6} if ipv6 else {}),
    }


def _ipv4(address: dict[str, Any]) -> dict[str, str]:
    interface = ip_interface(f"{address['local']}/{address['prefixlen']}")
    return {
        "address": address["local"],
        "broadcast": address.get("broadcast", ""),
        "netmask": str(interface.netmask),
        "network": str(interface.network.network_address),
        "prefix": str(address["prefixlen"]),
    }


def _local(routes: _Answer) -> list[str]:
    return list(dict.fromkeys(each["dst"] for each in routes if each.get("type") == "local"))


def _default(
    family: str, found: Mapping[str, dict[str, Any]], ways: Iterable[_Answer]
) -> dict[str, Any]:
    """The address from which packets go out, and the way that they take."""
    way = next((each for way in ways for each in way if each.get("dst") == _FAR_AWAY[family]), {})
    interface = found.get(way.get("dev", ""), {})
    if not interface:
        return {}
    kept = {name: interface[name] for name in ("macaddress", "mtu", "type")}
    own = interface.get("ipv4", {})
    if family == "ipv6":
        ours = (each for each in interface.get("ipv6", []) if each["address"] == way.get("prefsrc"))
        own = next(ours, {})
    gateway = {"gateway": way["gateway"]} if "gateway" in way else {}
    names = {"interface": way["dev"], "alias": way["dev"], "address": way.get("prefsrc")}
    return {**own, **kept, **names, **gateway}
