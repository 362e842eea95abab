"""Conditions that come to the same whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import TemplateError
from ..nodes import MapNode, SeqNode
from .reading import Text
from .rule import Finding, Removal, Rule

if TYPE_CHECKING:
    from ..errors import Place
    from .program import Program


def _find(program: Program) -> Iterator[Finding]:
    for raw in program.nodes:
        for value, place in _conditions(raw):
            came_to = _constant(value, place, program)
            if came_to is not None:
                yield _told(raw, value, place, came_to=came_to)


def _told(raw: MapNode, value: object, place: Place, *, came_to: bool) -> Finding:
    word = str(came_to).lower()
    is_whole = not isinstance(raw["when"], SeqNode)
    hint = "leave it out" if came_to else "leave the task out, or comment it out"
    width = len(value) if isinstance(value, str) else len(word)
    fix = Removal("when", raw.key_places["when"]) if came_to and is_whole else None
    return Finding(place, f"this condition is always {word}", hint, width, fix)


def _conditions(raw: MapNode) -> Iterator[tuple[object, Place]]:
    value = raw.get("when")
    if isinstance(value, SeqNode):
        yield from zip(value, value.places, strict=True)
    elif "when" in raw:
        yield value, raw.value_places["when"]


def _constant(value: object, place: Place, program: Program) -> bool | None:
    """What the condition comes to, if no variable has a say."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _is_constant(Text(value, place, bare=True), program):
        return None
    try:
        came_to = program.session.templates.evaluate(value, place, {})
    except TemplateError:
        return None
    return came_to if isinstance(came_to, bool) else None


def _is_constant(text: Text, program: Program) -> bool:
    from ..jinja import TemplateSyntaxError, all_of, nodes

    names = program.reader.names(text)
    if names.needed or names.probed:
        return False
    try:
        tree = program.session.templates.parsed(text.text, bare=True)
    except TemplateSyntaxError:
        return False
    # A filter, a test or a function may look at the world.
    parts: tuple[Any, ...] = (nodes.Name, nodes.Call, nodes.Filter, nodes.Test)
    return next(all_of(tree, *parts), None) is None


CONSTANT = Rule(
    name="constant-condition",
    summary="A `when` is always true or always false: no variable has a say in it.",
    find=_find,
    fix="takes `when` out, if it is true and all there is",
)
