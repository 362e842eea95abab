"""Who runs what, and how: what is known of a run when it begins."""

from __future__ import annotations

import json
import os
import re
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..events import plain
from ..extra_vars import read
from ..ledger import Ledger
from ..secrets import MASK
from .record import Record

if TYPE_CHECKING:
    from ..nodes import Document

# Told elsewhere, or of no account once the run is over.
_ASIDE = frozenset({"command", "playbooks", "state_dir", "output", "no_journal", "verbosity"})
_TELLING_NAME = r"(?i)pass|secret|token|key|credential"


class Beginning:
    """A run that is about to begin."""

    def __init__(
        self,
        run: str,
        wanted: Namespace,
        ledger: Ledger,
        mask: Callable[[str], str],
        documents: Mapping[Path, Document] | None = None,
    ) -> None:
        """`documents` are those that have been read; more may come."""
        self.folder = Path(wanted.playbooks[0]).parent
        self.ledger = ledger
        self.id = run
        self._documents = documents or {}
        self._wanted = wanted
        self.mask = mask

    def record(self, started: float) -> Record:
        """What can be told at once; raises StateError."""
        return Record(
            id=self.id,
            resumes=getattr(self._wanted, "resumes", None),
            given=self.given(_hidden),
            playbooks=self._wanted.playbooks,
            arguments=self._arguments(_hidden),
            user=_user(),
            machine=os.uname().nodename,
            folder=_here(),
            started=started,
            owner=self.ledger.owner,
            verbosity=self._wanted.resolved.settings.verbosity,
        )

    def given(self, mask: Callable[[str], str]) -> Sequence[str]:
        """The extra variables, so that they can be given again."""
        return [_again(text, mask) for text in self._wanted.extra_vars]

    def texts(self, known: int) -> Mapping[str, str]:
        """The files that have been read, without those that are known."""
        if len(self._documents) == known:
            return {}
        new = list(self._documents.items())[known:]
        return {str(path): self.mask(document.text) for path, document in new}

    def arguments(self) -> Mapping[str, object]:
        """The switches that were given. Only at the end of a run it is known what is secret."""
        return self._arguments(self.mask)

    def _arguments(self, mask: Callable[[str], str]) -> Mapping[str, object]:
        given = {
            name: value
            for name, value in vars(self._wanted).items()
            if value and name not in _ASIDE and isinstance(value, bool | int | str | list)
        }
        if texts := self._wanted.extra_vars:
            given["extra_vars"] = [*_extra_vars(texts, mask)]
        return given


def _hidden(_: str) -> str:
    return MASK


def _extra_vars(texts: Sequence[str], mask: Callable[[str], str]) -> Iterator[str]:
    for text in texts:
        if text.startswith("@"):
            yield text
            continue
        for name, value in read(text).items():
            told = name if isinstance(value, str) else f"{name} {value}"
            yield f"{name}={MASK if re.search(_TELLING_NAME, told) else mask(str(value))}"


def _again(text: str, mask: Callable[[str], str]) -> str:
    if text.startswith("@"):
        return text
    values = {name: _covered(name, value, mask) for name, value in read(text).items()}
    return json.dumps(values, ensure_ascii=False)


def _covered(name: str, value: object, mask: Callable[[str], str]) -> object:
    """The value, or stars if any of it is secret."""
    written = json.dumps(plain(value), ensure_ascii=False)
    if re.search(_TELLING_NAME, f"{name} {written}" if isinstance(value, dict) else name):
        return MASK
    return plain(value) if mask(written) == written else MASK


def _here() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # somebody has removed it
        return ""


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        return str(os.geteuid())
