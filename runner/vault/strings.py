"""What `opsplay vault encrypt_string` is to encrypt: arguments, stdin, or what the user types."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from itertools import zip_longest

from ..errors import UsageError
from .files import STDIO, read
from .passwords import ask, line

Named = tuple[str | None, bytes]


def texts(wanted: Namespace) -> list[Named]:
    """Every text with the name of its variable, if it has one; raises UsageError."""
    given = [text for text in wanted.texts if text != STDIO]
    reads = wanted.stdin_name or STDIO in wanted.texts or not (wanted.texts or wanted.prompt)
    if reads and wanted.prompt:
        raise UsageError("--prompt does not go with a text from stdin")
    if len(wanted.name) > len(given):
        raise UsageError("there are more names (--name) than texts; that of stdin is --stdin-name")
    found = [
        *([_typed(hidden=not wanted.show_input)] if wanted.prompt else []),
        *([_from_stdin(wanted.stdin_name)] if reads else []),
        *_named(wanted.name, given),
    ]
    if not all(text for _, text in found):
        raise UsageError("a text to encrypt is empty")
    return found


def _named(names: list[str], given: list[str]) -> Iterator[Named]:
    for name, text in zip_longest(names, given):
        yield name, text.encode("utf-8", "surrogateescape")


def _typed(*, hidden: bool) -> Named:
    name = line("Variable name (enter for no name): ")
    text = ask("String to encrypt (hidden): ") if hidden else line("String to encrypt: ")
    return name or None, text.encode("utf-8", "surrogateescape")


def _from_stdin(name: str | None) -> Named:
    if sys.stdin.isatty():
        sys.stderr.write("Reading the text from stdin; Ctrl-D ends it, twice within a line.\n")
    return name, read(STDIO)
