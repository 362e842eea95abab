"""The manual of the steps, made from the steps: `opsplay doc` and `opsplay doc STEP`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from keyword import iskeyword
from typing import Any

from .. import params
from ..dataclasses import dataclass
from ..errors import PlaybookError, UsageError
from ..kinds.compound import AnyOf, ListOf, MapOf
from ..kinds.kind import Kind
from ..kinds.plain import SecretText
from ..kinds.record import Field, Record
from ..registry import ACTIONS, STEPS, Registry, TaskType, bare
from ..spelling import did_you_mean
from ..task import Expression, Rest
from ..terminal import Paint, pad, width

PLAIN = Paint(on=False)
_UNCHECKED = "In check mode it is skipped, since it cannot tell what it would do."
_CHECKED = "In check mode it says what it would do and does nothing."
_ALIKE = "In check mode it runs, too, as it changes nothing that outlasts the run."
_NAMES = 18
"""Columns for names; a longer one has a line of its own."""


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One parameter as a reader wants it; `depth` counts the mappings around it."""

    name: str
    depth: int
    doc: str
    required: bool
    facts: tuple[str, ...]


def text(registry: Registry, name: str | None, columns: int = 80, paint: Paint = PLAIN) -> str:
    """What `opsplay doc` prints: the list of steps, or all about one."""
    if name is None:
        return overview(registry, columns, paint)
    task_type = registry.find(name)
    if task_type is None:
        near = did_you_mean(bare(name), registry.names())
        hint = near or "`opsplay doc` lists all there are"
        msg = f"there is no step {name}; {hint}"
        raise UsageError(msg)
    return page(task_type, columns, paint)


def overview(registry: Registry, columns: int = 80, paint: Paint = PLAIN) -> str:
    """Every step with its summary."""
    others = [name for name in registry.names() if name not in {*STEPS, *ACTIONS}]
    groups = {"STEPS": STEPS, "STEPS THAT STEER A RUN": ACTIONS, "STEPS OF YOUR OWN": others}
    parts = [
        _section(title, _table(_summaries(registry, names), columns, paint), paint)
        for title, names in groups.items()
        if names
    ]
    return "\n".join([*parts, "`opsplay doc STEP` tells all about one of them.\n"])


def _summaries(registry: Registry, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            task_type = registry.find(name)
        except PlaybookError as error:
            yield name, str(error)
        else:
            yield name, task_type.summary if task_type else ""


def page(task_type: TaskType, columns: int = 80, paint: Paint = PLAIN) -> str:
    """All about one step."""
    summary, _, description = task_type.doc.partition("\n")
    example = [f"    {line}".rstrip() for line in task_type.examples.splitlines()]
    rows = list(_argument_lines(task_type, columns, paint))
    returns = list(_table(task_type.returns.items(), columns, paint))
    first, *more = wrap(f"{task_type.name} - {summary}", columns, "    ")
    title = paint(task_type.name, "bold") + first.removeprefix(task_type.name)
    parts = [
        "\n".join([title, *more, "", *flow(description, columns)]),
        _section("EXAMPLES" if "\n\n- " in task_type.examples else "EXAMPLE", example, paint),
        _section("ARGUMENTS", rows, paint),
        _section("RETURNS", returns, paint),
        "\n".join(wrap(in_check_mode(task_type), columns)) + "\n",
    ]
    return "\n".join(part for part in parts if part)


def in_check_mode(task_type: TaskType) -> str:
    """What becomes of a step with `--check`."""
    if not task_type.supports_check:
        return _UNCHECKED
    return _ALIKE if task_type.repeat in ("harmless", "always") else _CHECKED


def _section(title: str, lines: Iterable[str], paint: Paint) -> str:
    body = "\n".join(lines)
    return f"{paint(title, 'bold')}\n{body}\n" if body else ""


def _table(rows: Iterable[tuple[str, str]], columns: int, paint: Paint) -> Iterator[str]:
    for name, meaning in rows:
        yield from _entry(name, [*wrap(meaning, columns - _NAMES - 2)], 2, paint)


def _argument_lines(task_type: TaskType, columns: int, paint: Paint) -> Iterator[str]:
    for argument in arguments(task_type):
        indent = 2 + 2 * argument.depth
        room = columns - indent - _NAMES
        facts = wrap("; ".join(argument.facts), room)
        lines = [*wrap(argument.doc, room), *(paint(line, "dim") for line in facts)]
        yield from _entry(argument.name, lines, indent, paint)


def _entry(name: str, lines: list[str], indent: int, paint: Paint) -> Iterator[str]:
    """A name, and what is said of it beside it; below it when the name is long."""
    if width(name) >= _NAMES:
        yield " " * indent + paint(name, "cyan")
        name = ""
    for line in lines:
        yield f"{' ' * indent}{paint(name, 'cyan')}{pad('', _NAMES - width(name))}{line}".rstrip()
        name = ""


# What there is to say about arguments ---------------------------------------------------------


def arguments(task_type: TaskType) -> list[Argument]:
    """The parameters of a step: first what must be given, then its own, then what it shares."""
    return list(_Arguments(task_type).of(params.record(task_type.params), 0))


class _Arguments:
    """Walks the parameters; what several of them take is told under the first."""

    def __init__(self, task_type: TaskType) -> None:
        self._task_type = task_type
        self._told: dict[Record, str] = {}

    def of(self, record: Record, depth: int) -> Iterator[Argument]:
        for field in sorted(record.fields, key=lambda one: (not one.required, _home(one, record))):
            # A name that Python keeps for itself has to be an alias.
            names = sorted(field.names, key=lambda name: not iskeyword(name))
            inner = list(dict.fromkeys(_records(field.kind)))
            before = [self._told[one] for one in inner if one in self._told]
            yield Argument(
                name=", ".join(names) if Rest not in field.markers else "(any name)",
                depth=depth,
                doc=field.doc,
                required=field.required,
                facts=(*self._facts(field), *(f"see `{name}`" for name in before)),
            )
            for one in inner:
                if self._told.setdefault(one, names[0]) == names[0]:
                    yield from self.of(one, depth + 1)

    def _facts(self, field: Field) -> Iterator[str]:
        if field.required:
            yield "required"
        kind = field.kind
        yield takes(kind.item if Rest in field.markers and isinstance(kind, MapOf) else kind)
        if field.plain_default not in (None, "", [], {}):
            yield f"default {_plain(field.plain_default)}"
        if _is_secret_text(kind):
            yield "never shown"
        if Expression in field.markers:
            yield "written without {{ }}"
        if field.name == self._task_type.free_form:
            yield f"may stand right after `{self._task_type.name}:`"


def _home(field: Field, record: Record) -> int:
    """How far up the classes of the record a parameter is from."""
    homes = (field.name in inspect.get_annotations(cls) for cls in record.cls.__mro__)
    return [*homes].index(True)


def _is_secret_text(kind: Kind) -> bool:
    kinds = kind.named if isinstance(kind, AnyOf) else [kind]
    return any(isinstance(one, SecretText) for one in kinds)


def takes(kind: Kind) -> str:
    """What may be given, in few words."""
    if isinstance(kind, AnyOf):
        return " or ".join(takes(inner) for inner in kind.named)
    return re.sub("^an? ", "", kind.expected)


def _plain(value: Any) -> str:
    """A default as one would write it in a playbook."""
    import json

    plain = isinstance(value, str) and value == value.strip() and value.isprintable()
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _records(kind: Kind) -> Iterator[Record]:
    if isinstance(kind, Record):
        yield kind
    elif isinstance(kind, ListOf | MapOf):
        yield from _records(kind.item)
    elif isinstance(kind, AnyOf):
        for inner in kind.kinds:
            yield from _records(inner)


# Filling lines --------------------------------------------------------------------------------


def flow(prose: str, columns: int) -> Iterator[str]:
    """Paragraphs and lists, filled anew; what is set in by four blanks stays as it is."""
    for paragraph in re.split(r"\n\s*\n", prose.strip("\n")):
        if not paragraph.strip():
            continue
        if all(line.startswith("    ") for line in paragraph.splitlines()):
            yield from paragraph.splitlines()
        else:
            for item in re.split(r"\n(?=- )", paragraph):
                yield from wrap(item, columns, "  " if item.startswith("- ") else "")
        yield ""


def wrap(prose: str, columns: int, hanging: str = "") -> Iterator[str]:
    """Words in lines of as many columns; lines after the first begin with `hanging`."""
    line = ""
    for word in prose.split():
        if line.strip() and width(line) + 1 + width(word) > columns:
            yield line
            line = hanging + word
        else:
            line = f"{line} {word}" if line.strip() else line + word
    if line:
        yield line
