"""What templates may use before the run: in the names of what is imported, and in inventories."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .dataclasses import dataclass
from .errors import Place
from .whole_paths import whole_path

if TYPE_CHECKING:
    from .engine.tags import Selection
    from .inventory import Inventory
    from .lookups import LookupContext
    from .settings import Settings
    from .template import Templates
    from .variables import Scope
    from .vault.opening import Vault


@dataclass(frozen=True, eq=False, repr=False)
class Switches:
    """What the command line says, and the inventory, which is read when somebody asks for it."""

    settings: Settings
    inventory: Callable[[], Inventory]
    check: bool = False


def _tags(switches: Switches) -> Selection:
    from .engine.tags import Selection

    return Selection.of(switches.settings.tags, switches.settings.skip_tags)


def _version(_: Switches) -> object:
    from .engine.outer import VERSION

    return {**VERSION}


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
    "ansible_version": _version,
}


class EarlyMagic(Mapping[str, object]):
    """Variables that opsplay sets, and that need neither a play nor a host."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches

    def __getitem__(self, name: str) -> object:
        return _MAKERS[name](self._switches)

    def __iter__(self) -> Iterator[str]:
        return iter(_MAKERS)

    def __len__(self) -> int:
        return len(_MAKERS)

    def __contains__(self, name: object) -> bool:
        return name in _MAKERS


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
