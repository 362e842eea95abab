"""Switches of the command line that choose hosts and tasks."""

from __future__ import annotations

import pytest

from .conftest import Play


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        (["--tags", "publsh"], "did you mean publish?"),
        (["--start-at-task", "secnd"], "did you mean second?"),
        (["--start-at-task", "secnd"], 'No matching task "secnd" found. Note: --start-at-task can'),
        (["-e", "[1]"], "Invalid extra vars data supplied. '[1]' could not be made into"),
        (["--forks", "0"], "at least 1"),
        (["--frks", "1"], "--frks"),
    ],
)
def test_a_switch_that_matches_nothing_is_an_error(
    play: Play, switches: list[str], words: str
) -> None:
    ran = play(
        """
        - tasks:
            - {name: first, debug: {msg: hi}, tags: publish}
            - {name: second, debug: {msg: hi}}
        """,
        *switches,
    )
    assert ran.code == 5
    assert words in ran.err
    assert ran.events == []


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("nowhere", 'leaves us with no hosts to target: "nowhere" matches no host'),
        ("@nowhere", "Unable to find limit file nowhere"),
        ("@.", "must be a file, not a directory"),
    ],
)
def test_a_limit_that_leaves_nobody_is_an_error_as_in_ansible(
    play: Play, limit: str, words: str
) -> None:
    ran = play("- tasks: [debug: ]", "--limit", limit)
    assert (ran.code, ran.events) == (1, [])
    assert words in ran.err


def test_a_limit_to_the_controller_leaves_nobody_of_an_inventory_of_others(play: Play) -> None:
    ran = play("- tasks: [debug: ]", "--limit", "localhost", "-i", "a,")
    assert (ran.code, ran.events) == (1, [])
    assert "no hosts to target: localhost is in no inventory" in ran.err


def test_the_controller_goes_by_the_name_that_a_limit_has_for_it(play: Play) -> None:
    ran = play("- tasks: [{name: it, debug: }]", "--limit", "127.0.0.1")
    assert ran.steps("127.0.0.1") == ["it: ok"]


def test_start_at_task_begins_there(play: Play) -> None:
    ran = play(
        """
        - tasks:
            - {name: first, debug: {msg: hi}}
            - {name: second, debug: {msg: hi}}
            - {name: third, debug: {msg: hi}}
        """,
        "--start-at-task",
        "second",
    )
    assert ran.steps() == ["second: ok", "third: ok"]


def test_start_at_the_first_task_of_a_play_finds_out_facts_in_any_case(play: Play) -> None:
    """As in Ansible."""
    ran = play("- tasks: [{block: [{name: a, debug: }]}, {debug: }]", "--start-at-task", "a")
    assert ran.steps() == ["Gathering Facts: ok", "a: ok", "debug: ok"]


@pytest.mark.parametrize(("section", "finds_out"), [("pre_tasks", True), ("tasks", False)])
def test_where_handlers_are_forced_the_first_task_is_one_of_the_first_section(
    play: Play, section: str, *, finds_out: bool
) -> None:
    """As in Ansible, where a section without tasks has one that does nothing."""
    text = f"- {{force_handlers: true, {section}: [{{name: a, debug: }}]}}"
    facts = ["Gathering Facts: ok"] if finds_out else []
    assert play(text, "--start-at-task", "a").steps() == [*facts, "a: ok"]


def test_start_at_task_finds_out_facts_in_the_play_that_has_the_task(play: Play) -> None:
    ran = play(
        """
        - {gather_facts: true, tasks: [{name: first, debug: }]}
        - gather_facts: true
          tasks: [{name: second, debug: }, {block: [{name: third, debug: }]}]
        - {gather_facts: true, tasks: [{name: fourth, debug: }]}
        """,
        "--start-at-task",
        "third",
    )
    facts = "Gathering Facts: ok"
    assert ran.steps() == [facts, "third: ok", facts, "fourth: ok"]
