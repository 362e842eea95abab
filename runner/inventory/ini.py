"""INI inventories, as Ansible reads them.

    [web]
    web[01:10].example.com http_port=8080      # hosts, and their variables
    [prod:children]
    web
    [web:vars]
    greeting="hello"

What follows `=` is a Python literal where it can be one (`5`, `True`, `[1, 2]`), else a text. On
the line of a host the shell's quotes come off first; in a section of variables they do not. What is
wrong is told in Ansible's words: scripts look for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

from ..errors import Place
from ..source import MapNode
from ..spelling import did_you_mean
from .draft import Draft, GroupDraft
from .literals import value_of
from .ranges import RangeError, expand

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_GROUP = re.compile(r"([^:\]\s]+)\s*(?:#.*)?")
_WORD = re.compile(r"[^ \t\r\n]+")
_OF_SHELLS = frozenset("\"'\\#")


class _Pending(NamedTuple):
    """A group that is named before it is declared, where, and the groups to hold it then."""

    group: str
    place: Place
    parents: list[str]


def read(draft: Draft, text: str, file: str) -> None:
    """Add what the text says; what is wrong with it becomes problems."""
    reader = _Reader(draft, file)
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and stripped[0] not in "#;":
            reader.read(stripped, Place(file, number, line.index(stripped) + 1))
    reader.resolve()


class _Reader:
    def __init__(self, draft: Draft, file: str) -> None:
        self._draft = draft
        self._file = file
        self._kinds = {"hosts": self._hosts, "children": self._child, "vars": self._variable}
        self._pending: dict[str, _Pending] = {}
        self._group = "ungrouped"
        self._line = self._hosts

    def read(self, line: str, place: Place) -> None:
        section = _SECTION.fullmatch(line)
        if section:
            self._section(section[1], section[2] or "hosts", place)
        elif line[0] == "[" and line[-1] == "]":
            self._line = self._skip
            hint = "write [group] or [group:vars], no blanks"
            self._draft.problem(place, f"Invalid section entry: '{line}'.", hint, len(line))
        else:
            self._line(line, place)

    def resolve(self) -> None:
        """See that all groups are declared."""
        declared = self._draft.groups.keys() - self._pending.keys()
        for group, place, parents in self._pending.values():
            message = f"Section [{group}:vars] not valid for undefined group '{group}'."
            if parents:
                message = f"Section [{parents[-1]}:children] includes undefined group '{group}'."
            self._draft.problem(place, message, did_you_mean(group, declared), len(group))

    # Lines ------------------------------------------------------------------------------------

    def _section(self, group: str, kind: str, place: Place) -> None:
        self._group = group
        self._line = self._kinds.get(kind, self._skip)
        if kind == "vars":
            self._expect(group, _right(place, 1))
            self._draft.group(group)
        elif kind in self._kinds:
            self._declare(self._draft.group(group), place)
        else:
            hint = did_you_mean(kind, self._kinds) or "write hosts, children or vars"
            at = _right(place, len(group) + 2)
            message = f"Section [{group}:{kind}] has unknown type: {kind}"
            self._draft.problem(at, message, hint, len(kind))

    def _expect(self, group: str, place: Place) -> _Pending | None:
        """The group if it must still be declared."""
        name = self._draft.named(group)
        if name not in self._draft.groups:
            self._pending.setdefault(name, _Pending(group, place, []))
            return self._pending[name]
        return None

    def _declare(self, group: GroupDraft, place: Place) -> None:
        pending = self._pending.pop(group.name, None)
        for parent in pending.parents if pending else ():
            self._draft.add_child(self._draft.group(parent), group, place)

    def _skip(self, line: str, place: Place) -> None:
        """The section is told to be wrong; its lines are not."""

    def _child(self, line: str, place: Place) -> None:
        name = _GROUP.fullmatch(line)
        if not name:
            self._draft.problem(place, f"Expected group name, got: {line}", "", len(line))
        elif pending := self._expect(name[1], place):
            pending.parents.append(self._group)
        else:
            parent = self._draft.group(self._group)
            self._draft.add_child(parent, self._draft.group(name[1]), place)

    def _variable(self, line: str, place: Place) -> None:
        variables = MapNode(place)
        self._assign(variables, line, place)
        self._draft.set(self._draft.group(self._group), variables)

    def _hosts(self, line: str, place: Place) -> None:
        try:
            (pattern, _), *rest = _tokens(line)
            names, port = expand(pattern)
        except ValueError as error:
            told, hint = str(error), ""
            if not isinstance(error, RangeError):
                told = f"Error parsing host definition {line!r}: {error}"
                hint = "close the quotation"
            self._draft.problem(place, told, hint, len(line.split(maxsplit=1)[0]))
            return
        variables, known = MapNode(place), len(self._draft.problems)
        for text, offset in rest:
            self._assign(variables, text, _right(place, offset), line[offset:])
        if len(self._draft.problems) > known:
            return
        for name in names:
            group = self._draft.group(self._group)
            self._draft.set(self._draft.host(name, group, self._file, (port, place)), variables)

    def _assign(self, variables: MapNode, text: str, place: Place, written: str = "") -> None:
        key, equals, value = text.partition("=")
        if not written:
            key, value = key.strip(), value.strip()
        if not equals or not key:
            what = " host variable assignment" if written else ""
            message = f"Expected key=value{what}, got: {text}"
            self._draft.problem(place, message, "", len(text))
            return
        at = _right(place, _value_offset(written or text))
        variables.put(key, place, value_of(value, at, self._draft.templates), at)


def _tokens(line: str) -> Iterator[tuple[str, int]]:
    """The words of a line as a shell splits it, and where each begins."""
    if _OF_SHELLS.isdisjoint(line):
        yield from ((found[0], found.start()) for found in _WORD.finditer(line))
        return
    import shlex

    stream = StringIO(line)
    lexer = shlex.shlex(stream, posix=True)
    lexer.whitespace_split = True
    offset = 0
    while (token := lexer.get_token()) is not None:
        offset += len(line[offset:]) - len(line[offset:].lstrip())
        yield token, offset
        offset = stream.tell()


def _value_offset(assignment: str) -> int:
    name, _, value = assignment.partition("=")
    return len(name) + 1 + len(value) - len(value.lstrip(" \t\"'"))


def _right(place: Place, count: int) -> Place:
    return Place(place.file, place.line, place.column + count)
