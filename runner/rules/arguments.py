"""What the arguments of steps say, as far as it is said before the run."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from ..errors import Place
from ..template_text import Template

if TYPE_CHECKING:
    from .program import Task


def literal(task: Task, name: str) -> object:
    """An argument as it is written; None if it is not given, or comes from a template."""
    value = task.step.args.get(name)
    return None if isinstance(value, Template) else value


def place_of(task: Task, name: str) -> Place:
    """Where an argument's value stands, or the task that does not give it."""
    return task.step.args.value_places.get(name, task.step.place)


def is_elsewhere(task: Task) -> bool:
    """Whether `host` is known to be another machine."""
    host = literal(task, "host")
    return isinstance(host, str) and not _is_this_machine(host)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
