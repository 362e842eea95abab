"""The kind with named entries: `Params` itself, or a dataclass inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from .. import dataclasses
from ..dataclasses import dataclass
from ..spelling import did_you_mean
from ..task import Guard, Rest
from .kind import Kind, Schema, Wrong

_PLAIN = frozenset({str, int, float, bool, type(None)})
_NOTHING: Mapping[Any, Any] = {}


@dataclass(frozen=True, eq=False, repr=False)
class Fault:
    """One argument that does not fit: the way to it, what is wrong, and what may help."""

    path: tuple[str | int, ...]
    message: str
    hint: str = ""
    is_unknown: bool = False
    """Whether there is no such argument."""
    is_lacking: bool = False
    """Whether arguments are missing that are required."""
    unable: str = ""
    """What Ansible says of it."""

    @property
    def name(self) -> str:
        """The argument as a person writes it: `users[1].name`."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "".join(parts).removeprefix(".")

    @property
    def told(self) -> str:
        """The message, and what it is about."""
        if not self.path:
            return self.message
        if self.message.startswith("must "):
            return f"value of {self.name} {self.message}"
        return f"{self.name}: {self.message}"

    @property
    def told_as_ansible(self) -> str:
        """The message behind Ansible's own."""
        return f"argument '{self.name}' {self.unable}: {self.message}" if self.unable else self.told

    def __str__(self) -> str:
        return self.told + (f"; {self.hint}" if self.hint else "")


class Faulty(Wrong):
    """Several things are wrong inside one value."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Field:
    """One parameter, with all that its annotation says."""

    name: str
    kind: Kind
    doc: str
    required: bool
    default: object
    aliases: tuple[str, ...]
    kept: tuple[str, ...]
    """The names under which the value is among the rest, too."""
    markers: frozenset[type]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    @property
    def plain_default(self) -> Any:
        """The default as JSON has it; None where there is none worth telling."""
        if self.required or self.kind.secret:
            return None
        if dataclasses.is_dataclass(self.default) and not isinstance(self.default, type):
            return _set_apart(self.default)
        return self.default

    def schema(self) -> Schema:
        default = self.plain_default
        return {
            "description": self.doc,
            **self.kind.schema(),
            "errorMessage": f"expected {self.kind.expected}",
            **({} if default is None else {"default": default}),
        }


def _set_apart(record: Any) -> dict[str, Any] | None:
    """What in a record is not as it would be anyway."""
    found = {
        name: value
        for name, value in dataclasses.asdict(record).items()
        if value not in (record.__dataclass_fields__[name].default, [], {})
    }
    return found or None


class Record(Kind):
    """A mapping that becomes a dataclass."""

    label = "mapping"
    expected = "a mapping"
    type_name = "dict"

    def __init__(self, cls: type, fields: Sequence[Field]) -> None:
        self.cls = cls
        self.fields = tuple(fields)
        self.rest = next((field for field in fields if Rest in field.markers), None)
        self.named = [field for field in fields if field is not self.rest]
        self.secrets = [field.name for field in fields if field.kind.secret]
        self.secret = bool(self.secrets)
        self.checked = any(field.kind.checked for field in fields)
        self.guards = [field.name for field in fields if Guard in field.markers]
        self._required = [field for field in self.named if field.required]
        self._left_out, self._makers = _left_out(cls)
        self._by_name = {
            name: (field.name, field.kind.convert) for field in self.named for name in field.names
        }
        self._aliases = {alias: field.name for field in self.named for alias in field.aliases}
        self._kept = frozenset(name for field in self.named for name in field.kept)

    def fits(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def convert(self, value: object) -> Any:
        if not isinstance(value, Mapping):
            raise self.wrong(value)
        built, faults = self.build(value)
        if faults:
            raise Faulty(faults)
        return built

    def converted(self, given: Mapping[Any, Any]) -> dict[Any, Any]:
        """Of what is given again and again, what need not be converted again: plain values."""
        found: dict[Any, Any] = {}
        for key in given.keys() & self._by_name.keys():
            with suppress(Wrong):
                found[key] = self._by_name[key][1](given[key])
        return {key: value for key, value in found.items() if type(value) in _PLAIN}

    def given_twice(self, given: Mapping[Any, Any]) -> list[tuple[str, str]]:
        """The parameters that are given by their own name and by another one."""
        if not self._aliases:
            return []
        others = given.keys() & self._aliases.keys()
        return [(self._aliases[key], key) for key in others if self._aliases[key] in given]

    def build(
        self, given: Mapping[Any, Any], converted: Mapping[Any, Any] = _NOTHING
    ) -> tuple[Any, list[Fault]]:
        """The dataclass, or all that keeps it from being built."""
        values: dict[str, Any] = {}
        others: dict[str, Any] = {}
        faults: list[Fault] = []
        for key, value in given.items():
            if key not in self._by_name:
                others[str(key)] = value
                continue
            name, convert = self._by_name[key]
            if key in self._kept:
                others[key] = value
            if key == name and name in values:
                continue  # As in Ansible, another name counts more.
            try:
                values[name] = converted[key] if key in converted else convert(value)
            except Wrong as error:
                values[name] = None
                faults += _faults(error.under(key))
        if others:
            faults += self._take(others, values)
        if lacking := [field.name for field in self._required if field.name not in values]:
            faults.append(Fault((), _missing(*lacking), is_lacking=True))
        return (None, faults) if faults else (self._made(values), faults)

    def _made(self, values: dict[str, Any]) -> Any:
        """As the class makes it, but many fields at once: a frozen one sets each of them apart."""
        if self._left_out is None:
            return self.cls(**values)
        made: Any = object.__new__(self.cls)
        known = vars(made)
        known.update(self._left_out)
        for name, make in self._makers.items():
            known[name] = make()
        known.update(values)
        return made

    def _take(self, others: dict[str, Any], values: dict[str, Any]) -> list[Fault]:
        if self.rest is None:
            return [self._unknown(name) for name in others]
        try:
            values[self.rest.name] = self.rest.kind.convert(others)
        except Wrong as error:
            return list(_faults(error))
        return []

    def _unknown(self, name: str) -> Fault:
        known = ", ".join(field.name for field in self.named) or "none"
        hint = did_you_mean(name, self._by_name) or f"known arguments: {known}"
        return Fault((name,), "no such argument", hint, is_unknown=True)

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        properties: Schema = {field.name: field.schema() for field in self.named}
        for field in self.named:
            other = {"description": f"Another name of `{field.name}`."}
            properties |= {alias: {**field.schema(), **other} for alias in field.aliases}
        rest = self.rest.kind.schema()["additionalProperties"] if self.rest else False
        head: Schema = {"type": ["object"], "properties": properties}
        return {**head, **self._required_schema(), "additionalProperties": rest}

    def _required_schema(self) -> Schema:
        """`required`; where a parameter has other names, any of them will do."""
        plain = [field.name for field in self._required if not field.aliases]
        ways = [
            {
                "anyOf": [{"required": [name]} for name in field.names],
                "errorMessage": _missing(field.name),
            }
            for field in self._required
            if field.aliases
        ]
        return {**({"required": plain} if plain else {}), **({"allOf": ways} if ways else {})}


def _left_out(cls: Any) -> tuple[dict[str, Any] | None, dict[str, Callable[[], Any]]]:
    """What fields are that are left out, and what makes it; None of a class that does more."""
    if hasattr(cls, "__post_init__") or hasattr(cls, "__slots__"):
        return None, {}
    unset, fields = dataclasses.MISSING, dataclasses.fields(cls)
    return (
        {field.name: field.default for field in fields if field.default is not unset},
        {
            field.name: field.default_factory
            for field in fields
            if field.default_factory is not unset
        },
    )


def _missing(*names: str) -> str:
    return f"missing required arguments: {', '.join(names)}"


def _faults(error: Wrong) -> Iterator[Fault]:
    if not isinstance(error, Faulty):
        yield Fault(error.path, error.message, error.hint, unable=error.unable)
        return
    for fault in error.faults:
        yield dataclasses.replace(fault, path=(*error.path, *fault.path))
