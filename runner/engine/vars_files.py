"""What `vars_files` of a play give its hosts: as in Ansible, as facts and files are by then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..dataclasses import dataclass, replace
from ..errors import ExitCode, NotDefined, PlaybookError
from ..roles import put_over, vars_files
from ..template_text import Template
from .variable_files import changed_at

if TYPE_CHECKING:
    from ..variables import Layer
    from .batch import Batch
    from .hosts import HostState

_UNKNOWN = "an undefined variable was found when attempting to template the vars_files item"


@dataclass(frozen=True, eq=False, repr=False)
class _Read:
    """What was read for a host, and what it leans on."""

    learned: int
    stamps: Mapping[Path, int]
    layer: Layer

    def holds(self, host: HostState) -> bool:
        return self.learned == host.learned and all(
            stamp == changed_at(path) for path, stamp in self.stamps.items()
        )


class VarsFiles:
    """The files of a batch; later files win."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._known: dict[str, _Read] = {}

    def of(self, host: HostState) -> Layer:
        """Those of a host; they are looked up again when its facts or the files have changed."""
        known = self._known.get(host.name)
        if known is None or not known.holds(host):
            known = self._known[host.name] = self._read(host)
        return known.layer

    def _read(self, host: HostState) -> _Read:
        layer: dict[str, object] = {}
        stamps: dict[Path, int] = {}
        for written in self._batch.play.vars_files:
            paths = self._paths(written, host, layer)
            stamps |= {path: changed_at(path) for path in paths}
            there = [path for path in paths if stamps[path]]
            if there:
                deep = self._batch.run.templates.merges_hashes
                put_over(layer, self._batch.run.variables_of(there[0]), deep=deep)
            elif paths and isinstance(written, Template):
                self._batch.run.warn_once(f"vars_files: there is no file {paths[-1]}")
        return _Read(host.learned, stamps, layer)

    def _paths(self, written: object, host: HostState, layer: Layer) -> list[Path]:
        """Of a list the first that is there is meant; nothing is if a name is unknown.

        Raises PlaybookError for such a name once the host's facts could have given it.
        """
        try:
            rendered = self._batch.before_steps(host, layer).render(written)
        except NotDefined as error:
            # In Ansible's words: scripts look for them.
            why = error.problem.message
            if host.facts.get("module_setup"):
                problem = replace(error.problem, message=f"{_UNKNOWN}: {why}")
                raise PlaybookError([replace(problem, status=ExitCode.ERROR)]) from error
            text = f"skipping vars_files item due to an undefined variable: {why}"
            self._batch.run.warn_once(text, error.problem.place)
            return []
        names = rendered if isinstance(rendered, list) else [rendered]
        return vars_files(self._batch.play.folder, names)
