"""Filters, tests and lookups of users, in the shapes that Ansible's have.

`filter_plugins/`, `test_plugins/` and `lookup_plugins/` lie beside a playbook or in a role. A file
of filters has a class FilterModule with `filters()`, one of tests TestModule with `tests()`, and a
lookup is a file of its name with LookupModule. What they raise becomes words, with file and line.
Those of collections lie in `plugins/filter/` and so on, and bear the name of the collection, too.
"""

from __future__ import annotations

import sys
import threading
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .catalogue import complain
from .collection_files import candidates, root_of
from .collection_routing import deprecations, redirected, removed
from .errors import FilterError, LookupFailed, OpsplayError, Place, Problem
from .hearer import HEARER, deprecate
from .plugin_files import files_in, import_file, names_of, place_of

if TYPE_CHECKING:
    from .lookups import LookupContext

Kind: TypeAlias = Literal["filter", "test", "lookup"]
Function: TypeAlias = Callable[..., Any]

_CLASSES: Mapping[Kind, tuple[str, str]] = {
    "filter": ("FilterModule", "filters"),
    "test": ("TestModule", "tests"),
    "lookup": ("LookupModule", "run"),
}
"""The class of a plugin, and the method that is asked."""
_BUILT_IN = ("ansible.builtin.", "ansible.legacy.")


class UnusableError(Exception):
    """A file of plugins that cannot be imported, or does not tell what is in it."""

    def __init__(self, error: Exception, path: Path) -> None:
        super().__init__(error.msg if isinstance(error, SyntaxError) else error)
        self.place = place_of(error, str(path))


class Plugins:
    """All plugins of a session; a role's are added when the role is found."""

    def __init__(
        self,
        folders: Iterable[Path] = (),
        collections: Sequence[Path] = (),
        warn: Callable[[Problem], None] = lambda _: None,
        **more: Sequence[str],
    ) -> None:
        """`folders` hold a folder of each kind; `more` are folders of one kind, by its name.

        As in Ansible, those of `more` give way to those of playbooks, and of roles.
        """
        self._found: dict[Kind, dict[str, Function]] = {kind: {} for kind in _CLASSES}
        self._more: dict[Kind, dict[str, Function]] = {kind: {} for kind in _CLASSES}
        self._of_collections = {kind: OfCollections(kind, collections, warn) for kind in _CLASSES}
        self._seen: set[tuple[Kind, Path]] = set()
        self.owners: dict[Path, None] = {}
        """The folders of the playbooks and roles that were added."""
        self._warn = warn
        for kind in _CLASSES:
            for own in more.get(kind, ()):
                self._add(kind, Path(own), self._more[kind])
        for folder in folders:
            self.add(folder)

    def add(self, folder: Path) -> None:
        """Take the plugins of a playbook or a role; as in Ansible, one that is none is left out."""
        self.owners[folder] = None
        for kind in _CLASSES:
            self._add(kind, folder / f"{kind}_plugins", self._found[kind])

    def over(self, kind: Kind, others: Mapping[str, Function]) -> Mapping[str, Function]:
        """The plugins and, where a name is not among them, the others."""
        own = self._found[kind], self._more[kind]
        self._of_collections[kind].built_in = others
        return ChainMap(*own, others, self._of_collections[kind])  # type: ignore[arg-type]  # read only

    def _add(self, kind: Kind, folder: Path, found: dict[str, Function]) -> None:
        if (kind, folder) in self._seen:
            return
        self._seen.add((kind, folder))
        for path in files_in(folder):
            try:
                named = _functions(kind, path)
            except UnusableError as error:
                told = f"Skipping plugin ({path}), cannot load: {error}"
                self._warn(Problem(error.place, told))
                continue
            for name, function in named.items():
                found.setdefault(name, function)
                found.setdefault(f"ansible.legacy.{name}", function)


class OfCollections(Mapping[str, Function]):
    """The plugins of one kind in all collections; a folder is read when a name leads to it."""

    def __init__(self, kind: Kind, roots: Sequence[Path], warn: Callable[[Problem], None]) -> None:
        self._kind = kind
        self._roots = roots
        self._warn = warn
        self.built_in: Mapping[str, Function] = {}
        """What the language has: a collection may lead there."""
        self._held: dict[str, Function] = {}
        """What the files hold that were read."""
        self._found: dict[str, Function] = {}
        """What was asked for, with all that the collection says of it."""
        self._read: set[Path] = set()
        self._lock = threading.RLock()

    def __getitem__(self, name: str) -> Function:
        if name not in self._found:
            told = deprecations(name, self._roots, self._kind)
            # Another host may be reading the same folder, and has not come to its end.
            with self._lock:
                found = self._sought(name)
            self._found[name] = _deprecated(found, told[0]) if told else found
        return self._found[name]

    def _sought(self, name: str) -> Function:
        if gone := removed(name, self._roots, kind=self._kind):
            return _removed(self._kind, name, gone)
        for place in candidates(name, f"plugins/{self._kind}", self._roots):
            self._take(place, name.rpartition(".")[0])
        target = redirected(name, self._kind, self._roots)
        if name in self._held or target == name:
            return self._held[name]
        return self.built_in[target] if target.startswith(_BUILT_IN) else self[target]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._held, **self._found})

    def __len__(self) -> int:
        return len({**self._held, **self._found})

    def _take(self, place: Path, prefix: str) -> None:
        if place.parent in self._read:
            return
        self._read.add(place.parent)
        for path in files_in(place.parent):
            try:
                for name, function in _functions(self._kind, path, f"{prefix}.").items():
                    self._held.setdefault(name, function)
            except UnusableError as error:
                told = f"Skipping {self._kind} plugins in {prefix}.{path.stem}'"
                told += f"; an error occurred while loading: {error}"
                self._warn(Problem(error.place, told))


def _deprecated(function: Function, told: Mapping[str, Any]) -> Function:
    """The function, which says what is told of it whenever it is used."""

    @wraps(function)
    def telling(*args: Any, **options: Any) -> Any:
        HEARER.deprecate(told)
        return function(*args, **options)

    return telling


def _removed(kind: Kind, name: str, words: str) -> Function:
    """What stands for a plugin that its collection has no more; raises when it is used."""
    failure = LookupFailed if kind == "lookup" else FilterError
    head = "" if kind == "lookup" else f"The {kind} plugin {name!r} failed to load: "

    def gone(*_: Any, **__: Any) -> Any:
        raise failure(f"{head}{words}")

    return gone


def _functions(kind: Kind, path: Path, prefix: str = "") -> dict[str, Function]:
    """What a file holds, by the names under which it is used; raises UnusableError."""
    if kind == "lookup":
        called = [f"{prefix}{path.stem}"] if prefix else names_of(path)
        return {name: _lookup(name, path) for name in called}
    try:
        made = _made(kind, path)
        named = dict(made()) if made else {}
    except Exception as error:  # a plugin may fail in any way
        raise UnusableError(error, path) from error
    names = {f"{prefix}{name}": function for name, function in named.items()}
    return {name: _guarded(kind, name, function, path) for name, function in names.items()}


def _made(kind: Kind, path: Path) -> Function | None:
    """The method of the plugin's class; None for a class that has none."""
    cls = getattr(_module(kind, path), _CLASSES[kind][0])
    return getattr(cls(), _CLASSES[kind][1], None)


def _module(kind: Kind, path: Path) -> ModuleType:
    """Raises whatever the plugin's file raises."""
    from .ansible.names import provide

    provide()
    root = root_of(path)
    if root is None:
        return import_file(path, f"ansible.plugins.{kind}")
    if str(root) not in sys.path:
        sys.path.append(str(root))
    # What it imports may count from where it lies in the collection.
    return import_file(path, ".".join(path.absolute().relative_to(root).parent.parts))


def _lookup(name: str, path: Path) -> Function:
    """A lookup as the engine calls it; its file is imported when it is first used."""

    def run(
        terms: list[Any], variables: Mapping[str, Any], *, context: LookupContext, **options: Any
    ) -> Any:
        from .ansible.base import AnsibleError
        from .ansible.lookups import Loader, Templar

        module = _module("lookup", path)
        # A plugin may copy them, and may write into them for itself.
        own: ChainMap[str, Any] = ChainMap({}, variables)  # type: ignore[arg-type]  # read only
        loader = Loader(context)
        plugin = module.LookupModule(loader=loader, templar=Templar(loader, own))
        # Our stand-in asks for these; a plugin that is no LookupBase does not mind.
        plugin._documentation = getattr(module, "DOCUMENTATION", "")  # noqa: SLF001
        plugin._name = path.stem  # noqa: SLF001
        plugin._load_name = module.__name__ if root_of(path) else name  # noqa: SLF001  # Ansible's name
        plugin.ansible_name = name
        found = plugin.run(terms, variables=own, **options)
        if not isinstance(found, list | tuple):
            raise AnsibleError(f"returned {type(found)} instead of {list}")
        return found

    return _guarded("lookup", name, run, path)


def _guarded(kind: Kind, name: str, function: Function, path: Path) -> Function:
    from .jinja import lasting
    from .jinja.copies import copied

    failure = LookupFailed if kind == "lookup" else FilterError
    takes_missing = getattr(function, "accept_args_markers", False)

    @wraps(function)
    def guarded(*args: Any, **options: Any) -> Any:
        if not takes_missing:
            for value in (*args, *options.values()):
                complain(value)
        # What a plugin changes in a list or a mapping, it changes for itself.
        own = {name: copied(value) for name, value in options.items()}
        try:
            # A generator is consumed here, where its mistakes are told, too.
            given = lasting(function(*map(copied, args), **own))
        except OpsplayError:
            raise
        except Exception as error:
            place = place_of(error, str(path))
            head = "" if kind == "lookup" else f"The {kind} plugin '{name}' failed: "
            raise failure(f"{head}{_said(error, place)}") from error
        return _answer(name, given) if kind == "test" else given

    return guarded


def _answer(test: str, given: object) -> bool:
    if not isinstance(given, bool):
        told = f"The test plugin {test!r} returned a non-boolean result of type {type(given)}. "
        told += "Test plugins must have a boolean result."
        deprecate(told, "2.23")
    return bool(given)


def _said(error: Exception, place: Place) -> str:
    """The words of an error and its place; its kind too, if it was not meant for people."""
    from .ansible.base import AnsibleError

    if isinstance(error, AnsibleError):
        cause = f": {error.__cause__}" if error.__cause__ else ""
        return f"{error}{cause if cause not in str(error) else ''} ({place})"
    words = error.msg if isinstance(error, SyntaxError) else error
    return f"{words} ({type(error).__name__}, {place})"
