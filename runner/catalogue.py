"""Names that lead to plain functions, imported when first asked for.

A function of a theme raises what Python raises; here it becomes words for the user. So a filter or
a lookup is written without a thought of templates, and a playbook pays for those it uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from importlib import import_module
from typing import Any

from . import system_faults
from .errors import OpsplayError, VaultError
from .type_names import in_plain_types

PREFIXES = ("ansible.builtin.", "ansible.legacy.")
_FAILURES = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    VaultError,
    re.error,
)

_HOLDING = (dict, list, tuple)
_PLAIN = (str, int, float, type(None))
"""Of these, long lists hold most; they are passed over without a call."""


def bare_function(name: str) -> str:
    """The name of a filter, test or lookup without the collection that it may be written with."""
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


class Catalogue(Mapping[str, Callable[..., Any]]):
    """The functions of a package, by name; `themes` tells which module holds which names.

    A function whose name Python needs itself ends with an underscore.
    """

    def __init__(
        self,
        kind: str,
        error: type[OpsplayError],
        package: str,
        themes: Mapping[str, str],
        others: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self._parts = (kind, error, package, themes)
        self._kind = kind
        self._error = error
        self._homes = {
            name: f"{package}.{theme}" for theme, names in themes.items() for name in names.split()
        }
        self._others = others or {}
        self._found: dict[str, Callable[..., Any]] = {}

    def over(self, others: Mapping[str, Callable[..., Any]]) -> Catalogue:
        """These functions and, where a name is not among them, the others."""
        return Catalogue(*self._parts, others)

    def __getitem__(self, name: str) -> Callable[..., Any]:
        name = bare_function(name)
        if name not in self._found:
            self._found[name] = self._guarded(name, self._function(name))
        return self._found[name]

    def _function(self, name: str) -> Callable[..., Any]:
        if name not in self._homes:
            return self._others[name]
        module = import_module(self._homes[name])
        return getattr(module, name, None) or getattr(module, name + "_")  # type: ignore[no-any-return]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (
            bare_function(name) in self._homes or bare_function(name) in self._others
        )

    def __iter__(self) -> Iterator[str]:
        return iter({**self._others, **self._homes})

    def __len__(self) -> int:
        return len({**self._others, **self._homes})

    def _guarded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def guarded(*args: Any, **options: Any) -> Any:
            try:
                return function(*args, **options)
            except Exception as error:
                if not _is_failure(error):
                    raise
                for value in (*args, *options.values()):
                    complain_inside(value)
                words = system_faults.told(error) or _words(error)
                raise self._error(in_plain_types(f"{self._head(name)}{words}")) from error

        return guarded

    def _head(self, name: str) -> str:
        """Whoever calls a lookup says so of every failure of it."""
        is_lookup = self._kind == "lookup"
        return "" if is_lookup else f"The {self._kind} plugin '{PREFIXES[0]}{name}' failed: "


def _is_failure(error: Exception) -> bool:
    """Jinja's own filters raise errors of Jinja's; what is not defined says more by itself."""
    from jinja2.exceptions import TemplateRuntimeError, UndefinedError

    known = isinstance(error, (*_FAILURES, TemplateRuntimeError))
    return known and not isinstance(error, UndefinedError)


def _words(error: BaseException) -> object:
    return error.args[0] if isinstance(error, KeyError) else error


def complain(value: object) -> None:
    """Raise the error of Jinja's undefined values: it says more than what came of them."""
    fail = getattr(type(value), "_fail_with_undefined_error", None)
    if fail:
        fail(value)


def complain_of_items(value: object) -> None:
    """The same of the items of lists, too, but not of what stands in mappings."""
    complain(value)
    if isinstance(value, list | tuple):
        for item in value:
            complain_of_items(item)


def complain_inside(value: object) -> None:
    """The same of what a list or a mapping holds, however deep."""
    complain(value)
    if isinstance(value, _HOLDING):
        for part in value.values() if isinstance(value, dict) else value:
            if not isinstance(part, _PLAIN):
                complain_inside(part)
