"""Loops: what is looped over, and the variables and the label of each item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..catalogue import bare_function, complain_inside
from ..dataclasses import replace
from ..errors import LookupFailed, NotDefined, Place, Problem, TemplateError
from ..nodes import leaves
from ..omit import OMIT
from ..template_text import Template
from ..type_names import type_debug
from . import conditions

if TYPE_CHECKING:
    from ..playbook import Loop
    from ..variables import Scope
    from .run import Run

T = TypeVar("T")

_SPARING = frozenset({"first_found", "nested", "subelements"})
"""Lookups that may leave out what is not defined."""

_EDITED = (
    "this loop goes over the list that it had when the run began, and what has been changed there"
    " since is not done; change the line that the step begins with, and all of it is done anew"
)
# In Ansible's words.
CENSORED = "(censored due to no_log)"
"""The label of an item that is hidden."""


def items(loop: Loop, scope: Scope) -> Sequence[Any]:
    """The items; raises TemplateError when it is no list."""
    try:
        return _items(loop, scope)
    except NotDefined:
        raise
    except TemplateError as error:
        raise TemplateError(error.problem, purpose="") from error


def tell_if_edited(run: Run, loop: Loop, items: Sequence[Any]) -> None:
    """Somebody may have changed a list that a run was halfway through when it ended."""
    written = loop.items
    if loop.lookup or not isinstance(written, list) or written == items:
        return
    if not any(isinstance(each, Template) for each in leaves(written)):
        run.warn_once(_EDITED, loop.place)


def _items(loop: Loop, scope: Scope) -> Sequence[Any]:
    if loop.lookup:
        terms = _given(_terms(loop, scope), loop)
        return _found(loop, terms if isinstance(terms, list) else [terms], scope)
    rendered = _given(scope.render(loop.items), loop)
    if isinstance(rendered, list):
        return rendered
    hint = "write: {{ … | dict2items }}" if isinstance(rendered, dict) else ""
    what = f"The `loop` value must resolve to a 'list', not {type_debug(rendered)!r}."
    raise TemplateError(Problem(loop.place, what, hint))


def _terms(loop: Loop, scope: Scope) -> Any:
    """Some may be not defined where the lookup can do without them, but not all of them."""
    if bare_function(str(loop.lookup)) not in _SPARING:
        return scope.render(loop.items)
    from ..jinja.undefined import Missing

    terms = scope.lenient(loop.items)
    return scope.render(loop.items) if isinstance(terms, Missing) else terms


def _given(value: Any, loop: Loop) -> Any:
    """What is looped over cannot be left out."""
    if value is OMIT:
        raise TemplateError(Problem(loop.place, "A template was resolved to an Omit scalar."))
    return value


def _found(loop: Loop, terms: list[Any], scope: Scope) -> list[Any]:
    from ..jinja.undefined import MissingError

    try:
        found = scope.looking_in(loop.subfolder).query(str(loop.lookup), *terms)
        # Lookups may give what is not defined, for `default`, which no item has.
        complain_inside(found)
    except LookupFailed as error:
        raise TemplateError(Problem(loop.place, str(error))) from error
    except MissingError as error:
        scope.render(loop.items)  # it knows the very place, if the terms are at fault
        raise NotDefined(Problem(loop.place, str(error))) from error
    return [list(item) if isinstance(item, tuple) else item for item in found]


def named(loop: Loop, scope: Scope) -> Loop:
    """The loop with the names of its variables, which may be templates."""
    index = loop.index_var
    if not isinstance(loop.loop_var, Template) and not isinstance(index, Template):
        return loop
    name = _name("loop_var", loop.loop_var, scope)
    if not name.isidentifier():
        problem = Problem(loop.place, f"Invalid variable name {name!r}.")
        raise TemplateError(problem, purpose="")
    return replace(loop, loop_var=name, index_var=index and _name("index_var", index, scope))


def _name(keyword: str, written: object, scope: Scope) -> str:
    return str(_rendered(keyword, written, scope))


def _rendered(keyword: str, written: object, scope: Scope) -> Any:
    try:
        return scope.render(written)
    except TemplateError as error:
        purpose = f"Error processing keyword {keyword!r}: "
        raise TemplateError(error.problem, purpose=purpose) from error


def names(loop: Loop) -> list[str]:
    """The variables that an item may have."""
    index = [loop.index_var, "ansible_index_var"] if loop.index_var else []
    return [loop.loop_var, "ansible_loop_var", *index, "ansible_loop"]


def variables(loop: Loop, items: Sequence[Any], scope: Scope) -> Iterator[dict[str, Any]]:
    """The variables of each item in turn."""
    if not items:
        return
    flag, place = conditions.flag, loop.place
    extended = _keyword("extended", loop.extended, flag, scope, place)
    everything = _keyword("extended_allitems", loop.extended_allitems, flag, scope, place)
    for index, item in enumerate(items):
        layer: dict[str, Any] = {loop.loop_var: item, "ansible_loop_var": loop.loop_var}
        if loop.index_var:
            layer.update({loop.index_var: index, "ansible_index_var": loop.index_var})
        if extended:
            layer["ansible_loop"] = _extended(items, index, everything=everything)
        yield layer


def _extended(items: Sequence[Any], index: int, *, everything: bool) -> dict[str, Any]:
    length = len(items)
    facts: dict[str, Any] = {
        "index": index + 1,
        "index0": index,
        "revindex": length - index,
        "revindex0": length - index - 1,
        "first": index == 0,
        "last": index == length - 1,
        "length": length,
    }
    if everything:
        facts["allitems"] = items
    if index > 0:
        facts["previtem"] = items[index - 1]
    if index < length - 1:
        facts["nextitem"] = items[index + 1]
    return facts


def label(loop: Loop, scope: Scope) -> str:
    """How an item is shown."""
    return str(shown(loop, scope))


def shown(loop: Loop, scope: Scope) -> object:
    """What is shown of an item."""
    if loop.label in (None, ""):
        return scope[loop.loop_var]
    try:
        return scope.render(loop.label)
    except TemplateError as error:
        return f"({error.problem.message})"


def is_over(loop: Loop, scope: Scope) -> bool:
    """Whether the item was the last one; no item is at fault if nobody can tell, as in Ansible."""
    try:
        return conditions.all_hold(loop.break_when, scope)
    except TemplateError as error:
        raise TemplateError(error.problem, error.purpose.removeprefix("Task failed: ")) from error


def pause(loop: Loop, scope: Scope) -> float:
    """The seconds between two items: as in Ansible, none has a say in it."""
    return _keyword("pause", loop.pause, conditions.number, scope, loop.place)


def _keyword(
    name: str,
    written: object,
    convert: Callable[[str, object, Place], T],
    scope: Scope,
    place: Place,
) -> T:
    """What is wrong with it is told without `Task failed`, as in Ansible."""
    value = _rendered(name, written, scope)
    try:
        return convert(name, 0 if value in (None, OMIT) else value, place)
    except TemplateError as error:
        raise TemplateError(error.problem, purpose="") from error
