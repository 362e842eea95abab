"""What a `Params` dataclass means: its schema, and what may be given for it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from opsplay.runner import params
from opsplay.runner.params import ParamsError
from opsplay.runner.task import (
    Alias,
    Commas,
    Expression,
    FreeForm,
    Mode,
    Pattern,
    Range,
    Rest,
    Secret,
    TaskError,
)


@dataclass(frozen=True, kw_only=True)
class User:
    name: Annotated[str, "The name."]
    password: Annotated[Secret | None, "The password."] = None


@dataclass(frozen=True, kw_only=True)
class Login:
    port: Annotated[int, "Port.", Range(1, 65535)] = 21


@dataclass(frozen=True, kw_only=True)
class Params(Login):
    dest: Annotated[str, "Where to.", Alias("path", "name")]
    content: Annotated[object, "Anything."] = None
    enabled: Annotated[bool, "Whether."] = True
    exact: Annotated[str | list[str], "One or more, as given."] = ""
    labels: Annotated[dict[str, int], "Numbers by name."] = field(default_factory=dict)
    letters: Annotated[str | None, "Permissions.", Pattern("[elr]+", "letters of elr")] = None
    mode: Annotated[Mode | Literal["preserve"] | None, "File mode."] = None
    patterns: Annotated[list[str], "Names."] = field(default_factory=list)
    ratio: Annotated[float, "A ratio.", Range(minimum=0)] = 0.5
    state: Annotated[Literal["on", "off", "auto"], "How."] = "auto"
    steps: Annotated[list[str | User], "Words or users."] = field(default_factory=list)
    numbers: Annotated[list[int], "Numbers.", Commas()] = field(default_factory=list)
    users: Annotated[list[User], "Who may log in."] = field(default_factory=list)
    words: Annotated[list[str], "Words.", Commas()] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Check:
    that: Annotated[list[str | bool], "What must hold.", FreeForm(), Expression()]


@dataclass(frozen=True, kw_only=True)
class Facts:
    facts: Annotated[dict[str, object], "All the rest.", Rest()]
    cacheable: Annotated[bool, "Kept."] = False


def built(**given: object) -> Any:
    return params.build(Params, {"dest": "d", **given})


def complaint(**given: object) -> str:
    with pytest.raises(ParamsError) as caught:
        built(**given)
    return caught.value.msg


def accepted(**given: object) -> bool:
    schema = params.schema(Params)
    return bool(Draft7Validator(schema).is_valid({"dest": "d", **given}))


@dataclass(frozen=True, kw_only=True)
class Said:
    word: Annotated[str, "A word."] = "hello"
    to: Annotated[str, "To whom."]


def test_null_is_an_empty_text_where_there_is_a_default_and_else_refused() -> None:
    """As in Ansible; a required text that is empty would be no help."""
    assert params.build(Said, {"word": None, "to": "li"}) == Said(word="", to="li")
    with pytest.raises(ParamsError, match="to: expected text, got nothing"):
        params.build(Said, {"to": None})


def test_defaults_fill_what_is_not_given() -> None:
    assert built() == Params(dest="d")


def test_an_alias_stands_for_its_parameter() -> None:
    assert params.build(Params, {"path": "x"}).dest == "x"


def test_texts_of_numbers_and_booleans_become_what_is_wanted() -> None:
    made = built(port="2121", enabled="No", ratio="1.5e1", exact=7, labels={"a": "5"})
    assert (made.port, made.enabled, made.ratio) == (2121, False, 15.0)
    assert (made.exact, made.labels) == ("7", {"a": 5})


@pytest.mark.parametrize("word", ["yes", "TRUE", "on", "1", 1, 1.0, "y", "t", "True\n"])
def test_what_stands_for_true(word: object) -> None:
    assert built(enabled=word).enabled is True
    assert accepted(enabled=word)


@pytest.mark.parametrize("word", ["maybe", 2, -1, "", None, 0.5, "1.0", [], "yess"])
def test_what_stands_for_no_boolean(word: object) -> None:
    assert "expected true or false" in complaint(enabled=word)


def test_a_lone_text_for_a_list_is_a_list_of_one_and_not_split() -> None:
    assert built(patterns="a,b").patterns == ["a,b"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("a,b", ["a", "b"]),
        ("a, b", ["a", " b"]),
        ("", [""]),
        (5, ["5"]),
        (["a,b", 1.5], ["a,b", "1.5"]),
    ],
)
def test_a_list_with_commas_may_be_one_text_that_is_split_as_it_stands(
    given: object, words: list[str]
) -> None:
    assert built(words=given).words == words
    assert accepted(words=given)


@pytest.mark.parametrize("given", ["200, 201", [200, "201.0"]])
def test_numbers_may_stand_between_the_commas(given: object) -> None:
    assert built(numbers=given).numbers == [200, 201]
    assert accepted(numbers=given)
    assert not accepted(numbers="200,x")


@pytest.mark.parametrize(
    "text", ['{"a": 5, "b-c": "6"}', "{'a': 5, 'b-c': 6}", "a=5 b-c=6", "a='5', b-c=6"]
)
def test_a_text_may_stand_for_a_mapping(text: str) -> None:
    assert built(labels=text).labels == {"a": 5, "b-c": 6}


@pytest.mark.parametrize("text", ["", "a", "a=1 b", "{a", "{1}", "[1]", "a='1"])
def test_other_texts_are_no_mapping(text: str) -> None:
    assert "labels: expected a mapping to whole numbers, got the text" in complaint(labels=text)


def test_where_text_or_list_is_taken_each_comes_as_given() -> None:
    assert built(exact="a").exact == "a"
    assert built(exact=["a"]).exact == ["a"]


def test_a_boolean_is_no_text_and_the_error_says_what_to_do() -> None:
    assert complaint(exact=True) == (
        "exact: expected text or a list of texts, got the boolean true; "
        "put it in quotes if text is meant"
    )


@pytest.mark.parametrize(
    ("value", "text"), [([1, "a"], "[1, 'a']"), ({"a": None}, "{'a': None}"), (True, "True")]
)
def test_where_only_text_is_taken_other_values_are_written_as_python_does(
    value: object, text: str
) -> None:
    assert built(dest=value).dest == text
    assert not accepted(dest=value)  # … if a template gave them; of a literal it is an error


@pytest.mark.parametrize("value", [[1], {"a": 1}, True])
def test_a_secret_or_a_text_of_a_pattern_is_a_text(value: object) -> None:
    assert "password: expected" in complaint(users=[{"name": "li", "password": value}])
    assert "mode: expected" in complaint(mode=value)


def test_yaml_booleans_choose_the_option_that_was_meant() -> None:
    assert (built(state=True).state, built(state=False).state) == ("on", "off")


def test_secrets_and_modes_are_wrapped() -> None:
    made = built(mode="0644", users=[{"name": "li", "password": 1234}])
    assert type(made.mode) is Mode
    assert made.users == [User(name="li", password=Secret("1234"))]
    assert "1234" not in repr(made)


@pytest.mark.parametrize(
    "mode", ["0644", "644", "0", "1777", "0o600", "u=rw,go=r", "a+x", "u=g", ""]
)
def test_what_is_a_file_mode(mode: str) -> None:
    assert built(mode=mode).mode == mode
    assert accepted(mode=mode)


@pytest.mark.parametrize("mode", [644, 420, "rw", "9", "0888", "0644\n", "u", True])
def test_what_is_no_file_mode(mode: object) -> None:
    assert '"0644"' in complaint(mode=mode)
    assert not accepted(mode=mode)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"dset": 1}, "dset: no such argument; did you mean dest?"),
        ({"port": 99999}, "port: expected a whole number from 1 to 65535, got the number 99999"),
        ({"port": "x"}, "port: expected a whole number from 1 to 65535, got the text 'x'"),
        ({"ratio": -1}, "ratio: expected a number, 0 or more, got the number -1"),
        ({"labels": [1]}, "labels: expected a mapping to whole numbers, got a list"),
        ({"labels": {"a": "x"}}, "labels.a: expected a whole number, got the text 'x'"),
        ({"letters": "xyz"}, "letters: expected letters of elr, got the text 'xyz'"),
        ({"letters": "el\n"}, "letters: expected letters of elr, got the text 'el\\n'"),
        ({"users": [{"name": "a"}, {"nmae": "b"}]}, "users[1].nmae: no such argument; did you"),
        ({"users": [{}]}, "users[0]: missing required arguments: name"),
        ({"state": "of"}, "value of state must be one of: on, off, auto, got: of"),
        ({"mode": "u=z"}, "value of mode must be in octal or symbolic form, as "),
        ({"exact": "long" * 99, "patterns": {}}, "patterns: expected a list of texts, got a map"),
    ],
)
def test_an_error_names_the_argument_what_came_and_what_was_expected(
    given: dict[str, object], expected: str
) -> None:
    assert complaint(**given).startswith(expected)


@pytest.mark.parametrize("given", [{"dest": "a", "name": "b"}, {"name": "b", "dest": "a"}])
def test_of_a_parameter_given_by_both_its_names_the_other_name_counts(
    given: dict[str, str],
) -> None:
    assert params.build(Params, given).dest == "b"
    assert params.record(Params).given_twice(given) == [("dest", "name")]


def test_an_unknown_argument_that_is_like_nothing_lists_what_there_is() -> None:
    assert "port, dest, content, enabled" in complaint(zzzz=1)


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(ParamsError, match=r"^missing required arguments: dest$"):
        params.build(Params, {})


def test_all_that_is_wrong_is_told_at_once_with_the_way_to_each() -> None:
    with pytest.raises(ParamsError) as caught:
        built(port="x", users=[{"name": "a"}, {"password": {}, "x": 1}], mode=7)
    assert [fault.path for fault in caught.value.faults] == [
        ("port",),
        ("users", 1, "password"),
        ("users", 1, "x"),
        ("users", 1),
        ("mode",),
    ]


def test_an_error_never_shows_a_secret() -> None:
    for wrong in ({"password": ["hunter2"]}, "hunter2"):
        assert "hunter2" not in complaint(users=[{"name": "a"}, wrong])
    assert "hunter2" not in complaint(users="hunter2")


def test_what_is_wrong_with_arguments_is_a_failure_of_the_step() -> None:
    assert issubclass(ParamsError, TaskError)


def test_the_secrets_of_a_dataclass_are_found_however_deep() -> None:
    made = built(users=[{"name": "a", "password": "s1"}], steps=[{"name": "b", "password": "s2"}])
    assert list(params.secrets(made)) == ["s2", "s1"]


def test_markers_are_found() -> None:
    assert params.free_form(Check) == "that"
    assert params.expressions(Check) == {"that"}
    assert params.free_form(Params) is None


def test_an_expression_keeps_the_very_text_that_was_written() -> None:
    class Placed(str):
        __slots__ = ()

    written = Placed("a == 1")
    assert params.build(Check, {"that": [written]}).that[0] is written


def test_the_rest_takes_what_no_other_parameter_names() -> None:
    made = params.build(Facts, {"a": 1, "cacheable": "yes", "b": [2]})
    assert made == Facts(facts={"a": 1, "b": [2]}, cacheable=True)
    assert Draft7Validator(params.schema(Facts)).is_valid({"anything": None})


def test_the_schema_says_what_an_editor_shows() -> None:
    port = params.schema(Params)["properties"]["port"]
    assert port["description"] == "Port."
    assert (port["default"], port["minimum"], port["maximum"]) == (21, 1, 65535)
    assert port["errorMessage"] == "expected a whole number from 1 to 65535"


def test_the_schema_is_json_and_draft_7() -> None:
    schema = params.schema(Params)
    assert json.loads(json.dumps(schema)) == schema
    Draft7Validator.check_schema(schema)


def test_any_name_of_a_required_parameter_will_do() -> None:
    valid = Draft7Validator(params.schema(Params)).is_valid
    assert valid({"path": "x"})
    assert not valid({})


def test_simple_parameters_are_one_list_of_types_for_the_editor_s_sake() -> None:
    properties = params.schema(Params)["properties"]
    nested = [name for name, schema in properties.items() if "anyOf" in schema]
    assert nested == ["mode"]


def test_a_type_that_cannot_come_from_a_playbook_is_refused() -> None:
    made = dataclasses.make_dataclass("Odd", [("x", set)], frozen=True)
    with pytest.raises(TypeError, match="cannot be of type set"):
        params.fields(made)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 70000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(
        [
            "yes",
            "5",
            " 7 ",
            "5.0",
            "1,2",
            "1e3",
            ".5",
            "0644",
            "u=rw",
            "on",
            "preserve",
            "el",
            "5\n",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "password", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)


names = st.sampled_from([entry.name for entry in params.fields(Params) if entry.name != "dest"])


def only_known_later(name: str, value: object) -> bool:
    """Limits of a number in quotes, and the form of a text that is written as a number.

    And words that are none: a literal is refused, what a template gives is written as a text.
    """
    if name == "letters":
        return isinstance(value, int | float)
    if name in {"patterns", "words"}:
        words = value if isinstance(value, list) else [value]
        return any(isinstance(word, bool | list | dict) for word in words)
    return name in {"port", "ratio"} and isinstance(value, str)


@given(name=names, value=anything)
def test_what_the_schema_accepts_is_accepted_later_and_nothing_else(
    name: str, value: object
) -> None:
    try:
        built(**{name: value})
    except ParamsError as error:
        blamed, fits = {fault.path[0] for fault in error.faults}, False
    else:
        blamed, fits = {name}, True
    assert blamed == {name}
    assert accepted(**{name: value}) == fits or only_known_later(name, value)
