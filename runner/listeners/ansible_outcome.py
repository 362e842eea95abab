"""The same as `outcome`, with results as Ansible prints them: for scripts that read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

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
from ..terminal import Paint, one_line, printable
from .ansible_errors import AnsibleErrors
from .ansible_result import HIDDEN, TALKATIVE, as_json, has_a_say, kept_of, without
from .diff import Limits, unified

Format: TypeAlias = Literal["json", "yaml"]

_WORDS = {"ok": "ok", "changed": "changed", "skipped": "skipping"}
_GOOD = frozenset({"ok", "changed"})
STYLES = {"ok": "green", "changed": "yellow", "skipped": "cyan", "unreachable": "bright red"}
# What puts a whole file in the place of another.
_COPIES = frozenset({"assemble", "copy", "template"})
# What they find out is so much that nobody wants to read it.
_SILENT = frozenset({"setup", "gather_facts"})
# What a failure has that the step itself has come to, and not its arguments.
_OF_STEPS = frozenset({"assertion", "attempts", "changed_when_result", "failed_when_result"})


class AnsibleOutcomes:
    """Puts the end of a step, or of an item of its loop, into Ansible's form."""

    for_people = False

    def __init__(
        self,
        paint: Paint,
        verbosity: int,
        form: Format,
        limits: Limits,
        *,
        pretty: bool | None = None,
        paths: bool = False,
    ) -> None:
        """`pretty`: JSON is indented always, or never; otherwise when it is told in full.

        `paths`: tell where a task is written that failed. `limits` are those of diffs.
        """
        self._paint = paint
        self._limits = limits
        self._verbosity = verbosity
        self._form = form
        self._pretty = pretty
        self._paths = paths
        self._errors = AnsibleErrors()

    def item(self, event: ItemFinished, task: TaskStarted | None, *, live: bool) -> str:  # noqa: ARG002
        """The end of one item."""
        if task and task.step in INCLUDES and (event.status == "ok" or "reason" in event.result):
            return ""
        item = f"(item={event.label})"
        if event.status in _WORDS:
            blank = " " if event.status == "skipped" else ""
            head = f"{_WORDS[event.status]}: {_where(event)} => {item}{blank}"
            return self._told(event, head, task)
        head = f"failed: {_where(event)} {item}"
        return self._error(event, task) + self._told(event, head, task)

    def step(self, event: StepFinished, task: TaskStarted | None, *, live: bool) -> str:  # noqa: ARG002
        """The end of a step on a host; of a loop all items have been told."""
        loop = event.item_count is not None and event.status not in ("skipped", "unreachable")
        if task and task.step == "debug" and event.status == "failed" and has_a_say(event):
            # Ansible forgets that it was a loop, unless it may show nothing.
            loop = False
        if loop or (event.status == "ok" and task and task.step in INCLUDES):
            return ""
        word = _WORDS.get(event.status)
        head = f"{word}: {_where(event)}" if word else f"fatal: {_where(event)}: {_loud(event)}"
        error = "" if word or event.item_count is not None else self._error(event, task)
        above = error + self._path(event, task)
        return above + self._told(event, head, task)

    def ignoring(self, event: StepFinished) -> str:
        """What stands below a failure that is ignored."""
        return self._paint("...ignoring", "cyan") + "\n" if event.ignored else ""

    def placed(self, event: FailurePlaced) -> None:
        """Where a failure has happened that is told next."""
        self._errors.see(event)

    def _error(self, event: ItemFinished | StepFinished, task: TaskStarted | None) -> str:
        text = task and self._errors.told(event, task, path_of(task.place))
        return self._paint(text, "red") + "\n\n" if text else ""

    def _path(self, event: StepFinished, task: TaskStarted | None) -> str:
        """Where a task is written that failed; with -vv it stands below the banner."""
        if not (task and self._paths and event.status == "failed" and self._verbosity <= 1):
            return ""
        return self._paint(f"task path: {one_line(path_of(task.place))}", "dark gray") + "\n"

    def retried(self, event: StepRetried, task: TaskStarted | None) -> str:
        """What came of an attempt, if everything is told."""
        silent = not event.result.keys().isdisjoint(("censored", "skipped"))
        told = task is not None and task.step in TALKATIVE and not silent
        if not told and self._verbosity <= 2:  # noqa: PLR2004  # -vvv
            return ""
        result = {**without(event.result, HIDDEN), "retries": event.attempt + event.left}
        return "Result was: " + self._dumped(result, whole=told)

    def place(self, place: str) -> str:
        return path_of(place)

    def steered(self, event: RunSteered) -> str:
        """A step of `meta`; only one that was not wanted has more than its banner."""
        if not event.skipped:
            return ""
        ends_host = event.word == "end_host"
        msg = event.text.replace("False", "false") if ends_host else event.word
        result = {"msg": msg, "skip_reason": event.text}
        shown = f" => {self._dumped(result, whole=False)}" if self._verbosity else ""
        return self._paint(f"skipping: [{one_line(event.host)}]{shown}", "cyan") + "\n"

    def _told(self, event: ItemFinished | StepFinished, head: str, task: TaskStarted | None) -> str:
        shown = self._shown(event, task.step if task else "")
        line = self._paint(printable(head + shown), STYLES.get(event.status, "red"))
        changes = event.result.get("diff") if event.result.get("changed") else ()
        diff = unified(changes or (), self._paint, self._limits_of(task), sides=True)
        # As in Ansible, a line is left free behind what is not made by the step itself.
        is_prepared = isinstance(changes, Mapping) and "prepared" in changes
        end = "\n" if is_prepared else "\n\n"
        return (f"{diff}{end}" if diff else "") + f"{line}\n"

    def _limits_of(self, task: TaskStarted | None) -> Limits:
        """As in Ansible, the diff of what only edits a file is shown however long that is."""
        is_copied = task is None or task.step in _COPIES
        return self._limits if is_copied else self._limits._replace(largest=sys.maxsize)

    def _shown(self, event: ItemFinished | StepFinished, step: str) -> str:
        """The result, where it is worth a look or somebody asks for it."""
        skipped = event.status == "skipped"
        talkative = step in TALKATIVE and has_a_say(event)
        silent = step in _SILENT and "censored" not in event.result
        asked = self._verbosity and not silent
        if event.status in _WORDS and not asked and (skipped or not talkative):
            return ""
        kept = kept_of(event, step)
        if skipped:
            # Its items have been told.
            kept.pop("results", None)
        whole = talkative and (event.status in _GOOD or not _OF_STEPS.isdisjoint(event.result))
        return " => " + self._dumped(kept, whole=whole)

    def watched(self, event: JobWatched) -> str:
        """How a job is getting on which the run waits for."""
        going = " started=True finished=False" if event.state == "poll" else ""
        text = f"ASYNC {event.state.upper()} on {event.host}: jid={event.job}{going}"
        return self._paint(one_line(text), "dark gray") + "\n"

    def _dumped(self, result: Mapping[str, Any], *, whole: bool) -> str:
        if self._form == "yaml":
            from .ansible_yaml import dumped

            return "\n" + dumped(result, pretty=self._pretty is not False)
        in_full = whole or self._verbosity > 2  # noqa: PLR2004  # -vvv
        indent = 4 if (in_full if self._pretty is None else self._pretty) else None
        return as_json(result, indent)


def path_of(place: str) -> str:
    """Where a task is written: Ansible tells the whole path, and no column."""
    return os.path.normpath(Path(place.rpartition(":")[0]).absolute())


def _loud(event: StepFinished) -> str:
    return f"{event.status.upper()}!"


def _where(event: ItemFinished | StepFinished) -> str:
    told = event.delegated_to and event.status != "skipped"
    on = f" -> {event.delegated_to}" if told else ""
    return f"[{one_line(event.host + on)}]"
