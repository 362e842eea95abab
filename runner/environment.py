"""Variables of the environment that hold secrets: they are set aside, and no child inherits them.

As `os.environ`, what is set aside belongs to the process. Who needs such a variable asks for it
here: the lookup `env`, and the programs that give us secrets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

_SET_ASIDE: dict[str, str] = {}


@contextmanager
def set_aside(patterns: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Take the variables of these names out of the environment while the body runs."""
    found = {name: os.environ.pop(name) for name in _named(patterns)} if patterns else {}
    _SET_ASIDE.update(found)
    try:
        yield found
    finally:
        os.environ.update(found)
        for name in found:
            _SET_ASIDE.pop(name, None)


def _named(patterns: Sequence[str]) -> list[str]:
    from fnmatch import fnmatchcase

    return [name for name in os.environ if any(fnmatchcase(name, each) for each in patterns)]


def whole() -> dict[str, str]:
    """Every variable, for those few that may have the secret ones too."""
    return {**os.environ, **_SET_ASIDE}
