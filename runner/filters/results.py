"""Tests of registered results: `when: result is failed`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..hearer import HEARER
from ..type_names import type_debug


def _told(result: Any, name: str, otherwise: object = False) -> Any:
    if not isinstance(result, Mapping):
        kind = type_debug(result)
        raise TypeError(f"The '{name}' test expects a dictionary, a registered result, not {kind}")
    return result.get(name, otherwise)


def failed(result: Any) -> bool:
    return bool(_told(result, "failed"))


def succeeded(result: Any) -> bool:
    return not failed(result)


def changed(result: Any) -> bool:
    """Whether the task changed something; of a loop, whether any item did."""
    told = _told(result, "changed", None)
    if told is not None:
        return bool(told)
    items = _told(result, "results")
    return isinstance(items, list) and any(
        isinstance(item, Mapping) and item.get("changed") for item in items
    )


def skipped(result: Any) -> bool:
    return bool(_told(result, "skipped"))


def unreachable(result: Any) -> bool:
    return bool(_told(result, "unreachable"))


def reachable(result: Any) -> bool:
    return not unreachable(result)


def timedout(result: Any) -> bool:
    told = _told(result, "timedout")
    return isinstance(told, Mapping) and bool(told.get("period"))


def started(result: Any) -> bool:
    """Whether an async task has started; any other has."""
    return _of_async(result, "started")


def finished(result: Any) -> bool:
    """Whether an async task has finished; any other has."""
    return _of_async(result, "finished")


def _of_async(result: Any, name: str) -> bool:
    told = _told(result, name, None)
    if name not in result:
        # In Ansible's words.
        HEARER.warn(f"The '{name}' test expects an async task, but a non-async task was tested")
        return True
    return bool(told)


failure = failed
success = successful = succeeded
change = changed
skip = skipped
