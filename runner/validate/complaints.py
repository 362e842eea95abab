"""What JSON Schema has against a value, in words and at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import Problem
from ..registry import bare
from ..template_text import Template
from .quick import fits
from .wording import Subject, misnamed, missing, unknown, wrong

__all__ = ["Subject", "complaints"]


def complaints(schema: Mapping[str, Any], subject: Subject) -> Iterable[Problem]:
    """All that is wrong with the subject; a template is passed over until it is rendered."""
    return () if fits(schema, subject.value) else _told_by_jsonschema(schema, subject)


def _told_by_jsonschema(schema: Mapping[str, Any], subject: Subject) -> Iterator[Problem]:
    from jsonschema import Draft7Validator

    errors = list(_plain(Draft7Validator(schema).iter_errors(subject.value)))
    problems = dict.fromkeys(found for error in errors for found in _problems(error, subject))
    guesses = {found.hint for found in problems if found.hint.startswith("did you mean")}
    for problem in problems:
        # What is written under a wrong name is not missing as well.
        if f"did you mean {problem.message.rpartition(' ')[2]}?" not in guesses:
            yield problem


def _plain(errors: Iterable[Any]) -> Iterator[Any]:
    """The errors that matter: none of a template, and of `anyOf` the way that was meant."""
    for error in errors:
        if isinstance(error.instance, Template) and not _is_name(error):
            continue
        if error.validator == "anyOf" and not _is_missing(error):
            yield from _of_ways(error)
        else:
            yield error


def _of_ways(error: Any) -> Iterator[Any]:
    ways: dict[object, list[Any]] = {}
    for inner in error.context:
        ways.setdefault(inner.schema_path[0], []).append(inner)
    left = {way: list(_plain(inner)) for way, inner in ways.items()}
    if not all(left.values()):
        return
    meant = [inner for inner in left.values() if not any(_is_of_whole(one, error) for one in inner)]
    yield from meant[0] if len(meant) == 1 else [error]


def _is_of_whole(inner: Any, error: Any) -> bool:
    return inner.validator in ("type", "enum") and inner.instance is error.instance


def _problems(error: Any, subject: Subject) -> Iterable[Problem]:
    if error.validator == "additionalProperties":
        return unknown(error, subject)
    if error.validator == "required":
        return missing(error, subject)
    if _is_name(error):
        return [misnamed(error, subject)]
    if _is_missing(error):
        place = subject.at(error.absolute_path)
        told = subject.lacking or f"{subject.name}: {error.schema['errorMessage']}"
        if bare(subject.name) in ("include_role", "import_role"):
            told = f"'name' is a required field for {subject.name}."
        return [Problem(place, told)]
    return [wrong(error, subject)]


def _is_name(error: Any) -> bool:
    return "propertyNames" in error.absolute_schema_path


def _is_missing(error: Any) -> bool:
    """Whether none of the names is given that a parameter has."""
    message = error.schema.get("errorMessage", "")
    return error.validator == "anyOf" and str(message).startswith("missing")
