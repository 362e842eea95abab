"""The lines that tell how a step ended on a host: one in Ansible's form, and what belongs below."""

from __future__ import annotations

from collections.abc import Iterator

from ..events import ItemFinished, StepFinished, TaskStarted
from ..terminal import Paint, one_line, truncate
from .amounts import duration
from .diff import unified
from .outline import indented
from .result import details, message, output

_WORTH_TELLING = 0.1
_LONGEST_LABEL = 160

_WORDS = {"ok": "ok", "changed": "changed", "skipped": "skipping"}
_STYLES = {
    "ok": "green",
    "changed": "yellow",
    "skipped": "cyan",
    "failed": "red",
    "unreachable": "alarm",
}
_HANDLED = "cyan"
# Their file is told of by an event of its own.
_INCLUDES = frozenset({"include_tasks", "include_role"})


class Outcomes:
    """Puts the end of a step, or of one item of its loop, into words."""

    def __init__(self, paint: Paint, verbosity: int) -> None:
        self._paint = paint
        self._verbosity = verbosity

    def item(self, event: ItemFinished, task: TaskStarted | None, *, live: bool) -> str:
        """The end of one item of a loop."""
        label = truncate(one_line(event.label), _LONGEST_LABEL)
        host = f"[{one_line(event.host)}]"
        if event.status in _WORDS:
            head = f"{_WORDS[event.status]}: {host} => (item={label})"
        else:
            head = f"{'ignored' if event.ignored else 'failed'}: {host} (item={label})"
        return self._lines(self._outcome(event, head, task, live=live))

    def step(self, event: StepFinished, task: TaskStarted | None, *, live: bool) -> str:
        """The end of a step on a host."""
        if event.status in _WORDS:
            return self._lines(self._success(event, task, live=live))
        return self._lines(self._failure(event, task, live=live))

    @staticmethod
    def _lines(parts: Iterator[str]) -> str:
        return "".join(f"{part}\n" for part in parts if part)

    def _success(
        self, event: StepFinished, task: TaskStarted | None, *, live: bool
    ) -> Iterator[str]:
        head = f"{_WORDS[event.status]}: [{one_line(event.host)}]"
        if event.item_count is None or event.status == "skipped":
            if event.status != "ok" or not task or task.step not in _INCLUDES:
                yield from self._outcome(event, head, task, live=live)
        elif aside := self._time(event):  # the items have been told of
            items = "1 item" if event.item_count == 1 else f"{event.item_count:,} items"
            yield f"{self._paint(head, _STYLES[event.status])} => {items}{aside}"

    def _failure(
        self, event: StepFinished, task: TaskStarted | None, *, live: bool
    ) -> Iterator[str]:
        host, what = f"[{one_line(event.host)}]", event.status.upper()
        if handler := _handler(event):
            yield from self._outcome(event, f"{handler[0]}: {host}: {what}", task, live=live)
            yield self._paint(f"...{handler[1]}", _HANDLED)
        else:
            yield from self._outcome(event, f"fatal: {host}: {what}!", task, live=live)
            yield (
                self._paint(f"    at {one_line(task.place)}", "dim") if task and task.place else ""
            )

    def _outcome(
        self, event: ItemFinished | StepFinished, head: str, task: TaskStarted | None, *, live: bool
    ) -> Iterator[str]:
        failed = event.status not in _WORDS
        loud = failed and not _handler(event)
        style = _HANDLED if failed and not loud else _STYLES[event.status]
        step = task.step if task else ""
        said = message(event.result, step=step)
        aside = self._time(event) if isinstance(event, StepFinished) else ""
        yield self._headline(self._paint(head, style), said, aside, style if loud else "")
        if failed:
            yield output(event.result, whole=self._verbosity > 0)
        if self._verbosity:
            yield details(event.result, step=step, output=not failed and not live)
        if diff := event.result.get("diff"):
            yield unified(diff, self._paint)

    def _headline(self, head: str, said: str, aside: str, style: str) -> str:
        """A message of several lines goes below, but a failure's begins beside, to be found."""
        if "\n" not in said:
            return (f"{head} => {self._paint(said, style)}" if said else head) + aside
        first, rest = said.split("\n", 1) if style else ("", said)
        beside = f" {self._paint(first, style)}" if first else ""
        return f"{head} =>{beside}{aside}\n{self._paint(indented(rest), style)}"

    def _time(self, event: StepFinished) -> str:
        if event.seconds < _WORTH_TELLING and not self._verbosity:
            return ""
        return self._paint(f" ({duration(event.seconds)})", "dim")


def _handler(event: ItemFinished | StepFinished) -> tuple[str, str] | None:
    if event.ignored:
        return "ignored", "ignoring"
    return ("rescued", "rescuing") if isinstance(event, StepFinished) and event.rescued else None
