"""What `--transform` of tar makes of names: `s/before/after/` as sed has it."""

from __future__ import annotations

import re

from ..runner.dataclasses import dataclass
from ..runner.task import TaskError

_TEXT = r"(\\.|(?!(?P=mark))[^\\])*"
EXPRESSION = (
    rf"s(?P<mark>[^\\])(?P<before>{_TEXT})(?P=mark)(?P<after>{_TEXT})(?P=mark)(?P<flags>\w*)"
)
_FLAGS = r"[gixrshS]*"
_PARTS = re.compile(r"\[\^?\]?[^\]]*\]|\\.|.", re.DOTALL)
"""Of a regular expression: sets of letters, what a backslash makes special, and all else."""
_NOT_HERE = re.compile(r"\[.*\[[:.=].*|\\[<>`']")
_NOT_AFTER = re.compile(r"\\[A-Za-z]")
"""What sed knows beside: classes of letters, ends of words; letters made large or small."""
_SPECIAL = "(){}+?|"
"""What is special in Python as it is, and in sed behind a backslash."""


@dataclass(frozen=True, kw_only=True)
class Renaming:
    """One expression."""

    before: re.Pattern[str]
    after: str
    count: int
    """How often at most; 0 is always."""
    of_links: bool
    """Whether it holds for what links point to, too."""

    def of(self, name: str) -> str:
        return self.before.sub(self._replacement, name, count=self.count)

    def _replacement(self, found: re.Match[str]) -> str:
        def part(each: re.Match[str]) -> str:
            what = each[0][-1]
            if each[0] == "&" or (len(each[0]) > 1 and what.isdigit()):
                return found[0 if what == "&" else int(what)] or ""
            return what

        return re.sub(r"\\.|&", part, self.after)


def read(text: str) -> Renaming:
    """Raises TaskError for an expression that is none, or that asks for more than is known here."""
    found = re.fullmatch(EXPRESSION, text)
    if not found or not re.fullmatch(_FLAGS, found["flags"]):
        raise TaskError(f"Invalid transform expression: {text}")
    before, after, flags = found["before"], found["after"], found["flags"]
    unknown = [*filter(_NOT_HERE.fullmatch, _PARTS.findall(before))]
    unknown += filter(_NOT_AFTER.fullmatch, re.findall(r"\\.", after))
    if unknown:
        raise TaskError(f"Invalid transform expression: {text}: {unknown[0]} is not known here")
    if "x" not in flags:
        before = "".join(map(_extended, _PARTS.findall(before)))
    try:
        pattern = re.compile(before, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise TaskError(f"Invalid transform expression: {text}: {error}") from error
    if pattern.groups < max(map(int, re.findall(r"\\(\d)", after)), default=0):
        raise TaskError(f"Invalid transform expression: {text}: invalid reference")
    count = 0 if "g" in flags else 1
    return Renaming(before=pattern, after=after, count=count, of_links="S" not in flags)


def _extended(part: str) -> str:
    if part[0] == "[" and len(part) > 1:
        return "[" + part[1:].replace("\\", r"\\").replace("[", r"\[")
    if part[0] == "\\" and part[1:] in _SPECIAL:
        return part[1:]
    return f"\\{part}" if part in _SPECIAL else part
