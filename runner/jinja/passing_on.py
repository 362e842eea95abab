"""What is not defined passes through filters, tests and calls: only whoever uses it fails.

So `{{ name | upper | default('nobody') }}` has its default, as in Ansible. Filters that read all of
a list or a mapping give nothing that is defined if a part is not. What a filter or a test fails at
passes on likewise, without a default: `{% set x = 1 | from_json %}` is no error until x is used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import wraps
from itertools import chain
from typing import Any, TypeAlias

from ..catalogue import bare_function
from .undefined import Failed, Missing, MissingError

Function = Callable[..., Any]

_DEFINED = frozenset(("d", "default", "defined", "mandatory", "undefined"))
"""Filters and tests that ask whether something is defined; what has failed is neither."""
_ASKING = _DEFINED | {"ternary", "type_debug", "vault_encrypted"}
"""Filters and tests that are given what is not defined; `ternary` may choose something else."""

_MISSING = frozenset((Missing, Failed))
"""To look a type up takes less time than `isinstance`, and every filter does for each argument."""

_Kinds: TypeAlias = tuple[type[Collection[Any]], ...]

_SEQUENCES: _Kinds = (list, tuple)
_MAPPINGS: _Kinds = (dict,)
_READ_BY: Mapping[str, _Kinds] = {
    **dict.fromkeys(("batch", "combinations", "list", "permutations", "product"), _SEQUENCES),
    **dict.fromkeys(("reverse", "slice", "zip", "zip_longest"), _SEQUENCES),
    **dict.fromkeys(("combine", "dict2items", "dictsort", "items"), _MAPPINGS),
}
"""Filters that read every part of what they are given, if it is one of these."""


class PassingOn(Mapping[str, Function]):
    """Filters or tests; what they are given that is not defined is what they give."""

    def __init__(
        self, functions: Mapping[str, Function], finish: Callable[[Any], Any] | None = None
    ) -> None:
        """`finish` is what becomes of what one gives."""
        self._functions = functions
        self._finish = finish
        self._wrapped: dict[str, Function] = {}

    def __getitem__(self, name: str) -> Function:
        function = self._functions[name]
        # A role may bring another one of the same name.
        known = self._wrapped.get(name)
        if known is None or known.__wrapped__ is not function:  # type: ignore[attr-defined]
            known = self._wrapped[name] = _passing_on(function, self._finish, bare_function(name))
        return known

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._functions

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)


def _passing_on(function: Function, finish: Callable[[Any], Any] | None, name: str) -> Function:
    # Plugins may say it of themselves.
    asks = name in _ASKING or getattr(function, "accept_args_markers", False)
    reads = _READ_BY.get(name)
    asks_if_defined = name in _DEFINED

    @wraps(function)
    def passing_on(*args: Any, **options: Any) -> Any:
        if not asks and (missing := missing_among(args, options)) is not None:
            return missing
        if asks_if_defined and type(args[0]) is Failed:
            return args[0]
        if reads and (missing := missing_part(args, reads)) is not None:
            return missing
        try:
            given = function(*args, **options)
            return finish(given) if finish else given
        except MissingError as error:
            return error.missing
        except Exception as error:  # noqa: BLE001  # whoever uses it raises it
            return Failed(error)

    return passing_on


def missing_among(args: Iterable[Any], options: Mapping[str, Any]) -> Missing | None:
    """The first argument that is not defined."""
    for each in chain(args, options.values()) if options else args:
        if type(each) in _MISSING:
            return each  # type: ignore[no-any-return]  # as its type says
    return None


def missing_part(values: Iterable[Any], kinds: _Kinds = _MAPPINGS) -> Missing | None:
    """The first part that is not defined of those values that are of these kinds."""
    for value in values:
        if isinstance(value, kinds):
            parts: Iterable[Any] = value.values() if isinstance(value, dict) else value
            for part in parts:
                if type(part) in _MISSING:
                    return part  # type: ignore[no-any-return]  # as its type says
    return None
