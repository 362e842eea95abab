"""PyYAML's parsers: the one in C if there is one.

PyYAML compiles the patterns of its parser in Python when it is imported, one of them for 5 ms, and
the one in C uses none. So each is compiled when it is first asked for something.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


class _Pattern:
    """A pattern that is compiled when it is used."""

    def __init__(self, *how: Any) -> None:
        self._how = how

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._how), name)
        setattr(self, name, found)
        return found


_compile = re.compile
re.compile = _Pattern  # type: ignore[assignment]
try:
    import yaml
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner
finally:
    re.compile = _compile

__all__ = ["PurePythonParser", "fastest_parser", "yaml"]


class PurePythonParser(Reader, Scanner, Parser):
    """PyYAML's parser for installations without libyaml."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)


def fastest_parser() -> Callable[[str], Any]:
    """The parser in C if there is one."""
    if not yaml.__with_libyaml__:
        return PurePythonParser
    from yaml import cyaml

    return cyaml.CParser  # type: ignore[attr-defined]  # the stubs forget it
