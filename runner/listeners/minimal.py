"""Nothing but the results, as Ansible's stdout callbacks `minimal` and `oneline` show them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TextIO

from ..events import Event, FailurePlaced, StepFinished, TaskStarted
from ..terminal import Output, Paint, printable
from .ansible_errors import AnsibleErrors
from .ansible_outcome import STYLES, path_of
from .ansible_result import TALKATIVE, kept_of, plain, shown_of
from .diff import unified

# What came out of them is told as a text.
_COMMANDS = frozenset({"command", "raw", "script", "shell"})
_BAD = frozenset({"failed", "unreachable"})
_UNSPREAD = frozenset({"results", "censored"})
# In Ansible's words, which scripts look for.
_FAILED = (
    "An exception occurred during task execution. To see the full traceback, use -vvv."
    " The error was: {}"
)


class Minimal:
    """Writes one result after the other: in YAML, in JSON or, with `one_line`, each on a line."""

    def __init__(
        self,
        stream: TextIO,
        paint: Paint,
        *,
        one_line: bool,
        yaml: bool = False,
        pretty: bool = True,
    ) -> None:
        self._yaml = yaml and not one_line
        self._pretty = pretty
        self._output = Output(stream)
        self._paint = paint
        self._one_line = one_line
        self._tasks: dict[int, TaskStarted] = {}
        self._errors = AnsibleErrors()

    def __call__(self, event: Event) -> None:
        if isinstance(event, TaskStarted):
            self._tasks[event.task] = event
        elif isinstance(event, FailurePlaced):
            self._errors.see(event)
        elif isinstance(event, StepFinished):
            task = self._tasks.get(event.task)
            if not self._one_line:
                self._output.write(self._above(event, task))
            text = printable(self._told(event, task.step if task else ""))
            self._output.write(self._paint(text, STYLES.get(event.status, "red")) + "\n")

    def _above(self, event: StepFinished, task: TaskStarted | None) -> str:
        """What stands above a result: a diff, or a failure in words."""
        if diff := unified(event.result.get("diff") or (), self._paint, sides=True):
            return f"{diff}\n\n"
        if not task or event.status not in _BAD or event.item_count is not None:
            return ""
        error = self._errors.told(event, task, path_of(task.place))
        return self._paint(error, "red") + "\n\n" if error else ""

    def _told(self, event: StepFinished, step: str) -> str:
        """As Ansible has it: one line tells of a command that failed twice, in two forms."""
        host, failed = event.host, event.status in _BAD
        if event.status == "skipped":
            return f"{host} | SKIPPED"
        if event.status == "unreachable" and self._one_line:
            return f"{host} | UNREACHABLE!: {event.result.get('msg', '')}"
        result = shown_of(event) if self._one_line or failed else kept_of(event, step)
        word = event.status.upper() if failed else "CHANGED" if result.get("changed") else "SUCCESS"
        spread = step in TALKATIVE and not event.quiet and _UNSPREAD.isdisjoint(result)
        dumped = f"{host} | {word}{'!' if failed else ''} => {self._dumped(result, spread=spread)}"
        if step in _COMMANDS and not self._is_told_as_json(event, result):
            told = self._of_command(f"{host} | {word} | rc={result.get('rc', -1)}", result)
            return f"{told}\n{dumped}" if failed and self._one_line else told
        error = event.result.get("exception") if failed and self._one_line else None
        return f"{_FAILED.format(error)}\n{dumped}" if error else dumped

    def _is_told_as_json(self, event: StepFinished, result: Mapping[str, Any]) -> bool:
        """Whether there is no output that could be told of a command."""
        if event.status == "unreachable" or "ansible_job_id" in result:
            return True
        return self._one_line and event.status in _BAD and "results" in result

    def _of_command(self, head: str, result: Mapping[str, Any]) -> str:
        out, err = str(result.get("stdout", "")), str(result.get("stderr", ""))
        if not self._one_line:
            return f"{head} >>\n{out}{err}{result.get('msg', '')}"
        told = f"{head} | (stdout) {_joined(out)}"
        return f"{told} (stderr) {_joined(err)}" if err else told

    def _dumped(self, result: Mapping[str, Any], *, spread: bool) -> str:
        if self._yaml:
            from .ansible_yaml import dumped

            return "\n" + dumped(result, pretty=self._pretty)
        indent = 4 if spread or not self._one_line else 0
        text = json.dumps(result, ensure_ascii=False, indent=indent, sort_keys=True, default=plain)
        return text.replace("\n", "") if self._one_line else text


def _joined(text: str) -> str:
    return text.replace("\n", "\\n").replace("\r", "\\r")
