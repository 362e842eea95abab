"""Variables that are known before a run: for the names of what is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from .dataclasses import dataclass, field, replace
from .nodes import MapNode
from .template_text import Template
from .variables import Scope

if TYPE_CHECKING:
    from pathlib import Path

    from .template import Templates

Layer: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Known:
    """The layers, the highest first."""

    magic: Layer = field(default_factory=dict)
    extra: Layer = field(default_factory=dict)
    params: Layer = field(default_factory=dict)
    inner: tuple[Layer, ...] = ()
    """Of tasks and blocks, nearest first."""
    role: Layer = field(default_factory=dict)
    roles: Callable[[], tuple[Layer, Layer]] = lambda: ({}, {})
    """What the roles of a play give: their variables, and their defaults."""
    imported: list[MapNode] = field(default_factory=list)
    """The arguments of each `import_role` so far, as its role is one of the play's from then on."""
    files: Callable[[], Layer] = dict
    """What `vars_files` give."""
    play: Layer = field(default_factory=dict)
    defaults: Layer = field(default_factory=dict)
    public: bool = True
    """Whether what roles define is there for the rest of the play."""
    early: Layer = field(default_factory=dict)
    """What needs no play: `groups`, `ansible_check_mode` …"""

    def under(self, raw: MapNode) -> Known:
        """What is known to the tasks inside `raw`."""
        own = raw.get("vars")
        if not isinstance(own, MapNode) or not own:
            return self
        return replace(self, inner=(cast("Layer", own), *self.inner))

    def given(self, params: Layer) -> Known:
        """What is known where an include gives these."""
        return replace(self, params={**self.params, **params})

    def name(self, written: object, templates: Templates) -> str:
        """A name that may hold templates; raises TemplateError."""
        return str(self.value(written, templates))

    def value(self, written: object, templates: Templates) -> object:
        """What a person wrote, rendered; raises TemplateError."""
        if not isinstance(written, Template):
            return written
        upper = (self.magic, self.early, self.extra, self.params, *self.inner, self.role)
        variables, defaults = self.roles()
        lower = (variables, self.files(), self.play, self.defaults, defaults)
        return Scope(templates, (*upper, *lower)).render(written)

    def in_play(self, raw: MapNode, folder: Path, variables: Layer) -> Known:
        """What is known in a play that lies in a file of this folder."""
        # As in Ansible, its hosts are no name for it yet.
        magic = {"playbook_dir": str(folder), "ansible_play_name": raw.get("name") or ""}
        return replace(self, magic=magic, inner=(), imported=[], play=variables)

    def beside(self, folder: Path) -> Known:
        """What is known where a playbook in this folder imports another."""
        return replace(self, magic={"playbook_dir": str(folder)})
