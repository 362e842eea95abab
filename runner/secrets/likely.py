"""What is likely to be a secret in a line that is shown because something in it is wrong.

Parameters tell which of them are secret. In a line that is no YAML, or that sets a variable, there
is nothing to go by but a name that ends with `password`, `token` or the like.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from . import MASK, SHORTEST

ENDINGS = "password|passwd|passphrase|secret|token|api_?key"
"""How the names of secrets end, as a part of a regular expression that ignores case."""
_NAME = rf"""[\w.-]*(?:{ENDINGS})["']?"""
_SECRET = re.compile(
    rf"""(?ix) ^[\s-]* ["']? {_NAME} \s* : \s+ (?P<line>\S.*?) \s*$
    | (?: ^ | [\s{{,"'] ) {_NAME} \s* [:=] \s* (?P<word> "[^"]*" | '[^']*' | [^\s,}}]+ )"""
)
# These say where the secret is, and are none.
_ELSEWHERE = re.compile(r"""["']?\{\{|!vault|[|>]""")
_AROUND = "\"'*&!@`%{["


class Likely(NamedTuple):
    """Where it stands in a line, and what it is; nothing if there is none."""

    start: int = 0
    stop: int = 0
    text: str = ""

    def covered(self, text: str) -> str:
        """The text without it, whatever of YAML's signs it begins with."""
        for each in (self.text, self.text.strip(_AROUND)):
            text = text.replace(each, MASK) if len(each) >= SHORTEST else text
        return text

    def parted(self, line: str, column: int) -> tuple[str, str]:
        """Its line without it, before and behind a column; one inside it is moved to its start."""
        if self.start < column < self.stop:
            column = self.start
        before, behind = line[:column], line[column:]
        return self.covered(before), self.covered(behind)


def likely_secret(line: str) -> Likely:
    """The part of a line that nobody should see."""
    found = _SECRET.search(line)
    kind = found.lastgroup if found else None
    if not found or not kind or _ELSEWHERE.match(found[kind]):
        return Likely()
    return Likely(*found.span(kind), found[kind])
