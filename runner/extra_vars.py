"""`-e`: variables from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .errors import Place, PlaybookError, Problem, UsageError
from .nodes import Document, MapNode
from .read_texts import remember
from .source import load, parse
from .template_text import Template, has_marks

if TYPE_CHECKING:
    from .vault.opening import Vault


def read(
    text: str, vault: Vault | None = None, warn: Callable[[Problem], None] = lambda _: None
) -> Mapping[str, object]:
    """`name=value …`, JSON or YAML, or `@file`; raises UsageError or PlaybookError.

    As in Ansible, a word without a value means nothing; that is warned of.
    """
    if text.startswith("@"):
        path = Path(text[1:]).expanduser()
        if not path.exists():
            # In Ansible's words: scripts look for them.
            message = f"Could not find or access '{path.absolute()}' on the Ansible Controller."
            raise PlaybookError([Problem(None, message, missing=True)])
        if path.is_dir():
            raise PlaybookError([Problem(None, f"--extra-vars: {path.absolute()} is a directory")])
        return _mapping(load(path, vault), text)
    if text.lstrip().startswith(("{", "[")) or _is_yaml(text):
        return _mapping(parse(text, "--extra-vars"), text)
    if text.startswith(("/", ".")):
        raise UsageError(f"Please prepend extra_vars filename {text!r} with '@'")
    given = dict(_pairs(text, warn))
    remember(given, Place("--extra-vars", 1, 1))
    return given


def _is_yaml(text: str) -> bool:
    return "=" not in text and (":" in text or text.startswith("---"))


def _pairs(text: str, warn: Callable[[Problem], None]) -> Iterator[tuple[str, object]]:
    from .key_values import UNBALANCED, words

    for word in words(text):
        written = text[word.start : word.end]
        name, equals, value = written.partition("=")
        if word.unclosed:
            raise PlaybookError([Problem(None, f"--extra-vars: {UNBALANCED}: {text}")])
        if not name or not equals:
            message = f"--extra-vars: {written} has no value and means nothing"
            warn(Problem(None, message, "write name=value, without blanks around ="))
            continue
        name, value = (word.name, word.value) if word.name else (name, value)
        marked = has_marks(value)
        yield name, Template(value, Place("--extra-vars", 1, 1)) if marked else value


def _mapping(document: Document, text: str) -> Mapping[str, object]:
    if document.sealed:
        return {}
    if not isinstance(document.value, MapNode):
        message = f"Invalid extra vars data supplied. {text!r} could not be made into a dictionary"
        raise UsageError(f"{message}; write name=value or a mapping")
    return cast("Mapping[str, object]", document.value)
