"""What is found in one file: problems, warnings, and what leads out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..collection_files import named_in
from ..dataclasses import dataclass, field, replace
from ..defaults import Defaults, inside
from ..errors import ExitCode, Place, Problem
from ..known import Known
from ..nodes import Document, MapNode, SeqNode
from .quick import fits

if TYPE_CHECKING:
    from ..roles.uses import RoleUse

FileKind: TypeAlias = Literal[
    "playbook", "tasks", "handlers", "variables", "role_meta", "argument_specs"
]


_HANDED_DOWN = frozenset({"failed_when", "ignore_errors", "module_defaults", "vars", "collections"})


@dataclass(slots=True, eq=False, repr=False)
class Handlers:
    """The handlers of one play, and who notifies them."""

    names: set[str] = field(default_factory=set)
    notified: list[tuple[str, Place]] = field(default_factory=list)
    all_known: bool = True
    """Whether every handler has a name that is known before the run."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Around:
    """What a task gets from the play and the blocks around it."""

    handlers: Handlers = field(default_factory=Handlers)
    defaults: Defaults = field(default_factory=dict)
    base: Path = Path()
    """The folder of the playbook."""
    role: Path | None = None
    """The folder of the role."""
    known: Known = field(default_factory=Known)
    may_fail: bool = False
    """Whether a failure is expected: what would only fail a step is then worth a warning."""
    collections: tuple[str, ...] = ()
    """Where short names are looked for first."""
    by_item: bool = False
    """Whether it is included by the item of a loop, which may name what is imported there."""

    def under(self, raw: MapNode) -> Around:
        """What is around the tasks inside `raw`."""
        if _HANDED_DOWN.isdisjoint(raw):
            return replace(self, may_fail=True) if _is_never_wanted(raw) else self
        return replace(
            self,
            defaults=inside(self.defaults, raw),
            known=self.known.under(raw),
            may_fail=self.may_fail or _is_forgiven(raw),
            collections=named_in(raw) or self.collections,
        )

    def rescued(self, raw: MapNode) -> Around:
        """What is around the tasks of the section `block` of `raw`."""
        return replace(self, may_fail=self.may_fail or bool(raw.get("rescue")))


def _is_forgiven(raw: MapNode) -> bool:
    if raw.get("ignore_errors") not in (None, False) or "failed_when" in raw:
        return True
    return _is_never_wanted(raw)


def _is_never_wanted(raw: MapNode) -> bool:
    """What is wrong with it is never met."""
    when = raw.get("when")
    return any(each is False for each in when) if isinstance(when, list) else when is False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Import:
    """A file that another names; of several names, the first that exists is meant."""

    kind: FileKind
    names: tuple[str, ...]
    place: Place
    around: Around = field(default_factory=Around)
    static: bool = True


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RoleNamed:
    """A role that a file names."""

    use: RoleUse
    around: Around
    static: bool = True


@dataclass(slots=True, eq=False, repr=False)
class Findings:
    """Collected while one file is looked at."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    roles: list[RoleNamed] = field(default_factory=list)
    plays: list[Handlers] = field(default_factory=list)

    def problem(self, place: Place, message: str, hint: str = "", width: int = 1) -> None:
        self.problems.append(Problem(place, message, hint, width))

    def warning(self, place: Place, message: str, hint: str = "", width: int = 1) -> None:
        self.warnings.append(Problem(place, message, hint, width))

    def complain(self, rules: Mapping[str, Any], value: object, place: Place, name: str) -> None:
        """Take what an entry has that its schema does not allow."""
        if not fits(rules, value):
            from .complaints import Subject, complaints

            words = self.document.words
            subject = Subject(value=value, place=place, name=name, part="entry", words=words)
            self.problems.extend(complaints(rules, subject))

    @contextmanager
    def forgiven(self) -> Iterator[None]:
        """What the body finds would fail a step, which is expected: it is worth a warning.

        What ends the whole run, as in Ansible, is a problem all the same.
        """
        before = len(self.problems)
        yield
        found = self.problems[before:]
        self.warnings += [each for each in found if each.status != ExitCode.ERROR]
        self.problems[before:] = [each for each in found if each.status == ExitCode.ERROR]


def entries(value: object) -> Iterator[tuple[object, Place]]:
    """The items of a list with their places; none of anything else."""
    if isinstance(value, SeqNode):
        yield from zip(value, value.places, strict=True)


def entries_or_one(value: object, place: Place) -> Iterator[tuple[object, Place]]:
    """The items of a list with their places, or the one value that stands in its stead."""
    if isinstance(value, SeqNode):
        yield from zip(value, value.places, strict=True)
    else:
        yield value, place
