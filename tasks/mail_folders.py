"""Mails as files, one each: plain .eml files, or a maildir."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain, count, takewhile
from pathlib import Path
from typing import BinaryIO

from . import durable
from .mail_drafts import discard, draft, make_folder, place, sync_all
from .mail_stores import Fetched, Kept
from .message.filing import safe_name
from .paths import told


class EmlFolder:
    """A folder of .eml files, named after the server's ids."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def spool(self) -> BinaryIO:
        with told(f"save mail in {self._path}"):
            make_folder(self._path)
            return draft(self._path)

    def keep(self, mails: Sequence[Fetched]) -> list[Kept]:
        with told(f"save mail in {self._path}"):
            make_folder(self._path)
            kept = _keep(mails, self._path, self._names, _is_same)
            durable.sync(self._path)
            return kept

    def _names(self, mail: Fetched) -> Iterator[Path]:
        """Give the names it may have: to another mailbox's mail the same id may belong."""
        name = safe_name(mail.uid.replace("/", "_"), "mail")
        numbered = (f"{name} ({number})" for number in count(2))
        return (self._path / f"{each}.eml" for each in chain([name], numbered))


class Maildir:
    """A maildir; what mail programs have seen in `new` they move to `cur`, and add flags."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new = path / "new"
        self._known: dict[str, Path] | None = None

    def spool(self) -> BinaryIO:
        with told(f"save mail in {self._path}"):
            self._make()
            return draft(self._path / "tmp")

    def keep(self, mails: Sequence[Fetched]) -> list[Kept]:
        with told(f"save mail in {self._path}"):
            self._make()
            kept = _keep(mails, self._path / "tmp", self._names, _exists)
            durable.sync(self._new)
            return kept

    def _make(self) -> None:
        for part in ("tmp", "new", "cur"):
            make_folder(self._path / part)

    def _names(self, mail: Fetched) -> Iterator[Path]:
        if self._known is None:
            paths = chain(self._new.iterdir(), (self._path / "cur").iterdir())
            self._known = {path.name.partition(".")[0]: path for path in paths}
        yield self._known.get(mail.key) or self._new / f"{mail.key}.opsplay"


Names = Callable[[Fetched], Iterable[Path]]
Same = Callable[[Path, Fetched], bool]


def _keep(mails: Sequence[Fetched], folder: Path, names: Names, same: Same) -> list[Kept]:
    """Write what is not there yet, let all of it be on the disk, then let all have names."""
    kept = {mail.uid: found for mail in mails if (found := _found(mail, names, same))}
    with ExitStack() as stack:
        drafts = [(mail, _written(mail, folder, stack)) for mail in mails if mail.uid not in kept]
        sync_all([file for _, file in drafts])
        for mail, file in drafts:
            kept[mail.uid] = _placed(file, mail, names, same)
    return [kept[mail.uid] for mail in mails]


def _found(mail: Fetched, names: Names, same: Same) -> Kept | None:
    paths = takewhile(Path.exists, names(mail))
    return next((Kept(path, is_new=False) for path in paths if same(path, mail)), None)


def _written(mail: Fetched, folder: Path, stack: ExitStack) -> BinaryIO:
    if not isinstance(mail.content, bytes):
        return mail.content  # `spool` has made it
    file = draft(folder)
    stack.callback(discard, file)
    file.write(mail.content)
    return file


def _placed(file: BinaryIO, mail: Fetched, names: Names, same: Same) -> Kept:
    for path in names(mail):
        if place(file, path):
            return Kept(path, is_new=True)
        if same(path, mail):
            return Kept(path, is_new=False)
    raise AssertionError


def _exists(path: Path, mail: Fetched) -> bool:
    """The name is the mail's own: what bears it is the mail."""
    return True


def _is_same(path: Path, mail: Fetched) -> bool:
    if not path.is_file() or path.stat().st_size != mail.size:
        return False
    with path.open("rb") as file, closing(mail.pieces()) as pieces:
        return all(file.read(len(piece)) == piece for piece in pieces)
