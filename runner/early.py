"""What templates may use before the run: in the names of what is imported, and in inventories."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .dataclasses import dataclass
from .errors import Place
from .task import ANSIBLE
from .whole_paths import whole_path

if TYPE_CHECKING:
    from .engine.tags import Selection
    from .inventory import Inventory
    from .lookups import LookupContext
    from .settings import Settings
    from .template import Templates
    from .variables import Scope
    from .vault.opening import Vault


_NUMBERS = zip(("major", "minor", "revision"), map(int, ANSIBLE.split(".")), strict=True)
VERSION = {"full": ANSIBLE, **dict(_NUMBERS), "string": ANSIBLE}


@dataclass(frozen=True, eq=False, repr=False)
class Switches:
    """What the command line says, and the inventory, which is read when somebody asks for it."""

    settings: Settings
    inventory: Callable[[], Inventory]
    check: bool = False


def _tags(switches: Switches) -> Selection:
    from .engine.tags import Selection

    return Selection.of(switches.settings.tags, switches.settings.skip_tags)


def _groups(switches: Switches) -> object:
    groups = switches.inventory().groups
    return {name: list(group.hosts) for name, group in groups.items()}


_MAKERS: Mapping[str, Callable[[Switches], object]] = {
    "groups": _groups,
    "ansible_playbook_python": lambda _: sys.executable,
    "ansible_run_tags": lambda switches: sorted(_tags(switches).only),
    "ansible_skip_tags": lambda switches: sorted(_tags(switches).skip),
    "ansible_check_mode": lambda switches: switches.check,
    "ansible_diff_mode": lambda switches: switches.settings.diff,
    "ansible_forks": lambda switches: switches.settings.forks,
    "ansible_verbosity": lambda switches: switches.settings.verbosity,
    "ansible_version": lambda _: {**VERSION},
}


class Made(Mapping[str, object]):
    """Variables that opsplay sets: asked for by few, each is made of `these` when it is."""

    def __init__(self, makers: Mapping[str, Callable[..., object]], *these: object) -> None:
        self._makers = makers
        self._these = these

    def __getitem__(self, name: str) -> object:
        return self._makers[name](*self._these)

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def magic(switches: Switches) -> Made:
    """Those that need neither a play nor a host."""
    return Made(_MAKERS, switches)


@dataclass(frozen=True, eq=False, repr=False)
class Early:
    """Lookups look beside the playbook in `folder`."""

    templates: Templates
    folder: Path
    vault: Vault
    settings: Settings

    def lookups(self, inventory: Callable[[], Inventory], scope: Scope) -> LookupContext:
        from .engine.tell import StepTemplar
        from .lookups import LookupContext

        folder = whole_path(self.folder)
        return LookupContext(
            playbook_dir=folder,
            search_path=(folder,),
            templar=StepTemplar(scope, (folder,), folder, Place(str(folder), 1, 1)),
            inventory=inventory(),
            vault=self.vault,
            settings=self.settings,
        )

    def knowing(self, layer: Mapping[str, object], inventory: Callable[[], Inventory]) -> Scope:
        """These variables, and what lookups find."""
        from .variables import Scope

        return Scope(self.templates, (layer,), partial(self.lookups, inventory))
