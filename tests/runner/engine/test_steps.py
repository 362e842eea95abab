"""One step on one host: when, arguments, register, changed_when, failed_when, until."""

from __future__ import annotations

import json
from pathlib import Path

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
    assert f"{came}. Conditionals must have a boolean result." in result["msg"]
    assert f"write: {advice}" in result["origin"]
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
    """)
    assert ran.steps() == ["text: ok", "empty: skipped", "nothing: ok"]
    warned = "\n".join(event["text"] for event in ran.events if event["event"] == "WarningGiven")
    assert "Conditional result (True) was derived from value of type 'str'" in warned
    assert "Empty conditional expression was evaluated as True. This feature will be" in warned


def test_a_name_that_is_not_defined_fails_at_its_place_with_the_nearest_name(play: Play) -> None:
    ran = play("""
        - vars: {greeting: hi}
          tasks:
            - name: it
              debug:
                msg: "well, {{ greting }}"
    """)
    result = ran.result("it")
    assert result["msg"] == (
        "Task failed: Finalization of task args for 'ansible.builtin.debug' failed: "
        "Error while resolving value for 'msg': 'greting' is undefined"
    )
    assert result["origin"].startswith("site.yml:6:24: 'greting' is undefined")
    assert "did you mean greeting?" in result["origin"]


def test_what_stands_right_after_a_step_has_the_name_that_ansible_gives_it(play: Play) -> None:
    ran = play("- tasks: [{name: it, command: '{{ nowhere }}'}]")
    assert "Error while resolving value for '_raw_params'" in ran.result("it")["msg"]


def test_an_argument_of_the_wrong_type_after_rendering_fails_at_its_place(play: Play) -> None:
    ran = play("""
        - vars: {many: a lot}
          tasks:
            - name: it
              pause:
                seconds: "{{ many }}"
    """)
    message = ran.result("it")["origin"]
    assert message.startswith("site.yml:6:")
    assert "seconds" in message
    assert "a lot" in message


def test_an_argument_that_comes_to_omit_is_left_out(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, debug: {msg: "{{ nothing | default(omit) }}"}}
    """)
    assert ran.result("it")["msg"] == "Hello world!"


def test_changed_when_and_failed_when_see_the_registered_result(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: same
              command: echo same
              register: out
              changed_when: "'different' in out.stdout"
            - name: bad
              command: echo ERROR
              register: out
              failed_when: "'ERROR' in out.stdout"
              ignore_errors: true
            - name: good
              command: /bin/sh -c "exit 3"
              register: out
              failed_when: out.rc not in [0, 3]
    """)
    assert ran.steps() == ["same: ok", "bad: failed", "good: changed"]
    assert ran.result("bad")["failed_when_result"] is True
    assert ran.recap() == "ok=3 changed=2 ignored=1"
    assert ran.code == 0


def test_until_repeats_a_step_and_counts_its_attempts(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: third time lucky
              shell: echo x >> tries; wc -l < tries
              register: out
              until: out.stdout | int == 3
              retries: 5
              delay: 0
    """)
    assert ran.result("third time lucky")["attempts"] == 3
    told = [(retry["name"], retry["left"]) for retry in ran.named("StepRetried")]
    assert told == [("third time lucky", 5), ("third time lucky", 4)]


def test_what_counts_as_change_or_failure_may_hang_on_the_attempt(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              command: "false"
              register: it
              changed_when: it.attempts > 1
              failed_when: it.attempts < 2
              until: it is changed
              delay: 0
    """)
    assert ran.steps() == ["it: changed"]
    assert ran.result("it")["attempts"] == 2


def test_a_failure_that_does_not_count_is_registered_as_ansible_does(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: bad, command: "false", failed_when: false}
            - {name: good, command: "true", failed_when: false}
            - {name: said, fail: {msg: no}, failed_when: false}
    """)
    assert ran.result("bad")["failed_when_suppressed_exception"] == "(traceback unavailable)"
    assert "failed_when_suppressed_exception" not in ran.result("good")
    assert "failed_when_suppressed_exception" not in ran.result("said")


def test_until_that_is_never_met_fails_the_step(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: never, command: "true", until: false, retries: 2, delay: 0}
    """)
    assert ran.steps() == ["never: failed"]
    assert ran.result("never")["attempts"] == 2


@pytest.mark.parametrize("retries", ["0", "-1", "'-1'"])
def test_without_retries_until_is_not_asked(play: Play, retries: str) -> None:
    ran = play(f"- tasks: [{{name: it, debug: , until: false, retries: {retries}, delay: -1}}]")
    assert ran.steps() == ["it: ok"]


def test_retries_alone_repeat_a_step_until_it_succeeds(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: second time
              shell: test -e there || { touch there; exit 1; }
              retries: 3
              delay: 0
    """)
    assert ran.steps() == ["second time: changed"]
    assert ran.result("second time")["attempts"] == 2


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


@pytest.mark.parametrize("nothing", ["omit", "none", "''"])
def test_a_part_of_an_environment_may_come_to_nothing(play: Play, nothing: str) -> None:
    ran = play(f"""
        - tasks:
            - name: it
              command: printenv COLOUR
              environment: ["{{{{ proxy | default({nothing}) }}}}", null, {{COLOUR: red}}]
    """)
    assert ran.result("it")["stdout"] == "red"


@pytest.mark.parametrize("written", ["['', '{{ word }}']", "'{{ word }}'", "'{{ 5 }}'"])
def test_an_environment_that_is_no_mapping_is_passed_by_and_warned_of(
    play: Play, written: str
) -> None:
    ran = play(
        f"""
        - environment: {{COLOUR: red}}
          vars: {{word: green}}
          tasks:
            - {{name: it, shell: echo $COLOUR, environment: {written}}}
        """
    )
    assert ran.result("it")["stdout"] == "red"
    warnings = [warning["text"] for warning in ran.named("WarningGiven")]
    assert warnings[0].startswith("could not parse environment value, skipping: ")


@pytest.mark.parametrize(
    ("keyword", "value", "wrong"),
    [
        ("retries", "abc", "'retries': The value 'abc' could not be converted to 'int'."),
        ("timeout", [1], "'timeout': The value [1] could not be converted to 'int'."),
        ("check_mode", "abc", "'check_mode': The value 'abc' could not be converted to 'bool'."),
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


def test_an_environment_may_be_omitted(play: Play) -> None:
    ran = play("""
        - environment: {COLOUR: red}
          tasks:
            - {name: it, shell: echo $COLOUR, environment: "{{ omit }}"}
    """)
    assert ran.result("it")["stdout"] == "red"


def test_environment_reaches_a_child_process_the_nearest_wins(play: Play) -> None:
    ran = play("""
        - environment: {COLOUR: red, SHAPE: round}
          tasks:
            - {name: it, shell: echo $COLOUR $SHAPE, environment: {COLOUR: "{{ 'bl' ~ 'ue' }}"}}
    """)
    assert ran.result("it")["stdout"] == "blue round"


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


def test_an_argument_that_does_not_fit_is_told_as_by_ansible(play: Play) -> None:
    ran = play("""
        - vars: {word: x}
          tasks:
            - {name: it, pause: {seconds: "{{ word }}"}, ignore_errors: true}
            - {name: text, find: {paths: x, size: "{{ word }}"}, ignore_errors: true}
    """)
    assert ran.result("text")["msg"].startswith("size: expected a whole number and b, k")
    told = "argument 'seconds' is of type str and we were unable to convert to int: expected a"
    assert ran.result("it")["msg"].startswith(told)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("fail: {nope: 1}", "Invalid options for fail: nope"),
        ("stat: {nope: 1}", "Unsupported parameters for (stat) module: nope. Supported"),
        ("shell: {cmd: x, nope: 1}", "Unsupported parameters for (ansible.legacy.command) module"),
    ],
)
def test_an_argument_that_is_none_is_told_as_by_ansible(play: Play, step: str, told: str) -> None:
    ran = play(f"- tasks: [{{name: it, {step}, ignore_errors: true}}]")
    assert ran.result("it")["msg"].startswith(told)


def test_other_names_of_arguments_are_told_behind_the_names(play: Play) -> None:
    ran = play("- tasks: [{name: it, assert: {that: true, nope: 1}, ignore_errors: true}]")
    supported = "Supported parameters include: fail_msg, quiet, success_msg, that (msg)."
    assert ran.result("it")["msg"].endswith(supported)


def test_a_missing_specification_is_told_as_by_ansible(play: Play) -> None:
    ran = play("- tasks: [{name: it, validate_argument_spec: {}, ignore_errors: true}]")
    assert ran.result("it")["msg"] == '"argument_spec" arg is required in args'


def test_names_in_the_short_form_may_be_templates(play: Play) -> None:
    ran = play("""
        - tasks:
            - {set_fact: "{{ item.k }}={{ item.v }} x_{{ item.k }}=2", loop: [{k: a, v: 1}]}
            - {name: it, debug: {msg: "{{ [a, x_a] }}"}}
    """)
    assert ran.result("it")["msg"] == [1, "2"]


def test_one_template_may_stand_for_all_arguments_and_what_is_written_wins(play: Play) -> None:
    ran = play("""
        - vars: {all: {msg: hello, verbosity: 0}}
          tasks:
            - {name: behind the name, debug: "{{ all }}"}
            - {name: as args, debug: {msg: bye}, args: "{{ all }}"}
            - {name: nothing, debug: "{{ all.msg }}", ignore_errors: true}
    """)
    assert ran.result("behind the name")["msg"] == "hello"
    assert ran.result("as args")["msg"] == "bye"
    assert "expected a mapping of arguments, got str" in ran.result("nothing")["msg"]


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


def test_what_a_step_was_given_is_told_beside_its_result_with_vvv(play: Play) -> None:
    ran = play("- tasks: [{name: it, command: echo hi}, {name: words, debug: }]", "-vvv")
    assert ran.result("it")["invocation"]["module_args"]["_raw_params"] == "echo hi"
    assert "invocation" not in ran.result("words")


@pytest.mark.parametrize("text", ["command: echo hi", "command: echo hi\n      no_log: true"])
def test_what_a_step_was_given_is_not_told_otherwise(play: Play, text: str) -> None:
    switch = "-vvv" if "no_log" in text else "-vv"
    ran = play(f"- tasks:\n    - name: it\n      {text}\n", switch)
    assert "invocation" not in ran.result("it")


def test_a_text_that_keeps_its_name_is_told_by_one_diff(play: Play, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    diff = play("- tasks: [{name: it, replace: path=a regexp=x replace=y}]", "-D").result("it")
    assert (diff["diff"]["before"], diff["diff"]["after"]) == ("x", "y")


def test_warnings_are_registered(play: Play) -> None:
    told = play("- tasks: [{name: it, find: {paths: /nowhere}}]").result("it")["warnings"]
    assert "'/nowhere' is not a directory" in told[0]


def test_warnings_of_items_are_those_of_the_loop_too_each_once(play: Play) -> None:
    told = play(
        "- tasks: [{name: it, find: {paths: '{{ item }}'}, loop: [/nowhere, /there, /there]}]"
    ).result("it")["warnings"]
    assert [text.split("'")[1] for text in told] == ["/nowhere", "/there"]


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


def test_until_and_failed_when_see_the_facts_that_a_step_has_just_set(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, set_fact: {n: 1}, until: n == 1}
            - {name: two, set_fact: {n: 2}, failed_when: n == 2, ignore_errors: true}
    """)
    assert ran.steps() == ["one: ok", "two: failed"]
    assert ran.code == 0


def test_a_step_that_is_left_out_in_check_mode_is_not_judged(play: Play) -> None:
    ran = play("- tasks: [{name: it, command: echo, failed_when: true, changed_when: true}]", "-C")
    assert ran.steps() == ["it: skipped"]
    assert "failed_when_result" not in ran.result("it")


def test_a_step_that_has_no_check_mode_is_left_out_in_it_and_says_so_as_in_ansible(
    play: Play,
) -> None:
    ran = play("- tasks: [{name: it, tempfile: }]", "--check")
    assert ran.steps() == ["it: skipped"]
    assert ran.result("it")["msg"] == "remote module (tempfile) does not support check mode"


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


def test_what_is_included_under_no_log_is_told_without_its_item(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- debug:\n")
    ran = play("""
        - tasks:
            - {include_tasks: more.yml, loop: [swordfish], no_log: true}
            - {include_tasks: more.yml, no_log: true}
            - {include_tasks: more.yml, loop: [tuna]}
    """)
    items = [event["item"] for event in ran.named("FileIncluded")]
    assert items == [*["(censored due to no_log)"] * 2, "tuna"]
