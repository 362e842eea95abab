"""Filters, tests and lookups of users, in the shapes that Ansible's have.

`filter_plugins/`, `test_plugins/` and `lookup_plugins/` lie beside a playbook or in a role. A file
of filters has a class FilterModule with `filters()`, one of tests TestModule with `tests()`, and a
lookup is a file of its name with LookupModule. What they raise becomes words, with file and line.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .catalogue import complain
from .errors import FilterError, LookupFailed, OpsplayError, PlaybookError, Problem
from .plugin_files import files_in, import_file, in_words, place_of

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


class Plugins:
    """All plugins of a session; a role's are added when the role is found."""

    def __init__(self, folders: Iterable[Path] = (), **more: Sequence[str]) -> None:
        """`folders` hold a folder of each kind; `more` are folders of one kind, by its name."""
        self._found: dict[Kind, dict[str, Function]] = {kind: {} for kind in _CLASSES}
        self._seen: set[tuple[Kind, Path]] = set()
        for kind in _CLASSES:
            for own in more.get(kind, ()):
                self._add(kind, Path(own))
        for folder in folders:
            self.add(folder)

    def add(self, folder: Path) -> None:
        """Take the plugins of a playbook or a role; raises PlaybookError for what is none."""
        for kind in _CLASSES:
            self._add(kind, folder / f"{kind}_plugins")

    def over(self, kind: Kind, others: Mapping[str, Function]) -> Mapping[str, Function]:
        """The plugins and, where a name is not among them, the others."""
        return ChainMap(self._found[kind], others)  # type: ignore[arg-type]  # read only

    def _add(self, kind: Kind, folder: Path) -> None:
        if (kind, folder) in self._seen:
            return
        self._seen.add((kind, folder))
        for path in files_in(folder):
            for name, function in _functions(kind, path):
                self._found[kind].setdefault(name, function)
                self._found[kind].setdefault(f"ansible.legacy.{name}", function)


def _functions(kind: Kind, path: Path) -> Iterator[tuple[str, Function]]:
    if kind == "lookup":
        yield path.stem, _lookup(path)
        return
    made = _made(kind, path)
    try:
        named = dict(made()) if made else {}
    except Exception as error:  # a plugin may fail in any way
        raise _unusable(kind, path, error) from error
    for name, function in named.items():
        yield str(name), _guarded(kind, str(name), function, path)


def _made(kind: Kind, path: Path) -> Function | None:
    """The method of the plugin's class; None for a file that only serves others."""
    cls = getattr(_module(kind, path), _CLASSES[kind][0], None)
    return getattr(cls(), _CLASSES[kind][1], None) if cls else None


def _module(kind: Kind, path: Path) -> ModuleType:
    from . import ansible_names

    ansible_names.provide()
    try:
        return import_file(path, f"opsplay_{kind}_plugins")
    except Exception as error:  # a plugin may fail in any way when it is imported
        raise _unusable(kind, path, error) from error


def _unusable(kind: Kind, path: Path, error: Exception) -> PlaybookError:
    message = f"this {kind} plugin cannot be used: {in_words(error)}"
    return PlaybookError([Problem(place_of(error, str(path)), message)])


def _lookup(path: Path) -> Function:
    """A lookup as the engine calls it; its file is imported when it is first used."""

    def run(
        terms: list[Any], variables: Mapping[str, Any], *, context: LookupContext, **options: Any
    ) -> Any:
        from .ansible_lookups import Loader, Templar

        module = _module("lookup", path)
        plugin = module.LookupModule(loader=Loader(context), templar=Templar(context, variables))
        # Our stand-in asks for these; a plugin that is no LookupBase does not mind.
        plugin._documentation = getattr(module, "DOCUMENTATION", "")  # noqa: SLF001
        plugin._name = path.stem  # noqa: SLF001
        return plugin.run(terms, variables=variables, **options)

    return _guarded("lookup", path.stem, run, path)


def _guarded(kind: Kind, name: str, function: Function, path: Path) -> Function:
    failure = LookupFailed if kind == "lookup" else FilterError

    @wraps(function)
    def guarded(*args: Any, **options: Any) -> Any:
        for value in (*args, *options.values()):
            complain(value)
        try:
            return function(*args, **options)
        except OpsplayError:
            raise
        except Exception as error:
            place = place_of(error, str(path))
            head = "" if kind == "lookup" else f"The {kind} plugin '{name}' failed: "
            raise failure(f"{head}{_said(error)} ({place})") from error

    return guarded


def _said(error: Exception) -> str:
    """The words of an error that was meant for people; of another, its kind too."""
    from .ansible_base import AnsibleError

    return str(error) if isinstance(error, AnsibleError) else in_words(error)
