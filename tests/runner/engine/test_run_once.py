"""Steps that run once for all hosts."""

from __future__ import annotations

from pathlib import Path

from played import lay

from .conftest import BOTH, Play


def test_run_once_shares_its_result(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: once, command: echo hi, register: it, run_once: true}
            - {name: all, debug: {msg: "{{ it.stdout }}"}}
        """,
        *BOTH,
    )
    assert ran.steps("b") == ["all: ok"]
    assert ran.result("all", "b")["msg"] == "hi"


def test_run_once_gives_its_result_and_its_facts_also_to_hosts_that_have_failed(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "more.yml", "read: 1\n")
    ran = play(
        """
        - hosts: all
          tasks: [{name: bad, fail: , when: inventory_hostname == 'a'}]
        - hosts: all
          tasks:
            - {set_fact: {known: 1}, run_once: true}
            - {include_vars: more.yml, run_once: true}
            - {command: echo 1, register: done, run_once: true}
            - name: it
              debug: {msg: "{{ [a.known, a.read, a.done.rc] }}"}
              vars: {a: "{{ hostvars.a }}"}
        """,
        *BOTH,
    )
    assert ran.result("it", "b")["msg"] == [1, 1, 0]


def test_a_pause_is_made_once_for_all_hosts(play: Play) -> None:
    ran = play("- hosts: all\n  tasks: [{name: rest, pause: {seconds: 0.01}}]\n", *BOTH)
    assert ran.steps() == ["rest: ok"]


def test_only_the_first_host_knows_what_has_failed_once_for_all(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - block: [{name: once, fail: {msg: bad}, run_once: true}]
              rescue:
                - name: it
                  debug: {msg: "{{ ansible_failed_result.msg | default('unknown') }}"}
        """,
        *BOTH,
    )
    assert [ran.result("it", host)["msg"] for host in ("a", "b")] == ["bad", "unknown"]


def test_a_handler_that_has_run_once_is_due_for_nobody_any_more(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: it, debug: , changed_when: true, notify: [first, once, meta, each]}
                - meta: flush_handlers
              rescue:
                - {name: saved, debug: }
          handlers:
            - {name: first, debug: , failed_when: inventory_hostname == 'b'}
            - {name: once, debug: , run_once: true}
            - {name: meta, meta: clear_facts}
            - {name: each, debug: }
        """,
        "-i",
        "a,b,",
    )
    assert ran.steps("b") == ["it: changed", "first: failed", "saved: ok", "each: ok"]
    assert ran.steps("a")[-2:] == ["once: ok", "each: ok"]
