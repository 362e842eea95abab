"""The arguments of a step, by name: from a mapping, from `name=value …`, from free text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from .dataclasses import dataclass, replace
from .errors import Place, Problem
from .kinds.kind import describe
from .nodes import MapNode, SeqNode
from .template_text import Template, Vaulted, has_marks

if TYPE_CHECKING:
    from .key_values import Word
    from .registry import TaskType

# To a shell, blanks and line breaks may mean something.
_SCRIPTS = frozenset({"raw", "shell"})
_OF_SYSTEM = _SCRIPTS | {"command", "script"}
# As in Ansible, all that looks like an argument in the text of any other step is meant as one.
_COMMANDS = _OF_SYSTEM | {"ftp_command"}
_PLACES = {"chdir", "creates", "executable", "removes"}
_OF_COMMANDS = _PLACES | {"stdin", "stdin_add_newline", "strip_empty_ends", "warn"}
"""The arguments that may stand in the text of a command, which may have words of its own."""

# In Ansible's words: scripts look for them.
UNEXPECTED = "unexpected parameter type in action: "
_NO_TEXT = "Action {0!r} does not support raw params: {1}"

Written: TypeAlias = Callable[[str, Place], Template]
"""Finds the characters of a text in its file again; `Document.written` does."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call:
    """A step's name and what is written for it."""

    step: str
    place: Place
    value: object
    value_place: Place
    offset: int = 0
    """Where the arguments begin in a text."""
    beside: MapNode | None = None
    """Arguments that stand beside the text; what it says itself wins."""


def read(call: Call, step: TaskType, written: Written) -> tuple[MapNode, list[Problem]]:
    """The arguments, and what is wrong with the form they are written in."""
    if isinstance(call.value, MapNode):
        return call.value, []
    args, problems = _Arguments(call, step, written).read()
    if call.beside:
        whole = MapNode(call.beside.place)
        whole.take(call.beside)
        whole.take(args)
        return whole, problems
    return args, problems


class _Arguments:
    """Reads what is written for a step."""

    def __init__(self, call: Call, step: TaskType, written: Written) -> None:
        self._call = call
        self._step = step
        self._written = written
        self._args = MapNode(call.value_place)
        self._free = step.free_form
        self._known = step.schema["properties"]
        self._takes_any = step.schema.get("additionalProperties") is not False

    def read(self) -> tuple[MapNode, list[Problem]]:
        value, place = self._call.value, self._call.value_place
        if isinstance(value, str) and not isinstance(value, Vaulted):
            return self._args, self._read_text(value)
        if value is not None and self._free and not isinstance(value, int | float | SeqNode):
            self._args.put(self._free, place, value, place)
        elif value is not None:
            message = f"{UNEXPECTED}{describe(value)}"
            return self._args, [Problem(place, message, self._how())]
        return self._args, []

    def _read_text(self, value: str) -> list[Problem]:
        from .key_values import without, words

        place = self._call.value_place
        text = value if isinstance(value, Template) else self._written(value, place)
        start = self._call.offset
        # A backslash that stands alone is no word: it was at the end of a line.
        given = [
            word
            for word in words(text)
            if word.start >= start and text[word.start : word.end] != "\\"
        ]
        named = [word for word in given if self._is_argument(word)]
        rest, offset = "", 0
        if named != given or not given:
            named = [word for word in named if word.name != self._free]
            rest, offset = without(text[start:], [_shifted(word, -start) for word in named])
            rest, offset = self._tidied(rest), offset + start
        problems = [*self._unclosed(given, named, text)]
        if rest and not self._free and not problems:
            problems.append(self._no_free_text(value, rest, text.at(offset)))
        problems += self._put_all(named, text, value)
        kept = rest.lstrip() if start or named else rest
        if kept and self._free:
            self._put(self._free, _piece(text, value, kept, offset), text.at(offset))
        return problems

    def _tidied(self, rest: str) -> str:
        """The free text as the step is to have it."""
        from .key_values import joined

        name = self._step.name
        if name not in _SCRIPTS:
            rest = rest.strip()
        if "\\" in rest and name in _OF_SYSTEM:
            # A shell joins lines itself.
            return joined(rest, lines=name == "command")
        return rest

    def _is_argument(self, word: Word) -> bool:
        if not word.name:
            return False
        if self._step.name not in _COMMANDS or self._takes_any:
            return True
        return word.name in (_OF_COMMANDS if self._step.name in _OF_SYSTEM else self._known)

    def _put_all(self, named: list[Word], text: Template, value: str) -> list[Problem]:
        problems = []
        for word in named:
            place = text.at(word.start)
            if word.name in self._args:
                message = f"the argument {word.name} is given twice"
                problems.append(Problem(place, message, "", len(word.name)))
            name = _piece(text, value, word.name, word.start)
            self._put(name, _piece(text, value, word.value, word.value_start), place)
            self._args.value_places[word.name] = text.at(word.value_start)
        return problems

    def _put(self, name: str, value: str, place: Place) -> None:
        self._args.put(name, place, value, place)

    def _unclosed(self, given: list[Word], named: list[Word], text: Template) -> list[Problem]:
        """Quotes that are not closed: in the text of a shell they are the shell's business."""
        from .key_values import UNBALANCED

        suspects = named if self._free and self._step.name != "command" else given
        return [
            Problem(text.at(word.start), f"{UNBALANCED}: {text}", f"{word.unclosed} is opened here")
            for word in suspects
            if word.unclosed
        ]

    def _no_free_text(self, value: str, rest: str, place: Place) -> Problem:
        step = self._call.step
        if self._step.name in ("include_role", "import_role"):
            message = f"'name' is a required field for {step}."
        elif isinstance(value, Template) and rest == value.strip():
            message = f"a template cannot stand for all arguments of {step}"
        else:
            message = _NO_TEXT.format(self._step.full_name, _shortened(rest))
        hint = self._how()
        from .loader.quoting import missing_colon

        if (missing := missing_colon(rest)) and missing.key in self._known:
            hint = f"{missing.wrong}: {missing.hint}"
        return Problem(place, message, hint, len(rest.partition("\n")[0]))

    def _how(self) -> str:
        wanted = [*self._step.schema.get("required", ()), *self._known]
        if not wanted:
            return f"{self._call.step} takes no arguments"
        return f"name the argument: {self._call.step}: {{{wanted[0]}: …}}"


def _shifted(word: Word, by: int) -> Word:
    return replace(word, start=word.start + by, end=word.end + by)


def _shortened(text: str) -> str:
    first = text.partition("\n")[0]
    return repr(first if len(first) <= 40 else first[:39] + "…")  # noqa: PLR2004  # for the eye


def _piece(text: Template, value: str, piece: str, offset: int) -> str:
    """A part of the value as a value of its own: a template only if the whole was one."""
    if piece == value:
        return value
    is_template = isinstance(value, Template) and has_marks(piece)
    return text.part(piece, offset) if is_template else piece
