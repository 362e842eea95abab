"""What steps find wrong with texts in their arguments before they run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import Problem, TaskError
from ..params import checks_written, record

if TYPE_CHECKING:
    from ..nodes import MapNode
    from ..registry import TaskType


def faults(step: TaskType, args: MapNode) -> Iterator[Problem]:
    """What is wrong with arguments beyond what their schema can tell."""
    taken = record(step.params)
    for find_fault, name, text, place in checks_written(taken, "", args, args.place):
        try:
            find_fault(name, text)
        except TaskError as error:
            yield Problem(place, error.msg, str(error.data.get("hint", "")), len(text))
