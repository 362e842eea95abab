"""Roles: where they lie, which files they are made of, and what their tasks see of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..collection_files import candidates, folder_of, root_of
from ..dataclasses import dataclass, field
from ..errors import Place, Problem
from ..nodes import MapNode
from ..spelling import did_you_mean

if TYPE_CHECKING:
    from ..settings import Settings

Layer: TypeAlias = Mapping[str, object]
Part: TypeAlias = Literal["tasks", "handlers", "defaults", "vars", "meta"]
_OF_ANSIBLE = ("/usr/share/ansible/roles", "/etc/ansible/roles")
_COLLECTIONS_OF_ANSIBLE = ("/usr/share/ansible/collections",)
_ENDINGS = (".yml", ".yaml", ".json")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Role:
    """A role as it is used at one place: what its tasks see, and what others see of it."""

    name: str
    folder: Path
    """Absolute."""
    named: Path
    """The same, as the user named it."""
    parents: tuple[Role, ...] = ()
    """The roles that depend on it or include it, outermost first."""
    included_by: tuple[Role, ...] = ()
    """Those of the parents that include or import it, nearest first."""
    dependencies: tuple[Role, ...] = ()
    own_defaults: Layer
    own_vars: Layer
    given_vars: Layer
    """What `vars` gives it where it is used."""
    own_params: Layer
    identity: str
    """What tells this use of the role from others, of which the second is left out."""
    repeats: bool = False
    public: bool = True
    """Whether other tasks of the play see its variables."""
    deep: bool = False
    """Whether mappings of several places are put together."""

    @cached_property
    def exported_defaults(self) -> Layer:
        return merged(
            [*(dep.exported_defaults for dep in self.dependencies), self.own_defaults],
            deep=self.deep,
        )

    @cached_property
    def exported_vars(self) -> Layer:
        return merged(
            [*(dep.exported_vars for dep in self.dependencies), self.own_vars], deep=self.deep
        )

    @cached_property
    def defaults(self) -> Layer:
        inner = (dep.exported_defaults for dep in self.dependencies)
        outer = (parent.own_defaults for parent in self.parents)
        return merged([*inner, *outer, self.own_defaults], deep=self.deep)

    @cached_property
    def vars(self) -> Layer:
        outer = (layer for parent in self.parents for layer in (parent.own_vars, parent.given_vars))
        inner = (dep.exported_vars for dep in self.dependencies)
        return merged([*outer, *inner, self.own_vars, self.given_vars], deep=self.deep)

    @cached_property
    def params(self) -> Layer:
        return merged(
            [*(parent.own_params for parent in self.parents), self.own_params], deep=self.deep
        )

    @cached_property
    def facts(self) -> Layer:
        """The magic variables of its tasks."""
        collection = collection_of(self.folder)
        facts: dict[str, object] = {
            "role_name": self.name.removeprefix(f"{collection}."),
            "ansible_role_name": self.name,
            "role_path": str(self.folder),
            "ansible_collection_name": collection or None,
        }
        if self.included_by:
            facts["ansible_parent_role_names"] = [role.name for role in self.included_by]
            facts["ansible_parent_role_paths"] = [str(role.folder) for role in self.included_by]
        return facts

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its name as tasks show it, and without the collection."""
        return tuple(dict.fromkeys((self.name, str(self.facts["role_name"]))))

    @cached_property
    def folders(self) -> tuple[Path, ...]:
        """Where its tasks look for files, before their own folder."""
        return (self.folder, *(role.folder for role in reversed(self.parents)))

    def all_dependencies(self) -> Iterator[Role]:
        for role in self.dependencies:
            yield from role.all_dependencies()
            yield role


def merged(layers: Iterable[Layer], *, deep: bool = False) -> Layer:
    """All layers together, the last wins; one that is alone stays as it is."""
    filled = [layer for layer in layers if layer]
    if len(filled) == 1:
        return filled[0]
    whole: dict[str, object] = {}
    for layer in filled:
        put_over(whole, layer, deep=deep)
    return whole


def put_over(whole: dict[str, object], layer: Layer, *, deep: bool) -> None:
    """Take all of a layer; if `deep`, mappings are put together (`hash_behaviour: merge`)."""
    if deep:
        layer = {name: _joined(whole.get(name), value) for name, value in layer.items()}
    whole.update(layer)


def _joined(low: object, high: object) -> object:
    if not isinstance(low, MapNode) or not isinstance(high, MapNode):
        return high
    both = MapNode(high.place)
    both.take(low)
    for key, value in high.items():
        joined = _joined(low.get(key), value)
        both.put(key, high.key_places[key], joined, high.value_places[key])
    return both


# Where roles lie ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RolePlaces:
    """Where roles lie, and what collections bring, beside the folders of the playbook."""

    more: tuple[Path, ...] = ()
    collections: tuple[Path, ...] = ()
    searched: dict[str, None] = field(default_factory=dict)
    """The collections in which a role may lie that is named without one."""

    @classmethod
    def of(cls, settings: Settings) -> RolePlaces:
        """What the settings say, else where Ansible looks."""
        home = settings.ansible_home or "~/.ansible"
        roles = settings.roles_path or [f"{home}/roles", *_OF_ANSIBLE]
        collections = settings.collections_path or [f"{home}/collections", *_COLLECTIONS_OF_ANSIBLE]
        return cls(
            tuple(Path(path).expanduser() for path in roles),
            tuple(Path(path).expanduser() for path in collections),
        )

    def folders(self, base: Path, near: Path | None = None) -> list[Path]:
        """For a playbook in `base`, and a role in `near` that names another, nearest first."""
        beside = [near / "roles", near.parent] if near else []
        first = [near.parent] if near and collection_of(near.absolute()) else []
        if not near and (own := folder_of(base.absolute())):
            first = [own / "roles"]
        return list(dict.fromkeys([*first, base / "roles", *self.more, *beside, base]))

    def find(
        self, name: str, base: Path, near: Path | None = None, collections: Sequence[str] = ()
    ) -> Path | None:
        """The folder of a role; of several collections, those that are named here go first."""
        places = [folder / name for folder in self.folders(base, near)]
        searched = dict.fromkeys((*collections, *self.searched))
        places += [*candidates(name, "roles", self.collections_of(base), searched)]
        places.append(Path(name))
        return next((_unlinked(path) for path in places if path.is_dir()), None)

    def collections_of(self, base: Path) -> tuple[Path, ...]:
        """The folders of collections for a playbook in `base`."""
        own = root_of(base)
        return (base / "collections", *self.collections, *([own] if own else []))

    def playbook(self, name: str, base: Path) -> Path | None:
        """A playbook of a collection, `namespace.collection.name`, for one in `base`."""
        own = re.sub(r"\.ya?ml$", "", name)
        for place in candidates(own, "playbooks", self.collections_of(base)):
            for ending in (".yml", ".yaml"):
                if (path := place.with_name(place.name + ending)).is_file():
                    return path
        return None

    def missing(self, name: str, base: Path, near: Path | None, place: Place | None) -> Problem:
        """What to say of a role that is nowhere."""
        folders = self.folders(base, near)
        hint = did_you_mean(name, sorted({role for folder in folders for role in _roles(folder)}))
        # In Ansible's words: scripts look for them.
        message = f"the role {name!r} was not found in {':'.join(map(str, folders))}"
        return Problem(place, message, hint, len(name), missing=True)


def _unlinked(folder: Path) -> Path:
    """Where a link leads, as in Ansible; not out of a collection, which would lose its name."""
    real = os.path.realpath(folder)
    has_link = real != os.path.normpath(whole := folder.absolute())
    return Path(real) if has_link and not collection_of(whole) else folder


def _roles(folder: Path) -> Iterator[str]:
    """The names of what looks like a role."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if any((path / part).is_dir() for part in ("tasks", "meta", "defaults", "vars")):
            yield path.name


def collection_of(folder: Path) -> str | None:
    """The collection in which a role lies: `namespace.collection`."""
    own = folder_of(folder)
    if own is None or own / "roles" not in folder.parents:
        return None
    return f"{own.parent.name}.{own.name}"


def title(written: str, folder: Path) -> str:
    """What a role is called: as it is named, and in a collection with the collection's name.

    As in Ansible, the folder above it in a collection is a part only of a short one.
    """
    collection = collection_of(folder)
    own = written if re.fullmatch(r"\w+\.\w+", written) else folder.name
    return f"{collection}.{own}" if collection else written


# What they are made of ------------------------------------------------------------------------


def entry(role: Path, part: Part, name: str | None = None) -> Path | None:
    """The file that is read first: `main`, or what `tasks_from` and its like name."""
    return next(_entries(role / part, name, is_folder=False), None)


def files_of(role: Path, part: Part, name: str | None = None) -> list[Path]:
    """The files of a part: one; of defaults and variables also all of a folder."""
    found = next(_entries(role / part, name, is_folder=part in ("defaults", "vars")), None)
    if found is None:
        return []
    return list(files_in(found)) if found.is_dir() else [found]


def argument_specs_of(role: Path) -> Path | None:
    """The file of a role that holds nothing but specifications of arguments."""
    names = ("argument_specs.yml", "argument_specs.yaml")
    return next((path for name in names if (path := role / "meta" / name).is_file()), None)


def has_part(role: Path, part: Part) -> bool:
    """As in Ansible, a file may be named in vain where the role has no folder for it."""
    return (role / part).is_dir()


def no_such_part(role: Path, part: Part, name: str, place: Place | None) -> Problem:
    """What to say of a file that `tasks_from` or its like name in vain."""
    try:
        there = sorted(path.stem for path in (role / part).iterdir())
    except OSError:
        there = []
    hint = did_you_mean(name, there) or (f"there are: {', '.join(there)}" if there else "")
    # In Ansible's words: scripts look for them.
    message = f"Could not find specified file in role: {part}/{name}"
    if not _is_inside(role / part, name):
        message = (
            f"Failed loading '{role / part / name}' for role ({role.name}) as it is not inside"
            f" the expected role path: '{role / part}'"
        )
    return Problem(place, message, hint, len(name))


def _entries(folder: Path, name: str | None, *, is_folder: bool) -> Iterator[Path]:
    endings = (*_ENDINGS, "") if name is None else ("", *_ENDINGS)
    if name is not None and not _is_inside(folder, name):
        return
    for ending in endings:
        path = folder / f"{name or 'main'}{ending}"
        if path.is_file() or (is_folder and path.is_dir()):
            yield path


def _is_inside(folder: Path, name: str) -> bool:
    """Whether the file lies in the folder, however it is written."""
    whole = folder.absolute()
    return Path(os.path.normpath(whole)) in Path(os.path.normpath(whole / name)).parents


def files_in(folder: Path) -> Iterator[Path]:
    """The files of variables in a folder and those below it, in order."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.is_dir():
            yield from files_in(path)
        elif path.suffix in ("", *_ENDINGS):
            yield path


def vars_files(folder: Path, names: Iterable[object]) -> list[Path]:
    """Where `vars_files` of a play may lie: in `vars/`, unless they say so, or beside it."""
    found: list[Path] = []
    for name in map(str, names):
        own = [] if name.split("/")[0] == "vars" else [folder / "vars" / name]
        found += [*own, folder / name]
    return found


def named_file(
    file: Path, name: str, role: Path | None, base: Path, *, static: bool = False
) -> Path:
    """The file of tasks that another names: of its role, beside it, or beside the playbook."""
    beside, top = file.parent / name, base
    candidates = [beside, base / name]
    if role:
        part = "handlers" if role / "handlers" in file.parents else "tasks"
        top = role / part
        of_role = [role / part / name, role / "tasks" / name, beside, role / name]
        candidates = [*of_role, base / part / name, base / name]
        if static:
            # As in Ansible: an import looks beside its own file first, an include in the role.
            candidates = [beside, *candidates]
    candidates += _without_folders(file.parent, name, top)
    # As in Ansible, `..` leads back also from a folder that is not there.
    plain = (Path(os.path.normpath(path)) for path in candidates)
    return next((path for path in (*candidates, *plain) if path.is_file()), beside)


def _without_folders(folder: Path, name: str, top: Path) -> Iterator[Path]:
    """As in Ansible, also where the file lies as if the folders above its own were not there."""
    if folder.is_relative_to(top):
        parts = folder.relative_to(top).parts
        yield from (top.joinpath(*parts[at:], name) for at in range(len(parts) - 1, 0, -1))
