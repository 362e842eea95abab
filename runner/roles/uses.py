"""How a role is named: by a play, by another role, by `import_role` or `include_role`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from ... import schema
from ..dataclasses import dataclass, field, replace
from ..errors import Place
from ..nodes import MapNode
from . import Layer, Part

FROM: Mapping[str, Part] = {
    "tasks_from": "tasks",
    "vars_from": "vars",
    "defaults_from": "defaults",
    "handlers_from": "handlers",
}
"""Arguments that name another file than `main`."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RoleUse:
    """A role as it is named at one place, with what it is given there."""

    name: str
    place: Place | None = None
    params: Layer = field(default_factory=dict)
    vars: Layer = field(default_factory=dict)
    files: Mapping[Part, str] = field(default_factory=dict)
    """Files to read in place of `main`."""
    chosen_by: tuple[object, ...] = ()
    """Its own `when` and `tags`."""
    included: bool = False
    """A task names it."""
    item: object = None
    """If a loop names it, what tells the item: as in Ansible, each has a role of its own."""
    repeats: bool | None = None
    """Whether it may run again though nothing about it differs; without, its `meta` says so."""
    public: bool | None = True
    """If nothing is said, it depends on how the role is named."""
    checked: bool = True
    """Whether its arguments are checked against its specification."""

    def named(self, known: Callable[[str], str]) -> RoleUse:
        """The same with what its names come to."""
        files = {part: known(file) for part, file in self.files.items()}
        return replace(self, name=known(self.name), files=files)

    @property
    def entry_point(self) -> str:
        """What the specification of its arguments calls the file with which it begins."""
        return self.files.get("tasks", "main")

    @property
    def identity(self) -> str:
        """What tells this use from others of the same role."""
        given = (self.params, self.vars, sorted(self.files.items()))
        return repr((self.name, *given, self.chosen_by, self.included, self.item))


@cache
def keywords() -> frozenset[str]:
    """Every word of an entry that is no parameter of the role."""
    return frozenset(schema.definition("role")["properties"])


def of_entry(written: object, place: Place, *, public: bool = True) -> RoleUse:
    """What an entry of `roles`, or of the dependencies in a role's meta, names."""
    if not isinstance(written, MapNode):
        return RoleUse(name=_text(written), place=place, chosen_by=(None, None), public=public)
    params = MapNode(written.place)
    for name in [name for name in written if name not in keywords()]:
        params.put(name, written.key_places[name], written[name], written.value_places[name])
    key = next(key for key in ("role", "name", "src") if key in written)
    return RoleUse(
        name=_of_source(written[key]) if key == "src" else _text(written[key]),
        place=written.value_places[key],
        params=cast("Layer", params),
        vars=cast("Layer", written.get("vars") or {}),
        chosen_by=(written.get("when"), written.get("tags")),
        public=public,
    )


def _of_source(source: object) -> str:
    """What a role is called that a dependency names only by where it comes from."""
    url = _text(source)
    if "://" not in url and "@" not in url:
        return url
    last = url.rpartition("/")[2].removesuffix(".git").removesuffix(".tar.gz")
    return last.partition(",")[0]


def of_arguments(
    args: Mapping[Any, object], place: Place, given: Layer, *, public: bool
) -> RoleUse:
    """What `import_role` or `include_role` names; `public` is what counts if they do not say."""
    files = {part: _text(args[word]) for word, part in FROM.items() if args.get(word) is not None}
    return RoleUse(
        name=_text(args.get("name", args.get("role"))),
        place=place,
        vars=given,
        files=files,
        included=True,
        repeats=_flag(args.get("allow_duplicates"), default=True),
        public=_flag(args.get("public"), default=public),
        checked=_flag(args.get("rolespec_validate"), default=True),
    )


def _text(value: object) -> str:
    """A name; a template stays one."""
    return value if isinstance(value, str) else str(value)


def _flag(value: object, *, default: bool) -> bool:
    if value is None:
        return default
    return str(value).lower() in ("true", "yes", "on", "1")
