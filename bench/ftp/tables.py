"""What was measured, as tables in Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from ..measure import Cost
from ..rounds import Results
from .cases import Case

OURS = "opsplay"
MIRRORS = ("lftp", "rclone")
HEAD = """\
| | speed | time | CPU | memory | opsplay is faster by |
|---|--:|--:|--:|--:|--:|"""
SUMMARY_HEAD = """\
| | opsplay | best of lftp and rclone | | best of all others | |
|---|--:|--:|--:|--:|--:|"""


def table(case: Case, results: Results) -> str:
    ours = results.get(OURS)
    rows = [row(case, name, result, ours) for name, result in results.items()]
    return "\n".join([f"### {case.title}", "", HEAD, *rows])


def row(case: Case, name: str, result: Cost | str, ours: Cost | str | None) -> str:
    if isinstance(result, str):
        return f"| {name} | {result.replace('|', '¦')} | | | | |"
    cells = [
        case.tree.rate(result.wall),
        f"{result.wall:.2f} s",
        f"{result.cpu:.2f} s",
        f"{result.memory:.0f} MB",
        "" if name == OURS else times(ours, result),
    ]
    return f"| {name} | {' | '.join(cells)} |"


def times(ours: Cost | str | None, theirs: Cost) -> str:
    return f"{theirs.wall / ours.wall:.2f} ×" if isinstance(ours, Cost) else "–"


def summary(measured: Mapping[Case, Results]) -> str:
    return "\n".join(
        [
            SUMMARY_HEAD,
            *(summary_row(case, results) for case, results in measured.items()),
        ]
    )


def summary_row(case: Case, results: Results) -> str:
    ours = results.get(OURS)
    speed = case.tree.rate(ours.wall) if isinstance(ours, Cost) else "–"
    costs = {
        name: cost for name, cost in results.items() if name != OURS and isinstance(cost, Cost)
    }
    mirrors = {name: cost for name, cost in costs.items() if name.startswith(MIRRORS)}
    rivals = [*rival(case, ours, mirrors), *rival(case, ours, costs)]
    return f"| {' | '.join([case.title, speed, *rivals])} |"


def rival(case: Case, ours: Cost | str | None, costs: Mapping[str, Cost]) -> list[str]:
    """Name the fastest of these with its speed, and how many times faster we are."""
    if not costs:
        return ["–", ""]
    name, cost = min(costs.items(), key=lambda item: item[1].wall)
    return [f"{name}: {case.tree.rate(cost.wall)}", times(ours, cost)]
