"""What lookup plugins in Ansible's form inherit from and are given: LookupBase and its loader."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from ..omit import OMIT
from ..template_text import has_marks
from .base import AnsibleError, AnsibleValueOmittedError, Folder
from .plugin import AnsiblePlugin
from .utils import is_identifier, is_trusted_as_template

if TYPE_CHECKING:
    from ..lookups import LookupContext
    from ..task import Templar as RunTemplar


class Loader(Folder):
    """What a lookup asks of the place it stands at."""

    def __init__(self, context: LookupContext) -> None:
        super().__init__(context.playbook_dir)
        self.context = context


class Templar:
    """What a lookup asks of the templates; what came while the run goes on is none."""

    def __init__(
        self, loader: Loader | None = None, variables: Mapping[str, Any] | None = None
    ) -> None:
        self._loader = loader
        self.available_variables = variables or {}

    def copy_with_new_env(
        self, *, available_variables: Mapping[str, Any] | None = None, **_: object
    ) -> Templar:
        given = self.available_variables if available_variables is None else available_variables
        return Templar(self._loader, given)

    def template(self, variable: object, **_: object) -> Any:
        found = self._over({}).render(variable)
        if found is OMIT:
            raise AnsibleValueOmittedError("A template was resolved to an Omit scalar.")
        return found

    def evaluate_expression(
        self, expression: str, *, local_variables: Mapping[str, Any] | None = None, **_: object
    ) -> Any:
        _check_trust(expression)
        return self._over(local_variables or {}).evaluate(expression)

    def evaluate_conditional(self, conditional: str | bool) -> bool:  # noqa: FBT001  # as Ansible's
        _check_trust(conditional)
        return self._over({}).holds(conditional)

    def resolve_variable_expression(
        self, expression: str, *, local_variables: Mapping[str, Any] | None = None
    ) -> Any:
        """The value at `x.y[1]`, which may come from anywhere: it can do nothing."""
        for part in re.split(r"[.\[\]]", expression):
            if not (is_identifier(part) or re.fullmatch("[0-9]*", part)):
                raise AnsibleError(f"Invalid variable expression: {expression}")
        return self._over(local_variables or {}).evaluate(expression)

    def is_template(self, data: object) -> bool:
        return is_trusted_as_template(data) and has_marks(str(data))

    def _over(self, local: Mapping[str, Any]) -> RunTemplar:
        if self._loader is None:
            raise AnsibleError("templates cannot be rendered without the loader of a lookup")
        known = {**self.available_variables, **local} if local else self.available_variables
        return self._loader.context.templar.over(known)


def _check_trust(expression: object) -> None:
    """What came while the run goes on is data, and no expression."""
    if isinstance(expression, str) and not is_trusted_as_template(expression):
        raise AnsibleError("Encountered untrusted template or expression.")


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
    """All lookups that there are, for plugins that ask another one."""

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
