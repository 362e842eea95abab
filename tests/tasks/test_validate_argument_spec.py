from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.omit import OMIT
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import validate_argument_spec

if TYPE_CHECKING:
    from collections.abc import Callable


def run(ctx: Context, spec: dict[str, Any], given: dict[str, Any]) -> Result:
    arguments: Any = {"argument_spec": spec, "provided_arguments": given}
    return validate_argument_spec.run(validate_argument_spec.Params(**arguments), ctx)


def errors(ctx: Context, spec: dict[str, Any], given: dict[str, Any]) -> Any:
    with pytest.raises(TaskError, match="Validation of arguments failed:\n") as caught:
        run(ctx, spec, given)
    assert caught.value.data["argument_spec_data"] == spec
    return caught.value.data["argument_errors"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ({}, "x"),
        ({"required": True}, None),
        ({"type": "str"}, [1]),
        ({"type": "int"}, "5"),
        ({"type": "int"}, 5.0),
        ({"type": "bool"}, "Yes"),
        ({"type": "float"}, "1.5"),
        ({"type": "list"}, "a,b"),
        ({"type": "list", "elements": "int"}, "1,2"),
        ({"type": "list", "choices": ["a", "b"]}, ["b"]),
        ({"type": "dict"}, "a=1, b=2"),
        ({"type": "dict"}, '{"a": 1}'),
        ({"type": "dict"}, "{'a': 1}"),
        ({"type": "bool"}, 1.0),
        ({"type": "list"}, True),
        ({"type": "list", "elements": "dict", "options": {"a": {"type": "int"}}}, ["a=1"]),
        ({"type": "bytes"}, "1.5MB"),
        ({"type": "bits"}, "2 Kb"),
        ({"type": "json"}, [1]),
        ({"type": "int"}, None),
        ({"type": "raw"}, {"a": 1}),
        ({"type": "int", "choices": [1, 2]}, "2"),
        ({"choices": None}, "2"),
        ({"type": "dict", "options": {"a": {"type": "int"}}}, {"a": "1"}),
        ({"type": "list", "elements": "dict", "options": {"a": {}}}, [{"a": 1}, {}]),
    ],
)
def test_what_fits_passes(ctx: Context, option: dict[str, Any], value: object) -> None:
    result = run(ctx, {"name": option}, {"name": value})
    assert (result.changed, result.msg) == (False, "The arg spec validation passed")


@pytest.mark.parametrize(
    ("option", "value", "error"),
    [
        (
            {"type": "int"},
            "x",
            "is of type str and we were unable to convert to int: \"'x'\" cannot be",
        ),
        ({"type": "int"}, 1.5, '"1.5" cannot be converted to an int'),
        ({"type": "int"}, "Infinity", "cannot be converted to an int"),
        ({"type": "int", "required": True}, None, "argument 'name' is of type NoneType"),
        ({"type": "int", "default": 3}, None, "argument 'name' is of type NoneType"),
        ({"choices": ["a", "b"]}, None, "value of name must be one of: a, b, got: None"),
        (
            {"type": "bool"},
            "maybe",
            "The value 'maybe' is not a valid boolean. Valid booleans include: '0', '1',",
        ),
        (
            {"type": "bool", "required": True},
            None,
            "NoneType'> cannot be converted to a bool",
        ),
        ({"type": "float"}, [], "cannot be converted to a float"),
        ({"type": "list"}, {}, "cannot be converted to a list"),
        ({"type": "dict"}, "x", "dictionary requested, could not parse JSON or key=value"),
        ({"type": "dict"}, "{", "unable to evaluate string as dictionary"),
        ({"type": "dict"}, "a=1 b", 'string in the "key=value" format as dictionary'),
        ({"type": "bytes"}, "many", "<class 'str'> cannot be converted to a Byte value"),
        ({"type": "bits"}, "1KB", "<class 'str'> cannot be converted to a Bit value"),
        ({"type": "json"}, 5, "<class 'int'> cannot be converted to a json string"),
        ({"type": "odd"}, "x", "there is no type odd"),
        ({"choices": [1, 2]}, 2, "value of name must be one of: 1, 2, got: 2"),
        ({"choices": ["a", "b"]}, "c", "value of name must be one of: a, b, got: c"),
        ({"choices": "abc"}, "a", "choices for argument name are not iterable: abc"),
        (
            {"type": "list", "choices": ["a", "b"]},
            ["a", "c"],
            "value of name must be one or more of: a, b. Got no match for: c",
        ),
        (
            {"type": "list", "elements": "int"},
            ["x"],
            "Elements value for option 'name' is of type str and we were unable to convert to int:",
        ),
        (
            {"elements": "int"},
            "1",
            "Invalid type str for option '1', elements value check is supported only with 'list'",
        ),
        (
            {"type": "dict", "options": {"a": {"type": "int", "elements": "int"}}},
            {"a": 1},
            "Invalid type int for option '1' found in 'name'., elements value check is supported",
        ),
        (
            {"type": "dict", "options": {"a": {"required": True}}},
            {},
            "missing required arguments: a found in name",
        ),
        (
            {"type": "dict", "options": {"a": {}}},
            {"b": 1},
            "name.b. Supported parameters include: a.",
        ),
        (
            {
                "type": "list",
                "elements": "dict",
                "options": {"a": {"type": "dict", "options": {"b": {"type": "int"}}}},
            },
            [{"a": {"b": "x"}}],
            "argument 'b' is of type str found in 'name -> a'. and we were unable to convert",
        ),
        (
            {"type": "list", "elements": "dict", "options": {"a": {"type": "int"}}},
            "a=x",
            "argument 'a' is of type str found in 'name'. and we were unable to convert to int",
        ),
        (
            {"type": "dict", "options": {"a": {"type": "list", "elements": "int"}}},
            {"a": ["x"]},
            "Elements value for option 'a' found in 'name' is of type str and we were unable",
        ),
        (
            {"type": "dict", "options": {"a": {"choices": [1]}}},
            {"a": 2},
            "value of a must be one of: 1, got: 2 found in name",
        ),
    ],
)
def test_what_does_not_fit_is_told(
    ctx: Context, option: dict[str, Any], value: object, error: str
) -> None:
    (found,) = errors(ctx, {"name": option}, {"name": value})
    assert error in found


def test_choices_that_are_no_list_are_wrong_whatever_is_given(ctx: Context) -> None:
    (found,) = errors(ctx, {"name": {"choices": "abc"}}, {})
    assert found == "internal error: choices for argument name are not iterable: abc"


@pytest.mark.parametrize(
    ("rule", "given", "error"),
    [
        ({"mutually_exclusive": [["a", "b"]]}, {"a": 1, "b": 1}, "mutually exclusive: a|b"),
        (
            {"mutually_exclusive": [["a", "b"], ["a", "c"]]},
            {"a": 1, "b": 1, "c": 1},
            "mutually exclusive: a|b, a|c",
        ),
        ({"mutually_exclusive": [["a", "b"]]}, {"a": None, "b": 1}, "mutually exclusive: a|b"),
        ({"mutually_exclusive": ["abc", ["b", "c"]]}, {"b": 1, "c": 1}, "exclusive: b|c"),
        ({"required_together": [["a", "b"]]}, {"a": 1}, "required together: a, b"),
        ({"required_together": [["a", "b"], ["a", "c"]]}, {"a": 1}, "required together: a, b"),
        ({"required_one_of": [["a", "b"]]}, {"c": 1}, "one of the following is required: a, b"),
        (
            {"required_if": [["a", "x", ["b", "c"]]]},
            {"a": "x", "b": 1},
            "a is x but all of the following are missing: c",
        ),
        (
            {"required_if": [["a", "x", ["b", "c"], True]]},
            {"a": "x"},
            "a is x but any of the following are missing: b, c",
        ),
        ({"required_by": {"a": ["b"]}}, {"a": 1}, "missing parameter(s) required by 'a': b"),
    ],
)
def test_arguments_that_belong_together(
    ctx: Context, rule: dict[str, Any], given: dict[str, Any], error: str
) -> None:
    spec = {"name": {"type": "dict", "options": {"a": {}, "b": {}, "c": {}}, **rule}}
    (found,) = errors(ctx, spec, {"name": given})
    assert error in found
    assert found.endswith("found in name")
    enough = {"a": 1} if "mutually_exclusive" in rule else {"a": "x", "b": 1, "c": 1}
    assert run(ctx, spec, {"name": enough}).msg


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        (
            {"type": "dict"},
            "odd",
            [
                "could not parse JSON or key=value",
                "to dict",
                "must be of type dict or list of dicts",
            ],
        ),
        (
            {"type": "dict"},
            5,
            ["sub parameter field 'name' must be a dict, not 'int'", "to dict", "or list of dicts"],
        ),
        ({"type": "list", "elements": "dict"}, {"a": "x"}, ["to list", "to int"]),
        ({"type": "list", "elements": "dict"}, ["odd"], ["could not parse", "to dict"]),
    ],
)
def test_what_should_have_arguments_itself(
    ctx: Context, option: dict[str, Any], value: object, told: list[str]
) -> None:
    spec = {"name": {**option, "options": {"a": {"type": "int"}}}}
    for words, error in zip(told, errors(ctx, spec, {"name": value}), strict=True):
        assert words in error


def test_all_that_is_no_argument_is_told_together(ctx: Context) -> None:
    spec = {"name": {"type": "dict", "options": {"a": {}}}}
    *_, told = errors(ctx, spec, {"x": 1, "name": {"y": 1, "a": 1}})
    assert told == "name.y, x. Supported parameters include: name."


def test_what_is_required_has_no_default(ctx: Context) -> None:
    spec = {"name": {"required": True, "default": 1}}
    (told,) = errors(ctx, spec, {})
    assert told == "internal error: required and default are mutually exclusive for name"


def test_all_errors_are_told_at_once(ctx: Context) -> None:
    spec = {"a": {"required": True}, "b": {"required": True}, "c": {"type": "int"}}
    assert len(errors(ctx, spec, {"c": "x", "d": 1})) == 3


def test_errors_are_told_in_the_order_of_ansible(ctx: Context) -> None:
    spec = {
        "a": {"choices": ["x"]},
        "b": {"type": "int"},
        "c": {"type": "dict", "options": {"d": {"required": True}}},
        "e": {"type": "int", "choices": [1]},
        "f": {"required": True},
    }
    given = {"a": "y", "b": "z", "c": {}, "e": "y", "g": 1}
    starts = [
        *("missing required arguments: f", "argument 'b' is of type str"),
        *("argument 'e' is of type str", "value of a must be one of", "value of e must be one of"),
        *("missing required arguments: d found in c", "g. Supported parameters"),
    ]
    told = errors(ctx, spec, given)
    assert [text[: len(start)] for text, start in zip(told, starts, strict=True)] == starts


def test_another_name_will_do(ctx: Context) -> None:
    assert run(ctx, {"a": {"required": True, "aliases": ["b"]}}, {"b": "x"}).msg


def test_another_name_counts_more(ctx: Context) -> None:
    (found,) = errors(ctx, {"a": {"type": "int", "aliases": ["b"]}}, {"a": 5, "b": "x"})
    assert "argument 'a'" in found


def test_variables_are_checked_and_arguments_win(contexts: Callable[..., Context]) -> None:
    ctx = contexts(variables={"a": "x", "b": "x"})
    spec = {"a": {"type": "int"}, "b": {"type": "int"}, "odd-name": {}}
    (found,) = errors(ctx, spec, {"b": 5})
    assert "argument 'a'" in found


def test_a_variable_that_is_omitted_is_not_there(contexts: Callable[..., Context]) -> None:
    ctx = contexts(variables={"a": OMIT})
    assert errors(ctx, {"a": {"required": True}}, {}) == ["missing required arguments: a"]


def test_what_is_no_mapping_is_told(ctx: Context) -> None:
    wrong: Any = [1]
    with pytest.raises(TaskError, match="Incorrect type for argument_spec, expected dict and got"):
        run(ctx, wrong, {})
    with pytest.raises(TaskError, match="Incorrect type for provided_arguments, expected dict"):
        run(ctx, {}, wrong)


def test_what_templates_call_is_no_variable(ctx: Context) -> None:
    assert errors(ctx, {"range": {"required": True}}, {}) == ["missing required arguments: range"]


@pytest.mark.parametrize(
    "spec",
    [
        {"a": {"type": "dict", "options": {"b": None}}},
        {"a": {"type": "dict", "options": {}, "required_if": [["a"]]}},
        {"a": {"type": "dict", "options": {}, "mutually_exclusive": {"b": "c"}}},
    ],
)
def test_a_specification_that_is_none_is_told(ctx: Context, spec: dict[str, Any]) -> None:
    with pytest.raises(TaskError, match="argument_spec: "):
        run(ctx, spec, {"a": {}})
