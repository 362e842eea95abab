"""The machine's name, kernel and distribution, and the programs that it is run with."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

# As Ansible names them; of others the name in os-release is taken.
_DISTRIBUTIONS = {
    "almalinux": "AlmaLinux",
    "alpine": "Alpine",
    "amzn": "Amazon",
    "arch": "Archlinux",
    "centos": "CentOS",
    "debian": "Debian",
    "fedora": "Fedora",
    "gentoo": "Gentoo",
    "kali": "Kali",
    "linuxmint": "Linux Mint",
    "ol": "OracleLinux",
    "opensuse-leap": "openSUSE Leap",
    "opensuse-tumbleweed": "openSUSE Tumbleweed",
    "raspbian": "Debian",
    "rhel": "RedHat",
    "rocky": "Rocky",
    "sles": "SLES",
    "ubuntu": "Ubuntu",
}
_FAMILIES = {
    "alpine": "Alpine",
    "arch": "Archlinux",
    "debian": "Debian",
    "fedora": "RedHat",
    "gentoo": "Gentoo",
    "rhel": "RedHat",
    "suse": "Suse",
    "ubuntu": "Debian",
}
_PACKAGE_MANAGERS = {
    "apt-get": "apt",
    "dnf": "dnf",
    "yum": "yum",
    "zypper": "zypper",
    "apk": "apk",
    "pacman": "pacman",
    "emerge": "portage",
    "brew": "homebrew",
}


def kernel() -> dict[str, Any]:
    names = os.uname()
    fqdn = socket.getfqdn()
    return {
        "system": names.sysname,
        "kernel": names.release,
        "kernel_version": names.version,
        "machine": names.machine,
        "architecture": names.machine,
        "userspace_architecture": names.machine,
        "userspace_bits": "64" if sys.maxsize > 2**32 else "32",
        "nodename": names.nodename,
        "hostname": names.nodename.partition(".")[0],
        "fqdn": fqdn,
        "domain": fqdn.partition(".")[2],
        "machine_id": _read("/etc/machine-id"),
        "python_version": platform.python_version(),
    }


def command_line() -> dict[str, Any]:
    return started_with(_read("/proc/cmdline"))


def started_with(line: str) -> dict[str, Any]:
    """What the kernel was told: `quiet` becomes true, `root=/dev/sda` a text, two a list."""
    found: dict[str, list[Any]] = {}
    for name, sign, text in (word.partition("=") for word in line.split()):
        found.setdefault(name, []).append(text if sign else True)
    return {
        "cmdline": {name: values[-1] for name, values in found.items()},
        "proc_cmdline": {
            name: values if len(values) > 1 else values[0] for name, values in found.items()
        },
    }


def distribution() -> dict[str, Any]:
    """What /etc/os-release says; of a system without it, what the kernel is called."""
    told = os_release()
    if not told:
        system = platform.system()
        return {
            "distribution": system,
            "distribution_version": platform.release(),
            "os_family": system,
        }
    name = told.get("ID", "").lower()
    version = told.get("VERSION_ID", "")
    if name == "debian":
        # os-release has the major version only; testing and unstable have a name in there.
        found = _read("/etc/debian_version")
        version = found if found[:1].isdigit() else version
    major, _, minor = version.partition(".")
    family = _family([name, *told.get("ID_LIKE", "").lower().split()])
    return {
        "distribution": _DISTRIBUTIONS.get(name) or told.get("NAME", name),
        "distribution_version": version,
        "distribution_major_version": major,
        "distribution_minor_version": minor,
        "distribution_release": told.get("VERSION_CODENAME", "NA"),
        "os_family": family,
        "distribution_file_path": "/etc/os-release",
        "distribution_file_variety": {"Suse": "SUSE"}.get(family, family),
        "distribution_file_parsed": True,
    }


def os_release() -> dict[str, str]:
    with suppress(OSError):
        return platform.freedesktop_os_release()
    return {}


def lsb() -> dict[str, Any]:
    """What the program lsb_release would say, if it is there."""
    found = _lsb_file()
    if not found and shutil.which("lsb_release"):
        release = os_release()
        name = release.get("ID", "")
        found = {
            "id": _DISTRIBUTIONS.get(name, name.capitalize()),
            "release": release.get("VERSION_ID", ""),
            "description": release.get("PRETTY_NAME", ""),
            "codename": release.get("VERSION_CODENAME", ""),
        }
    major = found.get("release", "").partition(".")[0]
    return {"lsb": {**found, "major_release": major} if major else found}


def _lsb_file() -> dict[str, str]:
    lines = (line.partition("=") for line in _read("/etc/lsb-release").splitlines())
    told = {name: text.strip('"') for name, _, text in lines}
    names = {"id": "ID", "release": "RELEASE", "description": "DESCRIPTION", "codename": "CODENAME"}
    return {name: told[f"DISTRIB_{of}"] for name, of in names.items() if f"DISTRIB_{of}" in told}


def _family(names: list[str]) -> str:
    known = (_FAMILIES.get(name.split("-")[0].removeprefix("open")) for name in names)
    return next(filter(None, known), _DISTRIBUTIONS.get(names[0], names[0].capitalize()))


def package_manager() -> dict[str, Any]:
    known = (name for program, name in _PACKAGE_MANAGERS.items() if shutil.which(program))
    return {"pkg_mgr": next(known, "unknown")}


def service_manager() -> dict[str, Any]:
    """The program that was started first."""
    if Path("/run/systemd/system").is_dir():
        return {"service_mgr": "systemd"}
    first = _read("/proc/1/comm")
    return {"service_mgr": "sysvinit" if first == "init" else first or "service"}


def python() -> dict[str, Any]:
    version = sys.version_info
    return {
        "python": {
            "executable": sys.executable,
            "has_sslcontext": True,
            "type": sys.implementation.name,
            "version": {
                "major": version.major,
                "minor": version.minor,
                "micro": version.micro,
                "releaselevel": version.releaselevel,
                "serial": version.serial,
            },
            "version_info": list(version),
        },
    }


def virtualization() -> dict[str, Any]:
    """Whether this is a container or a virtual machine, as far as it shows."""
    kind = next((kind for file, kind in _CONTAINERS.items() if Path(file).exists()), "")
    contained = ["container"] if kind else []
    product = _read("/sys/class/dmi/id/product_name")
    if not kind:
        kind = next((kind for word, kind in _PRODUCTS.items() if word in product), "")
    return {
        "virtualization_type": kind or "NA",
        "virtualization_role": "guest" if kind else "NA",
        "virtualization_tech_guest": [kind, *contained] if kind else [],
        "virtualization_tech_host": [],
    }


_CONTAINERS = {"/.dockerenv": "docker", "/run/.containerenv": "podman", "/dev/lxd/sock": "lxc"}
_PRODUCTS = {
    "KVM": "kvm",
    "VMware": "VMware",
    "VirtualBox": "virtualbox",
    "Virtual Machine": "VirtualPC",
}


def _read(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text("utf-8", "replace").strip()
    return ""
