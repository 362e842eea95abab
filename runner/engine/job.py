"""A process that does one step beside the run; `jobs.py` begins it.

It hands over to a child of its own before the work begins, so that nobody has to wait for it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import params, registry
from ..errors import TaskError
from ..ledger import Ledger
from ..task import Cancellation, Context, Pool
from . import failure, tell
from .jobs import PID, TOO_LONG

_ENDS = (signal.SIGALRM, signal.SIGTERM)
"""Its time is over, or nobody wants it any more."""
_LONGEST_TIDYING = 5


def main() -> None:
    """Read what is to be done, leave word that it has begun, and do it."""
    what = json.load(sys.stdin)
    job = Job(what)
    job.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    job.keep({"started": True, "finished": False, PID: os.getpid()})
    if os.fork() == 0:
        _let_go()
        job.work()
    os._exit(0)


def _let_go() -> None:
    """Whoever reads what this process says must not wait for its end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


class _Stopped(BaseException):
    """No step takes it for a failure of its own: on its way out, programs are killed."""


def _stop(*_: object) -> None:
    # Both may come at once; what hangs while it tidies up is left again, by the clock.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, _LONGEST_TIDYING)
    raise _Stopped


class Job:
    def __init__(self, what: dict[str, Any]) -> None:
        self._what = what
        self.file = Path(what["file"])

    def keep(self, known: dict[str, Any]) -> None:
        """Write down what is known of the job; a reader sees all of it or nothing."""
        descriptor, name = tempfile.mkstemp(prefix=".", dir=self.file.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file, default=str)
        Path(name).replace(self.file)

    def work(self) -> None:
        """Do the step; whatever comes of it is kept."""
        for number in _ENDS:
            signal.signal(number, _stop)
        signal.setitimer(signal.ITIMER_REAL, self._what["seconds"])
        try:
            result = self._done()
        except _Stopped:
            self.keep({"failed": True, "msg": TOO_LONG, "started": True, "finished": True})
            os.killpg(0, signal.SIGKILL)  # Whatever is left of it goes, too.
        else:
            self.keep({**result, "started": True, "finished": True})

    def _done(self) -> Mapping[str, Any]:
        with ExitStack() as stack:
            try:
                run = getattr(self._module, "run_beside", self._module.run)
                result = tell.registered(run(self._params, self._context(stack)))
            except Exception as error:  # noqa: BLE001  # whatever a plugin does is told
                result = failure.result(error)
            signal.setitimer(signal.ITIMER_REAL, 0)
        return result

    @cached_property
    def _module(self) -> ModuleType:
        name = self._what["module"]
        if name.startswith((registry.PLUGINS, registry.PROGRAM)):
            return registry.module_at(Path(self._what["module_file"]))
        return importlib.import_module(name)

    @property
    def _params(self) -> object:
        return params.build(self._module.Params, self._what["args"])

    def _context(self, stack: ExitStack) -> Context:
        what = self._what
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="opsplay-", ignore_cleanup_errors=True)
            )
        )
        pool, ledger = Pool(), _Ledger(Path(what["state"]))
        stack.callback(ledger.close)
        stack.callback(pool.close)
        return Context(
            host=what["host"],
            check=what["check"],
            diff=what["diff"],
            playbook_dir=Path(what["playbook_dir"]),
            search_path=tuple(map(Path, what["search_path"])),
            environment=what["environment"],
            strict_texts=what["strict_texts"],
            usual_shell=lambda: str(what["shell"]),
            templar=_NoTemplates(),
            cancellation=Cancellation(),
            pool=pool,
            ledger=ledger,
            once=what["once"],
            in_doubt=what["in_doubt"],
            is_beside=True,
            exit_stack=stack,
            temp_dir=lambda: folder,
            on_progress=tell.nobody,
            on_line=tell.nobody,
        )


class _Ledger(Ledger):
    """When the run is resumed, another job may ask, and this one be at work or have been killed."""

    jot = Ledger.put


class _NoTemplates:
    """The variables stay with the run."""

    def render(self, value: object) -> object:
        return value

    def over(self, _: Mapping[str, object]) -> _NoTemplates:
        return self

    def evaluate(self, expression: str) -> object:
        msg = f"a step with async cannot evaluate {expression}"
        raise TaskError(msg)

    def evaluate_in_part(self, expression: str, _: Callable[[str, str], object]) -> object:
        return self.evaluate(expression)

    def expressed(self, written: str) -> object:
        return written

    def holds(self, claim: object) -> bool:
        msg = f"a step with async cannot tell whether {claim}"
        raise TaskError(msg)

    def render_file(self, path: Path, *_: object, **__: object) -> str:
        msg = f"a step with async cannot render {path}"
        raise TaskError(msg)


if __name__ == "__main__":
    main()
