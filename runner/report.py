"""Problems as a person wants them: where, what, the line itself with a caret, and what to do.

site.yml:4:7: unknown argument "contnet" of copy
   4 |       contnet: hello
     |       ^^^^^^^
     = did you mean "content"?

1 problem in 1 file
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from .errors import Place, Problem
from .secrets.likely import likely_secret
from .terminal import Paint, one_line, printable, width
from .vault.envelope import is_encrypted

# What YAML takes for the end of a line.
_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"
_LARGEST_FILE = 64 * 2**20
# Characters shown before and after the caret when the line is too long.
_LEAD = 60
_TRAIL = 60
_TAB = "    "


def report(
    problems: Iterable[Problem],
    *,
    colour: bool = False,
    noun: str = "problem",
    mask: Callable[[str], str] = str,
    as_ansible: bool = False,
) -> str:
    """All problems as text, in the order of files and lines.

    `noun` says what they are, `mask` covers what nobody may see; `as_ansible` begins each of them
    as Ansible does.
    """
    problems = _sorted(problems)
    reporter = _Reporter(Paint(on=colour), noun, mask, "[ERROR]: " if as_ansible else "")
    parts = [reporter.problem(problem) for problem in problems]
    return "\n\n".join([*parts, reporter.count(problems)]) + "\n"


def excerpt(problem: Problem) -> str:
    """One problem, for a message that is about something else too."""
    return _Reporter(Paint(on=False)).problem(problem)


def lines_up_to(place: Place, count: int) -> tuple[str, ...]:
    """The line of a place and those right before it; none if the file cannot be shown."""
    lines = _read_lines(place.file) if place.line else []
    shown = lines[max(0, place.line - count) : place.line]
    return tuple(likely_secret(line).covered(line) for line in shown)


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    problems = list(problems)
    files = list(dict.fromkeys(problem.place.file for problem in problems if problem.place))
    order = {name: index for index, name in enumerate(files)}

    def key(problem: Problem) -> tuple[int, int, int]:
        place = problem.place
        return (order[place.file], place.line, place.column) if place else (-1, 0, 0)

    return sorted(problems, key=key)


class _Reporter:
    def __init__(
        self,
        paint: Paint,
        noun: str = "problem",
        mask: Callable[[str], str] = str,
        mark: str = "",
    ) -> None:
        self._mark = mark
        self._paint = paint
        self._noun = noun
        self._mask = mask
        self._lines = cache(_read_lines)

    def problem(self, problem: Problem) -> str:
        if not problem.place:
            message = self._mark + self._message(problem.message)
            return "\n".join([message, *self._hint(problem.hint, "")])
        line = self._line(problem.place)
        secret = likely_secret(line or "")
        message = self._message(secret.covered(problem.message))
        where = self._paint(one_line(str(problem.place)) + ":", "bold")
        gutter = " " * max(4, len(str(problem.place.line)) + 2)
        snippet = []
        if line is not None:
            parts = secret.parted(line, problem.place.column - 1)
            snippet = self._snippet(problem.place.line, parts, problem.width, gutter)
        hint = self._hint(secret.covered(problem.hint), gutter + " ")
        head = f"{where} {message}"
        if self._mark:
            head = f"{self._mark}{message}\nOrigin: {one_line(str(problem.place))}"
        return "\n".join([head, *snippet, *hint])

    def _message(self, message: str) -> str:
        return self._paint(printable(self._mask(message)), "red")

    def _line(self, place: Place) -> str | None:
        """The line of a place; None if it cannot be shown."""
        lines = self._lines(place.file)
        return lines[place.line - 1] if 1 <= place.line <= len(lines) else None

    def _snippet(self, number: int, parts: tuple[str, str], marked: int, gutter: str) -> list[str]:
        """A line, in two parts: the caret stands below the second one."""
        before, behind = map(self._mask, parts)
        source, blanks, carets = _window(before + behind, len(before), marked)
        head = self._paint(f"{number:>{len(gutter)}} |", "dim")
        bar = self._paint(f"{gutter} |", "dim")
        return [f"{head} {source}", f"{bar} {' ' * blanks}{self._paint('^' * carets, 'red')}"]

    def _hint(self, hint: str, indent: str) -> list[str]:
        if not hint:
            return []
        first, *more = printable(hint).split("\n")
        return [
            f"{indent}{self._paint('=', 'dim')} {self._paint(first, 'cyan')}",
            *(f"{indent}  {self._paint(line, 'cyan')}" for line in more),
        ]

    def count(self, problems: list[Problem]) -> str:
        files = len({problem.place.file for problem in problems if problem.place})
        total = _counted(len(problems), self._noun)
        return self._paint(f"{total} in {_counted(files, 'file')}" if files else total, "bold")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _window(line: str, column: int, marked: int) -> tuple[str, int, int]:
    """The part of a line around the caret as shown, the blanks before the caret, its length."""
    column = max(0, min(column, len(line)))
    start = column - _LEAD if column > _LEAD and len(line) > _LEAD + _TRAIL else 0
    stop = max(start + _LEAD + _TRAIL, column + 1)
    before, word = line[start:column], line[column : min(column + marked, stop)]
    head = "…" if start else ""
    tail = "…" if len(line) > stop else ""
    source = head + _visible(line[start:stop]) + tail
    return source.rstrip(), width(head + _visible(before)), max(1, width(_visible(word)))


def _visible(text: str) -> str:
    return one_line(text.replace("\t", _TAB))


def _read_lines(name: str) -> list[str]:
    """The lines of a file; none if it is gone, encrypted, no text, or a pipe, which would hang."""
    path = Path(name)
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_FILE:
            return []
        data = path.read_bytes()
    except (OSError, ValueError):
        return []
    if b"\0" in data or is_encrypted(data):
        return []
    return re.split(_BREAK, data.decode("utf-8-sig", errors="surrogateescape"))
