"""From YAML's events to values with places, in one pass and without recursion.

PyYAML's own composer calls itself once a level: `[` a hundred thousand deep crashes the process.
Here depth is bounded, also through aliases, and so is what aliases and merge keys add: a document
of a few lines cannot grow into more than MAX_ALIASED nodes ("billion laughs").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from . import scalars
from .errors import Place, PlaybookError, Problem
from .nodes import MapNode, SeqNode, Template
from .yaml_errors import explain, quoting_hint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DEPTH = 100
MAX_ALIASED = 100_000

_MARKS = re.compile(r"\{[{%#]")
_NOTHING: Any = object()
_DROPPED: Any = object()
_BOOLEANS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_COLLECTION_TAGS = frozenset({None, "!", "!unsafe", scalars.PREFIX + "map", scalars.PREFIX + "seq"})


class _PureParser(Reader, Scanner, Parser):
    """PyYAML's parser in Python, for installations without libyaml."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)


_parser: Callable[[str], Any] = _PureParser
if yaml.__with_libyaml__:
    from yaml.cyaml import CParser as _parser


class _Whole(NamedTuple):
    """A finished node that has an anchor: its value, how many nodes it holds and how deep."""

    value: object
    size: int
    height: int


class _Open:
    """A mapping or a list whose end has not been met."""

    __slots__ = ("anchor", "height", "key", "key_place", "merges", "node", "size", "unsafe")

    def __init__(self, node: MapNode | SeqNode, anchor: str | None, unsafe: bool) -> None:
        self.node = node
        self.anchor = anchor
        self.unsafe = unsafe
        self.key: Any = _NOTHING
        self.key_place = node.place
        self.merges: list[MapNode] = []
        self.size = 1
        self.height = 1


class Composer:
    """Reads the one document of a text; afterwards the attributes tell what was found."""

    def __init__(self, text: str, file: str) -> None:
        self.value: object = None
        self.templates: list[Template] = []
        self.warnings: list[Problem] = []
        self.problems: list[Problem] = []
        self.words: dict[Place, str] = {}
        self._text = text
        self._file = file
        self._stack: list[_Open] = []
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
        if self.problems:
            raise PlaybookError(self.problems)

    def _events(self) -> Iterator[Any]:
        try:
            parser = _parser(self._text)
            while event := parser.get_event():
                yield event
        except yaml.YAMLError as error:
            problem = explain(error, self._text, self._file)
            known = {found.place and found.place.line for found in self.problems}
            if not (problem.place and problem.place.line in known):
                self.problems.append(problem)

    # Events -----------------------------------------------------------------------------------

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            msg = "a second document begins here; a file holds one document"
            self._refuse(self._place(event), msg, "remove the line, or put the rest into a file of its own")

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        place = Place(self._file, mark.line + 1, mark.column + 1)
        text = event.value
        value = text
        unsafe = event.tag == "!unsafe" or (self._stack and self._stack[-1].unsafe)
        if event.tag or event.implicit[0]:
            value = self._resolve(event, place)
        if type(value) is str and "{" in value and not unsafe and _MARKS.search(value):
            value = self._template(value, event, place)
        whole = _Whole(value, 1 + len(text) // 100, 0)
        if event.anchor:
            self._anchors[event.anchor] = whole
        if text == "<<" and event.implicit[0] and self._expects_key():
            value = _MERGE
        self._add(value, place, whole.size, 0)

    def _resolve(self, event: Any, place: Place) -> object:
        try:
            value = scalars.tagged(event.value, event.tag) if event.tag else scalars.resolve(event.value)
        except scalars.ScalarError as error:
            self._problem(place, *error.args)
            return None
        if type(value) is bool and event.value not in _BOOLEANS:
            self.words[place] = event.value
        return value

    def _template(self, value: str, event: Any, place: Place) -> Template:
        raw = self._text[event.start_mark.index : event.end_mark.index]
        template = Template(value, content_place(self._text, event.start_mark.index, place), raw, place)
        self.templates.append(template)
        return template

    def _start(self, event: Any) -> None:
        place = self._place(event)
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(place, f"nested more than {MAX_DEPTH} levels deep")
        if event.tag not in _COLLECTION_TAGS:
            self._problem(place, *scalars.refusal(event.tag))
        is_map = type(event) is yaml.MappingStartEvent
        node = MapNode(place) if is_map else SeqNode(place)
        unsafe = event.tag == "!unsafe" or bool(self._stack and self._stack[-1].unsafe)
        self._stack.append(_Open(node, event.anchor, unsafe))

    def _end(self, _event: Any) -> None:
        closed = self._stack.pop()
        node = closed.node
        if type(node) is SeqNode:
            self._warn_of_words(node)
        elif closed.merges:
            node = self._merged(closed)
        if closed.anchor:
            self._anchors[closed.anchor] = _Whole(node, closed.size, closed.height)
        self._add(node, node.place, closed.size, closed.height)

    def _alias(self, event: Any) -> None:
        place = self._place(event)
        whole = self._anchors.get(event.anchor)
        if any(frame.anchor == event.anchor for frame in self._stack):
            self._problem(place, f"the alias *{event.anchor} lies inside what it stands for")
            whole = _Whole(None, 1, 0)
        elif whole is None:
            whole = self._undefined(event.anchor, place)
        self._aliased += whole.size
        if self._aliased > MAX_ALIASED:
            msg = f"aliases and merge keys make more than {MAX_ALIASED:,} values of this file"
            self._refuse(place, msg, "write the values out, or compute them in a template")
        if len(self._stack) + whole.height > MAX_DEPTH:
            self._refuse(place, f"nested more than {MAX_DEPTH} levels deep")
        self._add(whole.value, place, whole.size, whole.height)

    def _undefined(self, name: str, place: Place) -> _Whole:
        msg = f"the alias *{name} stands for nothing: no &{name} comes before it"
        self._problem(place, msg, f'if it is a text, quote it: "*{name}"')
        return _Whole(None, 1, 0)

    # Values -----------------------------------------------------------------------------------

    def _expects_key(self) -> bool:
        frame = self._stack[-1] if self._stack else None
        return frame is not None and frame.key is _NOTHING and type(frame.node) is MapNode

    def _add(self, value: object, place: Place, size: int, height: int) -> None:
        if not self._stack:
            self.value = value
            return
        frame = self._stack[-1]
        frame.size += size
        if height >= frame.height:
            frame.height = height + 1
        node = frame.node
        if type(node) is SeqNode:
            node.put(value, place)
        elif frame.key is _NOTHING:
            self._add_key(frame, value, place)
        else:
            self._add_value(frame, value, place)

    def _add_key(self, frame: _Open, key: object, place: Place) -> None:
        frame.key_place = place
        frame.key = key
        if isinstance(key, MapNode | SeqNode):
            self._unhashable(place)
            frame.key = _DROPPED
        elif key is _MERGE:
            if frame.merges:
                self._problem(place, "<< appears twice in this mapping", "write <<: [*first, *second]")
        elif key in frame.node:
            self._duplicate(frame, key, place)
            frame.key = _DROPPED
        elif place in self.words:
            self._warn_of_word(place, "this key")

    def _add_value(self, frame: _Open, value: object, place: Place) -> None:
        key, frame.key = frame.key, _NOTHING
        if key is _MERGE:
            self._merge(frame, value, place)
        elif key is not _DROPPED:
            assert isinstance(frame.node, MapNode)
            frame.node.put(key, frame.key_place, value, place)

    def _merge(self, frame: _Open, value: object, place: Place) -> None:
        parts = value if isinstance(value, SeqNode) else [value]
        maps = [part for part in parts if isinstance(part, MapNode)]
        if len(maps) < len(parts):
            self._problem(place, "<< takes a mapping, or a list of mappings", "")
        frame.merges = maps[::-1]

    def _merged(self, closed: _Open) -> MapNode:
        """The mapping with what it merges: its own keys win, then the first merged."""
        whole = MapNode(closed.node.place)
        for part in closed.merges:
            whole.take(part)
        assert isinstance(closed.node, MapNode)
        whole.take(closed.node)
        return whole

    # Problems ---------------------------------------------------------------------------------

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _problem(self, place: Place, message: str, hint: str = "", width: int = 1) -> None:
        self.problems.append(Problem(place, message, hint, width))

    def _refuse(self, place: Place, message: str, hint: str = "") -> None:
        self._problem(place, message, hint)
        raise PlaybookError(self.problems)

    def _duplicate(self, frame: _Open, key: object, place: Place) -> None:
        assert isinstance(frame.node, MapNode)
        first = frame.node.key_places[key]
        where = f"line {first.line}, column {first.column}"
        self._problem(place, f'the key "{key}" is here a second time; the first is in {where}', "", len(str(key)))

    def _unhashable(self, place: Place) -> None:
        line = self._text.splitlines()[place.line - 1]
        if line.startswith("{{", place.column - 2):
            outer = Place(place.file, place.line, place.column - 1)
            msg = "a value that begins with {{ must be quoted"
            self._problem(outer, msg, quoting_hint(line, outer.column - 1), 2)
        else:
            self._problem(place, "a key must be a text or a number, not a mapping or a list")

    def _warn_of_words(self, node: SeqNode) -> None:
        if not self.words or not any(isinstance(item, str) for item in node):
            return
        for item, place in zip(node, node.places, strict=True):
            if isinstance(item, bool) and place in self.words:
                self._warn_of_word(place, "this item of a list of texts")

    def _warn_of_word(self, place: Place, what: str) -> None:
        word = self.words[place]
        meaning = "true" if scalars.CONSTANTS[word] else "false"
        msg = f"{what} is the boolean {meaning}, as `{word}` is in YAML"
        self.warnings.append(Problem(place, msg, f'write "{word}" if it is a text', len(word)))


_MERGE: Any = object()


def content_place(text: str, index: int, place: Place) -> Place:
    """The place of the first character of the scalar that begins at `index`, `place`."""
    first = text[index]
    if first in "\"'":
        return Place(place.file, place.line, place.column + 1)
    if first not in "|>":
        return place
    start = text.find("\n", index) + 1
    end = text.find("\n", start)
    line = text[start:end] if end >= 0 else text[start:]
    return Place(place.file, place.line + 1, len(line) - len(line.lstrip(" ")) + 1)
