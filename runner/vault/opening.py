"""What a command does with encrypted texts: opens them when they are needed, and hides them.

Whatever was inside one is a secret from then on: known by value and covered wherever text leaves
the program.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..dataclasses import replace
from ..errors import Place, PlaybookError, Problem, TemplateError, Undecryptable, VaultError
from ..nodes import leaves
from ..secrets import SHORTEST, Secrets
from ..template_text import Template, Vaulted
from .envelope import HEADER, is_encrypted, parse
from .keyring import Keyring
from .opened import Opened

LARGEST_FILE = 256 * 2**20
"""Encrypted, a file is four times as large; it is read as a whole."""

_PUBLIC = frozenset({"false", "local", "localhost", "none", "null", "true"})
"""Words that an encrypted inventory may well have and that stand everywhere."""
_MARKS = r"(?s)\{[{%#].*?[#%}]\}"
_QUOTED = r"'([^']*)'|\"([^\"]*)\""


class Vault:
    """The passwords of a command and what they opened. Safe to use from several threads.

    `lenient` leaves a file shut whose password was not given, for who only looks at playbooks.
    """

    def __init__(
        self,
        keyring: Keyring | None = None,
        *,
        lenient: bool = False,
        secrets: Secrets | None = None,
    ) -> None:
        self.keyring = keyring or Keyring()
        self.secrets = secrets or Secrets()
        self._lenient = lenient
        self._lock = threading.Lock()
        self._texts: dict[str, Opened] = {}
        self.shut: dict[Path, Problem] = {}
        """What is to be told of files that were left shut."""

    # Values -----------------------------------------------------------------------------------

    def reveal(self, value: Vaulted) -> Opened:
        """What was encrypted; raises TemplateError, with the place."""
        text = str(value)
        found = self._texts.get(text)
        if found is None:
            try:
                opened = self.keyring.open(parse(text)).decode("utf-8", "surrogateescape")
            except VaultError as error:
                message = f"Attempt to use undecryptable variable: {error.message}"
                raise Undecryptable(Problem(value.place, message, error.hint)) from error
            self.hide(opened)
            self._hide_json(opened)
            found = Opened.of(opened, text)
            with self._lock:
                self._texts[text] = found
        return found

    # Files ------------------------------------------------------------------------------------

    def open_file(self, data: bytes, path: Path) -> bytes | None:
        """What an encrypted file holds; None if it stays shut. Raises PlaybookError."""
        try:
            envelope = parse(data)
        except VaultError as error:
            raise _problem(path, error) from error
        try:
            return self.keyring.open(envelope)
        except VaultError as error:
            if self._lenient and envelope.label not in self.keyring.labels:
                message = "this file is encrypted, and without its password it was not looked into"
                self.shut[path] = Problem(Place(str(path), 1, 1), message)
                return None
            raise _problem(path, error) from error

    def unvault(self, path: Path) -> bytes | None:
        """What a file holds, if it is encrypted; None of any other. Raises VaultError.

        None also of what cannot be read: whoever reads it then says so in its own words. A pipe
        is left alone, as it can be read only once.
        """
        try:
            data = _read_encrypted(path) if path.is_file() else None
            return None if data is None else self.keyring.open(parse(data))
        except OSError:
            return None
        except VaultError as error:
            raise VaultError(f"{path} cannot be decrypted: {error.message}", error.hint) from error

    # Secrets ----------------------------------------------------------------------------------

    def hide(self, *texts: str) -> None:
        """Cover texts, also where they are shown without the line breaks that end them."""
        self.secrets.add(*texts, *(text.strip() for text in texts))

    def hide_all(self, value: object) -> None:
        """Cover every text and number in what an encrypted file held, but not its keys."""
        texts = (text for leaf in leaves(value) for text in _texts(leaf))
        self.hide(*(text for text in texts if _may_be_secret(text.strip())))

    def _hide_json(self, text: str) -> None:
        """Cover what `from_json` would make of a text: keys of services come as JSON."""
        if text.lstrip().startswith(("{", "[")):
            import json

            with suppress(ValueError, RecursionError):
                self.hide_all(json.loads(text))

    @contextmanager
    def covering(self) -> Iterator[None]:
        """Cover what was opened in the problems that the body finds."""
        try:
            yield
        except PlaybookError as error:
            raise type(error)(map(self._covered, error.problems)) from error
        except TemplateError as error:
            raise TemplateError(self._covered(error.problem)) from error

    def _covered(self, problem: Problem) -> Problem:
        mask = self.secrets.mask_text
        return replace(problem, message=mask(problem.message), hint=mask(problem.hint))


def _read_encrypted(path: Path) -> bytes | None:
    with path.open("rb") as file:
        if not is_encrypted(start := file.read(len(HEADER))):
            return None
        data = start + file.read(LARGEST_FILE)
    if len(data) > LARGEST_FILE:
        raise VaultError(f"it is larger than {LARGEST_FILE // 2**20} MB")
    return data


def _problem(path: Path, error: VaultError) -> PlaybookError:
    # What is missing is the password, or a file that could be opened at all.
    return PlaybookError([Problem(Place(str(path), 1, 1), error.message, error.hint, missing=True)])


def _may_be_secret(text: str) -> bool:
    return len(text) >= SHORTEST and text.lower() not in _PUBLIC


def _texts(value: object) -> Iterator[str]:
    """A text, or a number as one; of a template, what is written in it."""
    if isinstance(value, Template) and not isinstance(value, Vaulted):
        yield from _written(value)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def _written(template: Template) -> Iterator[str]:
    yield from re.split(_MARKS, template)
    for marks in re.findall(_MARKS, template):
        yield from (single or double for single, double in re.findall(_QUOTED, marks))
