"""A run shown again is what was shown when it ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from said import Opsplay, Write

RUNS = {
    "plain": "- debug: {msg: hello}",
    "failed": "- command: 'false'\n- debug: {msg: never}",
    "ignored and rescued": """
        - fail: {msg: first}
          ignore_errors: true
        - block: [fail: {msg: second}]
          rescue: [debug: {msg: rescued}]
          always: [debug: {msg: always}]
        """,
    "looped": """
        - debug: {msg: "{{ item }}"}
          loop: [one, two, three]
        - command: test {{ item }} = two
          loop: [two, three]
        """,
    "nested data": """
        - debug: {var: data}
          vars: {data: {1: [a, {b: null}], c: 1.5, d: yes, 测试: "~"}}
        """,
    "retried": """
        - command: 'false'
          register: tried
          until: tried is success
          retries: 2
          delay: 0
        """,
    "diffed": '- copy: {content: "one\\ntwo\\n", dest: new.txt}',
    "skipped": "- debug: {msg: never}\n  when: false",
    "included": "- include_tasks: more.yml",
    "from outside": r"- command: printf 'caf\351 \033[31mred\033[0m 测试 \r\n\t\001'",
    "notified": """
        - hosts: localhost
          tasks:
            - command: 'true'
              notify: handler
          handlers:
            - name: handler
              debug: {msg: handled}
        """,
    "hosts at once": """
        - hosts: all
          tasks:
            - debug: {msg: "{{ inventory_hostname }}"}
            - fail: {msg: not on this one}
              when: inventory_hostname == 'b'
            - debug: {msg: still}
        """,
    "without log": "- debug: {msg: hidden}\n  no_log: true",
}
SWITCHES = ["", "--diff -v", "--check -vv"]


@pytest.fixture(name="run", params=RUNS)
def _run(request: pytest.FixtureRequest, play: Write, tmp_path: Path) -> list[str]:
    """Give the command line of a run."""
    play(RUNS[request.param])
    (tmp_path / "more.yml").write_text("- debug: {msg: more}\n")
    hosts = "a,b,c," if request.param == "hosts at once" else "localhost,"
    return ["run", "play.yml", "-i", hosts]


@pytest.mark.parametrize("switches", SWITCHES)
def test_it_looks_the_same(run: list[str], switches: str, opsplay: Opsplay) -> None:
    live = opsplay(*run, *switches.split())
    again = opsplay("runs", "show", "latest")
    assert "PLAY RECAP" in live.out, live.err
    assert again == (0, live.out, "")


def test_its_events_are_the_same(run: list[str], opsplay: Opsplay) -> None:
    live = opsplay(*run, "--output", "json")
    assert live.events[-1]["event"] == "RunFinished"
    assert opsplay("runs", "show", "latest", "--json").out == live.out


def test_it_can_tell_more_than_the_run_did(opsplay: Opsplay, play: Write) -> None:
    play("- command: echo hello")
    assert "stdout: hello" not in opsplay("run", "play.yml").out
    assert "stdout: hello" in opsplay("runs", "show", "latest", "-v").out
    assert "task path: play.yml:3:7" in opsplay("runs", "show", "latest", "-vv").out


def test_of_a_quiet_run_all_is_shown(opsplay: Opsplay, play: Write) -> None:
    play("- debug: {msg: hello}")
    assert "hello" not in opsplay("run", "play.yml", "--output", "quiet").out
    assert "hello" in opsplay("runs", "show", "latest").out


def test_programs_get_the_whole_of_a_loop_and_it_is_kept_once(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play("- debug: {msg: 'a word of {{ item }} item'}\n  loop: [one, two]")
    for told in (
        opsplay("run", "play.yml", "--output", "json").events,
        opsplay("runs", "show", "latest", "--json").events,
    ):
        [last] = [each["result"] for each in told if each["event"] == "StepFinished"]
        items = [each["result"] for each in told if each["event"] == "ItemFinished"]
        assert last["results"] == items
        assert [each["msg"] for each in items] == ["a word of one item", "a word of two item"]
    kept = b"".join(each.read_bytes() for each in state.glob("journal.sqlite*"))
    assert kept.count(b"a word of one item") == 1
