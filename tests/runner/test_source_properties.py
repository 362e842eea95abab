"""The loader, for any text: what PyYAML loads is loaded alike, nothing but a problem is raised."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from opsplay.runner import source
from opsplay.runner.errors import PlaybookError, Problem
from opsplay.runner.loader.compose import PurePythonParser, fastest_parser
from opsplay.runner.source import load, parse


@pytest.fixture(params=[fastest_parser(), PurePythonParser], ids=["fastest", "pure"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "fastest_parser", lambda: request.param)


# PyYAML's safe loaders, less what we deviate in: sexagesimals, octals, dates, a lone `<<`, bytes.


class WithoutTraps(yaml.SafeLoader):
    pass


class WithoutTrapsInC(yaml.CSafeLoader):
    pass


def number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    text = str(node.value)
    digits = text.lstrip("+-").replace("_", "")
    if ":" in text or (len(digits) > 1 and digits[0] == "0" and digits.isdigit()):
        return text
    if node.tag.endswith("int"):
        return loader.construct_yaml_int(node)
    return loader.construct_yaml_float(node)


def unsafe(loader: yaml.SafeLoader, node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return str(node.value)


def binary(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return loader.construct_yaml_binary(node).decode()


TRAPS = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}
RESOLVERS = {
    first: [(tag, regex) for tag, regex in resolvers if tag not in TRAPS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

for reference in (WithoutTraps, WithoutTrapsInC):
    reference.yaml_implicit_resolvers = RESOLVERS
    reference.add_constructor("tag:yaml.org,2002:int", number)
    reference.add_constructor("tag:yaml.org,2002:float", number)
    reference.add_constructor("tag:yaml.org,2002:binary", binary)
    reference.add_constructor("!unsafe", unsafe)
    reference.add_constructor("tag:yaml.org,2002:merge", lambda _, node: str(node.value))


def problems_of(text: str) -> Sequence[Problem]:
    try:
        parse(text, "x")
    except PlaybookError as error:
        return error.problems
    return ()


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
keys = st.text() | st.integers()
trees = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
)
dumped = st.builds(
    yaml.safe_dump,
    trees,
    allow_unicode=st.booleans(),
    default_flow_style=st.sampled_from([True, False, None]),
    width=st.sampled_from([10, 80]),
)
texts = st.text(st.sampled_from("ab:-?[]{},&*!|>'\"%#@`=~<019.\n \t测\\")) | st.text()


@given(tree=trees)
@settings(max_examples=40)
def test_what_was_dumped_is_loaded(tree: object) -> None:
    assert parse(yaml.safe_dump(tree), "x").value == tree


@given(text=dumped)
@settings(max_examples=40)
def test_templates_are_found_at_their_places(text: str) -> None:
    document = parse(text, "x")
    lines = document.text.splitlines()
    for template in document.templates:
        for offset, character in enumerate(template):
            if character in "{ab1":
                place = template.at(offset)
                assert lines[place.line - 1][place.column - 1] == character


@given(text=texts)
@settings(max_examples=100)
def test_any_text_is_a_document_or_a_problem_with_a_place(text: str) -> None:
    last = text.count("\n") + 2
    assert all(told.place and told.place.line <= last for told in problems_of(text))


@given(data=st.binary())
@settings(max_examples=40)
def test_any_bytes_are_a_document_or_a_problem(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.yml"
    path.write_bytes(data)
    with suppress(PlaybookError):
        load(path)


@given(text=texts)
@settings(max_examples=100)
def test_where_pyyaml_agrees_on_the_kind_it_agrees_on_the_value(text: str) -> None:
    try:
        ours = parse(text, "x").value
    except PlaybookError:
        return
    pure = source.fastest_parser() is PurePythonParser  # type: ignore[attr-defined]
    loader = WithoutTraps if pure else WithoutTrapsInC
    assert repr(ours) == repr(yaml.load(text.removeprefix("\ufeff"), loader))
