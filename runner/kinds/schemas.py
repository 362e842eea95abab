"""Arithmetic with the schemas of kinds: editors complete best from one flat `type` list."""

from __future__ import annotations

from collections.abc import Sequence

from .kind import Schema

_SCALARS = ("string", "number", "integer", "boolean")
_KEYWORDS = {
    "string": ("pattern",),
    "number": ("minimum", "maximum"),
    "array": ("items",),
    "object": ("properties", "required", "additionalProperties", "allOf"),
}


def merge(schemas: Sequence[Schema]) -> Schema:
    """One schema that accepts what any of these does; `anyOf` only where it must be."""
    if {} in schemas:
        return {}
    merged = schemas[0]
    for schema in schemas[1:]:
        if "enum" in merged and schema == {"type": ["null"]}:
            merged = {"enum": [*merged["enum"], None]}
        elif _independent(merged, schema):
            types = dict.fromkeys([*merged["type"], *schema["type"]])
            merged = {**merged, **schema, "type": list(types)}
        else:
            return {"anyOf": list(schemas)}
    return merged


def _independent(one: Schema, other: Schema) -> bool:
    """Whether no keyword of one says anything about a type the other accepts."""
    if not {"anyOf", "enum"}.isdisjoint([*one, *other]):
        return False
    shared = _types(one) & _types(other)
    keywords = [keyword for name in shared for keyword in _KEYWORDS.get(name, ())]
    return all(one.get(keyword) == other.get(keyword) for keyword in keywords)


def _types(schema: Schema) -> set[str]:
    return {"number" if name == "integer" else name for name in schema["type"]}


def accepts_scalars(schema: Schema) -> bool:
    """Whether one text, number or boolean may be valid."""
    if "anyOf" in schema:
        return any(map(accepts_scalars, schema["anyOf"]))
    return "enum" in schema or any(name in _SCALARS for name in schema.get("type", _SCALARS))


def only_scalars(schema: Schema) -> Schema:
    """The schema without its lists, mappings and null."""
    if "anyOf" in schema:
        return {"anyOf": [only_scalars(way) for way in schema["anyOf"] if accepts_scalars(way)]}
    if "enum" in schema:
        return {"enum": [value for value in schema["enum"] if value is not None]}
    names = schema.get("type", _SCALARS)
    return {**schema, "type": [name for name in names if name in _SCALARS]}
