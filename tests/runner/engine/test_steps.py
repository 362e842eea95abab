"""One step on one host: what comes of it, what is told of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Play


def test_a_failure_ends_the_play_for_the_host(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: breaks, fail: {msg: nope}}
            - {name: never, debug: {msg: hi}}
        - tasks:
            - {name: not here either, debug: {msg: hi}}
    """)
    assert ran.steps() == ["breaks: failed"]
    assert ran.code == 2


def test_no_log_hides_a_result_but_register_keeps_it(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: hidden, command: echo swordfish, register: it, no_log: true}
            - {name: known, assert: {that: "it.stdout == 'sword' ~ 'fish'"}}
    """)
    assert ran.steps() == ["hidden: changed", "known: ok"]
    assert "swordfish" not in str(ran.events)


def test_in_a_name_stands_why_a_part_of_it_cannot_be_rendered(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: "{{ nobody }} on {{ inventory_hostname }}, {{ no_one }}", debug: }
            - {name: "{{ omit }}", debug: }
    """)
    first = "<< error 1 - 'nobody' is undefined >>"
    second = "<< error 2 - 'no_one' is undefined >>"
    assert ran.steps() == [f"{first} on localhost, {second}: ok", "debug: ok"]


@pytest.mark.parametrize(
    ("keyword", "value", "wrong"),
    [
        ("retries", "abc", "'retries': The value 'abc' could not be converted to 'int'."),
        ("retries", "1.5", "'retries': The value '1.5' could not be converted to 'int'."),
        ("timeout", [1], "'timeout': The value [1] could not be converted to 'int'."),
        ("check_mode", "abc", "'check_mode': The value 'abc' could not be converted to 'bool'."),
        ("port", "abc", "'port': The value 'abc' could not be converted to 'int'."),
        ("poll", "abc", "'poll': The value 'abc' could not be converted to 'int'."),
        ("ignore_errors", None, None),
        ("no_log", None, None),
        ("timeout", None, None),
    ],
)
def test_what_a_keyword_cannot_be_is_told_in_the_words_of_ansible(
    play: Play, keyword: str, value: object, wrong: str | None
) -> None:
    ran = play(f"""
        - vars: {{given: {json.dumps(value)}}}
          tasks: [{{name: it, command: "true", until: true, {keyword}: "{{{{ given }}}}"}}]
    """)
    told = ran.result("it")["msg"]
    assert told == (f"Task failed: Error processing keyword {wrong}" if wrong else "")


@pytest.mark.parametrize(
    "keyword",
    ["port", "remote_user", "become_method", "become_flags", "become_exe", "poll"],
)
def test_a_keyword_without_effect_fails_a_step_if_it_is_not_defined(
    play: Play, keyword: str
) -> None:
    ran = play(f"- tasks: [{{name: it, debug: , {keyword}: '{{{{ nope }}}}'}}]")
    assert ran.result("it")["msg"] == (
        f"Task failed: Error processing keyword {keyword!r}: 'nope' is undefined"
    )


def test_a_check_changes_nothing_and_a_step_may_decide_for_itself(play: Play) -> None:
    ran = play(
        """
        - tasks:
            - {name: would, copy: {content: hi, dest: would.txt}}
            - {name: does, copy: {content: hi, dest: does.txt}, check_mode: false}
            - {name: asks, stat: {path: would.txt}, register: would}
            - {name: told, assert: {that: [not would.stat.exists, ansible_check_mode]}}
        """,
        "--check",
    )
    assert ran.steps() == ["would: changed", "does: changed", "asks: ok", "told: ok"]


def test_diff_is_in_the_result_when_it_is_asked_for(play: Play) -> None:
    text = """
        - tasks:
            - {name: it, copy: {content: "hi\\n", dest: it.txt}}
    """
    assert play(text, "--diff").result("it")["diff"][0]["after"] == "hi\n"


def test_a_step_that_a_plugin_breaks_fails_with_the_place_of_the_bug(
    play: Play, tmp_path: object
) -> None:
    from pathlib import Path

    modules = Path(str(tmp_path)) / "task_modules"
    modules.mkdir()
    (modules / "broken.py").write_text(
        '"""Break."""\n'
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Params:\n"
        "    pass\n"
        "def run(params, ctx):\n"
        "    return 1 / 0\n"
    )
    ran = play("""
        - tasks:
            - {name: it, broken: {}, ignore_errors: true}
            - {name: further, debug: {msg: hi}}
    """)
    message = ran.result("it")["msg"]
    assert "a bug in the step" in message
    assert "ZeroDivisionError" in message
    assert "broken.py:7" in message
    assert ran.steps() == ["it: failed", "further: ok"]


@pytest.mark.parametrize(
    ("last_line", "told"),
    [
        ("return {'changed': True}", "it gives dict in place of a Result"),
        ("pass", "it gives NoneType in place of a Result"),
        ("raise SystemExit(3)", "it ends the program; to fail, raise TaskError"),
    ],
)
def test_a_step_that_gives_no_result_is_told_with_its_file(
    play: Play, tmp_path: Path, last_line: str, told: str
) -> None:
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules" / "odd.py").write_text(
        '"""Give something else."""\n'
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Params:\n    pass\n"
        f"def run(params, ctx):\n    {last_line}\n"
    )
    ran = play("""
        - tasks:
            - {name: it, odd: {}, ignore_errors: true}
            - {name: further, debug: {msg: hi}}
    """)
    message = ran.result("it")["msg"]
    assert message.startswith(f"this is a bug in the step, not in the playbook: {told} (")
    assert message.endswith("odd.py, in run)")
    assert ran.steps() == ["it: failed", "further: ok"]


def test_a_step_is_told_whether_anybody_makes_use_of_its_result(play: Play, tmp_path: Path) -> None:
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules" / "asked.py").write_text(
        '"""Say whether somebody asks."""\n'
        "from dataclasses import dataclass\n"
        "from opsplay.runner.task import Context, Result\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Params:\n    pass\n"
        "def run(params: Params, ctx: Context) -> Result:\n"
        "    return Result(msg=str(ctx.is_registered))\n"
    )
    ran = play("""
        - tasks:
            - {name: by nobody, asked: {}}
            - {name: by the playbook, asked: {}, register: it}
            - block: [{name: by a rescue, asked: {}}]
              rescue: [debug: {msg: "{{ ansible_failed_result }}"}]
    """)
    assert ran.result("by nobody")["msg"] == "False"
    assert ran.result("by the playbook")["msg"] == "True"
    assert ran.result("by a rescue")["msg"] == "True"


def test_keywords_that_are_left_empty_say_nothing(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, debug: , when: , loop: , until: , delay: , register: , ignore_errors: }
    """)
    assert ran.steps() == ["it: ok"]


def test_a_step_may_warn_before_it_is_done(play: Play, tmp_path: Path) -> None:
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules" / "patient.py").write_text(
        '"""Wait for somebody else."""\n'
        "from dataclasses import dataclass\n"
        "from opsplay.runner.task import Result\n"
        "@dataclass(frozen=True)\n"
        "class Params:\n"
        "    pass\n"
        "def run(params, ctx):\n"
        "    ctx.warn('somebody else is at work')\n"
        "    return Result()\n"
    )
    ran = play("- tasks: [patient: {}]")
    told = [each["event"] for each in ran.events]
    assert [each["text"] for each in ran.named("WarningGiven")] == ["somebody else is at work"]
    assert told.index("WarningGiven") < told.index("StepFinished")


def test_a_diff_that_nobody_asked_for_is_kept_and_not_told(play: Play) -> None:
    text = """
        - tasks:
            - name: it
              lineinfile: {path: a, line: b, create: true, mode: "0600"}
              register: kept
            - name: kept
              debug: {msg: "{{ kept.diff[1].after.mode }}"}
    """
    ran = play(text)
    assert "diff" not in ran.result("it")
    assert ran.result("kept")["msg"] == "0600"


def test_a_text_that_keeps_its_name_is_told_by_one_diff(play: Play, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    diff = play("- tasks: [{name: it, replace: path=a regexp=x replace=y}]", "-D").result("it")
    assert (diff["diff"]["before"], diff["diff"]["after"]) == ("x", "y")


def test_warnings_are_registered(play: Play) -> None:
    told = play("- tasks: [{name: it, find: {paths: /nowhere}}]").result("it")["warnings"]
    assert "'/nowhere' is not a directory" in told[0]


def test_warnings_of_items_are_those_of_the_loop(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              find: {paths: "{{ item }}"}
              loop: [/nowhere, /there, /there]
              register: out
            - {name: kept, debug: {msg: "{{ out.results | map('list') | flatten }}"}}
    """)
    told = ran.result("it")["warnings"]
    assert [text.split("'")[1] for text in told] == ["/nowhere", "/there", "/there"]
    assert "examined" in ran.result("kept")["msg"]
    assert "warnings" not in ran.result("kept")["msg"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("tempfile:", "remote module (tempfile) does not support check mode"),
        ("uri: {url: http://nowhere}", "This action (uri) does not support check mode."),
        ("raw: pwd", None),
    ],
)
def test_a_step_that_has_no_check_mode_is_left_out_in_it_and_says_so_as_in_ansible(
    play: Play, step: str, words: str | None
) -> None:
    ran = play(f"- tasks: [{{name: it, {step} }}]", "--check")
    assert ran.steps() == ["it: skipped"]
    assert ran.result("it").get("msg") == words


def test_whom_to_become_may_be_a_template_and_is_asked_when_the_step_runs(play: Play) -> None:
    ran = play("""
        - vars: {sudo: true, who: nobody-else, me: "{{ lookup('pipe', 'id -un') }}"}
          become: "{{ sudo }}"
          become_user: "{{ me }}"
          tasks:
            - {name: own, command: "true"}
            - {name: other, command: "true", become_user: "{{ who }}", ignore_errors: true}
            - {name: no need, command: "true", become_user: "{{ who }}", become: "{{ not sudo }}"}
            - {name: nowhere, debug: , become_user: "{{ who }}"}
    """)
    assert ran.steps() == ["own: changed", "other: failed", "no need: changed", "nowhere: ok"]
    assert "become_user: steps run as" in ran.result("other")["msg"]


@pytest.mark.parametrize("keyword", ["become", "become_user", "connection"])
def test_who_does_a_step_and_how_is_read_also_where_it_has_no_effect(
    play: Play, keyword: str
) -> None:
    ran = play(f"- tasks: [{{name: it, debug: , {keyword}: '{{{{ nope }}}}'}}]")
    assert ran.steps() == ["it: failed"]
    wrong = f"Task failed: Error processing keyword '{keyword}': 'nope' is undefined"
    assert ran.result("it")["msg"] == wrong


def test_what_is_included_under_no_log_is_told_without_its_item(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- debug:\n")
    ran = play("""
        - tasks:
            - {include_tasks: more.yml, loop: [swordfish], no_log: true}
            - {include_tasks: more.yml, no_log: true}
            - {include_tasks: more.yml, loop: [marlin], no_log: "{{ 1 == 2 }}"}
            - {include_tasks: more.yml, no_log: "{{ 1 == 2 }}"}
            - {include_tasks: more.yml, loop: [tuna]}
    """)
    items = [event["item"] for event in ran.named("FileIncluded")]
    assert items == [*["(censored due to no_log)"] * 3, None, "tuna"]
