"""Handlers: who answers to a name, and for which hosts they are due.

As in Ansible, a notification is kept as a name until handlers run. Then all of them are looked at
once, in the order in which they are defined; what one of them notifies runs in the same pass if it
comes later, and otherwise in the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..errors import TemplateError
from ..events import HandlerNotified
from ..omit import OMIT
from ..template_text import Template
from . import conditions
from .naming import name_of

if TYPE_CHECKING:
    from ..playbook import Step
    from ..variables import Scope
    from .batch import Batch
    from .hosts import HostState

# In Ansible's words: scripts look for them.
_UNUSABLE = (
    "Handler '{}' is unusable because it has no listen topics and the name could not be templated"
    " (host-specific variables are not supported in handler names). The error: {}"
)


def called(name: str, batch: Batch, host: HostState) -> list[int]:
    """The numbers of the handlers that answer to a name or topic; of one name, the first found."""
    named: list[int] = []
    listening: list[int] = []
    seen: set[str] = set()
    for number, handler in batch.roles.handlers_as_searched():
        if named and not handler.listen:
            continue
        names = _names_of(number, handler, batch, host)
        if name in names and not named:
            named = [number]
        if handler.listen and _listens(name, handler, batch, host):
            # Of those that have one name, only one counts.
            if not names or names[0] not in seen:
                listening.append(number)
            seen.update(names)
    return sorted({*named, *listening})


def _names_of(number: int, handler: Step, batch: Batch, host: HostState) -> list[str]:
    """What it is called: as in Ansible, a template that could be rendered is not rendered again."""
    if handler.name is None:
        return []
    known = batch.roles.names_of_handlers
    key = number, host.name if isinstance(handler.name, Template) else ""
    if key not in known:
        scope = batch.apart_from_hosts(host, handler.inherited)
        names = list(_names(handler, handler.name, scope))
        if _is_unusable(handler, handler.name, batch, scope):
            return names
        known[key] = names
    return known[key]


def _is_unusable(handler: Step, name: object, batch: Batch, scope: Scope) -> bool:
    """Whether its name cannot be told, which is warned of if nothing else calls it."""
    try:
        scope.render(name)
    except TemplateError as error:
        if not handler.listen:
            batch.run.warn_once(_UNUSABLE.format(name, error.problem.message))
        return True
    return False


def _listens(name: str, handler: Step, batch: Batch, host: HostState) -> bool:
    scope = batch.apart_from_hosts(host, handler.inherited)
    return any(name in _names(handler, topic, scope) for topic in handler.listen)


def _names(handler: Step, written: object, scope: Scope) -> Iterator[str]:
    """A name or topic of a handler, alone and with the role before it."""
    name, role = str(scope.or_as_written(written)), handler.inherited.role
    yield name
    for before in role.names if role else ():
        yield f"{before} : {name}"


def become_due(batch: Batch, host: HostState) -> None:
    """Find the handlers of all that was notified so far."""
    for name, answered in host.notified.items():
        # A handler whose name has changed since then is still the one that was meant.
        call(called(name, batch, host) or answered, batch, host)
    host.notified.clear()


def call(numbers: Iterable[int], batch: Batch, host: HostState) -> None:
    """Let handlers be due, and tell of those that were not yet."""
    for number in numbers:
        due = batch.roles.entries[number].due
        if due is not None and host not in due:
            due.add(host)
            name = name_of(batch.roles.handlers[number], batch, host, handler=True)
            batch.run.send(HandlerNotified, host=host.name, handler=name)


def forced(batch: Batch, host: HostState) -> bool:
    """Whether handlers run though the host has failed."""
    written = batch.play.force_handlers
    if written is None:
        return batch.run.options.force_handlers
    value = batch.scope(host, batch.play.inherited).or_as_written(written)
    if value is OMIT:
        return batch.run.options.force_handlers
    return conditions.flag("force_handlers", value, batch.play.place)
