"""How a step went on a host: one item of a loop, or all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..dataclasses import dataclass, replace
from ..events import Status

if TYPE_CHECKING:
    from ..actions.orders import Order

_ASIDES = ("warnings", "deprecations")
_NO_ITEMS = "No items in the list"
BAD = frozenset({"failed", "unreachable"})


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Outcome:
    """How a step, or one item of its loop, went. `result` is what `register` keeps."""

    status: Status
    result: dict[str, Any]
    ignored: bool = False
    hidden: bool = False
    """By no_log."""
    orders: tuple[Order, ...] = ()
    notified: tuple[str, ...] = ()
    """The handlers that hear of it if the step, with all of its items, has changed something."""
    not_found: int = 0
    """How much of what it includes is not there: as in Ansible nobody ignores that."""
    in_doubt: bool = False
    """Nobody knows whether it was done: a person decides, and neither rescue nor `always`."""
    items: int | None = None
    delegated_to: str | None = None
    quiet: bool = False
    undiffed: bool = False
    """Its difference is kept, and not shown."""
    before: bool = False
    """It came of it in the run that is resumed."""
    invocation: Mapping[str, object] | None = None
    """What it was given, if that is to be shown or kept."""

    @property
    def failed(self) -> bool:
        """It failed, or the host is out of reach, and nobody ignores that."""
        return self.status in BAD and not self.ignored

    @property
    def unreachable(self) -> bool:
        """The host is out of reach, whoever ignores that."""
        return self.status == "unreachable"

    def from_before(self) -> Outcome:
        return replace(self, before=True)


def status(result: Mapping[str, Any]) -> Status:
    if result.get("failed_when_result", result.get("failed")):
        return "failed"
    if result.get("unreachable"):
        return "unreachable"
    if result.get("skipped"):
        return "skipped"
    return "changed" if result.get("changed") else "ok"


def _left_to_do(outcomes: Sequence[Outcome], *, failed: bool) -> tuple[Order, ...]:
    """As in Ansible, nothing is set beside an item that has failed; what is included is."""
    orders = [order for outcome in outcomes for order in outcome.orders]
    if failed and orders:
        from ..actions.orders import EndRun, Include, IncludeRole

        return tuple(order for order in orders if isinstance(order, EndRun | Include | IncludeRole))
    return tuple(orders)


def _take_asides(result: dict[str, Any]) -> None:
    """As in Ansible, what items warn of is told of the loop, and of none of them."""
    found = [each for each in result["results"] if not each.keys().isdisjoint(_ASIDES)]
    if not found:
        return
    for name in _ASIDES:
        if told := [aside for each in found for aside in _listed(each.get(name) or [])]:
            result[name] = told
    result["results"] = [
        {name: value for name, value in each.items() if name not in _ASIDES}
        for each in result["results"]
    ]


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


def _result_of_all(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The result of a loop, in Ansible's words."""
    statuses = {outcome.status for outcome in outcomes}
    result: dict[str, Any] = {
        "changed": any(outcome.result.get("changed") for outcome in outcomes),
        "results": [outcome.result for outcome in outcomes],
        "skipped": all(outcome.result.get("skipped") for outcome in outcomes),
    }
    for bad in sorted(BAD & statuses):
        result[bad] = True
    if not outcomes:
        result["skipped_reason"] = _NO_ITEMS
    elif result["skipped"]:
        result["msg"] = "All items skipped"
    else:
        result["msg"] = "One or more items failed" if "failed" in result else "All items completed"
    _take_asides(result)
    return result


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a loop."""
    result = _result_of_all(outcomes)
    found = status(result)
    return Outcome(
        status=found,
        result=result,
        # As in Ansible, beside items that have failed those out of reach have no say.
        ignored=found in BAD and not any(o.failed for o in outcomes if o.status == found),
        hidden=any(outcome.hidden for outcome in outcomes),
        orders=_left_to_do(outcomes, failed="failed" in result),
        # As in Ansible nobody hears of some that went well beside others that have failed.
        notified=()
        if found in BAD
        else tuple(name for outcome in outcomes for name in outcome.notified),
        not_found=sum(outcome.not_found for outcome in outcomes),
        in_doubt=any(outcome.in_doubt for outcome in outcomes),
        items=len(outcomes),
        # As in Ansible, that of the last stands for all.
        delegated_to=outcomes[-1].delegated_to if outcomes else None,
        before=bool(outcomes) and all(outcome.before for outcome in outcomes),
    )
