"""Deprecations, in Ansible's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..hearer import keep

if TYPE_CHECKING:
    from ..errors import Place
    from .run import Run

_CAN_BE_DISABLED = (
    "Deprecation warnings can be disabled by setting `deprecation_warnings=False` in ansible.cfg."
)


def tell(run: Run, said: object, place: Place) -> None:
    """Warn of the `deprecations` in a result."""
    for each in said if isinstance(said, list) else ():
        if isinstance(each, Mapping):
            tell_once(run, each, place)


def tell_once(run: Run, said: Mapping[str, Any], place: Place | None = None) -> None:
    """Warn of one, which may come up on every host."""
    if run.settings.deprecation_warnings:
        run.warn_once(_CAN_BE_DISABLED)
        run.warn_once(_in_words(said), place, deprecation=True)


def in_step(run: Run, said: Mapping[str, Any]) -> None:
    """Warn of one that a plugin or a condition tells; the result of the step has it in any case."""
    whose = (said.get("deprecator") or {}).get("resolved_name")
    entry = {"msg": said["msg"], "deprecator": {"resolved_name": whose, "type": None}}
    more = {"version": said.get("version"), "date": said.get("date"), "collection_name": whose}
    keep("deprecations", {**entry, **{name: each for name, each in more.items() if each}})
    if not said.get("is_told"):
        tell_once(run, said)


def _in_words(said: Mapping[str, Any]) -> str:
    plugin, collection = _source(said.get("deprecator") or {})
    whose = "ansible-core" if collection == "ansible.builtin" else f"collection {collection!r}"
    sources = [*([plugin] if plugin else ()), *([whose] if collection else ())]
    source = f" from {' in '.join(sources)}" if sources else ""
    msg = str(said.get("msg", "")).strip().rstrip(".")
    when = _when(said) if collection else "in the future"
    return f"{msg}. This feature will be removed{source} {when}."


def _source(deprecator: Mapping[str, Any]) -> tuple[str, str]:
    """The plugin that says so, if it is one, and its collection."""
    name, kind = str(deprecator.get("resolved_name") or ""), deprecator.get("type")
    if not kind:
        return "", name
    *collection, plugin = name.split(".")
    what = kind if kind == "module" else f"{kind} plugin"
    return f"{what} {plugin!r}", ".".join(collection[:2])


def _when(said: Mapping[str, Any]) -> str:
    if said.get("date"):
        return f"in a release after {said['date']}"
    return f"version {said['version']}" if said.get("version") else "in a future release"
