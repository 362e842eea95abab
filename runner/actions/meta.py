"""Steer the run itself.

- `flush_handlers`: run the handlers that have been notified so far, now.
- `end_host`: the play is over for this host.
- `end_batch`: the play is over for the hosts of this `serial` batch.
- `end_play`: the play is over, for all of its hosts.
- `end_role`: go on behind the role, for this host.
- `clear_host_errors`: hosts that have failed, or were out of reach, take part in the next plays; in
  an `always`, a host that has failed goes on behind it. Those that got out of reach in this play,
  or failed and have been through an `always`, go on there, as soon as the others are through.
- `clear_facts`: forget the facts that steps found out about hosts; what `set_fact` set stays.
- `refresh_inventory`: read the inventory again; hosts that `add_host` took in stay.
- `reset_connection`: accepted; there is no connection that could be reset.
- `noop`: do nothing.
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass
from ..task import Context, FreeForm
from . import orders

SUPPORTS_CHECK = True
REPEAT = "always"
EXAMPLES = """
- meta: flush_handlers

- meta: end_host
  when: nothing_to_do
"""
RETURNS: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Params:
    word: Annotated[orders.Word, "What to do.", FreeForm()]


def run(params: Params, ctx: Context) -> orders.Ordered:
    return orders.Ordered(order=orders.Meta(word=params.word))
