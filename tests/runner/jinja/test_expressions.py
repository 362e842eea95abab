"""What expressions come to is what Jinja's own code for them comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opsplay.runner.errors import Place, TemplateError
from opsplay.runner.template import Templates

PLACE = Place("playbook.yml", 1, 1)
VARIABLES = {
    "a": 1,
    "b": 2.5,
    "text": "some words",
    "numbers": [1, 2, 3],
    "deep": {"x": {"y": [5]}, "items": 7},
    "nothing": None,
    "options": {"indent": 2},
}
EXPRESSIONS = """\
a + b * 2 - a / 3 // 1 % 2 ** 3
-a + +b
not a or nothing and a
1 < a <= 2 < 3
0 < a <= 2 < 3
a == 1 != 2
a in numbers and 5 not in numbers
numbers[0] + numbers[-1]
numbers[1:]
numbers[:2]
numbers[::-1]
deep.x.y[0]
deep['items']
deep.x['y']
deep.nope is defined
nope is undefined
nope | default('z')
nope.x.y | default('z', true)
[a, b, [text]]
{'k': a, text: b}
a ~ text ~ none ~ 2.0
'x' if a else 'y'
('x' if nothing) | default('q')
numbers | map('string') | join(',')
numbers | select('gt', 1) | list
numbers | first | int + 4
numbers | max > 2
text.upper()
text.replace('s', 'S', 1)
'%s-%s' % (a, text)
'{} {x}'.format(a, x=text)
range(*numbers[:2]) | list
dict(a=1, **options)
text is string and numbers is sequence
a is divisibleby 1
a is divisibleby(1)
text * 2 == text + text
nothing is none"""
REFUSED = """\
nope + 1
deep.nope
text.__class__
'{0.__class__}'.format(a)
text(1)
a / 0
dict(indent=1, **options)"""


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


@pytest.fixture(scope="module")
def in_jinja(templates: Templates) -> Callable[[str], Any]:
    def evaluate(text: str) -> Any:
        environment = templates._compiler.environment  # what ours leans on
        return environment.compile_expression(text, undefined_to_none=False)(**VARIABLES)

    return evaluate


@pytest.mark.parametrize("text", EXPRESSIONS.splitlines())
def test_an_expression_comes_to_what_it_comes_to_in_jinja(
    templates: Templates, in_jinja: Callable[[str], Any], text: str
) -> None:
    ours = templates.evaluate(text, PLACE, {**templates.functions, **VARIABLES})
    theirs = in_jinja(text)
    assert (ours, type(ours)) == (theirs, type(theirs))


@pytest.mark.parametrize("text", REFUSED.splitlines())
def test_an_expression_that_fails_in_jinja_fails(templates: Templates, text: str) -> None:
    with pytest.raises(TemplateError):
        templates.evaluate(text, PLACE, {**templates.functions, **VARIABLES})


def test_what_a_condition_leaves_out_is_not_evaluated(templates: Templates) -> None:
    assert templates.evaluate("false and 1 / 0 or 'x' if true else 1 / 0", PLACE, {}) == "x"
