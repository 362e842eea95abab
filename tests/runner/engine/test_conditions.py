"""Conditions: what they come to, what is none, and what is told of them."""

from __future__ import annotations

import pytest

from .conftest import Play


def test_a_step_whose_condition_is_false_is_skipped_and_registers_that(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: skipped
              debug: {msg: hi}
              when: 1 > 2
              register: it
            - name: told
              debug: {msg: "{{ it is skipped }} {{ it.false_condition }}"}
    """)
    assert ran.steps() == ["skipped: skipped", "told: ok"]
    assert ran.result("told")["msg"] == "True 1 > 2"
    assert ran.recap() == "ok=1 skipped=1"


def test_of_a_condition_in_braces_is_told_what_they_come_to(play: Play) -> None:
    ran = play("""
        - vars: {wanted: 1 > 2}
          tasks:
            - {name: text, debug: {msg: hi}, when: "{{ wanted }}"}
            - {name: truth, debug: {msg: hi}, when: [true, "{{ 1 > 2 }}"]}
    """)
    told = [ran.result(name)["false_condition"] for name in ("text", "truth")]
    assert told == ["1 > 2", False]


def test_all_conditions_of_a_list_must_hold(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: both, debug: {msg: hi}, when: [true, 2 > 1]}
            - {name: one, debug: {msg: hi}, when: [2 > 1, 1 > 2, undefined_thing]}
    """)
    assert ran.steps() == ["both: ok", "one: skipped"]


@pytest.mark.parametrize(
    ("condition", "came", "advice"),
    [
        ("'yes'", "the text 'yes'", "'yes' | bool"),
        ("[1]", "the list [1]", "[1] | length > 0"),
        ("3", "the number 3", "3 != 0"),
    ],
)
def test_a_condition_that_is_not_boolean_fails_with_its_type_and_advice(
    play: Play, condition: str, came: str, advice: str
) -> None:
    ran = play(f"""
        - tasks:
            - {{name: it, debug: {{msg: hi}}, when: "{condition}"}}
    """)
    result = ran.result("it")
    assert "site.yml:3:42'. Conditionals must have a boolean result." in result["msg"]
    assert f"it is {came}; write: {advice}" in result["origin"]
    assert ran.code == 2


def test_a_setting_lets_a_condition_come_to_anything(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_ALLOW_BROKEN_CONDITIONALS", "1")
    ran = play("""
        - tasks:
            - {name: text, debug: , when: "'no'"}
            - {name: empty, debug: , when: "[]"}
            - {name: nothing, debug: , when: ""}
            - {name: claims, assert: {that: [null, "", 1, [1], {a: 1}]}}
            - {name: untrue, assert: {that: [[]]}}
    """)
    assert ran.steps() == [
        "text: ok",
        "empty: skipped",
        "nothing: ok",
        "claims: ok",
        "untrue: failed",
    ]
    assert ran.result("untrue")["assertion"] == []
    warned = "\n".join(event["text"] for event in ran.events if event["event"] == "WarningGiven")
    assert "Conditional result (True) was derived from value of type 'str'. Cond" in warned
    assert "Empty conditional expression was evaluated as True. This feature will be" in warned
    (told,) = ran.result("text")["deprecations"]
    assert told["msg"].endswith("Conditionals must have a boolean result.")
    assert (told["version"], told["collection_name"]) == ("2.23", "ansible.builtin")


def test_what_bool_and_from_yaml_take_for_nothing_is_told_once_in_a_result(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: bool, debug: {msg: "{{ [2 | bool, 2 | bool, 'yes' | bool] }}"}}
            - {name: text, debug: {msg: "{{ 'perhaps' | bool }}"}, no_log: true}
            - {name: list, debug: {msg: "{{ ['perhaps'] | bool }}"}, no_log: true}
            - {name: yaml, debug: {msg: "{{ [none | from_yaml, 3 | from_yaml] }}"}}
            - {name: documents, debug: {msg: "{{ {} | from_yaml_all }}"}}
    """)
    told = {
        name: [each["msg"] for each in ran.result(name)["deprecations"]]
        for name in ("bool", "yaml", "documents")
    }
    assert told == {
        "bool": ["The `bool` filter coerced invalid value 2 (int) to False."],
        "yaml": ["The from_yaml filter ignored non-string input of type 'int'."],
        "documents": ["The from_yaml_all filter ignored non-string input of type 'dict'."],
    }
    assert "perhaps" not in str(ran.events)


def test_only_async_tasks_start_and_finish(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: other, debug: {msg: "{{ [{} is started, {} is finished] }}"}}
            - name: async
              debug: {msg: "{{ [{'started': 0} is started, {'finished': 0} is finished] }}"}
    """)
    other, of_async = ran.result("other"), ran.result("async")
    assert (other["msg"], of_async["msg"]) == ([True, True], [False, False])
    assert other["warnings"] == [
        f"The '{name}' test expects an async task, but a non-async task was tested"
        for name in ("started", "finished")
    ]
    assert "warnings" not in of_async


def test_what_such_a_condition_comes_to_is_not_told(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_ALLOW_BROKEN_CONDITIONALS", "1")
    ran = play("""
        - vars: {key: tr0ub4dor}
          tasks:
            - {debug: , when: key, no_log: true}
    """)
    assert "tr0ub4dor" not in str(ran.events)


def test_braces_in_a_condition_are_told_in_the_result(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_DEPRECATION_WARNINGS", "false")
    ran = play("""
        - tasks:
            - {name: wanted, debug: , when: "{{ true }}"}
            - {name: left out, debug: , when: "{{ false }}"}
            - {name: claimed, assert: {that: "{{ true }}"}}
            - {name: bare, debug: , when: true}
            - {name: embedded, debug: , when: "'{{ 1 }}' == '1'"}
            - {name: term, debug: {msg: "{{ lookup('items', 'no {{ 1 }}') }}"}}
            - {name: text, debug: {msg: "{{ 'no {{ 1 }}' }}"}}
    """)
    for name in ("wanted", "left out", "claimed"):
        (told,) = ran.result(name)["deprecations"]
        assert told["msg"].startswith("Conditionals should not be surrounded by templating")
    assert "deprecations" not in ran.result("bare")
    for name in ("embedded", "term"):
        (warned,) = ran.result(name)["warnings"]
        assert warned.startswith("Jinja constant strings should not contain embedded templates.")
    assert ran.result("term")["msg"] == "no 1"
    assert "warnings" not in ran.result("text")


def test_an_error_in_a_claim_points_at_the_claim(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              assert:
                that:
                  - 1 < 2
                  - nowhere.to_be == 'found'
    """)
    assert "site.yml:7:13: 'nowhere' is undefined" in ran.result("it")["origin"]


@pytest.mark.parametrize(
    ("text", "came"), [("1 == 1", "ok"), ("1 == 2", "skipped"), ("true", "ok"), ("who", "failed")]
)
def test_a_condition_in_braces_may_stand_for_an_expression(
    play: Play, text: str, came: str
) -> None:
    ran = play(f"""
        - vars: {{cond: {text!r}, who: Ann}}
          tasks: [{{name: it, debug: , when: "{{{{ cond }}}}"}}]
    """)
    assert ran.steps() == [f"it: {came}"]


def test_a_condition_may_be_what_statements_give_out(play: Play) -> None:
    ran = play("""
        - vars: {cond: 1 == 1}
          tasks:
            - {name: truth, debug: , when: "{% set it = 1 %}{{ it == 1 }}"}
            - {name: expression, debug: , when: "{% if true %}{{ cond }}{% endif %}"}
            - {name: text, debug: , when: "{% if true %}true{% endif %}"}
    """)
    assert ran.steps() == ["truth: ok", "expression: ok", "text: failed"]
    assert "untrusted template or expression" in ran.result("text")["msg"]


@pytest.mark.parametrize("claim", ["omit", "'{{ omit }}'"])
def test_a_condition_cannot_be_omitted(
    play: Play, monkeypatch: pytest.MonkeyPatch, claim: str
) -> None:
    monkeypatch.setenv("ANSIBLE_ALLOW_BROKEN_CONDITIONALS", "1")
    ran = play(f"- tasks: [{{name: it, debug: , when: {claim}}}]")
    assert ran.result("it")["msg"] == "Task failed: A template was resolved to an Omit scalar."


def test_what_an_expression_lacks_is_told_where_it_is_written(play: Play) -> None:
    ran = play("""
        - vars: {claims: ["1 == 1", "nowhere == 1"]}
          tasks: [{name: it, assert: {that: "{{ claims }}"}}]
    """)
    assert ran.result("it")["origin"].splitlines()[0].endswith(":2:29: 'nowhere' is undefined")


@pytest.mark.parametrize("cond", ["said.stdout", "heard", "indirect"])
def test_what_came_while_the_run_went_on_is_no_expression(play: Play, cond: str) -> None:
    ran = play(f"""
        - vars: {{indirect: "{{{{ said.stdout }}}}"}}
          tasks:
            - {{command: echo 1 == 1, register: said}}
            - {{set_fact: {{heard: "{{{{ said.stdout }}}}"}}}}
            - {{name: it, debug: , when: "{{{{ {cond} }}}}"}}
    """)
    assert "Encountered untrusted template or expression." in ran.result("it")["msg"]
