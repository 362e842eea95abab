"""What a person sees of a run: Ansible's shapes, with results in words.

The text depends on the events alone, on no clock and nothing global, so that a run can be shown
again from its journal. Each event is answered with one piece of text, sent off with those of the
events that came with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

from .. import events
from ..events import Event
from ..terminal import Output, Paint, one_line, printable, width
from .amounts import duration
from .live import LiveLines
from .looks import Looks
from .outcome import Outcomes
from .outline import indented
from .progress import ProgressLine
from .recap import custom_stats, is_broken_off, slowest, totals

if TYPE_CHECKING:
    from .ansible_outcome import AnsibleOutcomes

# The slowest tasks, and how long it all took, are told of a run that a person had to wait for.
_LONG_RUN = 5.0
_WORTH_TELLING = 0.1
_CHECK_MODE = " [CHECK MODE]"
_BAD = frozenset({"failed", "unreachable"})


class Console:
    """Writes a run to a stream as it goes on."""

    def __init__(
        self,
        stream: TextIO,
        looks: Looks,
        *,
        aside: TextIO | None = None,
        failures: TextIO | None = None,
    ) -> None:
        """`aside` is for warnings, `failures` for what failed."""
        self._looks = looks
        self._output = Output(stream)
        self._failures = Output(failures) if failures else None
        self._aside = Output(aside) if aside else self._output
        self._paint = Paint(on=looks.colour)
        self._progress = ProgressLine(looks.width, self._paint)
        self._live = LiveLines(
            of_steps=looks.interactive or looks.verbosity > 0, of_servers=looks.verbosity > 0
        )
        self._outcomes = _outcomes(self._paint, looks)
        self._check = False
        self._hosts = 0
        self._tasks: dict[int, events.TaskStarted] = {}
        self._current: object = None
        self._below: dict[str, int] = {}
        self._warnings: set[tuple[str, str]] = set()
        self._times: list[tuple[float, str]] = []

    def __call__(self, event: Event) -> None:
        show = self._SHOWN.get(type(event))
        if show and (text := show(self, event)):
            self._output.put(text)

    def flush(self) -> None:
        """Send off what was written."""
        self._output.flush()

    def _above(self, text: str) -> str:
        """Text that takes the place of the progress line."""
        return self._progress.erase() + text if text else ""

    def _banner(self, text: str) -> str:
        stars = "*" * max(3, self._looks.width - 1 - width(text))
        return self._above(f"\n{text} {stars}\n")

    # The run and its plays ------------------------------------------------------------------

    def _run_started(self, event: events.RunStarted) -> str:
        self._check = event.check
        return self._dry_run()

    def _dry_run(self) -> str:
        return self._banner("DRY RUN") if self._check and self._looks.markers else ""

    def _playbook_started(self, event: events.PlaybookStarted) -> str:
        before = self._recap(event.recap) + "\n" if event.recap else ""
        if self._looks.verbosity < 2:  # noqa: PLR2004  # -vv
            return before
        name = one_line(event.playbook)
        banner = self._banner(f"PLAYBOOK: {name.rpartition('/')[2]}")
        return f"{before}{banner}{event.plays} plays in {name}\n"

    def _recap(self, recap: Mapping[str, events.Recap]) -> str:
        return self._banner("PLAY RECAP") + totals(recap, self._paint)

    def _play_started(self, event: events.PlayStarted) -> str:
        self._hosts = len(event.hosts)
        self._current = None
        marked = self._check and (self._looks.markers or self._outcomes.for_people)
        mode = _CHECK_MODE if marked else ""
        banner = self._banner(f"PLAY [{one_line(event.play)}]{mode}")
        nobody = self._paint("skipping: no hosts matched", "cyan") + "\n"
        return banner if event.hosts else banner + nobody

    def _run_finished(self, event: events.RunFinished) -> str:
        if not self._outcomes.for_people and is_broken_off(event):
            return self._above("\n")
        long = event.seconds >= _LONG_RUN and self._outcomes.for_people
        slow = slowest(self._times) if long else ""
        took = f"\nThe run took {duration(event.seconds)}.\n" if long else ""
        return "".join(
            [
                self._banner("SLOWEST TASKS") + slow if slow else "",
                self._recap(event.recap),
                took or "\n",
                self._custom_stats(event) if self._looks.stats and event.stats else "",
                self._dry_run(),
            ]
        )

    def _custom_stats(self, event: events.RunFinished) -> str:
        return self._banner("CUSTOM STATS:") + custom_stats(
            event.stats, yaml=self._looks.results == "yaml"
        )

    # Tasks ----------------------------------------------------------------------------------

    def _task_started(self, event: events.TaskStarted) -> str:
        self._tasks[event.task] = event
        # Perhaps there is nothing to tell below it.
        return "" if self._looks.untold or event.alone else self._heading(event.task)

    def _heading(self, number: int, host: str = "") -> str:
        """The banner of a task, unless what came last was about the same task."""
        task = self._tasks.get(number)
        if not task:
            return ""
        which = (task.name, task.place, task.handler) if task.alone else number
        # A host that goes alone comes to what stands in a loop again and again.
        if which == self._current and self._below.setdefault(host, number) == number:
            return ""
        self._current, self._below = which, {host: number}
        mode = _CHECK_MODE if task.check and self._looks.markers else ""
        name = f"{task.name or task.step} {task.arguments}".rstrip()
        return self._task_banner(name, task.place, mode, handler=task.handler)

    def _task_banner(self, name: str, place: str, mode: str = "", *, handler: bool) -> str:
        what = "RUNNING HANDLER" if handler else "TASK"
        banner = self._banner(f"{what} [{one_line(name.strip())}]{mode}")
        if self._looks.verbosity > 1 and place:
            path = self._outcomes.place(place)
            return banner + self._paint(f"task path: {one_line(path)}", "dark gray") + "\n"
        return banner

    def _task_finished(self, event: events.TaskFinished) -> str:
        self._tasks.pop(event.task, None)
        if event.seconds >= _WORTH_TELLING:
            self._times.append((event.seconds, event.name))
        return ""

    # Steps ----------------------------------------------------------------------------------

    def _step_started(self, event: events.StepStarted) -> str:
        self._live.begin(event.task, event.host, event.time)
        task = self._tasks.get(event.task)
        if not (task and self._looks.starts):
            return ""
        what = f"{'HANDLER' if task.handler else 'TASK'}: {task.name or task.step}"
        return (
            self._heading(event.task, event.host)
            + self._paint(f" [started {one_line(what)} on {one_line(event.host)}]", "green")
            + "\n"
        )

    def _step_retried(self, event: events.StepRetried) -> str:
        on = f" -> {event.delegated_to}" if event.delegated_to else ""
        where, task = one_line(event.host + on), self._tasks.get(event.task)
        name = one_line(event.name or (task.name or task.step if task else ""))
        text = f"FAILED - RETRYING: [{where}]: {name} ({event.left} retries left)."
        line = self._paint(text, "dark gray") + self._outcomes.retried(event, task)
        # Ansible waits with the banner for the result.
        heading = self._heading(event.task, event.host) if self._outcomes.for_people else ""
        return heading + self._above(line + "\n")

    def _job_watched(self, event: events.JobWatched) -> str:
        return self._outcomes.watched(event)

    def _failure_placed(self, event: events.FailurePlaced) -> str:
        self._outcomes.placed(event)
        return ""

    def _item_finished(self, event: events.ItemFinished) -> str:
        live = self._live.end(event.task, event.host)
        self._live.begin(event.task, event.host, event.time)
        text = self._outcomes.item(event, self._tasks.get(event.task), live=live)
        return self._told(event, self._above(text))

    def _step_finished(self, event: events.StepFinished) -> str:
        live = self._live.end(event.task, event.host)
        done = self._progress.end(event.task, event.host)
        text = self._outcomes.step(event, self._tasks.get(event.task), live=live)
        return done + self._told(event, text) + self._outcomes.ignoring(event)

    def _told(self, event: events.ItemFinished | events.StepFinished, text: str) -> str:
        """The end of a step or an item, below the banner of its task."""
        task = self._tasks.get(event.task)
        if task and task.step in events.INCLUDES and "reason" in event.result:
            self._tell_aside(str(event.result["reason"]))
        if event.status in self._looks.untold:
            # As in Ansible: what is included is told all the same.
            include = event.status == "ok" and task is not None and task.step in events.INCLUDES
            return self._heading(event.task, event.host) if include else ""
        heading = self._heading(event.task, event.host)
        if self._failures and event.status in _BAD:
            self._output.write(heading)
            self._failures.write(text)
            return ""
        return heading + text

    def _tell_aside(self, reason: str) -> None:
        """What an include does not find stands among warnings too, if results are Ansible's."""
        if not self._outcomes.for_people and (reason, "") not in self._warnings:
            self._warnings.add((reason, ""))
            self._aside.write(self._paint(f"[ERROR]: {printable(reason)}", "red") + "\n")

    def _progressed(self, event: events.Progressed) -> str:
        return self._progress.update(event) if self._looks.interactive else ""

    def _line_logged(self, event: events.LineLogged) -> str:
        task = self._tasks.get(event.task)
        if task and task.step == "pause" and not self._outcomes.for_people:
            return f"{one_line(event.text)}\n"
        lines = self._live.add(event)
        host = f"[{one_line(event.host)}] " if self._hosts > 1 else ""
        shown = "".join(f"    {host}| {one_line(line)}\n" for line in lines)
        return self._above(self._paint(shown, "dim"))

    # Asides ---------------------------------------------------------------------------------

    def _file_included(self, event: events.FileIncluded) -> str:
        item = "" if event.item is None else f" => (item={event.item})"
        text = f"included: {event.file} for {', '.join(event.hosts)}{item}"
        return self._above(self._paint(one_line(text), "cyan") + "\n")

    def _notification_kept(self, event: events.NotificationKept) -> str:
        text = one_line(f"Notification for handler {event.name} has been saved.")
        return self._above(self._paint(text, "blue") + "\n") if self._looks.verbosity > 1 else ""

    def _handler_notified(self, event: events.HandlerNotified) -> str:
        text = one_line(f"NOTIFIED HANDLER {event.handler} for {event.host}")
        return self._above(self._paint(text, "blue") + "\n") if self._looks.verbosity > 1 else ""

    def _hosts_gone(self, event: events.HostsGone) -> str:
        # Ansible says so when it notices, and again when it ends the play.
        times = event.ends + (not self._outcomes.for_people)
        return self._banner("NO MORE HOSTS LEFT") * times

    def _retry_file_written(self, event: events.RetryFileWritten) -> str:
        return self._above(f"\tto retry, use: --limit @{one_line(event.file)}\n")

    def _run_steered(self, event: events.RunSteered) -> str:
        word = self._paint(f"META: {one_line(event.text)}", "blue") + "\n"
        told = word if self._looks.verbosity > 1 else ""
        # As in Ansible, a host that goes alone is told of only if the word was not obeyed.
        if event.alone and not event.skipped:
            return self._above(told)
        if self._looks.untold and ("skipped" in self._looks.untold or not event.skipped):
            return self._above(told)
        text = told + self._outcomes.steered(event)
        if not text and self._outcomes.for_people:
            return ""
        self._current = None
        mode = _CHECK_MODE if self._check and self._looks.markers else ""
        return self._task_banner(event.name, event.place, mode, handler=event.handler) + text

    def _warning_given(self, event: events.WarningGiven) -> str:
        if (event.text, event.place) in self._warnings:
            return ""
        self._warnings.add((event.text, event.place))
        # What came before it stands before it.
        self._output.write(self._progress.erase())
        first, *more = printable(event.text).split("\n")
        place = f" ({one_line(event.place)})" if event.place else ""
        mark = "[DEPRECATION WARNING]" if event.deprecation else "[WARNING]"
        text = "\n".join([f"{mark}: {first}{place}", *(indented(line) for line in more)])
        style = "magenta" if event.deprecation else "bright magenta"
        self._aside.write(self._paint(text, style) + "\n")
        return ""

    _SHOWN: ClassVar[Mapping[type[Event], Callable[[Console, Any], str]]] = {
        events.RunStarted: _run_started,
        events.PlaybookStarted: _playbook_started,
        events.PlayStarted: _play_started,
        events.TaskStarted: _task_started,
        events.StepStarted: _step_started,
        events.StepRetried: _step_retried,
        events.JobWatched: _job_watched,
        events.FailurePlaced: _failure_placed,
        events.ItemFinished: _item_finished,
        events.StepFinished: _step_finished,
        events.TaskFinished: _task_finished,
        events.NotificationKept: _notification_kept,
        events.HandlerNotified: _handler_notified,
        events.HostsGone: _hosts_gone,
        events.RetryFileWritten: _retry_file_written,
        events.RunSteered: _run_steered,
        events.FileIncluded: _file_included,
        events.Progressed: _progressed,
        events.LineLogged: _line_logged,
        events.WarningGiven: _warning_given,
        events.RunFinished: _run_finished,
    }


def _outcomes(paint: Paint, looks: Looks) -> Outcomes | AnsibleOutcomes:
    form = looks.results
    if form == "auto" or form == "text":  # noqa: PLR1714  # mypy follows no `in`
        for_scripts = form == "auto" and not looks.interactive
        return Outcomes(paint, looks.verbosity, looks.diffs, for_scripts=for_scripts)
    from .ansible_outcome import AnsibleOutcomes

    return AnsibleOutcomes(
        paint, looks.verbosity, form, looks.diffs, pretty=looks.pretty, paths=looks.paths
    )
