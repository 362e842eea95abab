"""From YAML's events to values with places, in one pass and without recursion.

PyYAML's own composer calls itself once a level: `[` a hundred thousand deep crashes the process.
Here depth is bounded, also through aliases, and so is what aliases and merge keys add: a document
of a few lines cannot grow into more than MAX_ALIASED nodes ("billion laughs").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from ..dataclasses import dataclass
from ..errors import Place, PlaybookError, Problem, VaultError
from ..template_text import Scalar, Template, Vaulted, has_marks
from . import scalars
from .building import MERGE, Findings, OpenList, OpenMap
from .shapes import SHAPES

MAX_DEPTH = 100
MAX_ALIASED = 100_000

_BOOLEANS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_NO_TAG = (None, "!")
_COLLECTION_TAGS = frozenset({None, "!", "!unsafe", scalars.PREFIX + "map", scalars.PREFIX + "seq"})


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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Whole:
    """A finished node that has an anchor: its value, how many nodes it holds and how deep."""

    value: object
    size: int
    height: int


class Composer:
    """Reads the one document of a text; the attributes tell what was found."""

    def __init__(self, text: str, file: str, parser: Callable[[str], Any]) -> None:
        self.value: object = None
        self.templates: list[Template] = []
        self.unsafe: set[int] = set()
        """The identities of texts that are data, whatever they look like."""
        self.findings = Findings(text.splitlines())
        self._parser = parser
        self._text = text
        self._file = file
        self._stack: list[OpenMap | OpenList] = []
        self._anchors: dict[str, _Whole] = {}
        self._aliased = 0
        self._documents = 0

    def compose(self) -> None:
        """Read the text; raises PlaybookError with all problems."""
        handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        for event in self._events():
            handler = handlers.get(type(event))
            if handler:
                handler(event)
        if self.findings.problems:
            raise PlaybookError(self.findings.problems)

    def _events(self) -> Iterator[Any]:
        try:
            parser = self._parser(self._text)
            while event := parser.get_event():
                yield event
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            from .errors import explain

            opened = self._stack[-1].place if self._stack else None
            problem = explain(error, self.findings.lines, self._file, opened)
            problems = self.findings.problems
            known = {found.place.line for found in problems if found.place}
            if not (problem.place and problem.place.line in known):
                problems.append(problem)

    # Events -----------------------------------------------------------------------------------

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            # In Ansible's words: scripts look for them.
            msg = (
                "YAML parsing failed: Expected a single document in the stream but found another"
                " document."
            )
            hint = "remove the line, or put the rest into a file of its own"
            self._refuse(self._place(event), msg, hint)

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        place = Place(self._file, mark.line + 1, mark.column + 1)
        text = value = event.value
        frame = self._stack[-1] if self._stack else None
        plain = event.implicit[0]
        if plain or event.tag not in _NO_TAG:
            value = self._resolve(event, place)
        unsafe = event.tag == "!unsafe" or (frame and frame.unsafe)
        if unsafe:
            self.unsafe.add(id(value))
        elif type(value) is str and has_marks(value):
            value = self._template(value, event, place)
        size = 1 + len(text) // 100
        if event.anchor:
            self._anchors[event.anchor] = _Whole(value, size, 0)
        if text == "<<" and plain and frame and frame.expects_key:
            value = MERGE
        self._add(value, place, size, 0)

    def _resolve(self, event: Any, place: Place) -> object:
        text = event.value
        if event.tag in scalars.VAULT_TAGS:
            return self._vaulted(text, place)
        try:
            # !unsafe says nothing of the type: as in Ansible, a word is a number or a yes all the
            # same, also in quotes.
            plain = event.tag in _NO_TAG or event.tag == "!unsafe"
            value = scalars.resolve(text) if plain else scalars.tagged(text, event.tag)
        except scalars.ScalarError as error:
            self.findings.problem(place, *error.args)
            return None
        if type(value) is bool and text not in _BOOLEANS:
            self.findings.words[place] = text
        return value

    def _vaulted(self, text: str, place: Place) -> Vaulted | None:
        """What is damaged may be needed by nobody: as in Ansible, who uses it fails."""
        from ..vault.envelope import parse

        if not text:
            self.findings.problem(place, "The '!vault' tag requires a string value")
            return None
        try:
            parse(text)
        except VaultError as error:
            self.findings.warnings.append(Problem(place, error.message, error.hint))
        return Vaulted(text, place)

    def _template(self, value: str, event: Any, place: Place) -> Template:
        template = Template.read(value, Scalar(self._text, event.start_mark.index, place))
        self.templates.append(template)
        return template

    def _start(self, event: Any) -> None:
        place = self._place(event)
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(place, f"nested more than {MAX_DEPTH} levels deep")
        is_map = type(event) is yaml.MappingStartEvent
        frame = (OpenMap if is_map else OpenList)(place, event.anchor, self.findings)
        if event.tag not in _COLLECTION_TAGS:
            frame.shape = SHAPES.get((event.tag, is_map))
            if frame.shape is None:
                self.findings.problem(place, *scalars.refusal(event.tag))
        frame.unsafe = event.tag == "!unsafe" or bool(self._stack and self._stack[-1].unsafe)
        self._stack.append(frame)

    def _end(self, _event: Any) -> None:
        frame = self._stack.pop()
        node = frame.close()
        if frame.shape:
            node = frame.shape(node)
        if frame.anchor:
            self._anchors[frame.anchor] = _Whole(node, frame.size, frame.height)
        self._add(node, frame.place, frame.size, frame.height)

    def _alias(self, event: Any) -> None:
        place = self._place(event)
        whole = self._anchored(event.anchor, place)
        self._aliased += whole.size
        if self._aliased > MAX_ALIASED:
            msg = f"aliases and merge keys make more than {MAX_ALIASED:,} values of this file"
            self._refuse(place, msg, "write the values out, or compute them in a template")
        merges = bool(self._stack) and self._stack[-1].merges
        height = whole.height - 1 if merges else whole.height
        if len(self._stack) + height > MAX_DEPTH:
            self._refuse(place, f"nested more than {MAX_DEPTH} levels deep")
        self._add(whole.value, place, whole.size, height)

    def _anchored(self, name: str, place: Place) -> _Whole:
        if any(frame.anchor == name for frame in self._stack):
            self.findings.problem(place, f"the alias *{name} lies inside what it stands for")
        elif name in self._anchors:
            return self._anchors[name]
        else:
            # In Ansible's words: scripts look for them.
            hint = f'no &{name} comes before it; if it is a text, quote it: "*{name}"'
            self.findings.problem(place, "YAML parsing failed: Found undefined alias.", hint)
        return _Whole(None, 1, 0)

    # Values -----------------------------------------------------------------------------------

    def _add(self, value: object, place: Place, size: int, height: int) -> None:
        if not self._stack:
            self.value = value
            return
        frame = self._stack[-1]
        frame.size += size
        if height >= frame.height:
            frame.height = height + 1
        frame.add(value, place)

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, place: Place, message: str, hint: str = "") -> None:
        self.findings.problem(place, message, hint)
        raise PlaybookError(self.findings.problems)
