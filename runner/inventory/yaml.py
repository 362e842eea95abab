"""YAML inventories: groups by name, each with `hosts`, `vars` and `children`.

What is wrong is told with Ansible's words: scripts look for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Place, Problem
from ..kinds.kind import describe
from ..source import Document, MapNode, SeqNode
from ..spelling import did_you_mean
from .draft import Draft, GroupDraft
from .ranges import RangeError, expand

_WHOLE = "YAML inventory has invalid structure, it"


def read(draft: Draft, document: Document) -> None:
    """Add what the document says; what is wrong with it becomes problems."""
    draft.note(document)
    reader = _Reader(draft, str(document.path))
    start = Place(str(document.path), 1, 1)
    top = reader.mapping(document.value, _WHOLE, start, "begin it with `all:`")
    if document.value in (None, {}) and re.search(r"^---", document.text, re.MULTILINE):
        # As in Ansible, which takes anything else that says nothing for an empty list of hosts.
        draft.problem(start, "Parsed empty YAML file", "begin it with `all:`")
    if "plugin" in top:
        draft.kind = "auto"
        _plugin(draft, top)
        return
    for name, value, place in _items(top):
        if reader.is_name(name, place):
            reader.group(str(name), value, place)


def _plugin(draft: Draft, options: MapNode) -> None:
    from . import constructed, generator

    name = options["plugin"]
    if name in constructed.NAMES:
        constructed.construct(draft, options)
        return
    if name in generator.NAMES:
        generator.generate(draft, options)
        return
    message = f"it specifies unknown plugin '{name}'; there are constructed and generator"
    hint = did_you_mean(name, (*constructed.NAMES, *generator.NAMES))
    draft.problem(options.value_places["plugin"], message, hint, len(str(name)))


class _Reader:
    def __init__(self, draft: Draft, file: str) -> None:
        self._draft = draft
        self._file = file
        self._sections = {"hosts": self._hosts, "vars": self._vars, "children": self._children}

    def group(self, name: str, value: object, place: Place) -> None:
        group = self._draft.group(name)
        if not isinstance(value, MapNode | None):
            told = f"Skipping '{name}' as this is not a valid group definition"
            hint = "give it hosts, vars, children"
            self._draft.warnings.append(Problem(place, told, hint, len(name)))
            return
        sections = self.mapping(value, name, place)
        for key, section, at in _items(sections):
            read = self._sections.get(str(key))
            if read:
                read(group, section, at)
            else:
                hint = self._hint(str(key), name)
                what = f"Skipping unexpected key ({key}) in group ({name})"
                message = f'{what}, only "vars", "children" and "hosts" are valid'
                if not isinstance(section, MapNode | None):
                    what = f"Skipping key ({key}) in group ({name}) as it is not a mapping"
                    message = f"{what}, it is {describe(section)}"
                self._draft.warnings.append(Problem(at, message, hint, len(str(key))))

    def _hosts(self, group: GroupDraft, section: object, at: Place) -> None:
        hint = "write each host as a key: `web1:`"
        for pattern, value, place in _items(self._section("hosts", group, section, at, hint)):
            if not self.is_name(pattern, place):
                continue
            try:
                names, port = expand(str(pattern))
            except RangeError as error:
                self._draft.problem(place, str(error), "", len(str(pattern)))
                continue
            what = f'the host "{pattern}"'
            # As in Ansible, whatever is false is no variables.
            variables = self.mapping(value or None, what, place, "write `name: value`")
            for name in names:
                host = self._draft.host(name, group, self._file, (port, place))
                self._draft.set(host, variables)

    def _vars(self, group: GroupDraft, section: object, at: Place) -> None:
        hint = "write `name: value`"
        self._draft.set(group, self._section("vars", group, section, at, hint))

    def _children(self, group: GroupDraft, section: object, at: Place) -> None:
        hint = "write each group as a key: `web:`"
        for name, value, place in _items(self._section("children", group, section, at, hint)):
            if self.is_name(name, place):
                self.group(str(name), value, place)
                self._draft.add_child(group, self._draft.group(str(name)), place)

    def _section(
        self, name: str, group: GroupDraft, section: object, at: Place, hint: str
    ) -> MapNode:
        if isinstance(section, str) and name != "vars":
            lone = MapNode(at)
            lone.put(section, at, None, at)
            return lone
        return self.mapping(section, f'Invalid "{name}" entry for "{group.name}" group,', at, hint)

    # Values -----------------------------------------------------------------------------------

    def mapping(self, value: object, what: str, place: Place, hint: str = "") -> MapNode:
        """The value as a mapping; nothing at all is an empty one."""
        if isinstance(value, MapNode):
            return value
        if value is not None:
            at = value.place if isinstance(value, SeqNode) else place
            kind = "a list" if isinstance(value, SeqNode) else repr(value)
            self._draft.problem(at, f"{what} requires a dictionary, found {kind}", hint)
        return MapNode(place)

    def is_name(self, name: object, place: Place) -> bool:
        if isinstance(name, str) and name:
            return True
        message = f"Host pattern {name!r} must be a string, and so must the name of a group"
        self._draft.problem(place, message, f'write "{name}"', len(str(name)))
        return False

    def _hint(self, key: str, group: str) -> str:
        near = did_you_mean(key, self._sections)
        return near or f'a group below "{group}" goes under its children'


def _items(node: MapNode) -> Iterator[tuple[object, object, Place]]:
    return ((key, value, node.key_places[key]) for key, value in node.items())
