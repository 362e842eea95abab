"""Lookups of the language: plain functions, one module a theme.

A lookup is `name(terms, variables, *, context, **options) -> list`. What it gives is data, never
a template. What it raises becomes a LookupFailed with words (`Catalogue`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import CO_VARKEYWORDS
from io import StringIO
from pathlib import Path
from typing import Any

from ..catalogue import Catalogue
from ..dataclasses import dataclass, field
from ..errors import LookupFailed
from ..inventory import Inventory
from ..kinds.plain import TRUE
from ..settings import Settings
from ..spelling import did_you_mean
from ..task import Templar, around
from ..vault.opening import Vault

LOOKUPS = Catalogue(
    "lookup",
    LookupFailed,
    __name__,
    {
        "commands": "lines pipe",
        "files": "file fileglob first_found template unvault",
        "hashicorp": "hashi_vault",
        "keyrings": "keyring",
        "lists": (
            "dict flattened indexed_items items list nested random_choice subelements together"
        ),
        "names": "config env inventory_hostnames varnames vars",
        "pass_stores": "pass",
        "passwords": "password",
        "sequences": "sequence",
        "tables": "csvfile ini",
        "web": "url",
    },
)


_ON = frozenset({*TRUE, "1.0"})
_FLAGS = ("bool", "bool | None")
"""The types, as they are written, of options that are on or off."""


@dataclass(frozen=True, kw_only=True)
class LookupContext:
    """Where a lookup looks."""

    playbook_dir: Path
    search_path: tuple[Path, ...]
    """Folders in which relative files are looked for, nearest first."""
    templar: Templar
    inventory: Inventory
    subfolder: str | None = None
    """For `with_first_found`: files, templates or vars, as the step it stands at needs."""
    vault: Vault = field(default_factory=Vault)
    """Opens encrypted files."""
    settings: Settings = field(default_factory=Settings)
    warn: Callable[[str], None] = lambda _: None
    """Tells the user something, once a run."""
    known: Mapping[str, Any] = field(default_factory=lambda: LOOKUPS)
    """All lookups that there are."""

    def knows(self, name: str) -> bool:
        """Whether there is a lookup of this name."""
        return name in self.known

    def ask(
        self,
        name: str,
        terms: Sequence[Any],
        variables: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> list[Any]:
        """What another lookup finds, for one that asks it."""
        return look_up(self.known[name], terms, variables, self, options)

    def candidates(self, name: str, subfolder: str | None) -> Iterator[Path]:
        """Where a file may lie: in each folder of the search path, first in the subfolder there."""
        wanted = Path(name).expanduser()
        folders = dict.fromkeys([*around(self.search_path), self.playbook_dir])
        if wanted.is_absolute():
            yield wanted
            return
        for folder in folders:
            if subfolder and wanted.parts[:1] != (subfolder,):
                yield folder / subfolder / wanted
            yield folder / wanted

    def find(
        self,
        name: str,
        subfolder: str | None,
        missing: str = "Unable to access the file '{}': File not found",
    ) -> Path:
        """The first candidate that exists; raises LookupFailed, which names the places."""
        candidates = list(self.candidates(name, subfolder))
        for candidate in candidates:
            if candidate.exists():
                return candidate
        places = "\n".join(f"  {candidate}" for candidate in candidates)
        raise LookupFailed(f"{missing.format(name)}; looked for\n{places}")


def flag(value: object) -> bool:
    """An option that is on or off; a word that is neither is off."""
    return value if isinstance(value, bool) else str(value).strip().lower() in _ON


def lines_of(text: str) -> list[str]:
    """Its lines; as in Ansible, a form feed and the like end none."""
    return [line.removesuffix("\n") for line in StringIO(text, newline=None)]


def look_up(
    function: Callable[..., Any],
    terms: Sequence[Any],
    variables: Mapping[str, Any],
    context: LookupContext,
    options: Mapping[str, Any],
) -> list[Any]:
    """Call a lookup; an option that is null counts as left out. Raises LookupFailed."""
    plain = getattr(function, "__wrapped__", function)
    known = plain.__kwdefaults__ or {}
    # A plugin checks its own.
    if not plain.__code__.co_flags & CO_VARKEYWORDS:
        for option in options.keys() - known.keys():
            context.warn(_unknown(plain.__name__.rstrip("_"), option, sorted(known)))
        types = plain.__annotations__
        options = {
            name: flag(value) if types[name] in _FLAGS else value
            for name, value in options.items()
            if name in known and value is not None
        }
    return list(function(list(terms), variables, context=context, **options))


def _unknown(name: str, option: str, known: list[str]) -> str:
    hint = did_you_mean(option, known) or f"there are: {', '.join(known) or 'none'}"
    return f"the lookup {name} takes no option named {option}; {hint}"
