"""What the tests of a step need: a Context in a folder of its own.

A test of one's own step looks like this:

    def test_a_greeting_is_written(tmp_path: Path) -> None:
        ctx = make_context(tmp_path, variables={"name": "Li"}, check=True)
        assert greet.run(greet.Params(dest="hello.txt"), ctx).changed
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from .dataclasses import replace
from .engine.tell import StepTemplar
from .errors import Place
from .ledger import Ledger
from .task import Cancellation, Context, Pool
from .template import Templates
from .variables import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def make_context(
    folder: Path, *, variables: Mapping[str, object] | None = None, **overrides: object
) -> Context:
    """Make the Context of a playbook that lies in `folder`; `overrides` are fields of Context."""
    scope = Scope(Templates(), (variables or {},))
    ledger, exit_stack = Ledger(folder / ".opsplay-state"), ExitStack()
    exit_stack.callback(ledger.close)
    context = Context(
        host="localhost",
        is_registered=True,
        playbook_dir=folder,
        search_path=(folder,),
        environment={},
        templar=StepTemplar(scope, (folder,), folder, Place(str(folder / "test.yml"), 1, 1)),
        cancellation=Cancellation(),
        pool=Pool(),
        ledger=ledger,
        exit_stack=exit_stack,
        temp_dir=lambda: _private_folder(folder / ".opsplay"),
        on_progress=_tell_nobody,
        on_line=_tell_nobody,
    )
    return replace(context, **overrides)  # type: ignore[arg-type]  # the caller's business


def _private_folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _tell_nobody(*_: object) -> None:
    pass
