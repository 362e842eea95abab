"""Keep numbers and words about the run, for whoever reads its events, and for its end.

They are shown at the end of a run with `show_custom_stats` (`ANSIBLE_SHOW_CUSTOM_STATS`).
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass, field
from ..task import Context, TaskError
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
    data: Annotated[object, "The names and their values, as a mapping."] = field(
        default_factory=dict
    )
    per_host: Annotated[bool, "Keep them for each host; otherwise for the run."] = False
    aggregate: Annotated[
        bool,
        "Add them to what is there: numbers and texts are added up, lists and mappings joined.",
    ] = True


def run(params: Params, ctx: Context) -> Ordered:
    if not isinstance(params.data, dict):
        # As in Ansible, no text stands for one here.
        raise TaskError("The 'data' option needs to be a dictionary/hash")
    data = {str(name): value for name, value in params.data.items()}
    naming.check(data)
    order = SetStats(data=data, per_host=params.per_host, aggregate=params.aggregate)
    told = {"data": data, "per_host": params.per_host, "aggregate": params.aggregate}
    return Ordered(data={"ansible_stats": told}, order=order)
