"""How a step went on a host: one item of a loop, or all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..actions.orders import Order
from ..events import Status


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a step, or one item of its loop, went. `result` is what `register` keeps."""

    status: Status
    result: dict[str, Any]
    ignored: bool = False
    orders: tuple[Order, ...] = ()
    items: int | None = None

    @property
    def failed(self) -> bool:
        """It failed, and nobody ignores that."""
        return self.status == "failed" and not self.ignored


def status(result: Mapping[str, Any]) -> Status:
    if result["failed"]:
        return "failed"
    if result.get("skipped"):
        return "skipped"
    return "changed" if result.get("changed") else "ok"


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a loop, in Ansible's words."""
    results = [outcome.result for outcome in outcomes]
    result: dict[str, Any] = {
        "changed": any(outcome.result.get("changed") for outcome in outcomes),
        "failed": any(outcome.status == "failed" for outcome in outcomes),
        "results": results,
    }
    if all(outcome.status == "skipped" for outcome in outcomes):
        result["skipped"] = True
        result["msg"] = "All items skipped"
        if not outcomes:
            result["skipped_reason"] = "No items in the list"
    else:
        result["msg"] = "One or more items failed" if result["failed"] else "All items completed"
    return Outcome(
        status=status(result),
        result=result,
        ignored=result["failed"] and not any(outcome.failed for outcome in outcomes),
        orders=tuple(order for outcome in outcomes for order in outcome.orders),
        items=len(outcomes),
    )
