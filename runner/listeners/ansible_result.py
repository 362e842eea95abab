"""What Ansible prints of a step's result, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from json.encoder import encode_basestring
from typing import Any

from ..events import ItemFinished, StepFinished
from ..terminal import printable

# Their results are shown whole, though nobody asks for more.
TALKATIVE = frozenset({"debug", "assert"})
HIDDEN = frozenset({"deprecations", "diff", "exception", "failed", "skipped", "warnings"})
_OF_LOOPS = frozenset({"ansible_loop_var", "ansible_index_var", "ansible_loop"})


def told(event: ItemFinished | StepFinished, step: str) -> str:
    """What is shown of a success that nobody has asked for."""
    talkative = step in TALKATIVE and event.status != "skipped" and has_a_say(event)
    if not talkative:
        return ""
    kept = kept_of(event, step)
    text = kept["msg"] if len(kept) == 1 and "msg" in kept else None
    if isinstance(text, str):
        # Most of what is said is one text; what json indents it writes without the help of C.
        return f'{{\n    "msg": {printable(encode_basestring(text))}\n}}'
    return printable(as_json(kept, indent=4))


def kept_of(event: ItemFinished | StepFinished, step: str) -> dict[str, Any]:
    """What is shown of a result; of debug the message alone, or the variable."""
    return _said(event.result) if step == "debug" else shown_of(event)


def shown_of(event: ItemFinished | StepFinished) -> dict[str, Any]:
    """A result without what is said elsewhere."""
    return without(event.result, HIDDEN)


def has_a_say(event: ItemFinished | StepFinished) -> bool:
    """What is hidden has none, nor has an assertion that is quiet."""
    return not (event.quiet or "censored" in event.result)


def as_json(result: Mapping[str, Any], indent: int | None) -> str:
    """In Ansible's order and spacing."""
    dump = partial(json.dumps, ensure_ascii=False, indent=indent, sort_keys=True, default=plain)
    try:
        return dump(result)
    except TypeError:
        return dump(_with_texts(result))


def _said(result: Mapping[str, Any]) -> dict[str, Any]:
    """Of debug the message alone, or the variable."""
    if "msg" in result:
        return {"msg": result["msg"]}
    return without(result, HIDDEN | _OF_LOOPS | {"changed", "results", "skip_reason"})


def plain(value: Any) -> str:
    """How a value is written that JSON has not: a moment in its standard form, bytes as a text."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _with_texts(value: Any) -> Any:
    """With keys that can be put in order: those of several types cannot."""
    if isinstance(value, list):
        return [_with_texts(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    texts = {key: json.dumps(key) if isinstance(key, bool) else str(key) for key in value}
    return {texts[key]: _with_texts(item) for key, item in value.items()}


def without(result: Mapping[str, Any], hidden: AbstractSet[object]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key not in hidden}
