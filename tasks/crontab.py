"""The lines of a crontab: jobs under a comment with their name, variables by theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..runner.task import TaskError

# Ansible's own, so that either finds what the other has written.
_HEADER = "#Ansible: "
_VARIABLE = re.compile(r"(?P<name>\w+)\s*=")


def jobs(lines: Sequence[str]) -> list[str]:
    return [line.removeprefix(_HEADER) for line in lines if line.startswith(_HEADER)]


def variables(lines: Sequence[str]) -> list[str]:
    return [found["name"] for line in lines if (found := _VARIABLE.match(line))]


def with_job(lines: Sequence[str], name: str, job: str) -> list[str]:
    """Put a job in the place of the one of this name; the same job without a name is given it."""
    header = f"{_HEADER}{name}"
    if header in lines:
        at = lines.index(header)
        return [*lines[: at + 1], job, *lines[at + 2 :]]
    for at, line in enumerate(lines):
        if line == job and not (at and lines[at - 1].startswith(_HEADER)):
            return [*lines[:at], header, *lines[at:]]
    return [*lines, header, job]


def without_job(lines: Sequence[str], name: str) -> list[str]:
    return list(_without_job(lines, f"{_HEADER}{name}"))


def _without_job(lines: Sequence[str], header: str) -> Iterator[str]:
    of_job = False
    for line in lines:
        if line != header and not of_job:
            yield line
        of_job = line == header


def with_variable(
    lines: Sequence[str], name: str, value: str, after: str | None, before: str | None
) -> list[str]:
    """Declare a variable where it is declared already, beside another, or above all else."""
    line = f'{name}="{value}"'
    if (at := _declared(lines, name)) is not None:
        return [*lines[:at], line, *lines[at + 1 :]]
    at = 0
    if other := after or before:
        found = _declared(lines, other)
        if found is None:
            raise TaskError(f"Variable named '{other}' not found.")
        at = found + 1 if after else found
    return [*lines[:at], line, *lines[at:]]


def without_variable(lines: Sequence[str], name: str) -> list[str]:
    at = _declared(lines, name)
    return [line for number, line in enumerate(lines) if number != at]


def _declared(lines: Sequence[str], name: str) -> int | None:
    names = [found["name"] if (found := _VARIABLE.match(line)) else "" for line in lines]
    return names.index(name) if name in names else None
