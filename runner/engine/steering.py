"""What is told of a step of `meta`: what its word did, or that its condition did not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..ansible_words import WHATEVER, unconditional
from ..events import RunSteered
from .naming import name_of

if TYPE_CHECKING:
    from ..playbook import Step
    from .hosts import HostState
    from .outcome import Outcome
    from .walk import Walk

# In Ansible's words: scripts look for them.
_DONE = {
    "noop": "noop",
    "flush_handlers": "triggered running handlers for {host}",
    "clear_facts": "facts cleared",
    "clear_host_errors": "cleared host errors",
    "end_host": "ending play for {host}",
    "end_batch": "ending batch",
    "end_play": "ending play",
    "end_role": "ending role {role} for {host}",
    "refresh_inventory": "inventory successfully refreshed",
    "reset_connection": "reset connection",
}
_NOT_DONE: Mapping[str, str] = {
    "flush_handlers": "not running handlers for {host}",
    "clear_facts": "not clearing facts and fact cache for {host}",
    "clear_host_errors": "not clearing host error state for {host}",
    "end_host": "continuing execution for {host}",
    "end_batch": "continuing current batch",
    "end_play": "continuing play",
    "end_role": "continuing role {role} for {host}",
}


def tell(walk: Walk, step: Step, host: HostState, outcome: Outcome, *, handler: bool) -> None:
    """Tell of a step of `meta` that has not failed."""
    word = str(step.args["word"])
    if word in WHATEVER and step.inherited.when:
        walk.run.warn_once(unconditional(word), step.place)
    skipped = outcome.status == "skipped" and word in _NOT_DONE
    text = _NOT_DONE[word] if skipped else _DONE[word]
    role = step.inherited.role.name if step.inherited.role else ""
    text = text.format(host=host.name, role=role)
    walk.run.send(
        RunSteered,
        host=host.name,
        name=name_of(step, walk.batch, host, handler=handler),
        place=str(step.place),
        word=word,
        text=f"{word} conditional evaluated to False, {text}" if skipped else text,
        skipped=skipped,
        handler=handler,
        alone=walk.free,
    )
