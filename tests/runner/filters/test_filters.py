"""The filters and tests as templates see them; the cases are in the files beside this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.catalogue import Catalogue
from opsplay.runner.errors import Place, TemplateError
from opsplay.runner.filters import FILTERS, TESTS
from opsplay.runner.source import Template, parse
from opsplay.runner.template import Templates
from opsplay.runner.variables import Scope

HERE = Path(__file__).parent
EXPRESSIONS: dict[str, list[tuple[str, Any]]] = yaml.safe_load(
    (HERE / "expressions.yml").read_text("utf-8")
)
MISTAKES: list[tuple[str, str]] = yaml.safe_load((HERE / "mistakes.yml").read_text("utf-8"))

TEMPLATES = Templates()

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def evaluate(expression: str, **variables: object) -> Any:
    return TEMPLATES.evaluate(expression, None, Scope(TEMPLATES, (variables,)))


@pytest.mark.parametrize(
    ("expression", "value"), [case for cases in EXPRESSIONS.values() for case in cases]
)
def test_an_expression_comes_to_its_value(expression: str, value: object) -> None:
    found = evaluate(expression)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("expression", "words"), MISTAKES)
def test_what_goes_wrong_is_told_in_words(expression: str, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        evaluate(expression)
    assert caught.value.problem.message.startswith(words)


def test_mandatory_names_what_a_variable_of_its_own_needs() -> None:
    with pytest.raises(TemplateError) as caught:
        evaluate("login | mandatory", login=Template("{{ user }}", Place("vars.yml", 1, 1)))
    assert caught.value.problem.message.endswith("Mandatory variable 'user' not defined.")


@pytest.mark.parametrize("catalogue", [FILTERS, TESTS])
def test_every_name_leads_to_a_function(catalogue: Catalogue) -> None:
    for name in catalogue:
        assert callable(catalogue[name])
        assert catalogue[f"ansible.builtin.{name}"] is catalogue[name]


def test_other_functions_can_be_written_with_the_collection_too() -> None:
    both = FILTERS.over({"first": min, "flatten": max})
    assert both["ansible.builtin.first"]([2, 1]) == 1
    assert both["ansible.builtin.flatten"]([[1]]) == [1]
    assert "first" in both
    assert "first" not in FILTERS
    assert len(both) == len(FILTERS) + 1


def test_names_cost_no_import() -> None:
    program = (
        "import sys; from opsplay.runner.filters import FILTERS, TESTS; 'flatten' in FILTERS;"
        "print([name for name in ('jinja2', 'json', 'hashlib', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.slow
@given(JSON)
def test_json_and_yaml_come_back_as_they_went(value: object) -> None:
    assert evaluate("value | to_json | from_json", value=value) == value
    assert evaluate("value | to_nice_yaml | from_yaml", value=value) == value


def test_what_is_read_from_yaml_is_never_a_template() -> None:
    (item,) = evaluate("text | from_yaml", text='["{{ 1 + 1 }}"]')
    assert item == "{{ 1 + 1 }}"
    assert type(item) is str


def test_yaml_that_says_nothing_is_nothing() -> None:
    assert [evaluate("text | from_yaml", text=text) for text in ("", " ", "# a")] == [None] * 3


def test_what_the_loader_makes_is_written_like_any_other_value() -> None:
    value = parse('a: ["{{ x }}", {b: 1}]', "vars.yml").value
    assert FILTERS["to_json"](value) == '{"a": ["{{ x }}", {"b": 1}]}'
    assert FILTERS["to_nice_yaml"](value) == "a:\n- '{{ x }}'\n-   b: 1\n"
    assert FILTERS["type_debug"](value) == "dict"
    assert isinstance(value, dict)
    assert FILTERS["type_debug"](value["a"][0]) == "str"
    assert isinstance(value["a"][0], Template)


def test_yaml_that_would_crash_the_loader_is_refused() -> None:
    for name in ("from_yaml", "from_yaml_all"):
        with pytest.raises(TemplateError, match="nested more than"):
            evaluate(f"text | {name}", text="[" * 100_000)


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("md5", "$1$saltsalt$6SNdNaZLKst2LlSm7oPPL1"),
        ("sha256_crypt", "$5$rounds=1000$saltsalt$eNI.02a9Kos9UxzxjTLpNZ6kYHkRe9Z8OsGkDDoW/X2"),
    ],
)
def test_passwords_are_hashed_as_the_system_does(scheme: str, expected: str) -> None:
    assert (
        evaluate("'pw' | password_hash(scheme, 'saltsalt', rounds=1000)", scheme=scheme) == expected
    )


def test_a_hash_without_a_salt_is_another_one_each_time() -> None:
    first, second = (evaluate("'pw' | password_hash('sha256', rounds=5000)") for _ in range(2))
    assert first[:3] == second[:3] == "$5$"
    assert first != second


def test_files_are_found_by_a_pattern(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / name).touch()
    (tmp_path / "d.txt").mkdir()
    found = evaluate("pattern | fileglob", pattern=f"{tmp_path}/*.txt")
    assert found == [f"{tmp_path}/a.txt", f"{tmp_path}/b.txt"]
    (tmp_path / "vault").write_text("$ANSIBLE_VAULT;1.1;AES256\n")
    assert evaluate("path is vaulted_file", path=f"{tmp_path}/vault")
    assert not evaluate("path is vaulted_file", path=f"{tmp_path}/c.md")
