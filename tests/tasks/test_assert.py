from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.errors import TemplateError
from opsplay.runner.task import Context, NotDefined, Result, TaskError
from opsplay.tasks import assert_

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def ctx(contexts: Callable[..., Context]) -> Context:
    return contexts(variables={"name": "李", "count": 3, "items": [1], "nothing": None})


def run(ctx: Context, that: object, **arguments: object) -> Result:
    return assert_.run(assert_.Params(that=that, **arguments), ctx)  # type: ignore[arg-type]


@pytest.mark.parametrize("that", ["count == 3", ["count == 3", "name == '李'"], True, []])
def test_what_is_true_passes(ctx: Context, that: object) -> None:
    result = run(ctx, that)
    assert not result.changed
    assert result.data == {"msg": "All assertions passed"}


def test_messages_of_success(ctx: Context) -> None:
    assert run(ctx, "true", success_msg="well done").data == {"msg": "well done"}
    assert run(ctx, "true", success_msg=["a", "b"]).data == {"msg": ["a", "b"]}
    result = run(ctx, "true", quiet=True)
    assert (result.data, result.quiet) == ({"msg": "All assertions passed"}, True)


@pytest.mark.parametrize("name", ["fail_msg", "success_msg"])
@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (5, "int"),
        (True, "bool"),
        ({"a": 1}, "dict"),
        ([1, 2], "list"),
        (["a", None], "list"),
        ([["a"]], "list"),
    ],
)
def test_a_message_is_a_text_or_a_list_of_them(
    ctx: Context, name: str, message: object, kind: str
) -> None:
    told = f"argument '{name}' is of type {kind} and we were unable to convert to str_or_list_of"
    with pytest.raises(TaskError, match=told):
        run(ctx, "true", **{name: message})


@pytest.mark.parametrize("that", [1, None, {"a": 1}, [["true"]]])
def test_what_is_no_text_claims_nothing(ctx: Context, that: object) -> None:
    with pytest.raises(TemplateError, match=r"must be strings|Empty cond"):
        run(ctx, that)


def test_a_template_may_come_to_a_list_of_claims(ctx: Context) -> None:
    assert run(ctx, "{{ [count == 3, true] }}").data == {"msg": "All assertions passed"}
    with pytest.raises(TaskError, match="Assertion failed"):
        run(ctx, "{{ [count == 3, false] }}")


def test_the_first_false_assertion_is_named(ctx: Context) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, ["count > 2", "count > 3", "1 / 0 == 1"])
    assert caught.value.msg == "Assertion failed"
    assert caught.value.data["assertion"] == "count > 3"
    assert caught.value.data["evaluated_to"] is False


def test_a_claim_in_braces_is_named_as_what_it_comes_to(ctx: Context) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, ["count == 3", "{{ count == 2 }}"])
    assert caught.value.data["assertion"] is False
    with pytest.raises(TemplateError, match="Empty conditional expressions are not allowed"):
        run(ctx, "{{ '' }}")
    with pytest.raises(NotDefined):
        run(ctx, "{{ nope }}")


@pytest.mark.parametrize("words", ["bad", ["bad", "worse"], ""])
def test_a_message_of_ones_own(ctx: Context, words: object) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, [False], fail_msg=words)
    assert caught.value.data["msg"] == words
    assert caught.value.data["assertion"] is False


@pytest.mark.parametrize(
    ("that", "words"),
    [
        ("count", "the number 3; write: count != 0"),
        ("name", "the text '李'; write: name | length > 0"),
        ("items", "the list [1]; write: items | length > 0"),
        ("nothing", "nothing (null); write: nothing is not none"),
    ],
)
def test_what_is_neither_true_nor_false_fails_and_says_what_came(
    ctx: Context, that: str, words: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        run(ctx, that, fail_msg="not this")
    problem = caught.value.problem
    assert "Conditionals must have a boolean result" in problem.message
    assert problem.hint == f"it is {words}"


def test_what_is_not_defined_fails(ctx: Context) -> None:
    with pytest.raises(NotDefined):
        run(ctx, "nope == 1")
