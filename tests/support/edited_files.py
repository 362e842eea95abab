"""A file, and a step that edits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsplay.runner import params
from opsplay.runner.dataclasses import replace

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from opsplay.runner.task import Context, Result


class EditedFile:
    """Edited by a step with the arguments that are given."""

    def __init__(self, step: ModuleType, path: Path, ctx: Context) -> None:
        self._step, self.path, self.ctx = step, path, ctx

    def edit(self, **arguments: Any) -> Result:
        given = params.build(self._step.Params, {"path": str(self.path), **arguments})
        result: Result = self._step.run(given, self.ctx)
        return result

    def after(self, text: str, **arguments: Any) -> str:
        """Give the text that the step makes of one; doing it again must change nothing."""
        self.path.write_bytes(text.encode())
        first = self.edit(**arguments)
        edited = self.path.read_bytes().decode()
        assert first.changed == (text != edited)
        assert not self.edit(**arguments).changed
        return edited

    def in_check_mode(self) -> EditedFile:
        return EditedFile(self._step, self.path, replace(self.ctx, check=True, diff=True))
