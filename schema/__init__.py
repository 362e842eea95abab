"""What is allowed: the language as JSON Schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]


@cache
def language() -> Schema:
    """The language's own words, as they stand in playbook.json."""
    read: Schema = json.loads(Path(__file__).with_name("playbook.json").read_text("utf-8"))
    return read


@cache
def definition(name: str) -> Schema:
    """One kind of mapping (play, task …) with all that it extends; no reference is left in it."""
    own: Schema = _inlined(language()["definitions"][name])
    for other in reversed(own.pop("extends", ())):
        inherited = definition(other)
        own["properties"] = {**inherited["properties"], **own.get("properties", {})}
        if "patternProperties" in inherited:
            own["patternProperties"] = inherited["patternProperties"]
    return own


def _inlined(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_inlined(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: _inlined(part) for key, part in schema.items() if key != "$ref"}
    if "$ref" not in schema:
        return parts
    return {**definition(schema["$ref"].rpartition("/")[2]), **parts}
