"""Set variables of the host for the rest of the run.

Every other argument is a name and its value. A value keeps its type.
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass, field
from ..task import Context, Rest, TaskError
from . import naming
from .orders import Ordered, SetFacts

SUPPORTS_CHECK = True
REPEAT = "harmless"
EXAMPLES = """
- set_fact:
    report: "sales-{{ day }}.csv"
    receivers: [ann@example.org, li@example.org]
    "sent_{{ day }}": true
"""
RETURNS = {"ansible_facts": "The variables that were set."}


@dataclass(frozen=True, kw_only=True)
class Params:
    cacheable: Annotated[bool, "Keep them among the facts as well."] = False
    facts: Annotated[dict[str, object], "The names and their values.", Rest()] = field(
        default_factory=dict
    )


def run(params: Params, ctx: Context) -> Ordered:
    facts = dict(params.facts)
    naming.check(facts)
    if not facts:
        msg = "No key/value pairs provided, at least one is required for this action to succeed"
        raise TaskError(msg)
    order = SetFacts(facts=facts, cacheable=params.cacheable)
    return Ordered(data={"ansible_facts": facts}, order=order)
