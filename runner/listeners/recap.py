"""The end of a run: the slowest tasks, and every host's totals in Ansible's form.

Scripts that read Ansible's recap read this one: names, order and blanks are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ExitCode
from ..events import Recap, RunFinished
from ..terminal import Paint, one_line, width
from .amounts import duration

_HOST_WIDTH = 26
_STYLES = {
    "ok": "green",
    "changed": "yellow",
    "unreachable": "bright red",
    "failed": "red",
    "skipped": "cyan",
    "rescued": "green",
    "ignored": "bright magenta",
}
_SLOWEST = 10
_RUN = "_run"


def totals(recap: Mapping[str, Recap], paint: Paint) -> str:
    """One line a host."""
    return "".join(_host_line(host, recap[host], paint) for host in sorted(recap))


def is_broken_off(run: RunFinished) -> bool:
    """Whether an error has ended it that is none of a host: of such a run Ansible has no recap."""
    unreachable = any(each.unreachable for each in run.recap.values())
    return run.exit_code == ExitCode.INVALID and not unreachable


def _host_line(host: str, recap: Recap, paint: Paint) -> str:
    counts = " ".join(
        paint(f"{name}={number:<4}", style if number else "")
        for name, style in _STYLES.items()
        for number in (getattr(recap, name),)
    )
    name = one_line(host)
    blanks = " " * (_HOST_WIDTH - width(name))
    return f"{paint(name, _host_style(recap))}{blanks} : {counts}\n"


def _host_style(recap: Recap) -> str:
    if recap.failed or recap.unreachable:
        return "red"
    return "yellow" if recap.changed else "green"


def custom_stats(stats: Mapping[str, Mapping[str, Any]], *, yaml: bool = False) -> str:
    """What set_stats kept: of each host, then of the run."""
    dump = _yaml_on_one_line if yaml else _on_one_line
    lines = {whose: one_line(f": {dump(kept)}") for whose, kept in stats.items()}
    of_hosts = [f"\t{one_line(host)}{lines[host]}\n" for host in sorted(lines) if host != _RUN]
    of_run = [f"\n\tRUN{lines[_RUN]}\n"] if _RUN in lines else []
    return "".join([*of_hosts, *of_run, "\n"])


def _on_one_line(kept: Mapping[str, Any]) -> str:
    """As Ansible writes it: spread over lines, which are then put together."""
    import json

    text = json.dumps(kept, default=str, indent=1, sort_keys=True, ensure_ascii=False)
    return text.replace("\n", "")


def _yaml_on_one_line(kept: Mapping[str, Any]) -> str:
    from .ansible_yaml import dumped

    # A blank is left of what its lines are indented by.
    return "".join(line[3:] for line in dumped(kept, pretty=True).splitlines())


def slowest(tasks: Iterable[tuple[float, str]]) -> str:
    """The ten tasks that took longest."""
    longest = sorted(tasks, key=lambda task: task[0], reverse=True)[:_SLOWEST]
    return "".join(f"{duration(seconds):>8}  {one_line(name)}\n" for seconds, name in longest)
