"""What a step may say and ask while it is at work, and how its result is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dataclasses import dataclass, field, replace
from ..errors import NotDefined, Place, Problem, TaskError, VaultError
from ..events import LineLogged, Progressed
from ..playbook import Condition
from ..read_texts import place_of
from ..task import Diff, Result
from ..template_text import Template, has_marks
from . import conditions
from .hosts import GATHERED

if TYPE_CHECKING:
    from ..variables import Scope
    from ..vault.opening import Vault
    from .run import Run

_SECONDS_BETWEEN = 0.1


class Progress:
    """Hands on how far a transfer is, at most ten times a second, and its end."""

    __slots__ = ("_due", "_host", "_run", "_task")

    def __init__(self, run: Run, task: int, host: str) -> None:
        self._run = run
        self._task = task
        self._host = host
        self._due = 0.0

    def __call__(self, what: str, done: int, total: int | None, unit: str) -> None:
        now = time.monotonic()
        if now < self._due and done != total:
            return
        self._due = now + _SECONDS_BETWEEN
        place = {"task": self._task, "host": self._host}
        self._run.send(Progressed, what=what, done=done, total=total, unit=unit, **place)


class Lines:
    """Hands on a line of what is going on."""

    __slots__ = ("_host", "_run", "_task")

    def __init__(self, run: Run, task: int, host: str) -> None:
        self._run = run
        self._task = task
        self._host = host

    def __call__(self, text: str) -> None:
        self._run.send(LineLogged, task=self._task, host=self._host, text=text)


def nobody(*_: object) -> None:
    """Hear what no_log hides."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StepTemplar:
    """Renders with the variables of one step; see task.Templar."""

    scope: Scope
    folders: tuple[Path, ...]
    playbook_dir: Path
    place: Place
    expressions: Mapping[str, Place] = field(default_factory=dict)
    """Where the step's own expressions stand."""

    def render(self, value: object) -> object:
        return self.scope.render(value)

    def over(self, variables: Mapping[str, object]) -> StepTemplar:
        return replace(self, scope=self.scope.over(variables))

    def evaluate(self, expression: str) -> object:
        return self.scope.templates.evaluate(expression, self._place(expression), self.scope)

    def evaluate_in_part(self, expression: str, missing: Callable[[str, str], object]) -> object:
        def told(problem: Problem) -> object:
            return missing(problem.message, problem.hint)

        place, scope = self._place(expression), self.scope
        try:
            return scope.templates.evaluate_in_part(expression, place, scope, told)
        except NotDefined as error:
            return told(error.problem)

    def expressed(self, written: str) -> object:
        return conditions.expressed(written, self._place(written), self.scope)

    def holds(self, claim: object) -> bool:
        return conditions.holds(Condition(claim, self._place(claim)), self.scope)

    def _place(self, expression: object) -> Place:
        written = str(expression)
        return self.expressions.get(written) or place_of(written) or self.place

    def render_file(
        self,
        path: Path,
        extra: Mapping[str, object],
        options: Mapping[str, object] | None = None,
        *,
        beside_first: bool = False,
    ) -> object:
        from ..jinja.template_file import about, managed

        text = self._text(path)
        places = dict.fromkeys((*self.folders, self.playbook_dir))
        folders = [str(folder / part) for folder in places for part in ("templates", "")]
        folders.insert(0 if beside_first else len(folders), str(path.parent))
        known = {**about(path), **extra}
        if "ansible_managed" not in known and "ansible_managed" not in self.scope:
            said = managed(self.scope.templates.managed, known)
            known["ansible_managed"] = Template(said, self.place) if has_marks(said) else said
        scope = self.scope.over(known)
        return self.scope.templates.render_file(path, text, folders, scope, options)

    def _text(self, path: Path) -> str:
        vault = self.scope.templates.vault
        try:
            opened = unvaulted(path, vault)
            if opened is None:
                return path.read_bytes().decode("utf-8", "surrogateescape")
            text = opened.decode()
        except (OSError, UnicodeError) as error:
            msg = f"the template {path} cannot be read: {error}"
            raise TaskError(msg) from error
        vault.hide_all(text.splitlines())
        return text


def unvaulted(path: Path, vault: Vault) -> bytes | None:
    """What an encrypted file holds; None of any other. Raises TaskError."""
    try:
        return vault.unvault(path)
    except VaultError as error:
        raise TaskError(str(error)) from error


def registered(result: Result) -> dict[str, Any]:
    """A result as `register` keeps it."""
    kept: dict[str, Any] = {"changed": result.changed, "failed": False, **result.data}
    if result.msg:
        kept["msg"] = result.msg
    if result.skipped:
        kept["skipped"] = True
    if result.warnings:
        kept["warnings"] = list(result.warnings)
    if result.diff:
        kept["diff"] = _diff(result.diff)
    if result.facts:
        facts = result.facts.items()
        kept["ansible_facts"] = {name: value for name, value in facts if name != GATHERED}
    return kept


def _diff(diffs: Sequence[Diff]) -> dict[str, Any] | list[dict[str, Any]]:
    """As Ansible has it: texts in a list, facts of a file alone; what is new has no old name."""
    told = [_told(each) for each in diffs]
    return told[0] if len(told) == 1 and _is_alone(diffs[0]) else told


def _told(diff: Diff) -> dict[str, Any]:
    headers = {"before_header": diff.before_header, "after_header": diff.after_header}
    named = {name: header for name, header in headers.items() if header}
    return {"before": diff.before, "after": diff.after, **named}


def _is_alone(diff: Diff) -> bool:
    return diff.alone or isinstance(diff.before, Mapping)
