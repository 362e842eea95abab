"""The vault passwords of a command, by their ids: fetched when one is needed, each once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import VaultError
from .envelope import DEFAULT_LABEL, Envelope, decrypt, is_encrypted, parse

if TYPE_CHECKING:
    from .passwords import Source


_FAILED = "Decryption failed (no vault secrets were found that could decrypt)"
"""In the words of Ansible."""


class Keyring:
    """Safe to use from several threads."""

    def __init__(self, sources: Sequence[Source] = (), *, by_label: bool = False) -> None:
        """`by_label`: try only the passwords with the id of a text."""
        self._sources = tuple(sources)
        self._by_label = by_label
        self._known: dict[int, bytes | VaultError] = {}
        self._lock = threading.RLock()

    @property
    def labels(self) -> list[str]:
        """The ids for which there is a password, or should be."""
        return list(dict.fromkeys(source.label for source in self._sources))

    @property
    def there(self) -> list[str]:
        """The id of each password that is not known to be missing; several may have the same."""
        known = ((self._known.get(i), source.label) for i, source in enumerate(self._sources))
        return [label for password, label in known if not isinstance(password, VaultError)]

    @property
    def in_use(self) -> tuple[str, bytes] | None:
        """The id and the password that was the first to be needed; None if none was yet."""
        for index, found in self._known.items():
            if isinstance(found, bytes):
                return self._sources[index].label, found
        return None

    def ask(self) -> None:
        """Ask the user for what has to be asked, now rather than later; raises VaultError."""
        for index, source in enumerate(self._sources):
            if source.asks and isinstance(found := self._password(index), VaultError):
                raise found

    def check(self) -> list[tuple[str, VaultError]]:
        """What is wrong with those that are not there, by ids; raises VaultError if none is.

        Nobody is asked for that, and no script run.
        """
        wrong: list[tuple[str, VaultError]] = []
        for index, source in enumerate(self._sources):
            if not source.waits and isinstance(found := self._password(index), VaultError):
                wrong.append((source.label, found))
        if wrong and len(wrong) == len(self._sources):
            raise wrong[-1][1]
        return wrong

    def read(self) -> list[VaultError]:
        """Read all for which nobody is asked; what is wrong with some, if some are there.

        Raises VaultError.
        """
        read = [self._password(i) for i, source in enumerate(self._sources) if not source.asks]
        wrong = [found for found in read if isinstance(found, VaultError)]
        if wrong and not self.there:
            raise wrong[-1]
        return wrong

    def password(self, label: str) -> bytes:
        """The first password with this id that is there; raises VaultError."""
        wrong = VaultError(
            f"Did not find a match for --encrypt-vault-id={label}"
            f" in the known vault-ids {self.there}"
        )
        for index, source in enumerate(self._sources):
            if source.label == label:
                found = self._password(index)
                if isinstance(found, bytes):
                    return found
                wrong = found
        raise wrong

    def open(self, envelope: Envelope) -> bytes:
        """What is inside; raises VaultError."""
        return self.unlock(envelope)[0]

    def unlock(self, envelope: Envelope) -> tuple[bytes, bytes]:
        """What is inside, and the password that fits; raises VaultError.

        An id is a hint, which nothing vouches for: in the end every password is tried.
        """
        return self._unlock(envelope, len(self._sources))

    def _unlock(self, envelope: Envelope, among: int) -> tuple[bytes, bytes]:
        failed: list[VaultError] = []
        tried: list[str] = []
        for label, found in self._best_first(envelope.label, among):
            if isinstance(found, VaultError):
                failed.append(found)
                continue
            tried.append(label)
            opened = decrypt(envelope, found)
            if opened is not None:
                return opened, found
        raise _unopened(envelope.label, list(dict.fromkeys(tried)), failed)

    def _best_first(self, label: str, among: int) -> Iterator[tuple[str, bytes | VaultError]]:
        for index in sorted(range(among), key=lambda index: self._sources[index].label != label):
            if not self._by_label or self._sources[index].label == label:
                yield self._sources[index].label, self._password(index)

    def _password(self, index: int) -> bytes | VaultError:
        with self._lock:
            if index not in self._known:
                self._known[index] = self._read(index)
            return self._known[index]

    def _read(self, index: int) -> bytes | VaultError:
        try:
            password = self._sources[index].read()
            if is_encrypted(password):
                # As with Ansible, by a password that was given before this one.
                return self._unlock(parse(password), index)[0].strip(b"\r\n")
        except VaultError as error:
            return error
        return password


def _unopened(label: str, tried: list[str], failed: list[VaultError]) -> VaultError:
    named = "" if label == DEFAULT_LABEL else f' (its vault id is "{label}")'
    if failed:
        reasons = "; ".join(dict.fromkeys(map(str, failed)))
        also = f", and those of {', '.join(tried)} do not fit" if tried else ""
        return VaultError(f"{_FAILED}{named}: {reasons}{also}")
    if not tried:
        return VaultError(f"Attempting to decrypt but no vault secrets found{named}", give(label))
    message = f"{_FAILED}{named}; tried were those of: {', '.join(tried)}"
    return VaultError(message, "" if label in tried else give(label))


def give(label: str) -> str:
    """How to give the password of an id."""
    file = "password-file FILE" if label == DEFAULT_LABEL else f"id {label}@FILE"
    return f"give one: --vault-{file}, or --ask-vault-pass"
