"""`--tags` that name nothing, and `opsplay list`."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.cli import main

if TYPE_CHECKING:
    from .conftest import Play

ALWAYS = """
    - tasks:
        - {name: first, debug: {msg: hi}, tags: publish}
        - {name: second, debug: {msg: hi}, tags: always}
"""


def test_a_tag_that_nothing_has_is_an_error_though_something_always_runs(play: Play) -> None:
    ran = play(ALWAYS, "--tags", "publsh")
    assert ran.code == 5
    assert ran.err == "opsplay: no task has these tags: publsh (did you mean publish?)\n"


def test_a_tag_that_nothing_has_beside_others_is_worth_a_warning(play: Play) -> None:
    ran = play(ALWAYS, "--tags", "publish,mial")
    assert ran.steps() == ["first: ok", "second: ok"]
    assert [each["text"] for each in ran.named("WarningGiven")] == [
        "--tags: no task has the tag mial"
    ]


def test_a_playbook_that_asks_which_tags_were_chosen_may_know_some_that_no_task_has(
    play: Play,
) -> None:
    text = "- tasks: [{name: it, debug: , when: \"'deep' in ansible_run_tags\", tags: always}]"
    assert play(text, "--tags", "deep").steps() == ["it: ok"]


def test_an_empty_tag_asks_for_no_task(play: Play) -> None:
    ran = play(ALWAYS, "--tags", "")
    assert ran.code == 5
    assert ran.err == "opsplay: no task has these tags: '' (there are: always, publish)\n"


def test_steps_may_all_be_skipped(play: Play) -> None:
    assert play(ALWAYS, "--skip-tags", "publish,always").code == 0


@pytest.mark.parametrize(
    ("hosts", "limit"), [("ann:nobody", "all"), ("ann,nobody", "all"), ("all", "ann,nobody")]
)
def test_parts_of_a_pattern_that_match_nothing_are_warned_of(
    play: Play, hosts: str, limit: str
) -> None:
    text = f"- {{hosts: '{hosts}', tasks: [{{debug: }}]}}"
    ran = play(text, "-i", "ann,bob,", "--limit", limit)
    assert ran.code == 0
    assert [each["text"] for each in ran.named("WarningGiven")] == [
        "Could not match supplied host pattern, ignoring: nobody"
    ]


def test_words_that_stand_for_tags_need_not_be_written_anywhere(play: Play) -> None:
    assert play(ALWAYS, "--tags", "tagged,untagged,never").code == 0


def test_tags_may_stand_in_a_file_that_is_included(play: Play, tmp_path: Path) -> None:
    (tmp_path / "inner.yml").write_text("- {name: inner, debug: , tags: deep}\n")
    text = "- tasks: [{include_tasks: inner.yml, tags: always}]"
    assert play(text, "--tags", "deep").steps() == ["include_tasks: ok", "inner: ok"]


def test_tags_may_stand_in_a_file_that_only_the_run_knows(play: Play, tmp_path: Path) -> None:
    (tmp_path / "inner.yml").write_text("- {name: inner, debug: , tags: deep}\n")
    text = """
    - vars: {file: inner}
      tasks: [{include_tasks: "{{ file }}.yml", tags: always}]
    """
    assert play(text, "--tags", "deep").steps() == ["include_tasks: ok", "inner: ok"]


def test_list_shows_hosts_tasks_and_tags(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("site.yml").write_text(dedent(ALWAYS))
    assert main(["list", "site.yml", "--skip-tags", "always"]) == 0
    assert capsys.readouterr().out == (
        "\nplaybook: site.yml\n"
        "\n  play #1 (localhost): localhost\tTAGS: []\n"
        "    pattern: ['localhost']\n"
        "    hosts (1):\n      localhost\n"
        "    tasks:\n      first\tTAGS: [publish]\n"
        "      TASK TAGS: [publish]\n"
    )


def test_tags_may_hold_variables_that_are_known_before_the_run(play: Play) -> None:
    ran = play(
        """
        - vars: {kinds: [one, two]}
          tasks:
            - {name: list, debug: , tags: "{{ kinds }}"}
            - {name: item, debug: , tags: [other, "{{ kinds[1] }}"]}
            - {name: neither, debug: , tags: "{{ kinds[0] }}"}
            - tags: "{{ kinds }}"
              block: [{name: inside, debug: }]
        """,
        *("--tags", "two"),
    )
    assert ran.steps() == ["list: ok", "item: ok", "inside: ok"]


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ("'a,b'", ["it", "other"]),
        ("'a, b'", ["it", "other"]),
        ("'{{ a }},b'", ["it", "other"]),
        ("['b']", ["it", "other"]),
        ("['a,b']", ["other"]),
        ("'{{ both }}'", ["other"]),
        ("['{{ both }}']", ["other"]),
    ],
)
def test_commas_divide_tags_only_where_a_text_is_written_in_place_of_a_list(
    play: Play, tags: str, names: list[str]
) -> None:
    text = f"""
        - vars: {{a: a, both: 'a,b'}}
          tasks:
            - {{name: it, debug: , tags: {tags}}}
            - {{name: other, debug: , tags: b}}
    """
    assert play(text, "--tags", "b").steps() == [f"{name}: ok" for name in names]
