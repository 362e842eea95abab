"""Keep numbers and words about the run, for whoever reads its events, and for its end.

They are shown at the end of a run with `show_custom_stats` (`ANSIBLE_SHOW_CUSTOM_STATS`).
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass, field
from ..task import Context
from . import naming
from .orders import Ordered, SetStats

SUPPORTS_CHECK = True
REPEAT = "always"
EXAMPLES = """
- set_stats:
    data:
      mails_sent: "{{ sent.count }}"
"""
RETURNS = {"ansible_stats": "`data`, `per_host` and `aggregate`, as they were given."}


@dataclass(frozen=True, kw_only=True)
class Params:
    data: Annotated[dict[str, object], "The names and their values."] = field(default_factory=dict)
    per_host: Annotated[bool, "Keep them for each host; otherwise for the run."] = False
    aggregate: Annotated[
        bool,
        "Add them to what is there: numbers and texts are added up, lists and mappings joined.",
    ] = True


def run(params: Params, ctx: Context) -> Ordered:
    naming.check(params.data)
    order = SetStats(data=params.data, per_host=params.per_host, aggregate=params.aggregate)
    told = {"data": params.data, "per_host": params.per_host, "aggregate": params.aggregate}
    return Ordered(data={"ansible_stats": told}, order=order)
