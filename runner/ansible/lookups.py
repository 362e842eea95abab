"""What lookup plugins in Ansible's form inherit from and are given: LookupBase and its loader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from .base import AnsibleError, Folder
from .plugin import AnsiblePlugin

if TYPE_CHECKING:
    from ..lookups import LookupContext


class Loader(Folder):
    """What a lookup asks of the place it stands at."""

    def __init__(self, context: LookupContext) -> None:
        super().__init__(context.playbook_dir)
        self.context = context


class Templar:
    """What a lookup asks of the templates; what came while the run goes on is none."""

    def __init__(self, context: LookupContext, variables: Mapping[str, Any]) -> None:
        self.available_variables = variables
        self._templar = context.templar

    def template(self, variable: object, **_: object) -> Any:
        return self._templar.render(variable)


class LookupBase(AnsiblePlugin):
    """What lookups inherit from."""

    _kind = "lookup"

    def __init__(
        self, loader: Loader | None = None, templar: Templar | None = None, **_: object
    ) -> None:
        super().__init__()
        self._loader = loader
        self._templar = templar

    def find_file_in_search_path(
        self,
        myvars: object,  # noqa: ARG002
        subdir: str,
        needle: str,
        ignore_missing: bool = False,  # noqa: FBT001, FBT002  # as Ansible's
    ) -> str | None:
        path = next(filter(os.path.exists, self._context.candidates(needle, subdir)), None)
        if path is None and not ignore_missing:
            self._display.warning(f"Unable to find {needle!r} in expected paths")
        return str(path) if path else None

    def get_basedir(self, variables: Mapping[str, Any]) -> str:
        return str(variables.get("role_path") or self._context.playbook_dir)

    @staticmethod
    def _flatten(terms: Iterable[Any]) -> list[Any]:
        return [item for term in terms for item in (term if isinstance(term, list) else [term])]

    @staticmethod
    def _combine(one: Iterable[Any], other: Iterable[Any]) -> list[list[Any]]:
        return [LookupBase._flatten(pair) for pair in product(one, other)]

    @property
    def _context(self) -> LookupContext:
        if self._loader is None:
            raise AnsibleError("a lookup without its loader finds no files")
        return self._loader.context


class Others:
    """The lookups of the language, for plugins that ask another one."""

    def get(self, name: str, loader: Loader | None = None, **_: object) -> Other | None:
        context = loader.context if loader else None
        return Other(name, context) if context and context.knows(name) else None


class Other:
    """A lookup that a plugin asks."""

    def __init__(self, name: str, context: LookupContext) -> None:
        self._name = name
        self._context = context

    def run(
        self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **options: Any
    ) -> list[Any]:
        return self._context.ask(self._name, terms, variables or {}, options)
