"""Whether facts are collected at the beginning of a play."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import TemplateError
from ..omit import OMIT
from . import conditions, outer
from .hosts import GATHERED

if TYPE_CHECKING:
    from .batch import Batch
    from .hosts import HostState


def wanted(batch: Batch, host: HostState) -> bool:
    """What the play says; if it does not, what the setting `gathering` says."""
    written, setting = batch.play.gather_facts, batch.run.options.gathering
    try:
        value = batch.scope(host, batch.play.inherited).render(written)
        return _wanted(value, setting, batch, host)
    except TemplateError as error:
        raise outer.refused("gather_facts", error) from error


def _wanted(value: object, setting: str, batch: Batch, host: HostState) -> bool:
    if setting == "smart" and GATHERED in host.facts:
        return False
    if value is None or value is OMIT:
        return setting != "explicit"
    return conditions.flag("gather_facts", value, batch.play.place)
