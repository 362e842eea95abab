"""What `vars_files` of a play give its hosts: as in Ansible, facts may lead to other files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NotDefined
from ..roles import put_over
from ..template_text import Template

if TYPE_CHECKING:
    from ..variables import Layer
    from .hosts import HostState
    from .run import Batch


class VarsFiles:
    """The files of a batch; those of a host are looked up again when its facts have changed."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._known: dict[str, tuple[int, Layer]] = {}

    def of(self, host: HostState) -> Layer:
        version, layer = self._known.get(host.name, (-1, {}))
        if version != host.learned:
            version = host.learned
            layer, complete = self._read(host)
            if complete:
                self._known[host.name] = version, layer
        return layer

    def _read(self, host: HostState) -> tuple[Layer, bool]:
        """Later files win; and whether all are there, or a step may yet make one."""
        layer: dict[str, object] = {}
        complete = True
        for written in self._batch.play.vars_files:
            path = self._path(written, host, layer)
            if path and path.exists():
                deep = self._batch.run.templates.merges_hashes
                put_over(layer, self._batch.run.variables_of(path), deep=deep)
            elif path:
                complete = False
                if isinstance(written, Template):
                    self._batch.run.warn_once(f"vars_files: there is no file {path}")
        return layer, complete

    def _path(self, written: object, host: HostState, layer: Layer) -> Path | None:
        """Of a list, the first that is there, else its first; nothing if a name is unknown."""
        try:
            rendered = self._batch.before_steps(host, layer).render(written)
        except NotDefined as error:
            # In Ansible's words: scripts look for them.
            why = error.problem.message
            text = f"skipping vars_files item due to an undefined variable: {why}"
            self._batch.run.warn_once(text, error.problem.place)
            return None
        names = rendered if isinstance(rendered, list) else [rendered]
        paths = [self._batch.play.folder / str(name) for name in names]
        return next(filter(Path.exists, paths), paths[0] if paths else None)
