"""What templates may use before the run: in the names of what is imported, and in inventories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .dataclasses import dataclass
from .errors import Place
from .whole_paths import whole_path

if TYPE_CHECKING:
    from .inventory import Inventory
    from .lookups import LookupContext
    from .settings import Settings
    from .template import Templates
    from .variables import Scope
    from .vault.opening import Vault

_GROUPS = "groups"


class EarlyGroups(Mapping[str, object]):
    """The variable `groups`, for which the inventory is read when somebody asks for it."""

    def __init__(self, inventory: Callable[[], Inventory]) -> None:
        self._inventory = inventory

    def __getitem__(self, name: str) -> object:
        if name != _GROUPS:
            raise KeyError(name)
        groups = self._inventory().groups
        return {group: list(members.hosts) for group, members in groups.items()}

    def __iter__(self) -> Iterator[str]:
        return iter((_GROUPS,))

    def __len__(self) -> int:
        return 1


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
