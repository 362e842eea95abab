"""Tasks that stand behind the end of a play."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..playbook import Block, Node, Step
from ..registry import bare
from .rule import Finding, Rule

if TYPE_CHECKING:
    from .program import Program

_ENDS = ("end_play", "end_batch", "end_host", "end_role")


def _find(program: Program) -> Iterator[Finding]:
    for view in program.plays:
        play = view.play
        yield from _in((*play.pre_tasks, *play.tasks, *play.post_tasks))


def _in(nodes: Sequence[Node]) -> Iterator[Finding]:
    """The first of these nodes that is never reached, and those inside the ones that are."""
    ends: list[Step] = []
    for node in nodes:
        end = next((end for end in ends if _is_passed_over(node, end)), None)
        if end:
            message = f"this is never reached: {_word(end)} in line {end.place.line} comes first"
            yield Finding(node.place, message, "leave it out, or give that meta a condition")
            return
        ends += _ends_in(node)
        if isinstance(node, Block):
            for part in (node.block, node.rescue, node.always):
                yield from _in(part)


def _ends_in(node: Node) -> Iterator[Step]:
    """The words that end what comes after the node, if nothing else decides about them."""
    if isinstance(node, Step):
        if _word(node) and node.loop is None:
            yield node
    elif not node.rescue and not node.loop:
        for inner in node.block:
            yield from _ends_in(inner)


def _word(step: Step) -> str:
    word = str(step.args.get("word"))
    return word if bare(step.type.name) == "meta" and word in _ENDS else ""


def _is_passed_over(node: Node, end: Step) -> bool:
    """Whether whatever runs the node runs the end before it."""
    here, there = node.inherited, end.inherited
    if _word(end) == "end_role" and here.role is not there.role:
        return False
    return here.tags == there.tags and set(there.when) <= set(here.when)


UNREACHABLE = Rule(
    name="unreachable-task",
    summary="A task stands behind a `meta` without a condition that ends the play: `end_play`,"
    " `end_batch`, `end_host`, or in a role `end_role`.",
    find=_find,
)
