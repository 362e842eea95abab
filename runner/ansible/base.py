"""What plugins in Ansible's form are given: errors, texts, folders, hosts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..hearer import HEARER
from ..kinds.plain import FALSE, TRUE


class AnsibleError(Exception):
    """The root of the errors that plugins raise for people."""

    def __init__(
        self,
        message: object = "",
        *_: object,
        orig_exc: BaseException | None = None,
        **__: object,
    ) -> None:
        self.message = str(message)
        if orig_exc:
            self.__cause__ = orig_exc
        super().__init__(self.message)


# Texts and values -----------------------------------------------------------------------------


def to_text(
    value: object,
    encoding: str = "utf-8",
    errors: str | None = None,
    nonstring: str = "simplerepr",
) -> Any:
    if isinstance(value, bytes):
        return value.decode(encoding, _handler(errors))
    return _of_no_text(value, nonstring)


def to_bytes(
    value: object,
    encoding: str = "utf-8",
    errors: str | None = None,
    nonstring: str = "simplerepr",
) -> Any:
    found = value if isinstance(value, bytes) else _of_no_text(value, nonstring)
    return found.encode(encoding, _handler(errors)) if isinstance(found, str) else found


def _of_no_text(value: object, nonstring: str) -> Any:
    """What becomes of a value that may be no text; `passthru` leaves it as it is."""
    if isinstance(value, str) or nonstring == "simplerepr":
        return str(value)
    if nonstring == "strict":
        raise TypeError("obj must be a string type")
    return "" if nonstring == "empty" else value


def _handler(errors: str | None) -> str:
    known = ("strict", "ignore", "replace", "surrogateescape")
    return errors if errors in known else "surrogateescape"


def boolean(value: object, strict: bool = True) -> bool:  # noqa: FBT001, FBT002  # as Ansible's
    word = str(value).strip().lower()
    if strict and word not in (*TRUE, *FALSE):
        raise TypeError(f"{value!r} is no boolean")
    return word in TRUE


def is_sequence(value: object, include_strings: bool = False) -> bool:  # noqa: FBT001, FBT002  # as Ansible's
    return isinstance(value, Sequence) and (include_strings or not isinstance(value, str | bytes))


def is_iterable(value: object, include_strings: bool = False) -> bool:  # noqa: FBT001, FBT002  # as Ansible's
    return isinstance(value, Iterable) and (include_strings or not isinstance(value, str | bytes))


class Display:
    """Plugins may talk: their warnings are heard, what else they say goes nowhere."""

    verbosity = 0
    columns = 79

    def warning(self, msg: object, *_: object, **__: object) -> None:
        HEARER.warn(str(msg))

    system_warning = warning

    def deprecated(
        self,
        msg: object,
        version: str | None = None,
        removed: bool = False,  # noqa: FBT001, FBT002  # as Ansible's
        date: object = None,
        collection_name: str | None = None,
        **_: object,
    ) -> None:
        if removed:
            raise AnsibleError(f"[DEPRECATED]: {msg}")
        whose = {"resolved_name": collection_name}
        HEARER.deprecate({"msg": msg, "version": version, "date": date, "deprecator": whose})

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_, **__: None


class AnsibleValueOmittedError(AnsibleError):
    """A template came to `omit`."""


def get_first_marker_arg(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> object:
    """Tell the first that is not defined of what a plugin is given."""
    from ..jinja.passing_on import missing_among

    return missing_among(args, kwargs)


def accept_args_markers(plugin: Callable[..., Any]) -> Callable[..., Any]:
    """Let a plugin be given what is not defined."""
    plugin.accept_args_markers = True  # type: ignore[attr-defined]  # as Ansible marks it
    return plugin


class Folder:
    """What a plugin asks of the folder it works for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get_basedir(self) -> str:
        return str(self._path)

    def path_dwim(self, given: str) -> str:
        return str(self._path / Path(given).expanduser())

    def path_dwim_relative_stack(self, paths: Sequence[str], dirname: str, source: str) -> str:
        """The first of these that there is, looked for in the folder of this name first."""
        around = [*map(Path, paths), self._path]
        folders = [path / part for path in around for part in (dirname, "")]
        found = next((folder / source for folder in folders if (folder / source).exists()), None)
        if found is None:
            raise AnsibleError(f"Could not find or access '{source}' on the Ansible Controller.")
        return str(found)

    def path_exists(self, path: str) -> bool:
        return Path(path).exists()

    def load_from_file(self, path: str, **_: object) -> Any:
        """What a file of YAML or JSON says, as data."""
        return self.load(Path(path).read_bytes())

    def load(self, data: str | bytes, *_: object, **__: object) -> Any:
        """What a text of YAML or JSON says, as data."""
        import yaml

        return yaml.safe_load(data)

    def get_text_file_contents(self, path: str, encoding: str | None = None) -> str:
        return Path(path).read_text(encoding or "utf-8")

    is_file = staticmethod(os.path.isfile)
    is_directory = staticmethod(os.path.isdir)
    list_directory = staticmethod(os.listdir)

    def _get_file_contents(self, path: str) -> tuple[bytes, bool]:
        """The bytes of a file, and whether they may be shown."""
        return Path(path).read_bytes(), True


# Variables ------------------------------------------------------------------------------------


def combine_vars(
    low: Mapping[Any, Any],
    high: Mapping[Any, Any],
    merge: bool | None = None,  # noqa: FBT001  # as Ansible has it
    list_merge: str = "replace",
) -> Any:
    """Both mappings; if `merge`, those inside are put together, too."""
    from ..filters.containers import combine

    return combine(low, high, recursive=bool(merge), list_merge=list_merge)


class Entity:
    """A host or a group, for a plugin that gives it variables."""

    def __init__(self, name: str, above: Callable[[], Iterable[Group]] = tuple) -> None:
        """`above` gives all groups that it is in: few plugins ask."""
        self.name = name
        self._above = above

    def get_name(self) -> str:
        return self.name

    def __str__(self) -> str:
        """Its name: so plugins write it into paths and messages."""
        return self.name

    __repr__ = __str__


class Group(Entity):
    """A group."""

    def get_ancestors(self) -> set[Group]:
        return set(self._above())


class Host(Entity):
    """A host: plugins tell it from a group by its class."""

    @property
    def groups(self) -> list[Group]:
        return [*self._above()]

    def get_groups(self) -> list[Group]:
        return self.groups
