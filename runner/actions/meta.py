"""Steer the run itself.

- `flush_handlers`: run the handlers that have been notified so far, now.
- `end_play`: the play is over, for all of its hosts.
- `end_host`: the play is over for this host.
- `clear_host_errors`: failed hosts take part again.
- `clear_facts`: forget the facts that steps found out about this host; what `set_fact` set stays.
- `noop`: do nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ..task import Context, FreeForm
from . import orders

SUPPORTS_CHECK = True
EXAMPLES = """
- meta: flush_handlers

- meta: end_host
  when: nothing_to_do
"""
RETURNS: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Params:
    word: Annotated[
        Literal[
            "noop", "flush_handlers", "clear_host_errors", "end_host", "end_play", "clear_facts"
        ],
        "What to do.",
        FreeForm(),
    ]


def run(params: Params, ctx: Context) -> orders.Ordered:
    return orders.Ordered(order=orders.Meta(word=params.word))
