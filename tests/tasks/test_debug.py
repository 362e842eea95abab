from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.errors import TemplateError
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import debug

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Contexts = Callable[..., Context]


def run(ctx: Context, **arguments: object) -> Mapping[str, object]:
    result = debug.run(debug.Params(**arguments), ctx)  # type: ignore[arg-type]
    assert not result.changed
    return result.data


@pytest.mark.parametrize("msg", ["你好", "", ["a", {"b": 1}], {"a": None}, 0, False])
def test_a_message_of_any_type_stays_as_it_is(ctx: Context, msg: object) -> None:
    assert run(ctx, msg=msg) == {"msg": msg}


def test_without_arguments_it_greets(ctx: Context) -> None:
    greeting = {"msg": "Hello world!"}
    assert run(ctx) == run(ctx, var="") == run(ctx, var="{{ none }}") == greeting


def test_a_variable_is_shown_under_its_own_name(contexts: Contexts) -> None:
    ctx = contexts(variables={"users": [{"name": "李"}]})
    assert run(ctx, var="users[0].name") == {"users[0].name": "李"}
    assert run(ctx, var="users") == {"users": [{"name": "李"}]}
    ctx = contexts(variables={"ansible_facts": {"system": "Linux"}})
    assert run(ctx, var="ansible_facts") == {"ansible_facts": {"system": "Linux"}}


@pytest.mark.parametrize("given", [5, 1.5, True, [], ["users"], {"users": 1}])
def test_an_expression_is_a_text(ctx: Context, given: object) -> None:
    with pytest.raises(TaskError, match="is not a string and conversion is not allowed"):
        run(ctx, var=given)


@pytest.mark.parametrize("given", ["{{ 5 }}", "{{ users }}", "{{ 1.5 }}"])
def test_braces_must_give_an_expression(contexts: Contexts, given: str) -> None:
    with pytest.raises(TaskError, match="is not a string and conversion is not allowed"):
        run(contexts(variables={"users": []}), var=given)


@pytest.mark.parametrize("expression", ["nope", "users[0].nope", "nope.more"])
def test_what_is_not_defined_is_said_and_is_no_failure(contexts: Contexts, expression: str) -> None:
    ctx = contexts(variables={"users": [{}]})
    assert str(run(ctx, var=expression)[expression]).startswith("<< error 1 - ")


def test_what_stands_beside_what_is_not_defined_is_shown(ctx: Context) -> None:
    expression = "{'a': 1, 'b': nope, 'c': ['d', other]}"
    result = debug.run(debug.Params(var=expression), ctx)
    assert result.data[expression] == {
        "a": 1,
        "b": "<< error 1 - 'nope' is undefined >>",
        "c": ["d", "<< error 2 - 'other' is undefined >>"],
    }
    assert result.warnings[0].splitlines() == [
        "Encountered 2 template errors.",
        "error 1 - 'nope' is undefined",
        "error 2 - 'other' is undefined",
    ]


@pytest.mark.parametrize(
    ("expression", "shown"), [("omit", "<<Omit>>"), ("[1, omit]", [1]), ("{'a': omit}", {})]
)
def test_what_is_left_out_is_shown_as_that(ctx: Context, expression: str, shown: object) -> None:
    assert run(ctx, var=expression) == {expression: shown}


def test_an_expression_that_fails_is_a_failure(ctx: Context) -> None:
    with pytest.raises(TemplateError):
        run(ctx, var="1 / 0")


@pytest.mark.parametrize("name", ["failed", "changed", "skipped", "msg"])
def test_a_variable_cannot_pass_for_the_outcome(contexts: Contexts, name: str) -> None:
    assert run(contexts(variables={name: True}), var=name) == {"msg": True}


@pytest.mark.parametrize(("verbosity", "shown"), [(0, True), (1, True), (2, False)])
def test_it_is_shown_when_the_user_wants_to_see_that_much(
    contexts: Contexts, verbosity: int, *, shown: bool
) -> None:
    params = debug.Params(msg="x", verbosity=verbosity)
    result = debug.run(params, contexts(verbosity=1, check=True))
    assert result.skipped is not shown
    assert ("msg" in result.data) is shown


def test_message_or_variable_but_not_both(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"mutually exclusive: msg\|var"):
        run(ctx, msg="a", var="b")
