"""What went wrong in a template or expression, in words and at its very characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import FilterError, LookupFailed, Place, Problem
from ..spelling import did_you_mean
from ..template_text import has_marks
from ..type_names import in_plain_types
from . import MissingError, TemplateSyntaxError
from .known_words import UnknownWordError

_CHARACTER = r"^unexpected char ['\"](.)['\"] at (\d+)$"
_LONE_EQUALS = r"(?<![=!<>])=(?!=)|(?<===)="
_QUOTES = {"“": '"', "”": '"', "‘": "'", "’": "'"}
_INSTEAD = {
    "&": "write and",
    "!": "write not",
    "$": "a variable has no $ before it",
    "'": "close the quote",
    '"': "close the quote",
}


def in_words(
    text: str,
    at: Callable[[int], Place | None],
    error: Exception,
    scope: Mapping[str, object],
    what: str,
) -> Problem:
    """`what` is wrong: a template or an expression."""
    if isinstance(error, MissingError):
        return error.problem or _missing_in_words(text, at, error, scope)
    if isinstance(error, TemplateSyntaxError):
        place, width = find_syntax_error(text, error, at)
        if what == "expression" and has_marks(text):
            what = "expression. Template delimiters are not supported in expressions"
        told = f"Syntax error in {what}: {error.message}"
        return Problem(place, told, syntax_hint(text, error), width)
    if isinstance(error, UnknownWordError):
        place, width = find(text, error.word, at)
        words = str(error) if error.kind == "lookup" else f"Syntax error in {what}: {error}"
        return Problem(place, words, error.hint, width)
    if isinstance(error, FilterError | LookupFailed):
        return Problem(at(_first(text)), str(error))
    if isinstance(error, RecursionError):
        words = "Recursive loop detected in template: this template calls itself without end"
        return Problem(at(_first(text)), words)
    words = in_plain_types(str(error)) or type(error).__name__
    return Problem(at(_first(text)), f"Error rendering {what}: {words}")


def _missing_in_words(
    text: str, at: Callable[[int], Place | None], error: Any, scope: Mapping[str, object]
) -> Problem:
    from jinja2.utils import missing

    if error.name is None:
        return Problem(at(_first(text)), in_plain_types(str(error)))
    name = str(error.name)
    place, width = find(text, name, at)
    if error.owner is missing:
        return Problem(place, f"'{name}' is undefined", did_you_mean(name, scope), width)
    known = error.owner if isinstance(error.owner, Mapping) else ()
    hint = did_you_mean(name, known) or _there_are(known)
    # What `vars` gives is a mapping in Ansible's words.
    kind = "dict" if error.owner is scope else _kind(error.owner)
    message = f"object of type {kind!r} has no attribute {error.name!r}"
    if kind == "HostVars":
        message = f"hostvars[{error.name!r}]"
    return Problem(place, message, hint, width)


def _kind(owner: object) -> str:
    """The plain type, as Python calls it: what knows its place is of a type of its own."""
    if type(owner).__name__ == "Scope":
        return "HostVarsVars"
    plain = next((kind for kind in (dict, list, str) if isinstance(owner, kind)), type(owner))
    return plain.__name__


def _there_are(known: Iterable[object]) -> str:
    names = [str(name) for name in known]
    return f"there are: {', '.join(sorted(names)[:10])}" if names else ""


def _first(text: str) -> int:
    """Where the first template begins to say something."""
    match = re.search(r"\{\{[-+]?\s*|\{%[-+]?\s*", text)
    return match.end() if match else 0


def find(text: str, word: str, at: Callable[[int], Place | None]) -> tuple[Place | None, int]:
    """Where a word stands between the marks of a template, and how long it is."""
    start = _first(text)
    match = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(text, start)
    return (at(match.start()), len(word)) if match else (at(start), 1)


def find_syntax_error(
    text: str, error: Any, at: Callable[[int], Place | None]
) -> tuple[Place | None, int]:
    if (told := re.search(_CHARACTER, error.message or "")) and int(told[2]) < len(text):
        return at(int(told[2])), 1
    lines = text.splitlines(keepends=True)
    before = sum(map(len, lines[: error.lineno - 1]))
    line = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
    quoted = re.findall(r"'([^']+)'", error.message or "")
    for word in reversed(quoted):
        pattern = _LONE_EQUALS if word == "=" else re.escape(word)
        if places := [found.start() for found in re.finditer(pattern, line)]:
            return at(before + places[-1]), len(word)
    return at(before + (_first(line) if line else 0)), 1


def syntax_hint(text: str, error: Any) -> str:
    """What somebody may have meant who is used to other languages, or typed among Chinese."""
    message = error.message or ""
    if told := re.search(_CHARACTER, message):
        character = told[1]
        plain = _QUOTES.get(character) or unicodedata.normalize("NFKC", character)
        usual = f"write {plain} in its place" if plain != character else ""
        return _INSTEAD.get(character, usual)
    if re.search("got '='|unexpected '='|'=' was", message):
        return "== compares"
    return "write or" if "got '|'" in message and "||" in text else ""
