"""The whole language as one JSON Schema (draft-07) for editors: yaml-language-server and its like.

It is made of schema/playbook.json, the language's own words, and of every step's parameters. What
makes it an editor's schema:

- a value may also be a template, so each is widened by a pattern;
- what completes well is flat: plain `properties` by name, lists of types, no `oneOf`;
- a reference stands inside `allOf`: an editor that saw the properties of a step or task behind a
  key would write all their defaults into the playbook when the key is completed;
- a list that is only one of the ways stands apart, or the editor would begin a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..kinds.kind import Schema
from ..registry import GROUPS, PREFIXES, Registry, TaskType

LANGUAGE = Path(__file__).parents[2] / "schema" / "playbook.json"
TEMPLATE = r"\{[{%]"
_ANY = ["string", "number", "boolean", "object", "array", "null"]
_ABOUT = ("description", "markdownDescription", "default", "errorMessage", "examples")
_FOR_THE_VALIDATOR = ("extends", "literal", "required", "propertyNames")


def text(registry: Registry) -> str:
    """What `opsplay schema` prints."""
    return json.dumps(build(registry), indent=1, ensure_ascii=False) + "\n"


def build(registry: Registry) -> Schema:
    """The schema of a playbook with the steps that this registry knows."""
    words = _Words(json.loads(LANGUAGE.read_text("utf-8"))["definitions"])
    names = [name for name in registry.names() if name != "import_playbook"]
    found = [task_type for name in names if (task_type := registry.find(name))]
    task = words.together("task", "block")
    task["properties"] |= {one.name: _reference(f"step_{one.name}") for one in found}
    task["patternProperties"] |= {_full_name(one): _reference(f"step_{one.name}") for one in found}
    handler = words.together("handler", "block")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "opsplay playbook",
        "type": "array",
        "items": _shielded("play"),
        "definitions": {
            "play": words.together("play", "import_playbook"),
            "task": task,
            "handler": {**task, "properties": task["properties"] | handler["properties"]},
            "loop_control": words.together("loop_control"),
            **{f"step_{one.name}": _step(one) for one in found},
            **{f"arguments_of_{one.name}": _arguments(one) for one in found},
        },
    }


def _reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _shielded(name: str) -> Schema:
    return {"allOf": [_reference(name)]}


# The language's own words ---------------------------------------------------------------------


class _Words:
    """The definitions of schema/playbook.json, for an editor."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def together(self, *names: str) -> Schema:
        """One flat mapping of all that these definitions allow."""
        properties: Schema = {}
        patterns: Schema = {}
        for name in names:
            for definition in self._with_bases(name):
                properties |= definition["properties"]
                patterns |= definition.get("patternProperties", {})
        return {
            "type": "object",
            "properties": {word: self._word(word, schema) for word, schema in properties.items()},
            "patternProperties": {name: wide(schema) for name, schema in patterns.items()},
            "additionalProperties": False,
        }

    def _with_bases(self, name: str) -> Iterator[Schema]:
        definition = self._definitions[name]
        for base in definition.get("extends", ()):
            yield from self._with_bases(base)
        yield definition

    def _word(self, word: str, schema: Schema) -> Schema:
        resolved = self._resolved(schema)
        if "properties" in resolved:
            return {"type": "object", "description": resolved["description"], **_shielded(word)}
        if schema.get("$ref") in ("#/definitions/tasks", "#/definitions/section"):
            entry = _shielded("handler" if word == "handlers" else "task")
            return _inside({**resolved, "items": entry})
        return wide(resolved)

    def _resolved(self, schema: Any) -> Any:
        """The schema without references, and without what only the validator reads."""
        if not isinstance(schema, dict):
            return schema
        name = schema.get("$ref", "").rpartition("/")[2]
        whole = {**self._definitions.get(name, {}), **schema}
        left_out = ("$ref", *_FOR_THE_VALIDATOR)
        return {key: self._resolved(value) for key, value in whole.items() if key not in left_out}


# Steps ----------------------------------------------------------------------------------------


def _step(task_type: TaskType) -> Schema:
    """A step's name as a key of a task."""
    types = ["string", "object"] if task_type.free_form else ["object", "string"]
    return {
        "type": [*types, *_null(task_type)],
        "description": task_type.summary,
        "markdownDescription": f"{task_type.doc}\n\n```yaml\n{task_type.examples}\n```",
        **_snippet(task_type),
        **_shielded(f"arguments_of_{task_type.name}"),
    }


def _full_name(task_type: TaskType) -> str:
    prefixes = "|".join(prefix.replace(".", r"\.") for prefix in PREFIXES)
    return f"^({prefixes}){task_type.name}$"


def _snippet(task_type: TaskType) -> Schema:
    """What must be given, ready to be filled in."""
    required = task_type.schema.get("required", ())
    if not required or task_type.free_form in required:
        return {}
    body = {name: f"${number}" for number, name in enumerate(required, 1)}
    return {"defaultSnippets": [{"label": "what must be given", "body": body}]}


def _arguments(task_type: TaskType) -> Schema:
    """The arguments of a step, or its short form: `step: text`, `step: a=b`."""
    schema = _inside(_rules(task_type))
    short = schema["properties"].get(task_type.free_form, {})
    if "anyOf" in short and "enum" in short["anyOf"][0]:
        return {"anyOf": [*short["anyOf"], schema]}
    return {**schema, "type": ["object", "string", *_null(task_type)]}


def _null(task_type: TaskType) -> list[str]:
    """Whether `step:` alone will do."""
    return [] if _rules(task_type).keys() & {"required", "allOf"} else ["null"]


def _rules(task_type: TaskType) -> Schema:
    """The schema of the arguments; an editor does not know what a group's defaults give."""
    is_of_a_group = any(task_type.name in members for members in GROUPS.values())
    return task_type.optional_schema if is_of_a_group else task_type.schema


# Every value ----------------------------------------------------------------------------------


def wide(schema: Schema) -> Schema:
    """The schema, and a template where it wants anything else."""
    inner = _inside(schema)
    if "allOf" in inner:
        return inner
    if "anyOf" in inner or "enum" in inner:
        about, rest = _divided(inner, _ABOUT)
        ways = rest["anyOf"] if rest.keys() == {"anyOf"} else [rest]
        return {**about, "anyOf": [*_blaming(about, ways), {"type": "string", "pattern": TEMPLATE}]}
    types = inner.get("type", _ANY)
    types = [types] if isinstance(types, str) else types
    if "string" not in types:
        inner = {**inner, "type": [*types, "string"], "pattern": TEMPLATE}
    elif "pattern" in inner:
        inner = {**inner, "pattern": f"{inner['pattern']}|{TEMPLATE}"}
    return _list_apart({"type": types, **inner})


def _list_apart(schema: Schema) -> Schema:
    if "items" not in schema or schema["type"][0] == "array":
        return schema
    about, rest = _divided(schema, _ABOUT)
    items, other = _divided(rest, ("items",))
    types = [name for name in schema["type"] if name != "array"]
    ways = [{**other, "type": types}, {"type": "array", **items}]
    return {**about, "anyOf": _blaming(about, ways)}


def _blaming(about: Schema, ways: Iterable[Schema]) -> list[Schema]:
    """Each way with the words for the whole: an editor shows those of the way that came nearest."""
    words = {key: about[key] for key in about if key == "errorMessage"}
    return [{**words, **way} for way in ways]


def _divided(schema: Schema, keys: Iterable[str]) -> tuple[Schema, Schema]:
    return (
        {key: value for key, value in schema.items() if key in keys},
        {key: value for key, value in schema.items() if key not in keys},
    )


def _inside(schema: Schema) -> Schema:
    """The same with everything inside it widened, and with words for those who hover."""
    inner = {key: _INSIDE[key](value) if key in _INSIDE else value for key, value in schema.items()}
    if "description" in schema:
        inner["markdownDescription"] = _in_markdown(schema)
    if inner.get("default") in ("", [], {}):
        # An editor would write it out.
        del inner["default"]
    return inner


_INSIDE: Mapping[str, Any] = {
    "properties": lambda schemas: {name: wide(schema) for name, schema in schemas.items()},
    "items": wide,
    "additionalProperties": lambda schema: wide(schema) if isinstance(schema, dict) else schema,
    "anyOf": lambda schemas: [_inside(schema) for schema in schemas],
}


def _in_markdown(schema: Schema) -> str:
    expected = schema.get("errorMessage", "").removeprefix("expected ")
    default = schema.get("default")
    facts = [expected] if expected else []
    if default not in (None, "", [], {}):
        facts.append(f"default `{json.dumps(default, ensure_ascii=False)}`")
    return "\n\n".join([schema["description"], *(["; ".join(facts)] if facts else [])])
