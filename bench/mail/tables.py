"""What was measured, as tables in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..measure import Cost
from ..rounds import Results
from .cases import Case
from .programs import BEGINNING

OURS = "opsplay"
CLIENT = "opsplay's client alone"
LIMITS = ("smtp-source", "as fast as the server goes")
"""They make or keep no mails: there is no point in being faster."""
HEAD = """\
| | mails a second | opsplay is faster by | without start-up | CPU a mail | memory |
|---|--:|--:|--:|--:|--:|"""
SUMMARY_HEAD = """\
| | opsplay | best of the others | | opsplay, without start-up | its client, without | \
the limit, without | |
|---|--:|--:|--:|--:|--:|--:|--:|"""


def table(case: Case, results: Results) -> str:
    rows = [row(case, results, name) for name in results if not name.endswith(BEGINNING)]
    return "\n".join([f"### {case.title}", "", HEAD, *rows])


def row(case: Case, results: Results, name: str) -> str:
    result, ours = results[name], results.get(OURS)
    if isinstance(result, str):
        return f"| {name} | {result.replace('|', '¦')} | | | | |"
    cells = [
        rate(result),
        times(ours, result) if name != OURS else "",
        rate(later(case, results, name)) if f"{name}{BEGINNING}" in results else "",
        f"{result.cpu * 1000:.2f} ms",
        f"{result.memory:.0f} MB",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def later(case: Case, results: Results, name: str) -> Cost | None:
    """What a mail costs that is not the first."""
    whole, first, others = (
        results.get(name),
        results.get(f"{name}{BEGINNING}"),
        case.mails.count - 1,
    )
    if not isinstance(whole, Cost) or not isinstance(first, Cost) or not others:
        return None
    seconds = (whole.wall * case.mails.count - first.wall) / others
    return whole._replace(wall=seconds) if seconds > 0 else None


def rate(cost: Cost | str | None) -> str:
    if not isinstance(cost, Cost):
        return "–"
    return f"{1 / cost.wall:,.0f}" if cost.wall < 1 else f"{1 / cost.wall:.1f}"


def times(ours: Cost | str | None, theirs: Cost | str | None) -> str:
    if isinstance(ours, Cost) and isinstance(theirs, Cost):
        return f"{theirs.wall / ours.wall:.2f} ×"
    return "–"


def summary(measured: Mapping[Case, Results]) -> str:
    rows = [summary_row(case, results) for case, results in measured.items()]
    return "\n".join([SUMMARY_HEAD, *rows])


def summary_row(case: Case, results: Results) -> str:
    ours = results.get(OURS)
    other, others = best(results, lambda name: not name.startswith((OURS, *LIMITS)))
    compared = {name: later(case, results, name) for name in results}
    pure = {name: cost for name, cost in compared.items() if cost}
    limit, limits = best(pure, lambda name: name.startswith(LIMITS))
    cells = [
        *(rate(ours), f"{other}: {rate(others)}", times(ours, others)),
        *(rate(pure.get(OURS)), rate(pure.get(CLIENT))),
        *(f"{limit}: {rate(limits)}", times(pure.get(CLIENT), limits)),
    ]
    return f"| {case.title} | {' | '.join(cells)} |"


def best(results: Results, chosen: Callable[[str], bool]) -> tuple[str, Cost | None]:
    """Name the fastest of some programs."""
    costs = {
        name: cost for name, cost in results.items() if chosen(name) and isinstance(cost, Cost)
    }
    return min(costs.items(), key=lambda item: item[1].wall) if costs else ("nobody", None)
