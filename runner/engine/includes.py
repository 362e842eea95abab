"""Includes: what they name, found and checked when the step runs, built when it is walked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..actions.orders import Include, IncludeRole, Order
from ..dataclasses import dataclass, field, replace
from ..errors import PlaybookError
from ..roles import named_file
from .outline import Handed

if TYPE_CHECKING:
    from ..builder import Built
    from ..nodes import ListKind
    from ..playbook import Inherited, Step
    from ..variables import Layer
    from .batch import Batch
    from .hosts import HostState

_Order: TypeAlias = Include | IncludeRole
_KINDS = (Include, IncludeRole)
_MOST = 1000
"""So many steps' are kept."""


@dataclass(eq=False, repr=False)
class Includes:
    """What the hosts of one step include: the same for the same item together.

    As in Ansible, an item that knows its place is the same only there, whatever its label says,
    and what `apply` gives has to be the same.

    Of two items that look the same, the first of one host goes with the first of another.
    """

    _wanted: dict[tuple[object, int], tuple[_Order, dict[str, Layer]]] = field(default_factory=dict)

    def add(self, orders: Iterable[_Order], host: HostState) -> None:
        """Take in what one host includes."""
        seen: Counter[object] = Counter()
        for order in orders:
            named = order.file if isinstance(order, Include) else order.use.identity
            what = (named, order.label, order.position, repr(order.applied))
            number = seen[what]
            seen[what] += 1
            _, params = self._wanted.setdefault((what, number), (order, {}))
            params[host.name] = order.params

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def __iter__(self) -> Iterator[tuple[_Order, Mapping[str, Layer]]]:
        return iter(self._wanted.values())


def checked(
    order: _Order, step: Step, batch: Batch, of_host: Iterable[Layer], kind: ListKind
) -> _Order:
    """The order with what it names found and checked; raises PlaybookError.

    What is imported there may be named by the item of a loop, or of one around it: `of_host`,
    lowest first. Then each item is an order of its own.
    """
    try:
        return _checked(order, step, batch, kind)
    except PlaybookError:
        naming = {name: value for layer in of_host for name, value in layer.items()}
        if not naming:
            raise
        return _checked(replace(order, naming=naming), step, batch, kind)


def _checked(order: _Order, step: Step, batch: Batch, kind: ListKind) -> _Order:
    around, base = _around(order, step), batch.play.file.parent
    if isinstance(order, IncludeRole):
        place = step.args.value_places.get("name", step.place)
        use = replace(order.use, place=place, vars=step.own_vars)
        batch.run.check_role(use, around, base)
        return replace(order, use=use)
    role = around.role.named if around.role else None
    path = named_file(step.file, order.file, role, base)
    batch.run.check_tasks(path, around, base, kind)
    return replace(order, file=str(path))


@dataclass(frozen=True, eq=False, repr=False)
class Inclusion(Handed):
    """What one item, or a step without a loop, includes."""

    built: Built
    is_of_tasks: bool

    def lasting(self, handler: Step) -> Step:
        """A handler that it brings, with its own params when tasks have those of the next."""
        layers = handler.inherited.params
        kept = [_OfEverybody(self.params if one is self.given else one) for one in layers]
        return replace(handler, inherited=replace(handler.inherited, params=tuple(kept)))


class _OfEverybody(dict[str, "Layer"]):
    """By host; as in Ansible, one that has not included it sees what the first has given."""

    def __contains__(self, _: object) -> bool:
        return bool(self)

    def __missing__(self, _: str) -> Layer:
        return next(iter(self.values()))


class Builds:
    """What steps have included: in a loop it is mostly the same again, and is built once."""

    def __init__(self) -> None:
        self._known: dict[Step, tuple[object, dict[str, Layer], Built]] = {}

    def of(self, order: _Order, step: Step, params: Mapping[str, Layer], batch: Batch) -> Inclusion:
        """The tasks that the order names; each host has its `params`."""
        what, given, built = self._known.get(step, (None, {}, None))
        if built is None or what != _identity(order):
            given = {}
            built = _built(order, step, given, batch)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[step] = (_identity(order), given, built)
        return Inclusion(params, given, built, isinstance(order, Include))


def _identity(order: _Order) -> object:
    if isinstance(order, Include):
        return order.file, order.naming
    use = order.use
    return use.identity, use.repeats, use.public, use.checked, order.naming


def _around(order: _Order, step: Step) -> Inherited:
    around = step.around_included
    return replace(around, known=around.known.given(order.naming)) if order.naming else around


def _built(order: _Order, step: Step, params: Mapping[str, Layer], batch: Batch) -> Built:
    around, base = _around(order, step), batch.play.file.parent
    inherited = replace(around, params=(params, *around.params))
    if isinstance(order, IncludeRole):
        return batch.run.role_of(order.use, inherited, base)
    return batch.run.tasks_of(Path(order.file), inherited, base)


def among(orders: Iterable[Order]) -> list[_Order]:
    """The orders that include something."""
    return [order for order in orders if isinstance(order, _KINDS)]


def without(orders: Iterable[Order]) -> tuple[Order, ...]:
    """The orders that include nothing."""
    return tuple(order for order in orders if not isinstance(order, _KINDS))
