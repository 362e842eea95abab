"""The lines that tell how a step ended on a host: one in Ansible's form, and what belongs below."""

from __future__ import annotations

from ..events import (
    INCLUDES,
    FailurePlaced,
    ItemFinished,
    JobWatched,
    RunSteered,
    StepFinished,
    StepRetried,
    TaskStarted,
)
from ..terminal import Paint, one_line, truncate
from . import ansible_result
from .amounts import duration
from .diff import Limits, unified
from .outline import indented
from .result import details, message, output, traceback

_WORTH_TELLING = 0.1
_LONGEST_LABEL = 160

_WORDS = {"ok": "ok", "changed": "changed", "skipped": "skipping"}
_STYLES = {
    "ok": "green",
    "changed": "yellow",
    "skipped": "cyan",
    "failed": "red",
    "unreachable": "bright red",
}
# A failure that somebody handles alarms nobody.
_CALM = "cyan"


class Outcomes:
    """Puts the end of a step, or of an item of its loop, into words.

    `live` tells that its lines were shown while it ran. `for_scripts`: what they look for in a log
    is told as by Ansible, and that is what came of a step, and what `debug` and `assert` say.
    """

    for_people = True

    def __init__(
        self, paint: Paint, verbosity: int, limits: Limits, *, for_scripts: bool = False
    ) -> None:
        """`limits` are those of diffs."""
        self._for_scripts = for_scripts
        self._paint = paint
        self._limits = limits
        self._verbosity = verbosity

    def item(self, event: ItemFinished, task: TaskStarted | None, *, live: bool) -> str:
        """The end of one item."""
        if event.status == "ok" and task and task.step in INCLUDES:
            return ""
        host = _where(event)
        item = f"(item={truncate(one_line(event.label), _LONGEST_LABEL)})"
        if event.status in _WORDS:
            head = f"{_WORDS[event.status]}: {host} => {item}"
        else:
            word = "ignored" if event.ignored and not self._for_scripts else "failed"
            head = f"{word}: {host} {item}"
        return self._told(event, head, task, live=live)

    def step(self, event: StepFinished, task: TaskStarted | None, *, live: bool) -> str:
        """The end of a step on a host."""
        if event.status not in _WORDS:
            return self._failure(event, task, live=live)
        head = f"{_WORDS[event.status]}: {_where(event)}"
        if event.item_count is not None and event.status != "skipped":
            return self._loop(event, head, event.item_count)
        if event.status == "ok" and task and task.step in INCLUDES:
            return ""
        return self._told(event, head, task, live=live)

    def retried(self, event: StepRetried, task: TaskStarted | None) -> str:  # noqa: ARG002
        """Why another attempt follows."""
        why = str(event.result.get("msg") or "") if self._verbosity else ""
        return f" => {one_line(why)}" if why else ""

    def place(self, place: str) -> str:
        """Where a task is written."""
        return place

    def ignoring(self, event: StepFinished) -> str:  # noqa: ARG002
        """Nothing: a failure has been told with what becomes of it."""
        return ""

    def watched(self, event: JobWatched) -> str:  # noqa: ARG002
        """Nothing: who waits need not see how often a job is looked after."""
        return ""

    def placed(self, event: FailurePlaced) -> None:
        """What a failure says has its place in it."""

    def steered(self, event: RunSteered) -> str:
        """A step of `meta`, if it was not wanted."""
        if not event.skipped:
            return ""
        why = f" => {one_line(event.text)}" if self._verbosity else ""
        return self._paint(f"skipping: [{one_line(event.host)}]{why}", _STYLES["skipped"]) + "\n"

    def _loop(self, event: StepFinished, head: str, count: int) -> str:
        """Of a loop the items have been told; what is left is how long it took."""
        aside = self._time(event)
        items = "1 item" if count == 1 else f"{count:,} items"
        return f"{self._paint(head, _STYLES[event.status])} => {items}{aside}\n" if aside else ""

    def _failure(self, event: StepFinished, task: TaskStarted | None, *, live: bool) -> str:
        host, what = _where(event), event.status.upper()
        if event.ignored or event.rescued:
            word, ending = ("ignored", "ignoring") if event.ignored else ("rescued", "rescuing")
            head = f"fatal: {host}: {what}!" if self._for_scripts else f"{word}: {host}: {what}"
            told = self._told(event, head, task, live=live)
            return told + self._paint(f"...{ending}", _CALM) + "\n"
        told = self._told(event, f"fatal: {host}: {what}!", task, live=live)
        place = f"    at {one_line(task.place)}" if task and task.place else ""
        return told + (self._paint(place, "dim") + "\n" if place else "")

    def _told(
        self, event: ItemFinished | StepFinished, head: str, task: TaskStarted | None, *, live: bool
    ) -> str:
        failed = event.status not in _WORDS
        calm = failed and _is_calm(event)
        style = _CALM if calm else _STYLES[event.status]
        step = task.step if task else ""
        if self._for_scripts and not failed and (shown := ansible_result.told(event, step)):
            return self._paint(f"{head} => {shown}", style) + "\n"
        said = "" if event.quiet else message(event.result, step=step)
        loud = style if failed and not calm else ""
        parts = [self._headline(self._paint(head, style), said, self._aside(event), loud)]
        if failed:
            parts.append(output(event.result, whole=self._verbosity > 0))
            parts.append(traceback(event.result))
        if self._verbosity:
            parts.append(details(event.result, step=step, output=not failed and not live))
        if diff := event.result.get("diff"):
            parts.append(unified(diff, self._paint, self._limits))
        return "".join(f"{part}\n" for part in parts if part)

    def _headline(self, head: str, said: str, aside: str, style: str) -> str:
        """A message of several lines goes below, but a failure's begins beside, to be found."""
        if "\n" not in said:
            return (f"{head} => {self._paint(said, style)}" if said else head) + aside
        first, rest = said.split("\n", 1) if style else ("", said)
        beside = f" {self._paint(first, style)}" if first else ""
        return f"{head} =>{beside}{aside}\n{self._paint(indented(rest), style)}"

    def _aside(self, event: ItemFinished | StepFinished) -> str:
        if event.before:
            return self._paint(" (done before)", "dim")
        return self._time(event) if isinstance(event, StepFinished) else ""

    def _time(self, event: StepFinished) -> str:
        if event.seconds < _WORTH_TELLING and not self._verbosity:
            return ""
        return self._paint(f" ({duration(event.seconds)})", "dim")


def _is_calm(event: ItemFinished | StepFinished) -> bool:
    """Whether a failure is none of those that count."""
    return event.ignored or (isinstance(event, StepFinished) and event.rescued)


def _where(event: ItemFinished | StepFinished) -> str:
    """The host, and the one that the step was delegated to."""
    on = f" -> {event.delegated_to}" if event.delegated_to else ""
    return f"[{one_line(event.host + on)}]"
