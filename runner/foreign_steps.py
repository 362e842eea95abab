"""Steps that others have written: what no step may do is told as theirs, with their file."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from .task import Result, TaskError


def watched(module: ModuleType) -> Callable[..., Result]:
    """The module's `run`, which may neither end the program nor give anything but a Result."""

    def run(params: object, ctx: object) -> Result:
        try:
            done: Any = module.run(params, ctx)
        except SystemExit as error:
            raise _bug("ends the program; to fail, raise TaskError", module) from error
        if not isinstance(done, Result):
            raise _bug(f"gives {type(done).__name__} in place of a Result", module)
        return done

    return run


def _bug(what: str, module: ModuleType) -> TaskError:
    where = f"{module.__file__}, in run"
    return TaskError(f"this is a bug in the step, not in the playbook: it {what} ({where})")
