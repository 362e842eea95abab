"""meta: words that steer a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import BOTH, Play


def test_end_batch_ends_a_batch_and_end_play_all_of_them(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          serial: 1
          tasks:
            - {meta: end_batch, when: inventory_hostname == 'a'}
            - {name: one, debug: }
        - hosts: all
          serial: 1
          tasks:
            - {name: two, debug: }
            - meta: end_play
            - {name: never, debug: }
        - hosts: all
          tasks: [{name: three, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["two: ok", "three: ok"]
    assert ran.steps("b") == ["one: ok", "three: ok"]


def test_what_is_said_for_all_hosts_is_decided_by_the_first(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {meta: end_play, when: inventory_hostname == 'b'}
            - {name: one, debug: }
        """,
        *BOTH,
    )
    assert ran.steps() == ["one: ok", "one: ok"]


def test_end_host_runs_no_handlers_of_the_host_any_more(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: it}
            - meta: end_host
          handlers:
            - {name: it, debug: }
    """)
    assert ran.steps() == ["one: changed"]


def test_clear_facts_forgets_what_was_found_out_and_keeps_what_was_set(play: Play) -> None:
    ran = play("""
        - gather_facts: true
          gather_subset: ["!all", "!min", user]
          tasks:
            - set_fact: {own: 1}
            - meta: clear_facts
            - {name: it, debug: {msg: "{{ [ansible_facts | length, own] }}"}}
    """)
    assert ran.result("it")["msg"] == [0, 1]


def test_end_role_goes_on_behind_the_role_for_this_host(play: Play, tmp_path: Path) -> None:
    tasks = tmp_path / "roles" / "web" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "main.yml").write_text(
        "- {name: first, debug: }\n"
        "- block:\n"
        "    - {meta: end_role, when: inventory_hostname == 'a'}\n"
        "  always:\n"
        "    - {name: tidied, debug: }\n"
        "- {name: rest, debug: }\n"
    )
    ran = play(
        """
        - hosts: all
          roles: [web]
          tasks:
            - {name: after, debug: }
            - include_role: {name: web}
            - {name: last, debug: }
        """,
        *BOTH,
    )
    names = [step.removeprefix("web : ") for step in ran.steps("a") if "include" not in step]
    assert names == ["first: ok", "after: ok", "first: ok", "last: ok"]
    assert "web : rest: ok" in ran.steps("b")


def test_words_without_effect_are_accepted(play: Play) -> None:
    ran = play("- tasks: [{meta: noop}, {meta: reset_connection}, {name: it, debug: }]")
    assert ran.steps() == ["it: ok"]


def test_a_host_for_which_the_play_has_ended_is_none_of_its_hosts_until_the_next(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {meta: end_host, when: inventory_hostname == 'a'}
            - {name: left, debug: {msg: "{{ ansible_play_hosts + ansible_play_batch }}"}}
        - hosts: all
          serial: 1
          tasks:
            - {name: all, debug: {msg: "{{ ansible_play_hosts }}"}}
        """,
        "-i",
        "b,a,",
    )
    assert ran.result("left", "b")["msg"] == ["b", "b"]
    assert ran.result("all", "b")["msg"] == ["b", "a"]


def test_a_play_of_which_no_host_is_left_is_told_all_the_same(play: Play) -> None:
    ran = play(
        """
        - {hosts: all, tasks: [{name: one, fail: , when: inventory_hostname == 'a'}]}
        - {name: lone, hosts: a, tasks: [debug: ]}
        - {hosts: b, tasks: [{name: next, debug: }]}
        """,
        *BOTH,
    )
    assert [event["play"] for event in ran.named("PlayStarted")] == ["all", "lone", "b"]
    assert ran.steps("b") == ["one: skipped", "next: ok"]


def test_a_word_that_does_nothing_is_not_told_as_skipped(play: Play) -> None:
    ran = play("- tasks: [{meta: noop, when: false}, {meta: end_host, when: false}]")
    assert [event["skipped"] for event in ran.named("RunSteered")] == [False, True]


@pytest.mark.parametrize("word", ["end_host", "end_batch", "end_play"])
def test_whoever_ends_in_a_rescue_is_rescued_but_not_in_a_block_or_file_within_it(
    play: Play, tmp_path: Path, word: str
) -> None:
    """As in Ansible."""
    (tmp_path / "end.yml").write_text(f"- meta: {word}\n")
    text = """
        - hosts: all
          tasks:
            - block: [{{fail: , when: inventory_hostname == 'a'}}]
              rescue: [{step}]
        - hosts: all
          tasks: [{{name: next, debug: }}]
    """
    directly = play(text.format(step=f"{{meta: {word}}}"), *BOTH)
    assert (directly.code, directly.steps("a")[-1]) == (0, "next: ok")
    for step in (f"{{block: [{{meta: {word}}}]}}", "{import_tasks: end.yml}"):
        within = play(text.format(step=step), *BOTH)
        assert (within.code, within.steps("a")) == (2, ["fail: failed"])
        assert within.recap("a") == "rescued=1"


def test_whoever_got_out_of_reach_in_a_rescue_goes_on_there(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block: [{name: one, fail: , when: inventory_hostname == 'a'}]
              rescue:
                - {name: two, ping: , vars: {ansible_connection: ssh}}
                - {name: three, debug: }
            - meta: clear_host_errors
            - {name: four, debug: }
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: failed", "two: unreachable", "three: ok", "four: ok"]


def test_a_condition_that_cannot_be_told_ends_the_run(play: Play) -> None:
    ran = play("- tasks: [{meta: end_host, when: nothing}, {name: never, debug: }]")
    assert ran.code == 1
    assert "Error while evaluating conditional: 'nothing' is undefined" in ran.err
    assert not ran.steps()


def test_whoever_has_failed_and_ends_in_an_always_further_in_takes_part_in_the_next_play(
    play: Play,
) -> None:
    """As in Ansible, where only the outermost block knows that it has failed."""
    outermost = play("""
        - tasks:
            - block: [{name: one, fail: }]
              always: [{meta: end_play}]
        - tasks: [{name: next, debug: }]
    """)
    assert (outermost.code, outermost.steps()) == (2, ["one: failed"])
    further_in = play(
        """
        - tasks:
            - block:
                - block: [{name: one, fail: }]
                  always: [{meta: end_play}]
        - tasks: [{name: next, debug: }]
        """
    )
    assert (further_in.code, further_in.steps()) == (0, ["one: failed", "next: ok"])


def test_where_handlers_are_forced_only_an_end_in_them_leaves_a_failure_as_it_is(
    play: Play,
) -> None:
    """As in Ansible, where a block is around each section then."""
    text = """
        - force_handlers: true
          tasks:
            - {name: one, command: "true", notify: end}
            - %s
          handlers: [{name: end, meta: end_host}]
        - tasks: [{name: next, debug: }]
    """
    in_always = play(text % "{block: [{name: two, fail: }], always: [{meta: end_host}]}")
    assert (in_always.code, in_always.steps()[1:]) == (0, ["two: failed", "next: ok"])
    in_handler = play(text % "{name: two, fail: }")
    assert (in_handler.code, in_handler.steps()[1:]) == (2, ["two: failed"])


@pytest.mark.parametrize("word", ["end_batch", "end_play"])
def test_whoever_has_failed_further_in_is_no_failure_of_a_play_that_others_end(
    play: Play, word: str
) -> None:
    """As in Ansible, where only the outermost block tells; later plays leave it out."""
    text = f"""
        - hosts: all
          tasks:
            - {{task}}
            - {{{{meta: {word}, when: inventory_hostname == 'b'}}}}
    """
    one = "{name: one, fail: , when: inventory_hostname == 'a'}"
    behind = "\n        - {hosts: all, tasks: [{name: next, debug: }]}\n"
    both = ("-i", "b,a,")
    directly = text.format(task=f"{{block: [{one}]}}")
    further_in = text.format(task=f"{{block: [{{block: [{one}]}}]}}")
    assert play(directly, *both).code == 2
    assert play(further_in, *both).code == 0
    assert play(further_in + behind, *both).steps("a") == ["one: failed"]


def test_whom_forced_handlers_wait_for_takes_part_in_the_next_play_if_others_end_this_one(
    play: Play,
) -> None:
    """As in Ansible."""
    ran = play(
        """
        - hosts: all
          force_handlers: true
          tasks:
            - {name: one, command: "true", notify: it}
            - {name: two, fail: , when: inventory_hostname == 'a'}
            - {meta: end_play, when: inventory_hostname == 'b'}
          handlers: [{name: it, debug: }]
        - {hosts: all, tasks: [{name: next, debug: }]}
        """,
        *("-i", "b,a,"),
    )
    assert ran.steps("a") == ["one: changed", "two: failed", "next: ok"]
    assert ran.code == 0


@pytest.mark.parametrize(
    ("word", "names"),
    [("end_play", ["one"]), ("end_host", ["one", "two"]), ("noop", ["one", "two", "two"])],
)
def test_meta_ends_what_it_names(play: Play, word: str, names: list[str]) -> None:
    ran = play(
        f"""
        - hosts: all
          tasks:
            - {{name: one, debug: {{msg: hi}}, when: inventory_hostname == 'a'}}
            - {{meta: {word}, when: inventory_hostname == 'a'}}
            - {{name: two, debug: {{msg: hi}}}}
        """,
        *BOTH,
    )
    done = [step.partition(":")[0] for step in ran.steps() if step.endswith("ok")]
    assert done == names


def test_what_is_done_whatever_a_condition_says_warns_of_that_of_a_block_too(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - when: false
              block: [meta: noop, meta: noop, meta: reset_connection]
        """,
        *BOTH,
    )
    assert [warning["text"] for warning in ran.named("WarningGiven")] == [
        "noop task does not support when conditional",
        "reset_connection task does not support when conditional",
    ]


def test_what_is_done_whatever_a_condition_says_does_not_ask_it(play: Play, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts.ini"
    hosts.write_text("a\n")
    ran = play(
        """
        - hosts: a
          tasks:
            - {copy: {content: "a n=1", dest: hosts.ini}}
            - {meta: noop, when: nobody.knows}
            - {meta: refresh_inventory, when: false}
            - {name: it, debug: {msg: "{{ n }}"}}
        """,
        *("-i", str(hosts)),
    )
    assert ran.result("it")["msg"] == 1


def test_words_that_steer_do_so_once_whatever_a_loop_or_until_says(play: Play) -> None:
    ran = play("""
        - tasks:
            - {meta: flush_handlers, loop: [1, 2]}
            - {meta: noop, until: false, retries: 2}
            - {name: end, debug: }
    """)
    assert (ran.code, ran.steps()) == (0, ["end: ok"])
    assert not ran.named("ItemFinished")
    assert not ran.named("StepRetried")


def test_an_environment_that_cannot_be_told_is_none_of_its_business(play: Play) -> None:
    """As in Ansible."""
    ran = play("- {environment: {A: '{{ nope }}'}, tasks: [{meta: noop}, {meta: clear_facts}]}")
    assert ran.code == 0


def test_a_word_that_a_template_would_give_is_wrong_as_one_that_there_is_not_is(play: Play) -> None:
    assert [play(f"- tasks: [meta: {word}]").code for word in ("go", "\"{{ 'noop' }}\"")] == [1, 1]
