"""What the tests of a step need: a Context in a folder of its own.

A test of one's own step looks like this:

    def test_a_greeting_is_written(tmp_path: Path) -> None:
        ctx = make_context(tmp_path, variables={"name": "Li"}, check=True)
        assert greet.run(greet.Params(dest="hello.txt"), ctx).changed
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .task import Cancellation, Context, Pool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jinja2 import Environment


def make_context(
    folder: Path, *, variables: Mapping[str, object] | None = None, **overrides: object
) -> Context:
    """Make the Context of a playbook that lies in `folder`; `overrides` are fields of Context."""
    context = Context(
        host="localhost",
        playbook_dir=folder,
        search_path=(folder,),
        environment={},
        templar=PlainTemplar(variables or {}),
        cancellation=Cancellation(),
        pool=Pool(),
        exit_stack=ExitStack(),
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


@dataclass(frozen=True)
class PlainTemplar:
    """Jinja2 over a dict of variables; every text given to `render` is data and stays as it is."""

    variables: Mapping[str, object] = field(default_factory=dict)

    def render(self, value: object) -> object:
        return value

    def evaluate(self, expression: str) -> object:
        compiled = self._environment().compile_expression(expression, undefined_to_none=False)
        return compiled(**self.variables)

    def render_file(self, path: Path, extra: Mapping[str, object]) -> str:
        template = self._environment().from_string(path.read_text("utf-8"))
        return template.render({**self.variables, **extra})

    def _environment(self) -> Environment:
        from jinja2 import Environment, StrictUndefined

        return Environment(  # noqa: S701  # what is rendered is text, not HTML
            trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
        )
