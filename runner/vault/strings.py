"""What `opsplay vault encrypt_string` is to encrypt: arguments, stdin, or what the user types."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from ..errors import UsageError
from .files import STDIO, read
from .passwords import ask, line


class Text(NamedTuple):
    """What is encrypted, for a variable that may have a name, and where it comes from."""

    name: str | None
    plain: bytes
    source: str


def texts(wanted: Namespace) -> list[Text]:
    """Every text to encrypt; raises UsageError."""
    given = [text for text in wanted.texts if text != STDIO]
    reads = wanted.stdin_name or STDIO in wanted.texts or not (wanted.texts or wanted.prompt)
    if reads and wanted.prompt:
        raise UsageError("The --prompt option is not supported if also reading input from stdin")
    if len(wanted.name) > len(given):
        _warn("there are more names (--name) than texts; that of stdin is --stdin-name")
    found = [
        *([_typed(hidden=not wanted.show_input)] if wanted.prompt else []),
        *([_from_stdin(wanted.stdin_name)] if reads else []),
        *_named(wanted.name, given),
    ]
    for text in found:
        if not text.plain:
            raise UsageError(f"{_plaintext(text.source)} was empty, not encrypting")
    return found


def _plaintext(source: str) -> str:
    """What is to be encrypted, in Ansible's words."""
    return source if source == "stdin" else f"The plaintext provided from {source}"


def _warn(what: str) -> None:
    sys.stderr.write(f"[WARNING]: {what}\n")


def _named(names: list[str], given: list[str]) -> Iterator[Text]:
    for name, text in zip_longest(names[: len(given)], given):
        yield Text(name, text.encode("utf-8", "surrogateescape"), "the command line args")


def _typed(*, hidden: bool) -> Text:
    name = line("Variable name (enter for no name): ")
    text = ask("String to encrypt (hidden): ") if hidden else line("String to encrypt: ")
    return Text(name or None, text.encode("utf-8", "surrogateescape"), "the prompt")


def _from_stdin(name: str | None) -> Text:
    if sys.stdin.isatty():
        sys.stderr.write(
            "Reading plaintext input from stdin; Ctrl-D ends it, twice within a line.\n"
        )
    return Text(name, read(STDIO), "stdin")
