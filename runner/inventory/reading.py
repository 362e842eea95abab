"""How sources of an inventory are read, as the settings have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from ..collection_files import candidates
from ..dataclasses import dataclass

if TYPE_CHECKING:
    from ..template import Templates
    from .model import Inventory

OddNames: TypeAlias = Literal["never", "ignore", "always", "silently"]
"""What is done about groups that are not called as variables may be, in the words of a setting."""
KINDS = ("host_list", "script", "auto", "yaml", "ini", "toml")
"""What a source may be, in Ansible's words."""
ALL_KINDS = (*KINDS, "advanced_host_list", "constructed", "generator")
ENDINGS = (
    *("~", ".bak", ".cfg", ".md", ".orig", ".pyc", ".pyo", ".retry", ".rpm", ".rst", ".swp"),
    ".txt",
)
"""Files of these endings in a folder are no inventories."""
ORDER = (
    *("all_inventory", "groups_inventory", "all_plugins_inventory", "all_plugins_play"),
    *("groups_plugins_inventory", "groups_plugins_play"),
)
"""Where variables of groups come from, in Ansible's words, the lowest first."""
VARIABLE_ENDINGS = (".yml", ".yaml", ".json")
NOTHING_READ = "No inventory was parsed, only implicit localhost is available"


class Expressions(Protocol):
    """What expressions may use."""

    @property
    def templates(self) -> Templates: ...

    def knowing(
        self, layer: Mapping[str, object], inventory: Callable[[], Inventory]
    ) -> Mapping[str, Any]:
        """These variables, and what lookups find, also in the inventory read so far."""
        ...


def _none() -> Expressions:
    raise TypeError("whoever reads a constructed inventory says what its expressions may use")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reading:
    """A source that is not there is warned of; one with a mistake is an error."""

    odd_names: OddNames = "ignore"
    vars_plugins: Sequence[str] = ()
    """Their folders."""
    enabled_vars: Sequence[str] = ("host_group_vars",)
    """Those that are asked; this one is `group_vars/` and `host_vars/`."""
    collections: Sequence[Path] = ()
    """Folders in which collections lie that may have such plugins."""
    beside_playbook: bool = True
    """Whether they are asked for what lies beside the playbook, too."""
    variable_endings: Sequence[str] = VARIABLE_ENDINGS
    """Those of the files in `group_vars/` and `host_vars/`."""
    order: Sequence[str] = ORDER
    deep: bool = False
    """Whether mappings that several places set are put together."""
    all_there: bool = False
    """A source that is not there is an error, too."""
    lenient: bool = False
    """A source with a mistake is only warned of, as far as it can be read it counts."""
    needs_one: bool = False
    """It is an error if no source can be read."""
    deprecations: bool = True
    """What will not work for ever is warned of."""
    warns: bool = True
    """That no source could be read is warned of."""
    kinds: Sequence[str] = KINDS
    ignored_endings: Sequence[str] = ENDINGS
    ignored_patterns: Sequence[str] = ()
    expressions: Callable[[], Expressions] = _none
    """What the expressions of a constructed inventory may use besides variables."""
    extra_vars: Callable[[], Mapping[str, object]] = dict
    """What the command line says, for those that ask for it."""

    def takes(self, *kinds: str) -> bool:
        """Whether sources of one of these kinds are read."""
        return not _bare(self.kinds).isdisjoint(kinds)

    def vars_plugins_of_collections(self, playbook_dir: Path) -> Iterator[Path]:
        """Their files, as far as they are enabled."""
        roots = (playbook_dir / "collections", *self.collections)
        for name in self.enabled_vars:
            files = (Path(f"{place}.py") for place in candidates(name, "plugins/vars", roots))
            yield from (file for file in files if file.is_file())

    def rank(self, vars_plugin: str) -> int:
        """Where one that is enabled stands among them; those behind count more."""
        names = [name.rpartition(".")[2] for name in self.enabled_vars]
        return names.index(vars_plugin) if vars_plugin in names else -1

    def asks(self, vars_plugin: str) -> bool:
        """Whether one that must be enabled is."""
        return self.rank(vars_plugin) >= 0


def _bare(names: Sequence[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in names}


AS_USUAL = Reading()
