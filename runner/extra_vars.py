"""`-e`: variables from the command line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .errors import Place, UsageError
from .nodes import Document, MapNode
from .source import load, parse
from .template_text import Template, has_marks

if TYPE_CHECKING:
    from .vault.opening import Vault


def read(text: str, vault: Vault | None = None) -> Mapping[str, object]:
    """`name=value …`, JSON or YAML, or `@file`; raises UsageError or PlaybookError."""
    if text.startswith("@"):
        return _mapping(load(Path(text[1:]), vault), text)
    if text.lstrip().startswith(("{", "[")) or "=" not in text:
        return _mapping(parse(text, "--extra-vars"), text)
    return dict(_pair(word) for word in _words(text))


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--extra-vars {text}: {error}") from error


def _pair(word: str) -> tuple[str, object]:
    name, equals, value = word.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"--extra-vars: expected name=value, found {word}")
    if has_marks(value):
        return name, Template(value, Place("--extra-vars", 1, 1))
    return name, value


def _mapping(document: Document, text: str) -> Mapping[str, object]:
    if document.sealed:
        return {}
    if not isinstance(document.value, MapNode):
        raise UsageError(f"--extra-vars {text}: expected name=value or a mapping")
    return cast("Mapping[str, object]", document.value)
