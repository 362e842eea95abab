"""Templates: what is rendered, what stays data, what is said of mistakes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.errors import NotDefined, Place, TemplateError
from opsplay.runner.nodes import MapNode, SeqNode
from opsplay.runner.omit import OMIT
from opsplay.runner.template import Templates
from opsplay.runner.template_text import Template
from opsplay.runner.variables import Scope

PLACE = Place("site.yml", 3, 10)
TEMPLATES = Templates()


def render(text: str, **variables: object) -> Any:
    return Scope(TEMPLATES, (variables,)).render(Template(text, PLACE))


def evaluate(text: str, **variables: object) -> Any:
    return TEMPLATES.evaluate(text, PLACE, Scope(TEMPLATES, (variables,)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ 6 * 7 }}", 42),
        ("{{ [1, 'a', none] }}", [1, "a", None]),
        ("{{ {'a': (1, 2)} }}", {"a": [1, 2]}),
        ("{{ range(3) | list }}", [0, 1, 2]),
        ("a {{ range(3) }}", "a range(0, 3)"),
        ("{{ none }}", None),
        ("{{ '42' }}", "42"),
        ("{{ 4 }}2", "42"),
        (" {{ 42 }}", " 42"),
        ("a{{ none }}b", "ab"),
        ("{% for i in [1, 2] %}{{ i }}{% endfor %}", "12"),
        ("{{ '{{' }} x }}", "{{ x }}"),
        ("{{ [1] }}\n", [1]),
        ("a {{ [1] | map('string') }} {{ {'k': 1}.keys() }}", "a ['1'] ['k']"),
        ("{{ 'a' ~ ([1, 2] | select('odd')) }}", "a[1]"),
        ("{{ ([1, 2] | map('string'))[1] }}", "2"),
        ("{{ 'a' }}\n", "a\n"),
        ("a{% if true %}b{% endif %}\n\n", "ab\n\n"),
        ("{% set a = 1 %}{{ {'x': a} }}", {"x": 1}),
        ("{% for i in [1] %}{{ i }}{% endfor %}", 1),
        ("{% if true %}5{% endif %}", "5"),
        ("{% if false %}5{% endif %}", None),
        ("{% macro f(x) %}{{ x }}{% endmacro %}{{ f([1]) }}", [1]),
        ("{{ true }}{{ none }}", True),
        (
            "a {{ [1] | zip([2]) | list }} {{ ((1, 2), omit) }} {{ {'k': omit} }}",
            "a [[1, 2]] [[1, 2]] {}",
        ),
        ("a{{ 1 if false }}", "a"),
        ("{% if true %}a {{ (1, 2) }}{% endif %}", "a [1, 2]"),
        ("{{ {'k': 1}.keys() == ['k'] }}", True),
        ("{{ [2, 1] | reverse == [1, 2] }}", True),
    ],
)
def test_a_lone_expression_keeps_its_type_and_the_rest_is_text(text: str, value: object) -> None:
    assert render(text) == value


def test_what_is_not_defined_in_a_list_is_told_where_it_is_shown_as_text() -> None:
    with pytest.raises(NotDefined, match="'nowhere' is undefined"):
        render("a {{ [nowhere] }}")


@pytest.mark.parametrize("test", ["none", "string", "not mapping", "true", "eq(1)", "in([1])"])
def test_what_is_not_defined_is_nothing_that_can_be_asked_for(test: str) -> None:
    assert evaluate("nowhere is undefined")
    with pytest.raises(NotDefined, match="'nowhere' is undefined"):
        evaluate(f"nowhere is {test}")


@pytest.mark.parametrize("expression", ["nowhere in 'text'", "nowhere not in 'text'"])
def test_what_is_not_defined_is_told_where_a_text_is_searched_for_it(expression: str) -> None:
    with pytest.raises(NotDefined, match="'nowhere' is undefined"):
        evaluate(expression)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{% set _ = names.append('li') %}{{ names }}", ["ann", "li"]),
        (
            "{% for i in [1, 2] %}{% set _ = names.append(i) %}{% endfor %}{{ names }}",
            ["ann", 1, 2],
        ),
        ("{{ ages.update({'li': 2}) }}{{ ages }}", {"ann": {"years": [1]}, "li": 2}),
        ("{{ ages.ann.years.pop() }}{{ ages }}", "1{'ann': {'years': []}}"),
        ("{{ names.append('li') }} {{ hostvars }}", " "),
    ],
)
def test_what_a_template_changes_it_changes_for_itself(text: str, value: object) -> None:
    variables = {"names": ["ann"], "ages": {"ann": {"years": [1]}}, "hostvars": None}
    assert render(text, **variables) == value
    assert variables == {"names": ["ann"], "ages": {"ann": {"years": [1]}}, "hostvars": None}


def test_a_file_that_is_included_sees_what_was_changed_and_nothing_that_is_broken(
    tmp_path: Path,
) -> None:
    (tmp_path / "part.j2").write_text("{{ names }} {{ broken is defined }}", "utf-8")
    text = "{% set _ = names.append('li') %}{% include 'part.j2' %}"
    variables = {"names": ["ann"], "broken": Template("{{ nowhere }}", PLACE)}
    scope = Scope(TEMPLATES, (variables,))
    given = TEMPLATES.render_file(tmp_path / "all.j2", text, [str(tmp_path)], scope)
    assert given == "['ann', 'li'] False"


def test_a_template_of_a_playbook_includes_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "greeting.j2").write_text("Hello {{ name }}\n")
    templates = Templates()
    templates.folder = tmp_path
    scope = Scope(templates, ({"name": "Li"},))
    assert scope.render(Template("{% include 'greeting.j2' %}!", PLACE)) == "Hello Li!"
    with pytest.raises(TemplateError, match=r"'no\.j2' not found in search path: "):
        scope.render(Template("{% include 'no.j2' %}", PLACE))
    optional = Template("{% include 'no.j2' ignore missing %}x", PLACE)
    assert scope.render(optional) == "x"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"{{ 'a\nb' }}", r"a\nb"),
        (r"{{ 'abc' | regex_replace('(b)', '<\1>') }}", "a<b>c"),
        (r"{% if 'a\nb' | length == 3 %}{{ 'a\nb' | length }}{% endif %} \n", r"4 \n"),
    ],
)
def test_a_backslash_in_a_text_between_braces_is_a_backslash(text: str, value: object) -> None:
    assert render(text) == value


def test_a_bare_expression_has_the_escapes_of_jinja() -> None:
    assert evaluate(r"'a\nb' | length == 3 and 'a.c' is regex('^a\\.c$')") is True


def jinja_like(draw_from: str = "ab {}%#'\"") -> st.SearchStrategy[str]:
    pieces = ["{{", "}}", "{%", "%}", "{#", "#}", "{{ 6 * 7 }}", "{{ secret }}", "{% if x %}"]
    return st.lists(st.sampled_from(pieces) | st.text(draw_from, max_size=5)).map("".join)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | jinja_like(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(jinja_like(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(json_like)
def test_data_is_never_rendered(value: object) -> None:
    """Whatever a variable that came from outside holds, and however it is passed on."""
    scope = Scope(TEMPLATES, ({"out": value, "secret": "swordfish", "x": True},))
    passed_on = MapNode(PLACE)
    passed_on.put("copy", PLACE, Template("{{ out }}", PLACE), PLACE)
    around = scope.over(passed_on)  # type: ignore[arg-type]  # its keys are texts
    assert scope.render(value) == value
    assert scope.render(Template("{{ out }}", PLACE)) == value
    assert around.render(Template("{{ copy }}", PLACE)) == value
    assert scope.render(Template("{{ [out] | first }}", PLACE)) == value


@given(jinja_like())
def test_text_inside_text_is_never_rendered_again(value: str) -> None:
    assert render("<{{ out }}>", out=value, secret="swordfish") == f"<{value}>"


def test_an_if_that_comes_to_nothing_is_no_value() -> None:
    assert render("a{{ 1 if false }}") == "a"
    with pytest.raises(TemplateError, match="an if without an else came to nothing"):
        render("{{ 1 if false }}")


def test_what_comes_to_omit_is_left_out_of_mappings_and_lists() -> None:
    node, items = MapNode(PLACE), SeqNode(PLACE)
    node.put("gone", PLACE, Template("{{ omit }}", PLACE), PLACE)
    node.put("kept", PLACE, items, PLACE)
    for text in ("{{ omit }}", "{{ 1 }}"):
        items.append(Template(text, PLACE))
    scope = Scope(TEMPLATES, ())
    assert scope.render(node) == {"kept": [1]}
    assert scope.render(Template("{{ omit }}", PLACE)) is OMIT


def test_a_template_file_cannot_be_left_out(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"all\.j2.*resolved to an Omit scalar"):
        TEMPLATES.render_file(tmp_path / "all.j2", "{{ omit }}", [], {"omit": OMIT})


def test_omit_is_nothing_in_a_text_and_no_part_of_what_is_put_together() -> None:
    assert render("x{{ omit }}") == "x"
    assert render("{{ [omit, 1, {'a': omit}] }}") == [1, {}]


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("{{ range(3) }}", "{{ a | list }}", [0, 1, 2]),
        ("{{ range(3) }}", "{{ a[1] }}", 1),
        ("{{ range(3) }}", "{{ 1 in a }}", True),
        ("{{ range(3) }}", "x {{ a }}", "x range(0, 3)"),
        ("{{ range(3) }}", "{{ [a] | flatten }}", [0, 1, 2]),
        ("{{ range(3) }}", "{{ b[1] }}", 1),
        ("{{ namespace(n=1) }}", "{{ a.n }}", 1),
        ("{{ cycler('x', 'y') }}", "{{ a.next() }}{{ a.next() }}", "xy"),
        ("{{ (1, 2) }}", "{{ a + (3,) }}", [1, 2, 3]),
        ("{{ (1, 2) }}", "{{ a | type_debug }} {{ a }}", "tuple [1, 2]"),
        ("{{ (1, 2) }}", "{{ {'k': b} }}", {"k": [1, 2]}),
        ("{{ [1, 2] | zip([3, 4]) }}", "{{ dict(a) }}", {1: 3, 2: 4}),
        ("{{ [1, 2] | map('string') }}", "{{ a | join }}{{ a | join }}", "1212"),
        ("{{ {'x': 1}.items() }}", "{{ a[0] == ('x', 1) }}", True),
        ("{{ 1 if false }}", "x{{ a }}{{ a is defined }}", "xFalse"),
        ("{{ {'x': {'y': nowhere}, 'z': 1} }}", "{{ a.z }}", 1),
        ("{{ {'x': {'y': nowhere}, 'z': 1} }}", "{{ a is defined }}", True),
        ("{{ {'x': {'y': nowhere}, 'z': 1} }}", "{{ a.x.y is defined }}", False),
        ("{{ {'x': {'y': nowhere}, 'z': 1} }}", "{{ a.x.y | default(5) }}", 5),
        ("{{ [nowhere, 1] }}", "{{ a | select('defined') }}", [1]),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m }}", "{{ a(1) }}", "<1>"),
        ("{{ {'x': omit, 'y': 1} }}", "{{ a | length }} {{ a }}", "2 {'y': 1}"),
    ],
)
def test_other_templates_use_of_a_variable_what_could_not_be_kept(
    variable: str, text: str, value: object
) -> None:
    assert render(text, a=Template(variable, PLACE), b=Template("{{ a }}", PLACE)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{% set x = 1 | from_json | upper %}ok", "ok"),
        ("{% set x = 'a'.index('b') %}{% set y = x.z %}ok", "ok"),
        ("{% macro m(a) %}{% endmacro %}{% set x = m(1, 2) %}ok", "ok"),
        ("{% set x %}a {{ nowhere }}{% endset %}ok", "ok"),
        ("{% macro m() %}a {{ nowhere }}{% endmacro %}{{ m() | default('none') }}", "none"),
        ("{% set x = failing %}{{ [failing] | length }} {{ true or failing }}", "1 True"),
        ("{% set o = {} %}{% set x = o.update({'a': nowhere}) %}{{ o }}", {}),
        ("{% set o = [] %}{% set x = o.extend([nowhere]) %}{{ o | length }}", 0),
        ("{% set o = [] %}{% set x = o.append([nowhere]) %}{{ o | length }}", 1),
        ("{{ ['a'] | map('abs') | length }}", 1),
        ("{{ ('a' | abs) | type_debug }}", "CapturedExceptionMarker"),
        ("{{ true or ('a' | abs) }}", True),
    ],
)
def test_what_has_failed_is_no_error_until_it_is_used(text: str, value: object) -> None:
    assert render(text, failing=Template("{{ 'a' | abs }}", PLACE)) == value


@pytest.mark.parametrize(
    "use",
    ["x", "x | default(1)", "x is defined", "x is undefined", "x | mandatory", "[x]", "x == 1"],
)
def test_what_has_failed_is_not_merely_undefined(use: str) -> None:
    with pytest.raises(TemplateError, match=r"plugin 'ansible\.builtin\.abs' failed"):
        render("{% set x = 'a' | abs %}{{ " + use + " }}")


_READING_ALL = [
    *("a | combine({'x': 1})", "{} | combine(a)", "a | dict2items", "a | dictsort", "a | items"),
    *("a.items()", "a.values()"),
    *("[nowhere, 1] | list", "[nowhere, 1] | reverse", "[nowhere, 1] | batch(1)"),
    *("[1] | zip([nowhere])", "[nowhere, 1] | product([2])", "[nowhere] | permutations"),
]


@pytest.mark.parametrize("expression", _READING_ALL)
def test_what_reads_every_part_gives_nothing_if_one_is_not_defined(expression: str) -> None:
    a = MapNode(PLACE)
    a.put("x", PLACE, Template("{{ nowhere }}", PLACE), PLACE)
    assert evaluate(f"{expression} is undefined", a=a)
    assert evaluate(f"({expression}) | default(5)", a=a) == 5
    with pytest.raises(NotDefined, match="'nowhere' is undefined"):
        evaluate(f"{expression} | length", a=a)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a | list", ["x", "y"]),
        ("a.keys()", ["x", "y"]),
        ("[a] | list | length", 1),
        ("({'b': a} | combine({'c': 1})).c", 1),
        ("{'b': a} | dict2items | map(attribute='key')", ["b"]),
        ("[nowhere, 1] | select('defined')", [1]),
        ("[nowhere, 1] | map('default', 2)", [2, 1]),
        ("[nowhere, 1] | length", 2),
    ],
)
def test_what_reads_no_part_that_is_not_defined_gives_the_others(
    expression: str, value: object
) -> None:
    a = MapNode(PLACE)
    a.put("x", PLACE, Template("{{ nowhere }}", PLACE), PLACE)
    a.put("y", PLACE, 2, PLACE)
    assert evaluate(expression, a=a) == value


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("{{ range(3) }}", "Type 'range' is unsupported for variable storage."),
        ("{{ {'k': [range(3)]} }}", "Type 'range' is unsupported for variable storage."),
        ("{{ namespace() }}", "Type 'Namespace' is unsupported for variable storage."),
        ("{{ {'k': [nowhere]} }}", "'nowhere' is undefined"),
        ("{{ [1 if false] }}", "an if without an else came to nothing"),
    ],
)
@pytest.mark.parametrize("text", ["{{ a }}", "{{ b }}", "{{ [a] }}"])
def test_of_what_is_kept_all_is_looked_at(variable: str, words: str, text: str) -> None:
    with pytest.raises(TemplateError, match=words):
        render(text, a=Template(variable, PLACE), b=Template("{{ a }}", PLACE))


@pytest.mark.parametrize("name", ["lookup", "query", "q"])
def test_a_function_shows_none_of_the_variables(name: str) -> None:
    assert "swordfish" not in str(render(f"<{{{{ {name} }}}}>", pw="swordfish"))
    with pytest.raises(TemplateError, match="Type 'function' is unsupported for variable storage"):
        render(f"{{{{ {name} }}}}", pw="swordfish")


@pytest.mark.parametrize("text", ["x == '{{ y }}'", "'<{{ y }}>' == '<1>'", "'{{ y }' == '{{ y }'"])
def test_texts_in_a_condition_may_be_templates(text: str) -> None:
    assert evaluate(text, x=1, y=1) is True


NO = "object of type 'dict' has no attribute '{}'"


@pytest.mark.parametrize(
    ("text", "message", "hint", "column"),
    [
        ("{{ nam }}", "'nam' is undefined", "did you mean name?", 13),
        ("x {{ user.nmae }}", NO.format("nmae"), "did you mean name?", 20),
        ("{{ user.a.b }}", NO.format("a"), "there are: age, name", 18),
        ("{{ [user.zzzzzz] }}", NO.format("zzzzzz"), "there are: age, name", 19),
        ("{{ [1, undef('my hint')] }}", "my hint", "", 13),
    ],
)
def test_what_is_not_defined_is_told_with_its_place_and_the_nearest_name(
    text: str, message: str, hint: str, column: int
) -> None:
    with pytest.raises(NotDefined) as caught:
        render(text, name="x", user={"name": "ann", "age": 3})
    problem = caught.value.problem
    assert (problem.message, problem.hint) == (message, hint)
    assert problem.place == Place("site.yml", 3, column)


def test_the_place_of_a_missing_name_is_where_it_is_used_not_where_it_is_passed_on() -> None:
    inner = Place("vars.yml", 7, 1)
    scope = Scope(TEMPLATES, ({"a": Template("{{ b }}", PLACE), "b": Template("{{ c }}", inner)},))
    with pytest.raises(NotDefined) as caught:
        scope.render(Template("{{ a }}", PLACE))
    assert caught.value.problem.place == Place("vars.yml", 7, 4)


@pytest.mark.parametrize(
    "expression", ["a[nowhere]", "a[nowhere] is defined", "a[nowhere].b | default('x')"]
)
@pytest.mark.parametrize("a", [{"b": 1}, [1], "text"])
def test_no_default_stands_in_for_a_key_that_is_not_defined(expression: str, a: object) -> None:
    with pytest.raises(NotDefined, match="'nowhere' is undefined"):
        evaluate(expression, a=a)
    assert evaluate("other[nowhere] | default('x')") == "x"


def test_a_default_stands_in_for_what_is_not_defined_at_any_depth() -> None:
    assert render("{{ a.b.c | default('x') }}", a={}) == "x"
    assert render("{{ a.b.c is defined }}") is False


@pytest.mark.parametrize(
    ("text", "message", "hint", "column", "width"),
    [
        ("{{ a | uper }}", "No filter named 'uper'.", "did you mean upper?", 17, 4),
        ("{{ a is defind }}", "No test named 'defind'.", "did you mean defined?", 18, 6),
        ("{% if x %}{{ a | uper }}{% endif %}", "No filter named 'uper'.",
         "did you mean upper?", 27, 4),
    ],
)  # fmt: skip
def test_unknown_filters_and_tests_are_found_before_the_run(
    text: str, message: str, hint: str, column: int, width: int
) -> None:
    problem = TEMPLATES.check_template(Template(text, PLACE))
    assert problem is not None
    assert (problem.message, problem.hint, problem.width) == (message, hint, width)
    assert problem.place == Place("site.yml", 3, column)


@pytest.mark.parametrize(
    "text", ["{{ a", "{{ a b }}", "{% fi %}", "{{ }}", "{% if x %}", "{{ 'a }}", "{% break %}"]
)
def test_a_syntax_error_is_found_before_the_run(text: str) -> None:
    problem = TEMPLATES.check_template(Template(text, PLACE))
    assert problem is not None
    assert problem.message.startswith("Syntax error in template:")


@pytest.mark.parametrize("text", ["a b", "a ==", "(a", "a | nosuch", ""])
def test_a_bad_expression_is_found_before_the_run(text: str) -> None:
    assert TEMPLATES.check_expression(text, PLACE) is not None


def test_a_good_template_has_no_problem() -> None:
    assert TEMPLATES.check_template(Template("{{ a | upper }} {{ b is defined }}", PLACE)) is None
    assert TEMPLATES.check_expression("a is defined and b | bool", PLACE) is None


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ (5).__add__(4) }}",
        "{{ [5].__lshift__(4) }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
    ],
)
def test_templates_run_in_a_sandbox(text: str) -> None:
    with pytest.raises(TemplateError):
        render(text, x=object())


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(5).__and__(4)", 4),
        ("(5).__or__(2)", 7),
        ("(5).__xor__(1)", 4),
        ("(1).__lshift__(4)", 16),
        ("(16).__rshift__(2)", 4),
    ],
)
def test_numbers_are_combined_bit_by_bit_as_no_filter_does_it(expression: str, value: int) -> None:
    assert render(f"{{{{ {expression} }}}}") == value


def test_an_expression_of_a_name_called_like_nothing_else_is_evaluated() -> None:
    assert evaluate("value > 3 and result.rc == 0", value=4, result={"rc": 0}) is True


def test_an_error_of_python_becomes_words() -> None:
    with pytest.raises(TemplateError, match="Error rendering template: unsupported operand"):
        render("{{ 1 + 'a' }}")


@pytest.mark.parametrize("text", ["(" * 500 + "1" + ")" * 500, "[" * 500, "not " * 2000 + "a"])
def test_an_expression_that_is_nested_too_deep_is_refused(text: str) -> None:
    for problem in (
        TEMPLATES.check_expression(text, PLACE),
        TEMPLATES.check_template(Template(f"{{{{ {text} }}}}", PLACE)),
    ):
        assert problem
        assert re.fullmatch(r"Syntax error in \w+: it is nested too deep", problem.message)
