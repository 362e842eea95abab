"""What was measured, as tables in Markdown."""

from __future__ import annotations

from ..measure import Cost
from ..rounds import Results
from .cases import Case

OURS = "opsplay"
HEAD = """\
| | mails a second | opsplay is faster by | CPU a mail | memory |
|---|--:|--:|--:|--:|"""


def table(case: Case, results: Results) -> str:
    ours = results.get(OURS)
    rows = [row(name, result, ours) for name, result in results.items()]
    return "\n".join([f"### {case.title}", "", HEAD, *rows])


def row(name: str, result: Cost | str, ours: Cost | str | None) -> str:
    if isinstance(result, str):
        return f"| {name} | {result.replace('|', '¦')} | | | |"
    cells = [
        f"{1 / result.wall:,.0f}" if result.wall < 1 else f"{1 / result.wall:.1f}",
        times(ours, result) if name != OURS else "",
        f"{result.cpu * 1000:.2f} ms",
        f"{result.memory:.0f} MB",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def times(ours: Cost | str | None, theirs: Cost) -> str:
    return f"{theirs.wall / ours.wall:.2f} ×" if isinstance(ours, Cost) else "–"
