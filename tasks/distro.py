"""What modules in Python ask of the distribution, by the names that Ansible has."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from .facts.system import distribution, os_release


def _id() -> str:
    return os_release().get("ID", platform.system()).lower()


def _name(pretty: bool = False) -> str:  # noqa: FBT001, FBT002  # as Ansible has it
    return os_release().get("PRETTY_NAME" if pretty else "NAME", platform.system())


def _version(pretty: bool = False, best: bool = False) -> str:  # noqa: FBT001, FBT002  # as Ansible has it
    """`best` has more than the first number, where a file tells it."""
    found = str(distribution()["distribution_version"])
    version = found if best else os_release().get("VERSION_ID", found)
    return f"{version} ({_codename()})" if pretty and _codename() else version


def _codename() -> str:
    return os_release().get("VERSION_CODENAME", "")


def _like() -> str:
    return os_release().get("ID_LIKE", "")


def _get_distribution() -> str:
    found = {"amzn": "Amazon", "rhel": "Redhat"}.get(_id(), _id().capitalize())
    return found or ("OtherLinux" if platform.system() == "Linux" else "")


def _get_platform_subclass(cls: type) -> type:
    """The class below this one that is meant for the distribution, or else for the platform."""
    wanted = [(platform.system(), _get_distribution()), (platform.system(), None)]
    for each in wanted:
        for sub in _all_below(cls):
            if (getattr(sub, "platform", None), getattr(sub, "distribution", None)) == each:
                return sub
    return cls


def _all_below(cls: type) -> set[type]:
    below: set[type] = set(cls.__subclasses__())
    return below.union(*map(_all_below, below))


def _info(pretty: bool = False, best: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # as Ansible has it
    major, minor, build, *_ = (*_version(best=best).split("."), "", "")
    return {
        "id": _id(),
        "version": _version(pretty, best),
        "version_parts": {"major": major, "minor": minor, "build_number": build},
        "like": _like(),
        "codename": _codename(),
    }


def _os_release_info() -> dict[str, str]:
    return {name.lower(): value for name, value in os_release().items()}


NAMES: Mapping[str, Any] = {
    "codename": _codename,
    "id": _id,
    "info": _info,
    "like": _like,
    "name": _name,
    "os_release_info": _os_release_info,
    "version": _version,
}
SYS_INFO: Mapping[str, Any] = {
    "get_distribution": _get_distribution,
    "get_distribution_codename": lambda: _codename() or None,
    "get_distribution_version": lambda: _version(best=_id() in ("centos", "debian")),
    "get_platform_subclass": _get_platform_subclass,
}
