"""Set variables of the host for the rest of the run.

Every argument is a name and its value. A value keeps its type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from ..task import Context, Rest, TaskError
from .orders import Ordered, SetFacts

SUPPORTS_CHECK = True
EXAMPLES = """
- set_fact:
    report: "sales-{{ day }}.csv"
    receivers: [ann@example.org, li@example.org]
"""
RETURNS = {"ansible_facts": "The variables that were set."}


@dataclass(frozen=True, kw_only=True)
class Params:
    facts: Annotated[dict[str, object], "The names and their values.", Rest()] = field(
        default_factory=dict
    )


def run(params: Params, ctx: Context) -> Ordered:
    wrong = [name for name in params.facts if not name.isidentifier()]
    if wrong:
        msg = f"no valid names for variables: {', '.join(wrong)}; use letters, digits and _"
        raise TaskError(msg)
    if not params.facts:
        msg = "no names were given: write set_fact: {name: value}"
        raise TaskError(msg)
    facts = dict(params.facts)
    return Ordered(data={"ansible_facts": facts}, order=SetFacts(facts=facts))
