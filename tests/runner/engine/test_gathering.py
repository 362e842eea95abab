"""gather_facts: what is known of hosts when their play begins."""

from __future__ import annotations

import pytest

from .conftest import Play

_TELL = '  tasks: [{name: it, debug: {msg: "{{ ansible_facts | length > 0 }}"}}]\n'


def test_a_play_collects_facts_before_anything_else_whatever_tags_say(play: Play) -> None:
    ran = play(
        """
        - gather_facts: true
          gather_subset: [min]
          pre_tasks:
            - {name: first, debug: {msg: "{{ ansible_facts.system == ansible_system }}"}, tags: t}
        """,
        "--tags",
        "t",
    )
    assert ran.steps() == ["Gathering Facts: ok", "first: ok"]
    assert ran.result("first")["msg"] is True
    assert ran.recap() == "ok=2"


@pytest.mark.parametrize(
    ("setting", "facts"), [("implicit", [True, True]), ("explicit", [False, False])]
)
def test_the_setting_decides_for_plays_that_do_not_say(
    play: Play, monkeypatch: pytest.MonkeyPatch, setting: str, facts: list[bool]
) -> None:
    monkeypatch.setenv("OPSPLAY_GATHERING", setting)
    ran = play(f"- hosts: localhost\n{_TELL}- hosts: localhost\n{_TELL}")
    told = [each["result"].get("msg") for each in ran.named("StepFinished")]
    assert [each for each in told if each is not None] == facts


def test_smart_collects_them_once_a_run(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSPLAY_GATHERING", "smart")
    ran = play(f"- hosts: localhost\n{_TELL}- hosts: localhost\n  gather_facts: true\n{_TELL}")
    assert ran.steps() == ["Gathering Facts: ok", "it: ok", "it: ok"]


def test_a_play_that_says_no_collects_nothing(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSPLAY_GATHERING", "implicit")
    assert play(f"- hosts: localhost\n  gather_facts: no\n{_TELL}").steps() == ["it: ok"]


def test_gather_facts_is_a_step_too(play: Play) -> None:
    ran = play("""
        - gather_facts: false
          tasks:
            - gather_facts: {gather_subset: ["!all", "!min", user]}
            - {name: it, debug: {msg: "{{ ansible_user_uid is defined }}"}}
    """)
    assert ran.result("it")["msg"] is True


@pytest.mark.parametrize(
    ("tags", "given", "gathered"),
    [
        ("a", "a", ["Gathering Facts: ok"]),
        ("a", "b", []),
        ("[never, a]", "b", []),
        ("always", "b", ["Gathering Facts: ok"]),
        ("[]", "b", ["Gathering Facts: ok"]),
    ],
)
def test_facts_of_a_play_with_tags_are_chosen_by_these(
    play: Play, tags: str, given: str, gathered: list[str]
) -> None:
    text = f"""
        - gather_facts: true
          gather_subset: ["!all"]
          tags: {tags}
          tasks: [{{name: it, debug: , tags: b}}, {{name: other, debug: }}]
    """
    steps = play(text, "-t", given).steps()
    assert [step for step in steps if "Facts" in step] == gathered
