"""Who runs what, and how: what is known of a run when it begins."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .. import who
from ..events import plain
from ..extra_vars import read
from ..ledger import Ledger
from ..secrets import MASK
from .record import Record
from .suspects import Suspects, covered, is_telling, may_hide

if TYPE_CHECKING:
    from ..nodes import Document

# Told elsewhere, or of no account once the run is over.
_ASIDE = frozenset(
    {"command", "playbooks", "state_dir", "output", "no_journal", "verbosity", "resumes"}
)


class Beginning:
    """A run that is about to begin."""

    def __init__(
        self,
        run: str,
        wanted: Namespace,
        ledger: Ledger,
        mask: Callable[[str], str],
        documents: Mapping[Path, Document] | None = None,
        elsewhere: Callable[[], Sequence[str]] = list,
    ) -> None:
        """`documents` have been read, and more may come; `elsewhere` gives templates, too."""
        self.folder = Path(wanted.playbooks[0]).parent
        self.ledger = ledger
        self.id = run
        self._documents = {} if documents is None else documents
        self._elsewhere = elsewhere
        self._wanted = wanted
        self.mask = mask

    def record(self, started: float) -> Record:
        """What can be told at once; raises StateError."""
        return Record(
            id=self.id,
            resumes=getattr(self._wanted, "resumes", None),
            given=self._given(self._is_plain),
            playbooks=self._wanted.playbooks,
            arguments=self._arguments(self._is_plain),
            user=who.user(),
            machine=os.uname().nodename,
            folder=_here(),
            started=started,
            owner=self.ledger.owner,
            verbosity=self._wanted.resolved.settings.verbosity,
        )

    def given(self) -> Sequence[str]:
        """The extra variables, so that they can be given again; at the end of the run."""
        return self._given(lambda _: True)

    def arguments(self) -> Mapping[str, object]:
        """The switches that were given. Only at the end of a run it is known what is secret."""
        return self._arguments(lambda _: True)

    def texts(self, known: int) -> Mapping[str, str]:
        """The files that have been read, without those that are known."""
        if len(self._documents) == known:
            return {}
        new = list(self._documents.items())[known:]
        texts = {str(path): raw(path) or "" for path, _ in new}
        if not self._hides_all and not any(map(may_hide, texts.values())):
            return texts
        return {
            str(path): self.mask(covered(texts[str(path)], document.value, self._suspects.names))
            for path, document in new
        }

    @property
    def _hides_all(self) -> bool:
        return bool(self._wanted.resolved.settings.no_log)

    @cached_property
    def _suspects(self) -> Suspects:
        values: list[object] = [document.value for document in self._documents.values()]
        if self._hides_all:
            values = [{"no_log": True, "all": values}]
        given = [read(text) for text in self._wanted.extra_vars if not text.startswith("@")]
        return Suspects([*values, *given, {"secret": list(self._elsewhere())}])

    def _is_plain(self, name: str) -> bool:
        """Whether no secret can be made of this variable."""
        return name not in self._suspects

    def _given(self, is_plain: Callable[[str], bool]) -> Sequence[str]:
        return [_again(text, is_plain, self.mask) for text in self._wanted.extra_vars]

    def _arguments(self, is_plain: Callable[[str], bool]) -> Mapping[str, object]:
        given = {
            name: value
            for name, value in vars(self._wanted).items()
            if value and name not in _ASIDE and isinstance(value, bool | int | str | list)
        }
        if texts := self._wanted.extra_vars:
            given["extra_vars"] = [*_extra_vars(texts, is_plain, self.mask)]
        return given


def raw(path: Path) -> str | None:
    """What a file says, encrypted or not; None if it is not there."""
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return None


def _extra_vars(
    texts: Sequence[str], is_plain: Callable[[str], bool], mask: Callable[[str], str]
) -> Iterator[str]:
    for text in texts:
        if text.startswith("@"):
            yield text
            continue
        for key, value in read(text).items():
            name = str(key)
            told = name if isinstance(value, str) else f"{name} {value}"
            yield f"{name}={mask(str(value)) if is_plain(name) and not is_telling(told) else MASK}"


def _again(text: str, is_plain: Callable[[str], bool], mask: Callable[[str], str]) -> str:
    if text.startswith("@"):
        return text
    values = {
        str(name): _value(str(name), value, mask) if is_plain(str(name)) else MASK
        for name, value in read(text).items()
    }
    return json.dumps(values, ensure_ascii=False)


def _value(name: str, value: object, mask: Callable[[str], str]) -> object:
    """The value, or stars if any of it is secret."""
    written = json.dumps(plain(value), ensure_ascii=False)
    if is_telling(name if isinstance(value, str) else f"{name} {written}"):
        return MASK
    return plain(value) if mask(written) == written else MASK


def _here() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # somebody has removed it
        return ""
