"""The schema for editors: the whole language, with templates, in a form that completes well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from opsplay.runner import source
from opsplay.runner.commands import editor_schema
from opsplay.runner.registry import ACTIONS, STEPS, Registry

ROOT = Path(__file__).parents[3]
SCHEMA = editor_schema.build(Registry())
VALIDATOR = Draft7Validator(SCHEMA)
DEFINITIONS = SCHEMA["definitions"]


def accepted(tasks: str) -> bool:
    indented = "".join(f"    {line}\n" for line in tasks.splitlines())
    return valid(f"- hosts: all\n  tasks:\n{indented}")


def valid(playbook: str) -> bool:
    return bool(VALIDATOR.is_valid(source.parse(playbook, "site.yml").value))


def inside(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        schema = [*schema.values()]
    if isinstance(schema, list):
        for node in schema:
            yield from inside(node)


def test_it_is_draft_7() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(SCHEMA)


def test_the_one_in_the_repository_is_fresh() -> None:
    kept = (ROOT / "schema" / "opsplay.schema.json").read_text("utf-8")
    assert kept == editor_schema.text(Registry()), "the schema is stale: run `make docs`"


def test_every_step_is_a_key_of_a_task_and_of_a_handler() -> None:
    steps = {*STEPS, *ACTIONS} - {"import_playbook"}
    assert steps <= DEFINITIONS["task"]["properties"].keys()
    assert steps <= DEFINITIONS["handler"]["properties"].keys()
    assert "import_playbook" in DEFINITIONS["play"]["properties"]


def test_every_word_has_a_description_for_those_who_hover() -> None:
    for name in ("play", "task", "handler", "loop_control"):
        for word, schema in DEFINITIONS[name]["properties"].items():
            target = DEFINITIONS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            assert target.get("description"), f"{name}: {word}"


def test_a_description_tells_the_default_and_what_is_expected() -> None:
    port = DEFINITIONS["arguments_of_ftp_server"]["properties"]["port"]
    assert port["markdownDescription"].endswith("whole number from 0 to 65535; default `0`")
    assert (port["default"], port["minimum"], port["maximum"]) == (0, 0, 65535)


def test_a_step_s_manual_is_shown_with_its_example() -> None:
    manual = DEFINITIONS["step_ftp_server"]["markdownDescription"]
    assert manual.startswith("Start an FTP server")
    assert "```yaml\n- name:" in manual


def test_what_must_be_given_is_offered_to_be_filled_in() -> None:
    (snippet,) = DEFINITIONS["step_copy"]["defaultSnippets"]
    assert snippet["body"] == {"dest": "$1"}


def test_no_editor_has_to_choose_between_schemas() -> None:
    assert not [schema for schema in inside(SCHEMA) if "oneOf" in schema]


def test_no_default_is_there_that_an_editor_would_write_out_as_nothing() -> None:
    assert not [schema for schema in inside(SCHEMA) if schema.get("default", 0) in ("", [], {})]


def test_an_argument_that_may_be_anything_has_a_type_or_editors_leave_out_the_colon() -> None:
    for name in STEPS:
        arguments = DEFINITIONS[f"arguments_of_{name}"].get("properties", {})
        for argument, schema in arguments.items():
            assert schema.keys() & {"type", "anyOf", "allOf"}, f"{name}: {argument}"


@pytest.mark.parametrize(
    "task",
    [
        "- command: ls",
        "- command: {argv: [ls, -l]}",
        "- ansible.builtin.command: ls",
        "- opsplay.ftp_server:",
        "- ftp_server: {port: '{{ port }}', users: '{{ users }}'}",
        "- ftp_server: {port: '2121', anonymous: {home: pub}}",
        "- copy: src=a dest=b",
        "- copy: {src: a, dest: b, mode: '{{ mode }}', force: no}",
        "- meta: flush_handlers",
        "- meta: '{{ word }}'",
        "- set_fact: {anything: [1], at: all}",
        "- {command: ls, loop: '{{ names }}', loop_control: {label: x}, retries: '{{ 3 }}'}",
        "- {command: ls, when: [a, not b], tags: one, with_items: [1, 2], register: result}",
        "- {block: [{command: ls}], rescue: [{fail: }], always: [{debug: {var: x}}], when: true}",
        "- {include_tasks: more.yml, vars: {a: 1}}",
        "- {ftp_list: , module_defaults: {group/ftp: {host: '{{ h }}'}, copy: {mode: '0644'}}}",
    ],
)
def test_what_is_right_is_not_underlined(task: str) -> None:
    assert accepted(task)


@pytest.mark.parametrize(
    "task",
    [
        "- comand: ls",
        "- {command: ls, wen: x}",
        "- {command: ls, retries: often}",
        "- {command: ls, loop: 5}",
        "- {command: ls, loop_control: {lable: x}}",
        "- {command: ls, async: soon}",
        "- copy: {src: a, dest: b, mode: 644}",
        "- copy: {src: a}",
        "- copy: {src: a, dest: b, contnet: c}",
        "- meta: flush_handler",
        "- ftp_server: {users: [{name: a}]}",
        "- ftp_server: {port: 99999}",
        "- copy:",
        "- {ftp_list: , module_defaults: [copy]}",
        "- {ftp_list: , module_defaults: {copy: 5}}",
    ],
)
def test_what_is_wrong_is_underlined(task: str) -> None:
    assert not accepted(task)


@pytest.mark.parametrize("name", [*STEPS, *ACTIONS])
def test_the_examples_of_a_step_are_not_underlined(name: str) -> None:
    task_type = Registry().find(name)
    assert task_type
    check = valid if name == "import_playbook" else accepted
    assert check(task_type.examples)


def test_a_play_may_be_an_import() -> None:
    assert valid("- import_playbook: other.yml\n  when: full\n")
    assert not valid("- import_playbok: other.yml\n")


def test_handlers_listen_and_tasks_do_not() -> None:
    listening = "- {command: ls, listen: topic}"
    assert valid(f"- handlers:\n    {listening}\n")
    assert not accepted(listening)


def test_the_steps_beside_a_playbook_are_known_too(tmp_path: Path) -> None:
    (tmp_path / "greet.py").write_text(
        '"""Say hello."""\n'
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Params:\n    who: str\n"
        "def run(params, ctx): ...\n",
        "utf-8",
    )
    own = Draft7Validator(editor_schema.build(Registry(tmp_path)))
    assert own.is_valid([{"tasks": [{"greet": {"who": "Li"}}]}])
    assert not own.is_valid([{"tasks": [{"greet": {"whom": "Li"}}]}])


@pytest.mark.parametrize("path", sorted(ROOT.glob("playbooks/*.yml")), ids=lambda path: path.name)
def test_the_example_playbooks_are_right_in_an_editor(path: Path) -> None:
    faults = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in VALIDATOR.iter_errors(source.load(path).value)
    ]
    assert not faults
