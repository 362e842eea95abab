"""`--list-hosts`, `--list-tasks`, `--list-tags`: what ansible-playbook prints, line for line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from opsplay.runner.cli import main

Listed = Callable[..., str]

SITE = """
    - hosts: [web, "{{ other }}"]
      tags: [b, a]
      tasks:
        - ansible.builtin.debug:
        - meta: flush_handlers
        - {name: named, debug: , tags: c}
        - {name: seldom, debug: , tags: never}
        - block: [{name: inside, debug: }]
          rescue: [{name: saves, debug: , tags: r}]
    - hosts: "{{ other }}"
      name: all of {{ other }}
      tasks: []
"""


@pytest.fixture
def listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Listed:
    monkeypatch.chdir(tmp_path)
    Path("site.yml").write_text(dedent(SITE))

    def run(*switches: str) -> str:
        assert main(["run", "site.yml", "-i", "web,db,", "-e", "other=db", *switches]) == 0
        return capsys.readouterr().out

    return run


def test_hosts_with_the_patterns_that_choose_them(listed: Listed) -> None:
    assert listed("--list-hosts") == dedent("""
        playbook: site.yml

          play #1 (web,db): web,db\tTAGS: [a,b]
            pattern: ['web', 'db']
            hosts (2):
              web
              db

          play #2 (db): all of db\tTAGS: []
            pattern: ['db']
            hosts (1):
              db
    """)


def test_tasks_as_they_are_written_with_their_tags(listed: Listed) -> None:
    assert listed("--list-tasks") == dedent("""
        playbook: site.yml

          play #1 (web,db): web,db\tTAGS: [a,b]
            tasks:
              ansible.builtin.debug\tTAGS: [a, b]
              meta\tTAGS: [a, b]
              named\tTAGS: [a, b, c]
              inside\tTAGS: [a, b]

          play #2 (db): all of db\tTAGS: []
            tasks:
    """)


def test_tags_also_of_what_never_runs_but_not_of_rescues(listed: Listed) -> None:
    assert "TASK TAGS: [a, b, c, never]" in listed("--list-tags")
    for chosen in ("c", "all"):
        assert "TASK TAGS: [a, b, c]" in listed("--list-tags", "--tags", chosen)


def test_tags_of_a_play_also_where_none_of_its_tasks_is_chosen(listed: Listed) -> None:
    one, two = (
        "{hosts: web, tags: one, tasks: [debug: ]}",
        "{hosts: db, tags: two, tasks: [debug: ]}",
    )
    Path("site.yml").write_text(f"[{one}, {two}]")
    assert "TASK TAGS: [two]\n" in listed("--list-tags", "--tags", "one")


def test_hosts_that_are_not_known_yet_are_shown_as_written(listed: Listed) -> None:
    Path("site.yml").write_text("- {hosts: '{{ later }}', tasks: []}\n")
    assert "play #1 ({{ later }}): {{ later }}" in listed("--list-tasks")


def test_a_check_of_the_syntax_goes_before_lists(listed: Listed) -> None:
    assert listed("--syntax-check", "--list-tasks") == "\nplaybook: site.yml\n"


@pytest.mark.parametrize("what", ["--list-hosts", "--list-tasks", "--list-tags"])
def test_what_is_wrong_with_inventories_is_told_too(
    tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.yml").write_text(dedent(SITE))
    given = ("-i", "web,db,", "-i", "nowhere", "-e", "other=db")
    assert main(["run", str(tmp_path / "site.yml"), *given, what]) == 0
    assert "nowhere as an inventory source" in capsys.readouterr().err
