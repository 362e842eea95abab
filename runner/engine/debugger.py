"""The task debugger: a prompt at a step that has failed, or where `debugger` asks for one.

As in Ansible ("Debugging tasks" in its guide) the step's arguments, as they are written, and the
variables of its host can be shown and set, and the step done again. What is typed are expressions
of Jinja's.
"""

from __future__ import annotations

import re
import sys
import threading
from ast import literal_eval
from collections.abc import Mapping
from pprint import pformat
from typing import TYPE_CHECKING, Any

from ..dataclasses import replace
from ..errors import TemplateError
from ..nodes import MapNode, from_data
from ..omit import OMIT
from ..standard_input import read_line
from ..terminal import printable
from . import failure, naming

if TYPE_CHECKING:
    from ..playbook import Inherited
    from .outcome import Outcome
    from .step import StepRun

_SETTING = r"\s*(task\.args|task_vars)\[(.+?)\]\s*=\s*(.+)"
_HELP = """\
p EXPRESSION                 show it: task.args, task_vars['name'], result._result, host
task.args['name'] = VALUE    set an argument
task_vars['name'] = VALUE    set a variable
u, update_task               take back what was done to the arguments
r, redo                      do the step again
c, continue                  go on with the run
q, quit                      end the run
"""


class Debugger:
    """Asks about one host at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def done(self, run: StepRun) -> Outcome:
        """Do the step, and again as often as the user wants it."""
        while True:
            before = run.host.failure
            outcome = run.run()
            if not _asks(run, outcome):
                return outcome
            with self._lock:
                # Another host's answer may have ended the run meanwhile.
                ended = run.batch.run.interrupt.count
                again = None if ended else _Session(run, outcome).talk()
            if again is None:
                return outcome
            run.host.failure = before
            run = again


def _asks(run: StepRun, outcome: Outcome) -> bool:
    settings, failed = run.batch.run.settings, outcome.status == "failed"
    forgiven = outcome.ignored and settings.task_debugger_ignore_errors
    match _wanted(run):
        case "always":
            return True
        case "never":
            return False
        case "on_unreachable" if outcome.unreachable:
            return True
        case "on_skipped" if outcome.status == "skipped":
            return True
        case "on_failed" if failed and not forgiven:
            return True
    return run.batch.debugs and (outcome.unreachable or (failed and not forgiven))


def _wanted(run: StepRun) -> object:
    """What the keyword says; a template that cannot be rendered is warned of, and says nothing."""
    written = run.step.inherited.flags.get("debugger")
    try:
        return run.batch.scope(run.host, run.step.inherited).render(written)
    except TemplateError as error:
        text = f"Error processing keyword 'debugger': {error.problem.message}"
        run.batch.run.warn_once(text, run.step.place)
        return None


class _Session:
    """What is said about a step on a host, until it is clear how to go on."""

    def __init__(self, run: StepRun, outcome: Outcome) -> None:
        self._run = run
        self._title = naming.asked(run.step, run.batch, run.host, handler=run.handler)
        self._result = run.shown(outcome.result, hidden=outcome.hidden)
        self._hidden = outcome.hidden
        self._args = self._written()
        self._vars: dict[str, Any] = {}

    def talk(self) -> StepRun | None:
        """Give the step that is to be done again; None to go on."""
        whole = self._run.batch.run
        whole.bus.flush()
        while True:
            self._say(f"[{self._run.host.name}] {self._title} (debug)> ", end="")
            line = read_line(lambda: whole.interrupt.count)
            word, _, rest = line.strip().partition(" ")
            if word in ("r", "redo"):
                return self._changed()
            if word in ("c", "continue"):
                return None
            if not line or word in ("q", "quit", "EOF"):
                self._say("User interrupted execution")
                if not whole.interrupt.count:  # a Ctrl-C has counted already
                    whole.interrupt.stop()
                return None
            try:
                self._obey(word, rest, line)
            except TemplateError as error:
                self._say(f"***{error.problem.message}")

    def _obey(self, word: str, rest: str, line: str) -> None:
        if setting := re.fullmatch(_SETTING, line.rstrip()):
            where, key, value = setting.groups()
            values = self._args if where == "task.args" else self._vars
            values[str(self._value(key))] = self._typed(value)
        elif word in ("u", "update_task"):
            self._args = self._written()
        elif word in ("p", "pprint", "print"):
            self._show(rest.strip())
        elif word:
            self._say(_HELP, end="")

    def _written(self) -> dict[str, Any]:
        """The arguments by the names that Ansible has for them."""
        step = self._run.step
        return {failure.argument(name, step): value for name, value in step.args.items()}

    def _typed(self, written: str) -> Any:
        """A value; texts with braces are templates, and rendered when the step is done."""
        try:
            value = literal_eval(written.strip())
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return self._value(written)
        return from_data(value, self._run.step.place, [])

    def _value(self, expression: str) -> Any:
        run = self._run
        scope = run.batch.scope(run.host, self._inherited())
        known = {
            "task": {"args": "hidden by no_log" if self._hidden else self._args},
            "task_vars": scope,
            "result": {"_result": self._result},
            "host": run.host.name,
        }
        return scope.templates.evaluate(expression, run.step.place, scope.over(known))

    def _show(self, expression: str) -> None:
        if expression in ("task", ""):
            self._say(self._title)
            return
        value = self._variables() if expression == "task_vars" else self._value(expression)
        plain = dict(value.items()) if isinstance(value, Mapping) else value
        # Laid out, a secret may go over several lines, where nobody would find it.
        shown = self._run.batch.run.secrets.mask_value(plain)
        self._say(str(shown) if expression == "host" else pformat(shown))

    def _variables(self) -> dict[str, Any]:
        """All but those of other hosts; one that has no value says why."""
        shown: dict[str, Any] = {}
        for name in self._run.batch.scope(self._run.host, self._inherited()):
            if name != "hostvars":
                try:
                    shown[name] = self._value(f"task_vars[{name!r}]")
                except TemplateError as error:
                    shown[name] = f"***{error.problem.message}"
        return shown

    def _say(self, text: str, end: str = "\n") -> None:
        run = self._run.batch.run
        # Stdout is for programs then.
        output = sys.stderr if run.settings.output == "json" else sys.stdout
        output.write(printable(run.secrets.mask_text(text)) + end)
        output.flush()

    def _changed(self) -> StepRun:
        run, place = self._run, self._run.step.place
        args, free = MapNode(place), run.step.type.free_form
        for name, value in self._args.items():
            if value is not OMIT:
                known = free if name == "_raw_params" else name
                args.put(known, place, value, place)
        return replace(run, step=replace(run.step, args=args, inherited=self._inherited()))

    def _inherited(self) -> Inherited:
        """What the step inherits, with the variables that were set."""
        run, inherited = self._run, self._run.step.inherited
        if not self._vars:
            return inherited
        return replace(inherited, params=({run.host.name: self._vars}, *inherited.params))
