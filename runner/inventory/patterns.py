"""Patterns of hosts: `all`, names, globs, `~regex`, `a:b`, `:&both`, `:!without`, `group[0:2]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from itertools import chain
from pathlib import Path

from ..dataclasses import dataclass
from ..errors import NobodyLeft, PatternError, UnmatchedError

# In Ansible's words: scripts look for them.
UNMATCHED = "Could not match supplied host pattern, ignoring"
_PART = r"(?:[^\s:\[\]]|\[[^\]]*\])+"
_SUBSCRIPT = r"(.+)\[(?:(-?[0-9]{1,9})|([0-9]{1,9})[:-]([0-9]{0,9}))\]"
_GLOB = frozenset(".?*[")


@dataclass(frozen=True, eq=False, repr=False)
class Selection:
    """The hosts that a pattern selects, and those parts of it that match nothing."""

    hosts: tuple[str, ...]
    unmatched: tuple[str, ...]

    def check(self) -> None:
        """Raises UnmatchedError if there are such parts."""
        if self.unmatched:
            raise UnmatchedError("; ".join(f"{UNMATCHED}: {part}" for part in self.unmatched))


class Parts(tuple[str, ...]):
    """Single patterns: as in Ansible, `a:!b` is none among those that commas divide."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, repr=False)
class _Matcher:
    hosts: Mapping[str, object]
    groups: Mapping[str, Sequence[str]]
    local: Callable[[str], str | None]

    def match(self, pattern: str) -> Sequence[str] | None:
        """The hosts of one pattern; None when it names nothing that there is."""
        if pattern in self.hosts:
            return [pattern]
        expression, cut = _subscript(pattern)
        found = self._named(expression)
        if not cut or not found:
            return found
        if not found[cut] and cut.step is None:
            raise UnmatchedError(f"No hosts matched the subscripted pattern {pattern!r}")
        return found[cut] or None

    def _named(self, pattern: str) -> Sequence[str] | None:
        matches = _compiled(pattern)
        groups = [name for name in self.groups if matches(name)]
        found = dict.fromkeys(chain.from_iterable(self.groups[name] for name in groups))
        if not groups or pattern[0] == "~" or not _GLOB.isdisjoint(pattern):
            found.update(dict.fromkeys(name for name in self.hosts if matches(name)))
        local = None if found else self.local(pattern)
        if local:
            return [local]
        return list(found) if found or groups or pattern == "all" else None


def select(
    pattern: str | Sequence[str],
    hosts: Mapping[str, object],
    groups: Mapping[str, Sequence[str]],
    local: Callable[[str], str | None],
) -> Selection:
    """The selected hosts in the order of the pattern; raises PatternError when it is malformed."""
    parts = split(pattern, hosts)
    matcher = _Matcher(hosts, groups, local)
    plain = [part for part in parts if part[0] not in "&!"] or ["all"]
    found = {part: matcher.match(_bare(part)) for part in [*plain, *parts]}
    selected = dict.fromkeys(chain.from_iterable(found[part] or () for part in plain))
    for part in (part for part in parts if part[0] in "&!"):
        others = set(found[part] or ())
        wanted = part[0] == "&"
        selected = {name: None for name in selected if (name in others) == wanted}
    unmatched = tuple(_bare(part) for part in parts if found[part] is None)
    return Selection(tuple(selected), unmatched)


def of_play(hosts: object, *, rendered: bool = False) -> list[str]:
    """The patterns that `hosts` of a play came to; raises PatternError, in Ansible's words.

    `rendered`: a template may find that there is nobody.
    """
    if rendered and hosts == []:
        return []
    patterns = hosts if isinstance(hosts, list | tuple) else [hosts]
    for pattern in patterns:
        if not isinstance(pattern, str):
            message = (
                "Hosts list cannot contain values of 'None'. Please check your playbook"
                if pattern is None
                else f"Hosts list contains an invalid host value: '{pattern}'"
            )
            raise PatternError(message, "a pattern of hosts is a text")
    if not patterns or not all(map(str.strip, patterns)):
        message = "Hosts list cannot be empty. Please check your playbook"
        raise PatternError(message, "all means every host of the inventory")
    return list(patterns)


def _bare(part: str) -> str:
    return (part[1:] if part[0] in "&!" else part) or "all"


def split(pattern: str | Sequence[str], hosts: Container[str] = ()) -> list[str]:
    """The single patterns of `a,b` or `a:b` or a list of those."""
    if isinstance(pattern, Parts):
        return list(pattern)
    if not isinstance(pattern, str):
        return [part for one in pattern for part in split(one, hosts)]
    if "," in pattern:
        parts: Sequence[str] = pattern.split(",")
    elif pattern in hosts or pattern.isidentifier() or _is_address(pattern):
        parts = [pattern]
    else:
        parts = re.findall(_PART, pattern)
    return [part for part in (part.strip() for part in parts) if part]


def read_limit(limit: str) -> Parts:
    """The patterns of `--limit`; `@file` names a file with one a line."""
    return Parts(pattern for part in split(limit) for pattern in _from_file(part))


def _from_file(part: str) -> list[str]:
    if not part.startswith("@"):
        return [part]
    path = Path(part[1:]).expanduser()
    if not path.exists():
        raise NobodyLeft(f"Unable to find limit file {path}")
    if path.is_dir():
        raise NobodyLeft(f'Limit starting with "@" must be a file, not a directory: {path}')
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NobodyLeft(f"--limit {part} cannot be read: {reason}") from None
    return [line.strip() for line in lines if line.strip()]


def _is_address(text: str) -> bool:
    if text.count(":") < 2:  # noqa: PLR2004  # no IPv6 address has fewer
        return False
    from ipaddress import IPv6Address

    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _subscript(pattern: str) -> tuple[str, slice | None]:
    if pattern[0] == "~" or "[" not in pattern:
        return pattern, None
    found = re.fullmatch(_SUBSCRIPT, pattern)
    if not found:
        return pattern, None
    expression, index, start, end = found.groups()
    if index is not None:
        return expression, slice(int(index), int(index) + 1 or None)
    return expression, slice(int(start), int(end) + 1 if end else None, 1)


def _compiled(pattern: str) -> Callable[[str], object]:
    if pattern[0] != "~" and _GLOB.isdisjoint(pattern):
        return pattern.__eq__
    import fnmatch

    try:
        return re.compile(pattern[1:] if pattern[0] == "~" else fnmatch.translate(pattern)).match
    except re.error as error:
        raise PatternError(f'"{pattern}" is not a regular expression: {error}') from None
