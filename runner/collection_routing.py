"""What collections say of the names of what they bring, in `meta/runtime.yml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from . import source
from .collection_files import candidates, collection_around, folder_of, root_of

_MOST = 10
"""Names that lead from one to the next; more go in a circle."""


def redirected(name: str, kind: str, roots: Sequence[Path], searched: Iterable[str] = ()) -> str:
    """The name to which a collection leads whoever asks for this one; else the same."""
    names = [name, *(f"{collection}.{name}" for collection in searched)]
    for _ in range(_MOST):
        found = next(filter(None, (_target(each, kind, roots) for each in names)), None)
        if found is None:
            break
        name, names = found, [found]
    return name


def removed(
    name: str, roots: Sequence[Path], searched: Iterable[str] = (), kind: str = "modules"
) -> str:
    """Of what a collection has no more, what Ansible says; nothing of others."""
    what = "module" if kind == "modules" else f"{kind} plugin"
    asked = redirected(name, kind, roots, searched)
    for each in (asked, *(f"{collection}.{asked}" for collection in searched)):
        told = _told(each, kind, "tombstone", roots)
        if isinstance(told, dict):
            collection = each.rpartition(".")[0]
            parts = [
                f"The {each!r} {what} has been removed.",
                *((f"{str(told['warning_text']).rstrip('.')}.",) if "warning_text" in told else ()),
                f"This feature was removed from collection {collection!r}{since(told)}.",
            ]
            return " ".join(parts)
    return ""


def deprecations(name: str, roots: Sequence[Path], kind: str = "modules") -> list[dict[str, Any]]:
    """What a collection says of the end of something it has, in the form of a result's."""
    told = _told(name, kind, "deprecation", roots)
    if not isinstance(told, dict):
        return []
    what = f'{kind.title()} "{name}"' if kind in ("filter", "test") else name
    return [
        {
            "msg": f"{what} has been deprecated. {told.get('warning_text') or ''}",
            "version": told.get("removal_version"),
            "date": told.get("removal_date"),
            "deprecator": {"resolved_name": name.rpartition(".")[0]},
        }
    ]


def since(told: Mapping[str, Any]) -> str:
    """The end of a sentence about what is gone: since when."""
    if date := told.get("removal_date"):
        return f" in a release after {date}"
    return f" version {told['removal_version']}" if told.get("removal_version") else ""


def _target(name: str, kind: str, roots: Sequence[Path]) -> str | None:
    found = _told(name, kind, "redirect", roots)
    return found if isinstance(found, str) else None


def _told(name: str, kind: str, what: str, roots: Sequence[Path]) -> object:
    return routing(name, kind, roots).get(what)


def routing(name: str, kind: str, roots: Sequence[Path]) -> Mapping[str, Any]:
    """What a collection says of something that has a name in it."""
    namespace, _, rest = name.partition(".")
    collection, _, own = rest.partition(".")
    if not own:
        return {}
    found = routed(f"{namespace}.{collection}", kind, roots).get(own)
    return found if isinstance(found, dict) else {}


def routed(collection: str, kind: str, roots: Sequence[Path]) -> Mapping[Any, Any]:
    """All names of a kind of which a collection says something."""
    found: Any = runtime(collection, roots).get("plugin_routing")
    found = found.get(kind) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def runtime(collection: str, roots: Sequence[Path]) -> dict[str, Any]:
    """What stands in the file; nothing if it is not there."""
    for place in candidates(f"{collection}.runtime", "meta", roots):
        path = place.with_name("runtime.yml")
        if path.is_file():
            return _read(path.absolute(), path.stat().st_mtime_ns)
    return {}


@cache
def _read(path: Path, _: int) -> dict[str, Any]:
    """Once as long as it is the same: every step with defaults asks, and it may be long."""
    whole = source.load(path).value
    return whole if isinstance(whole, dict) else {}


# Groups ---------------------------------------------------------------------------------------


def is_in(module: Path, group: str) -> bool:
    """Whether the module that lies there is in a group, `namespace.collection.group`."""
    root, name = root_of(module), full_name(module)
    return root is not None and name is not None and name in _members(group, [root], set())


def group_named(group: str, roots: Sequence[Path]) -> object:
    """What its collection lists under the name, short or in full; None if it has no such group."""
    collection, _, own = group.rpartition(".")
    groups = runtime(collection, roots).get("action_groups")
    return groups.get(group, groups.get(own)) if isinstance(groups, dict) else None


def _members(group: str, roots: Sequence[Path], seen: set[str]) -> Iterator[str]:
    """The modules of a group by their full names, and those of the groups that it extends."""
    if group in seen:
        return
    seen.add(group)
    collection, listed = group.rpartition(".")[0], group_named(group, roots)
    for member in listed if isinstance(listed, list) else ():
        if isinstance(member, str):
            yield _in_full(member, collection)
        for other in _extended(member):
            yield from _members(_in_full(other, collection), roots, seen)


def _extended(member: object) -> Sequence[str]:
    """The groups that an entry `{metadata: {extend_group: …}}` names."""
    told = member.get("metadata") if isinstance(member, dict) else None
    groups = told.get("extend_group") if isinstance(told, dict) else None
    return [groups] if isinstance(groups, str) else groups or ()


def _in_full(name: str, collection: str) -> str:
    return name if name.count(".") > 1 else f"{collection}.{name}"


def full_name(module: Path) -> str | None:
    """The name of a module with that of its collection; None if it is in none."""
    folder, collection = folder_of(module), collection_around(module)
    modules = folder / "plugins" / "modules" if folder else None
    if modules is None or not module.is_relative_to(modules):
        return None
    return ".".join([str(collection), *module.relative_to(modules).with_suffix("").parts])
