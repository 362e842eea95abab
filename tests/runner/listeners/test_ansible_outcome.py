"""Results as Ansible prints them, with `callback_result_format`."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main
from played import lay
from printing import printed, shown


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANSIBLE_CALLBACK_RESULT_FORMAT")


def test_deprecations_are_told_aside_and_not_in_the_result(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - debug: {var: "[1]"}
      when: "{{ true }}"
    - assert: {that: "{{ false }}"}
    """
    assert not [line for line in shown("json", tasks, capsys, "-v") if "deprecations" in line]


def test_debug_shows_its_message_or_its_variable_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - debug: {msg: "hé"}
    - debug: {var: "[1]"}
    - debug: {msg: "{{ item }}"}
      loop: [7]
    """
    assert shown("json", tasks, capsys) == [
        *("ok: [localhost] => {", '    "msg": "hé"', "}"),
        *("ok: [localhost] => {", '    "[1]": [', "        1", "    ]", "}"),
        *("ok: [localhost] => (item=7) => {", '    "msg": 7', "}"),
    ]


def test_debug_shows_with_a_variable_also_the_item_and_on_failure_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - debug: {var: item}
      loop: [7]
    - debug: {var: one.a}
      loop: [{a: 7}]
      loop_control: {loop_var: one}
    - debug: {msg: "{{ nowhere }}"}
      ignore_errors: true
    """
    told = shown("json", tasks, capsys)
    assert told[:3] == ["ok: [localhost] => (item=7) => {", '    "item": 7', "}"]
    one, *_, failed, _ = told[3:]
    assert one == "ok: [localhost] => (item={'a': 7}) => {"
    assert '    "one.a": 7' in told
    assert failed.startswith('fatal: [localhost]: FAILED! => {"msg": "Task failed: Finalization')


def test_a_failure_is_shown_in_lines_of_what_has_come_to_a_result(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - debug: {msg: hi}
      changed_when: nowhere
      ignore_errors: true
    - assert: {that: 1 == 2}
      ignore_errors: true
    - assert: {that: 1 == 2, quiet: true}
    """
    told = [line for line in shown("json", tasks, capsys) if line.startswith("fatal:")]
    head = "fatal: [localhost]: FAILED! => {"
    quiet = '"assertion": "1 == 2", "changed": false, "evaluated_to": false'
    assert told == [head, head, f'{head}{quiet}, "msg": "Assertion failed"}}']


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_assertion_that_is_quiet_registers_its_message_and_shows_nothing(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = """
    - assert: {that: true, quiet: true, success_msg: "{{ item }}."}
      loop: [7]
      register: one
    - assert: {that: "one.results[0].msg == '7.'", quiet: true}
    """
    assert shown(form, tasks, capsys) == ["ok: [localhost] => (item=7)", "ok: [localhost]"]


def test_a_diff_of_texts_is_in_a_list_and_that_of_facts_alone_as_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("one\n")
    (tmp_path / "a").chmod(0o644)
    tasks = """
    - file: {path: a, mode: "0600"}
      register: facts
    - lineinfile: {path: a, line: two}
      register: texts
    - assert:
        that:
          - facts.diff.after.mode == "0600"
          - texts.diff | length == 2
        quiet: true
    """
    path = f"{tmp_path}/a"
    assert shown("json", tasks, capsys, "--diff") == [
        *("--- before", "+++ after", "@@ -1,4 +1,4 @@", " {"),
        *('-    "mode": "0644",', '+    "mode": "0600",', f'     "path": "{path}"', " }"),
        "changed: [localhost]",
        *(f"--- before: {path} (content)", f"+++ after: {path} (content)"),
        *("@@ -1 +1,2 @@", " one", "+two"),
        "changed: [localhost]",
        "ok: [localhost]",
    ]


def test_texts_of_several_lines_stand_in_blocks_of_yaml(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = '- debug: {msg: "one \\n\\ttwo\\x1b\\n"}'
    told = [*("ok: [localhost] => ", "    msg: |-"), *("        one", "                two")]
    assert shown("yaml", tasks, capsys) == told


def test_yaml_that_is_not_pretty_keeps_what_it_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_CALLBACK_FORMAT_PRETTY", "false")
    told = shown("yaml", '- debug: {msg: "one \\ntwo"}', capsys)
    assert told == [*("ok: [localhost] => ", '    msg: "one \\ntwo"')]


def test_what_came_of_an_attempt_is_told_if_everything_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - {name: it, debug: {msg: early}, register: it, until: it.msg == 'late', retries: 1, delay: 0}
    """
    assert shown("json", tasks, capsys) == [
        "FAILED - RETRYING: [localhost]: it (1 retries left).Result was: {",
        *('    "attempts": 1,', '    "changed": false,', '    "msg": "early",', '    "retries": 2'),
        *("}", "fatal: [localhost]: FAILED! => {", '    "msg": "early"', "}"),
    ]
    asserted = shown("json", "- {assert: {that: 1 > 2}, retries: 1, delay: 0}", capsys)
    assert asserted[0].endswith("(1 retries left).Result was: {")
    assert '    "assertion": "1 > 2",' in asserted


@pytest.mark.parametrize(
    ("command", "word", "ending"), [("true", "OK", "changed"), ("false", "FAILED", "fatal")]
)
def test_that_a_job_has_ended_is_told_unless_somebody_asks_for_it_later(
    command: str,
    word: str,
    ending: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path))
    first, second = shown("json", f"- {{command: '{command}', async: 30, poll: 1}}", capsys)
    assert first.startswith(f"ASYNC {word} on localhost: jid=j")
    assert second.startswith(f"{ending}: [localhost]")


def test_a_pause_says_how_long_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = "- pause: {seconds: 0.01}\n"
    assert shown("json", tasks, capsys) == ["Pausing for 0.01 seconds", "ok: [localhost]"]


def test_a_loop_over_includes_names_all_files_and_items_first(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("- command: 'true'\n")
    tasks = """
    - include_tasks: more.yml
      loop: [1, 2, 3]
      when: item != 2
    """
    assert shown("json", tasks, capsys) == [
        "skipping: [localhost] => (item=2) ",
        f"included: {tmp_path}/more.yml for localhost => (item=1)",
        f"included: {tmp_path}/more.yml for localhost => (item=3)",
        "changed: [localhost]",
        "changed: [localhost]",
    ]


def test_what_an_include_does_not_find_is_said_among_the_warnings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Path("opsplay.toml").write_text('callback_result_format = "json"\nno_journal = true\n')
    include = '{include_tasks: "{{ item }}.yml", loop: [nowhere, nowhere]}'
    Path("site.yml").write_text(f"- tasks: [{include}]\n")
    main(["run", "site.yml"])
    told = [line for line in capsys.readouterr().err.splitlines() if "[ERROR]" in line]
    name = tmp_path / "nowhere.yml"
    assert told == [f"[ERROR]: Could not find or access '{name}' on the Ansible Controller."]


def test_a_failure_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = """
    - fail: {msg: "no"}
      ignore_errors: true
    - fail: {msg: "not {{ item }}"}
      loop: [1]
    """
    assert shown("json", tasks, capsys) == [
        'fatal: [localhost]: FAILED! => {"changed": false, "msg": "no"}',
        "...ignoring",
        (
            'failed: [localhost] (item=1) => {"ansible_loop_var": "item", "changed": false,'
            ' "item": 1, "msg": "not 1"}'
        ),
    ]


def test_other_results_are_shown_when_more_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - set_fact: {a: 1}
    - debug:
      when: false
    """
    assert shown("json", tasks, capsys) == ["ok: [localhost]", "skipping: [localhost]"]
    assert shown("json", tasks, capsys, "-v")[0].startswith('ok: [localhost] => {"ansible_facts"')


def test_results_in_yaml_stand_indented_below_their_host(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert shown("yaml", "- debug: {msg: [{a: x}]}\n", capsys) == [
        "ok: [localhost] => ",
        "    msg:",
        "    -   a: x",
    ]


def test_a_diff_comes_before_its_line_and_tells_which_side_is_which(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = shown("json", "- copy: {content: a, dest: a.txt}\n", capsys, "--diff", "--check")
    assert told[1].startswith("+++ after: ")
    assert told[-1] == "changed: [localhost]"


def test_behind_a_diff_that_a_step_has_made_itself_no_line_is_left_free(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "json")
    told = '{"changed": true, "diff": {"prepared": ">> it is another"}}'
    lay(tmp_path, "library/tell", f"#!/bin/sh\necho '{told}'\n")
    (tmp_path / "site.yml").write_text("- tasks: [{tell: }]\n")
    assert main(["run", "site.yml", "--diff"]) == 0
    assert "\n>> it is another\nchanged: [localhost]" in capsys.readouterr().out


def test_what_no_log_hides_is_named_as_ansible_names_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - debug: {msg: a}
      no_log: true
    - fail: {msg: "{{ item }}"}
      loop: [a]
      no_log: true
    """
    assert shown("json", tasks, capsys) == [
        "ok: [localhost]",
        (
            'failed: [localhost] (item=(censored due to no_log)) => {"censored": "the output has'
            " been hidden due to the fact that 'no_log: true' was specified for this result\", "
            '"changed": false}'
        ),
    ]


def test_facts_are_not_shown_but_that_they_are_hidden_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - setup: {gather_subset: "!all,!min"}
    - setup: {gather_subset: "!all,!min"}
      no_log: true
    """
    open_, hidden = shown("json", tasks, capsys, "-v")
    assert open_ == "ok: [localhost]"
    assert hidden.startswith('ok: [localhost] => {"censored": "the output has been hidden')


def test_of_a_loop_that_no_log_hides_the_failed_items_are_all_that_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - debug: {msg: "{{ item }}"}
      loop: [a, b]
      failed_when: true
      no_log: true
    """
    heads = [line.partition(" => ")[0] for line in shown("json", tasks, capsys)]
    assert heads == ["failed: [localhost] (item=(censored due to no_log))"] * 2


def test_a_debug_that_is_skipped_says_in_one_line_which_condition_was_false(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = shown("json", "- {debug: , when: 1 == 2}", capsys, "-v")
    assert told == ['skipping: [localhost] => {"false_condition": "1 == 2"}']


def test_of_what_is_left_out_nobody_tells_to_whom_it_was_delegated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - command: "true"
      delegate_to: other
      loop: [1]
    """
    told = shown("json", tasks, capsys, "--check", "-i", "localhost,other,")
    assert [line.rstrip() for line in told if "skipping" in line] == [
        "skipping: [localhost] => (item=1)",
        "skipping: [localhost]",
    ]


def test_an_include_of_a_host_that_goes_alone_stands_below_its_own_banner(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("more.yml").write_text("- debug:\n")
    Path("site.yml").write_text("- {strategy: free, tasks: [{include_tasks: more.yml}]}\n")
    main(["run", "site.yml"])
    told = capsys.readouterr().out
    assert told.index("TASK [include_tasks]") < told.index("included: ")


@pytest.mark.parametrize(("strategy", "count"), [("linear", 2), ("free", 1)])
def test_a_word_of_meta_has_a_banner_but_for_a_host_that_goes_alone_and_obeys(
    capsys: pytest.CaptureFixture[str], strategy: str, count: int
) -> None:
    tasks = "[meta: noop, {meta: end_host, when: false}]"
    Path("site.yml").write_text(f"- {{strategy: {strategy}, tasks: {tasks}}}\n")
    Path("opsplay.toml").write_text('callback_result_format = "json"\nno_journal = true\n')
    main(["run", "site.yml"])
    assert capsys.readouterr().out.count("TASK [meta]") == count


def test_a_loop_of_debug_that_failed_is_told_as_a_whole_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = "- {debug: {msg: hi}, loop: [1], failed_when: true}"
    last = 'fatal: [localhost]: FAILED! => {"msg": "One or more items failed"}'
    assert shown("json", tasks, capsys)[-1] == last


def test_a_loop_whose_host_is_out_of_reach_is_told_as_a_whole_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = "- {ping: , loop: [1], vars: {ansible_connection: ssh}, ignore_unreachable: true}"
    *_, last, ignored = shown("json", tasks, capsys)
    told = 'fatal: [localhost]: UNREACHABLE! => {"changed": false, "msg": "All items completed", '
    assert last.startswith(told)
    assert ignored == "...ignoring"


def test_that_a_failure_is_ignored_stands_among_the_results(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_DISPLAY_FAILED_STDERR", "yes")
    assert shown("json", "- {fail: , ignore_errors: true}", capsys) == ["...ignoring"]


def test_debug_that_failed_when_it_was_done_shows_its_message_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = "- {debug: {msg: hi}, failed_when: true, ignore_errors: true}"
    told = ["fatal: [localhost]: FAILED! => {", '    "msg": "hi"', "}", "...ignoring"]
    assert shown("json", tasks, capsys) == told


def test_a_file_that_is_included_under_no_log_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("part5.yml").write_text("- debug:\n")
    told = printed("json", "- {include_tasks: part5.yml, no_log: true}", capsys)
    assert told[0].startswith(f"included: {Path.cwd()}/part5.yml for localhost")


@pytest.mark.parametrize(
    ("form", "told"),
    [("json", '"None": "n",'), ("yaml", "null: n")],
)
def test_a_variable_whose_keys_have_several_types_is_shown(
    form: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = """
    - debug: {var: names}
      vars: {names: {2: two, true: t, null: n, x: [a]}}
    """
    assert told in [line.strip() for line in shown(form, tasks, capsys)]


def test_a_run_that_an_error_breaks_off_has_no_recap(capsys: pytest.CaptureFixture[str]) -> None:
    Path("more.yml").write_text("- nope:\n")
    Path("opsplay.toml").write_text('callback_result_format = "json"\nno_journal = true\n')
    Path("site.yml").write_text("- tasks: [{debug: }, {include_tasks: '{{ f }}.yml'}]\n")
    assert main(["run", "site.yml", "-e", "f=more"]) == 4
    assert "PLAY RECAP" not in capsys.readouterr().out
    assert main(["run", "site.yml", "-e", "f=nowhere"]) == 2
    assert "PLAY RECAP" in capsys.readouterr().out
