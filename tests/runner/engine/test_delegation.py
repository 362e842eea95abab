"""delegate_to, delegate_facts: everything runs here, but results and facts are another host's."""

from __future__ import annotations

from pathlib import Path

from .conftest import Play

ALL = ("-i", "a,b,c,")


def test_a_step_runs_for_its_host_and_is_shown_with_the_other(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: it, debug: {msg: "{{ inventory_hostname }}"}, delegate_to: b, register: it}
            - {name: self, debug: , delegate_to: a}
        """,
        *ALL,
    )
    it, own = ran.named("StepFinished")
    assert (it["host"], it["delegated_to"], it["result"]["msg"]) == ("a", "b", "a")
    assert own["delegated_to"] is None


def test_the_address_of_the_other_host_is_told_if_it_is_not_its_name(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "hosts").write_text("a\nb ansible_host=10.0.0.1\nc ansible_host=c\n", "utf-8")
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: one, debug: , delegate_to: b}
            - {name: two, debug: , delegate_to: c}
        """,
        "-i",
        "hosts",
    )
    told = [step["delegated_to"] for step in ran.named("StepFinished")]
    assert told == ["b(10.0.0.1)", "c"]


def test_each_item_may_be_delegated_to_another_host(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: it, debug: , delegate_to: "{{ item }}", loop: "{{ groups.all }}"}
        """,
        *ALL,
    )
    assert [each["delegated_to"] for each in ran.named("ItemFinished")] == [None, "b", "c"]
    # As in Ansible, the last of them stands for all.
    assert ran.named("StepFinished")[0]["delegated_to"] == "c"


def test_facts_are_the_hosts_own_unless_they_are_delegated(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {set_fact: {mine: 1}, delegate_to: b}
            - {set_fact: {its: "{{ item }}"}, delegate_to: "{{ item }}", delegate_facts: true,
               loop: [b, c]}
            - {name: here, debug: {msg: "{{ [mine is defined, its is defined] }}"}}
            - {name: there, debug: {msg: "{{ [hostvars.b.its, hostvars.c.its] }}"}}
        """,
        *ALL,
    )
    assert ran.result("here")["msg"] == [True, False]
    assert ran.result("there")["msg"] == ["b", "c"]


def test_a_step_knows_the_variables_of_the_host_it_is_delegated_to(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "hosts").write_text("a of=a\nb of=b ansible_host=10.0.0.2\n", "utf-8")
    ran = play(
        """
        - hosts: a
          tasks:
            - name: there
              debug:
                msg:
                  - "{{ ansible_delegated_vars.b.of }}"
                  - "{{ ansible_delegated_vars.b.inventory_hostname }}"
                  - "{{ [of, ansible_host] }}"
              delegate_to: b
            - {name: here, debug: {msg: "{{ ansible_delegated_vars is defined }}"}}
            - {name: omitted, debug: {msg: "{{ ansible_host }}"}, delegate_to: "{{ omit }}"}
        """,
        *("-i", "hosts"),
    )
    assert ran.result("there")["msg"] == ["b", "a", ["a", "10.0.0.2"]]
    assert ran.result("here")["msg"] is False
    assert ran.result("omitted")["msg"] == "a"


def test_variables_of_a_file_are_the_hosts_own_unless_facts_are_delegated(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("word: hello\n", "utf-8")
    ran = play(
        """
        - hosts: a
          tasks:
            - {include_vars: more.yml, delegate_to: b, delegate_facts: true}
            - {name: delegated, debug: {msg: "{{ [word is defined, hostvars.b.word] }}"}}
            - {include_vars: more.yml, delegate_to: b}
            - {name: own, debug: {msg: "{{ word }}"}}
        """,
        *ALL,
    )
    assert ran.result("delegated")["msg"] == [False, "hello"]
    assert ran.result("own")["msg"] == "hello"


def test_what_facts_a_step_finds_out_are_kept(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {setup: {gather_subset: [min]}, delegate_to: b, delegate_facts: true}
            - {name: there, debug: {msg: "{{ hostvars.b.ansible_facts | length > 0 }}"}}
            - {name: here, debug: {msg: "{{ ansible_facts | length }}"}}
        """,
        *ALL,
    )
    assert ran.result("there")["msg"] is True
    assert ran.result("here")["msg"] == 0


def test_a_block_delegates_what_is_in_it_and_omit_delegates_nothing(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - delegate_to: b
              block:
                - {name: inner, debug: }
                - {name: own, debug: , delegate_to: "{{ nobody | default(omit) }}"}
        """,
        *ALL,
    )
    assert [each["delegated_to"] for each in ran.named("StepFinished")] == ["b", None]


def test_whom_to_ask_is_not_asked_when_the_step_is_not_wanted(play: Play) -> None:
    ran = play("- tasks: [{name: it, debug: , delegate_to: '{{ nobody }}', when: 1 > 2}]")
    assert ran.steps() == ["it: skipped"]


def test_a_delegate_that_is_not_defined_fails_the_step(play: Play) -> None:
    ran = play("""- tasks: [{name: it, debug: , delegate_to: "{{ nobody }}"}]""")
    assert ran.steps() == ["it: failed"]
    assert ran.result("it")["msg"] == "Task failed: 'nobody' is undefined"


def test_an_empty_delegate_is_none(play: Play) -> None:
    assert play("- tasks: [{name: it, debug: , delegate_to: ''}]").steps() == ["it: ok"]


def test_nobody_by_a_template_fails_the_step_as_in_ansible(play: Play) -> None:
    ran = play("""- tasks: [{name: it, debug: , delegate_to: "{{ '' }}"}]""")
    assert ran.steps() == ["it: failed"]
    told = "Task failed: Empty hostname produced from delegate_to: \"{{ '' }}\""
    assert ran.result("it")["msg"] == told


def test_reach_is_that_of_the_host_it_is_delegated_to(play: Play, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("a ansible_connection=ssh\nb\n", "utf-8")
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: far, command: "true", ignore_unreachable: true}
            - {name: near, command: "true", delegate_to: b}
        """,
        *("-i", "hosts"),
    )
    assert ran.steps() == ["far: unreachable", "near: changed"]


def test_a_delegate_that_no_inventory_knows_is_out_of_reach_unless_a_way_to_it_is_said(
    play: Play,
) -> None:
    """As in Ansible, which would ask the network for it."""
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: far, command: "true", delegate_to: x, ignore_unreachable: true}
            - {name: talk, debug: , delegate_to: x}
            - {name: said, command: "true", delegate_to: x, connection: local}
            - {name: set, command: "true", delegate_to: x, vars: {ansible_connection: local}}
            - {name: own, command: "true", delegate_to: 127.0.0.1}
            - {add_host: {name: x}}
            - {name: added, command: "true", delegate_to: x}
        """,
        *ALL,
    )
    far, talk, *near = ran.steps()
    assert (far, talk) == ("far: unreachable", "talk: ok")
    assert near == [f"{name}: changed" for name in ("said", "set", "own", "add_host", "added")]
    assert "Failed to connect to the host via ssh" in ran.result("far")["msg"]


def test_a_delegate_that_cannot_be_told_is_shown_as_it_is_written(play: Play) -> None:
    """As in Ansible."""
    ran = play("- tasks: [{ping: , delegate_to: '{{ nope }}'}]")
    assert ran.named("StepFinished")[0]["delegated_to"] == "{{ nope }}"


def test_whoever_waits_for_a_host_that_is_out_of_reach_has_failed(play: Play) -> None:
    """As in Ansible."""
    ran = play("- {hosts: a, tasks: [{name: it, wait_for_connection: , delegate_to: x}]}", *ALL)
    assert ran.steps("a") == ["it: failed"]
    assert ran.result("it")["msg"].startswith("timed out waiting for ping module test: Failed to ")


def test_what_a_step_says_of_reach_holds_for_whom_it_is_delegated_to(play: Play) -> None:
    """As in Ansible, that one still goes by the name of the host that the step is for."""
    ran = play(
        """
        - hosts: a,b
          vars: {ansible_connection: "{{ 'ssh' if inventory_hostname == 'a' else 'local' }}"}
          tasks: [{name: it, command: "true", delegate_to: b}]
        """,
        *ALL,
    )
    assert ran.steps("a") == ["it: unreachable"]
    assert ran.steps("b") == ["it: changed"]


def test_a_local_action_is_delegated_to_localhost(play: Play) -> None:
    ran = play("- {hosts: all, tasks: [{local_action: command true}]}", "-i", "a,")
    assert ran.named("StepFinished")[0]["delegated_to"] == "localhost"
