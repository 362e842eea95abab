"""What Ansible prints above a failure: what has failed, and the lines of the playbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..events import INCLUDES, FailurePlaced, ItemFinished, StepFinished, TaskStarted
from ..terminal import one_line, printable
from .result import traceback

# What Ansible does itself, and what it says at once why it cannot.
_ACTIONS = frozenset(
    {
        *("assert", "debug", "fail", "group_by", "include_tasks", "include_vars", "raw"),
        *("script", "set_fact", "set_stats", "validate_argument_spec"),
    }
)
_AT_ONCE = frozenset({"add_host", "pause", "script", "template"})
_OUT_OF_REACH = frozenset({"timedout", "unreachable"})
_OF_JUDGEMENT = frozenset({"changed_when_result", "failed_when_result"})
_LONGEST = 119
"""Characters of a line with its number."""


class AnsibleErrors:
    """Each is told once: of the same task and in the same words, never again."""

    def __init__(self) -> None:
        self._sources: dict[int, Sequence[str]] = {}
        self._said: set[str] = set()

    def see(self, event: FailurePlaced) -> None:
        """Keep the lines for the failure that follows."""
        self._sources[event.task] = event.source

    def told(self, event: ItemFinished | StepFinished, task: TaskStarted, path: str) -> str:
        """The failure in words, with the task in its place; `path` is that with the line."""
        if task.step in INCLUDES and "reason" in event.result:
            return ""
        *_, line, column = task.place.split(":")
        # A secret may be a number, and is covered here, too.
        known = line.isdecimal() and column.isdecimal()
        source = self._sources.get(event.task, ()) if known else ()
        lines = _numbered(source, int(line), int(column)) if source else []
        what = printable(_what(event.result, task.step))
        if error := traceback(event.result):
            lines += ["", error]
        text = "\n".join([f"[ERROR]: {what}", f"Origin: {one_line(path)}:{column}", *lines])
        if text in self._said:
            return ""
        self._said.add(text)
        return text


def _what(result: Mapping[str, Any], step: str) -> str:
    msg = str(result.get("msg", ""))
    if msg.startswith("Task failed"):
        return msg
    if _is_told_at_once(result, step):
        return f"Task failed: {msg}"
    if "changed" not in result:
        # The loop did not even begin.
        return msg
    judged = not _OF_JUDGEMENT.isdisjoint(result) and not result.get("rc")
    unread = "module_stdout" in result
    action = step in _ACTIONS or judged or unread
    who = "Action" if action else "Module"
    return f"Task failed: {who} failed: {msg}" if msg.strip() else f"Task failed: {who} failed."


def _is_told_at_once(result: Mapping[str, Any], step: str) -> bool:
    """Nothing has been done; arguments were wrong (`origin`), or nobody could do it."""
    if not _OUT_OF_REACH.isdisjoint(result):
        return True
    refused = step in _AT_ONCE or (step in _ACTIONS and "origin" in result)
    return refused and (_OF_JUDGEMENT | {"rc"}).isdisjoint(result)


def _numbered(lines: Sequence[str], last: int, column: int) -> list[str]:
    """The lines with their numbers, and a mark below the column of the last."""
    if not lines:
        return []
    width, first = len(str(last)), last + 1 - len(lines)
    longest = _LONGEST - width
    shown = [
        f"{number:>{width}}{' ' if line else ''}{_cut(one_line(line.expandtabs(1)), longest)}"
        for number, line in enumerate(lines, first)
    ]
    return ["", *shown, f"{' ' * (width + column)}^ column {column}"]


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 3] + "..."
