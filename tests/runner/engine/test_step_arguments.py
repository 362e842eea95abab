"""Arguments of steps when they are rendered: what fits, what is wrong and where, what is told."""

from __future__ import annotations

import pytest

from .conftest import Play


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
    ("step", "status"), [("shell", "changed"), ("raw", "changed"), ("command", "failed")]
)
def test_a_blank_text_is_a_line_for_a_shell_alone(play: Play, step: str, status: str) -> None:
    ran = play(f"- tasks: [{{name: it, {step}: '  ', ignore_errors: true}}]")
    assert ran.steps() == [f"it: {status}"]


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


def test_an_argument_that_is_none_is_told_where_it_stands_with_the_nearest_right_one(
    play: Play,
) -> None:
    ran = play("- tasks: [{name: it, debug: {mgs: hello}, ignore_errors: true}]")
    *_, line, carets, hint = ran.result("it")["origin"].splitlines()
    assert line[carets.index("^") : carets.rindex("^") + 1] == "mgs"
    assert hint.endswith("did you mean msg?")


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


def test_the_text_of_a_command_may_have_words_of_its_own_that_look_like_arguments(
    play: Play,
) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: echo cmd=a argv=b chdir=/}
            - {name: with, shell: "echo cmd=a; cat", args: {stdin: b}}
    """)
    assert ran.result("it")["stdout"] == "cmd=a argv=b"
    assert ran.result("with")["stdout_lines"] == ["cmd=a", "b"]


def test_one_template_may_stand_for_all_arguments_and_what_is_written_wins(play: Play) -> None:
    ran = play("""
        - vars: {all: {msg: hello, verbosity: 0}, less: {msg: hey, verbosity: 3}}
          tasks:
            - {name: behind the name, debug: "{{ all }}"}
            - {name: as args, debug: {msg: bye}, args: "{{ all }}"}
            - {name: both, debug: "{{ all }}", args: "{{ less }}"}
            - {name: nothing, debug: "{{ all.msg }}", ignore_errors: true}
            - {name: unknown, debug: "{{ nope }}", ignore_errors: true}
    """)
    assert ran.result("behind the name")["msg"] == "hello"
    assert ran.result("as args")["msg"] == "bye"
    assert ran.result("both")["msg"] == "hello"
    failed = "Task failed: Finalization of task args for 'ansible.builtin.debug' failed: "
    assert ran.result("nothing")["msg"] == f"{failed}Task args must resolve to a 'dict' not 'str'."
    assert ran.result("unknown")["msg"] == f"{failed}'nope' is undefined"


def test_what_a_step_was_given_is_told_beside_its_result_with_vvv(play: Play) -> None:
    ran = play("- tasks: [{name: it, command: echo hi}, {name: words, debug: }]", "-vvv")
    assert ran.result("it")["invocation"]["module_args"]["_raw_params"] == "echo hi"
    assert "invocation" not in ran.result("words")


@pytest.mark.parametrize("text", ["command: echo hi", "command: echo hi\n      no_log: true"])
def test_what_a_step_was_given_is_not_told_otherwise(play: Play, text: str) -> None:
    switch = "-vvv" if "no_log" in text else "-vv"
    ran = play(f"- tasks:\n    - name: it\n      {text}\n", switch)
    assert "invocation" not in ran.result("it")


def test_what_is_kept_of_an_item_says_what_it_was_given(play: Play) -> None:
    """Playbooks for Ansible find by it what an item was about."""
    ran = play("""
        - tasks:
            - {command: "echo {{ item }}", loop: [a, b], register: loud}
            - {debug: , loop: [a], register: quiet}
            - {command: echo c, register: alone}
            - {command: echo d, loop: [d], when: false, register: skipped}
            - assert:
                that:
                  - loud.results[1].invocation.module_args._raw_params == 'echo b'
                  - quiet.results[0].invocation is undefined
                  - alone.invocation is undefined
                  - skipped.results[0].invocation is undefined
    """)
    assert ran.code == 0


def test_of_a_secret_that_an_item_was_given_it_is_only_said_that_it_was(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              uri: {url: "{{ item }}", url_username: ann, url_password: "{{ word }}"}
              vars: {word: canary}
              loop: ["file:///dev/null"]
              register: asked
              ignore_errors: true
            - name: given
              debug: {msg: "{{ asked.results[0].invocation.module_args.url_password }}"}
    """)
    assert ran.result("given")["msg"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_what_a_copied_file_holds_is_not_kept_a_second_time(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              copy: {content: long, dest: "{{ playbook_dir }}/{{ item }}"}
              loop: [a]
              register: copied
            - assert:
                that:
                  - copied.results[0].invocation.module_args.dest is match('.*/a$')
                  - copied.results[0].invocation.module_args.content is none
    """)
    assert ran.code == 0


@pytest.mark.parametrize(("switch", "shown"), [("-vv", False), ("-vvv", True)])
def test_what_an_item_was_given_is_told_with_vvv(play: Play, switch: str, *, shown: bool) -> None:
    task = "{name: it, command: echo, loop: [a], register: done}"
    (item,) = play(f"- tasks: [{task}]", switch).named("ItemFinished")
    assert ("invocation" in item["result"]) == shown
