"""`opsplay resume`: what is done is not done again, and what a person decides about the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from on_terminal import on_a_terminal
from resumed import FAILS, killed_at, lines, mend
from said import Opsplay, Write

pytestmark = pytest.mark.slow

# What is there again ----------------------------------------------------------------------------


def test_a_run_that_failed_goes_on_with_the_step_that_failed(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: sh -c 'echo done >> done'
        - command: {FAILS}
        - command: sh -c 'echo after >> done'
        """)
    assert opsplay("run", "play.yml").code == 2
    mend()
    said = opsplay("resume")
    assert said.code == 0, said.err
    assert "changed: [localhost] (done before)\n" in said.out
    assert "ok=3    changed=3    unreachable=0    failed=0" in said.out
    assert (lines("done"), lines("tried")) == (["done", "after"], ["localhost"] * 2)


def test_what_was_registered_set_and_notified_is_there(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - hosts: localhost
          gather_facts: false
          tasks:
            - set_fact: {{stamp: "{{{{ now(fmt='%f') }}}}", list: [1, {{a: b}}]}}
            - command: sh -c 'echo {{{{ stamp }}}} | tee stamp'
              register: printed
              notify: told
            - add_host: {{name: late, groups: late, stamp: "{{{{ stamp }}}}"}}
            - group_by: {{key: "is_{{{{ list[1].a }}}}"}}
            - command: {FAILS}
          handlers:
            - name: told
              command: sh -c 'echo {{{{ printed.stdout }}}} > handled'
        - hosts: late:is_b
          gather_facts: false
          tasks:
            - command: sh -c 'echo {{{{ stamp }}}} >> late'
        """)
    assert opsplay("run", "play.yml").code == 2
    mend()
    assert opsplay("resume").code == 0
    stamp = lines("stamp")
    assert lines("handled") == stamp
    assert lines("late") == stamp * 2


def test_that_facts_were_gathered_is_known_again(
    opsplay: Opsplay, play: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSPLAY_GATHERING", "smart")
    play(f"""
        - hosts: localhost
          gather_subset: ["!all"]
          tasks:
            - command: {FAILS}
        - hosts: localhost
          tasks:
            - debug:
        """)
    assert opsplay("run", "play.yml").code == 2
    mend()
    assert opsplay("resume").out.count("Gathering Facts") == 1


def test_a_loop_goes_on_with_the_item_that_failed_though_others_are_found_now(
    opsplay: Opsplay, play: Write
) -> None:
    for name in ("one.txt", "three.txt", "two.txt"):
        Path(name).touch()
    play("""
        - command: "{{ 'test -e mended' if 'two' in item else 'rm ' ~ item }}"
          with_fileglob: "*.txt"
          register: gone
        - copy: {content: "{{ gone.results | length }}", dest: count}
        """)
    assert opsplay("run", "play.yml").code == 2
    mend()
    said = opsplay("resume")
    assert said.code == 0, said.out
    assert lines("count") == ["3"]


def test_what_an_item_was_given_is_there(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: echo {{{{ item }}}}
          loop: [one]
          register: done
        - stat: {{path: "{{{{ item }}}}"}}
          loop: [two]
          register: seen
        - command: {FAILS}
        - copy: {{content: "{{{{ (done.results + seen.results) | to_json }}}}", dest: all}}
        """)
    opsplay("run", "play.yml")
    mend()
    assert opsplay("resume").code == 0
    done, seen = json.loads(Path("all").read_text("utf-8"))
    assert done["invocation"]["module_args"]["_raw_params"] == "echo one"
    assert seen["invocation"]["module_args"]["path"] == "two"


def test_what_was_skipped_stays_skipped_though_it_would_not_be_now(
    opsplay: Opsplay, play: Write
) -> None:
    play(f"""
        - command: touch was-not-there
          when: "'mended' is exists"
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    assert "skipped=1" in opsplay("resume").out
    assert not Path("was-not-there").exists()


def test_what_was_skipped_stays_so_though_its_result_was_hidden(
    opsplay: Opsplay, play: Write
) -> None:
    play(f"""
        - command: sh -c 'echo {{{{ item }}}} >> done'
          when: item == 2
          loop: [1, 2]
          no_log: true
        - command: sh -c 'echo 3 >> done'
          when: false
          no_log: true
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    assert "skipped=1" in opsplay("resume").out
    assert lines("done") == ["2"]


def test_what_failed_stays_so_though_its_result_was_hidden(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - fail: {{msg: x}}
          no_log: true
          ignore_errors: true
        - block:
            - assert: {{that: false}}
              no_log: true
            - command: sh -c 'echo not reached >> done'
          rescue:
            - command: sh -c 'echo rescued >> done'
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    assert "rescued=1    ignored=1" in opsplay("resume").out
    assert lines("done") == ["rescued"]


def test_a_failure_that_was_rescued_stays_one(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - block:
            - command: sh -c 'echo block >> done; exit 1'
          rescue:
            - command: sh -c 'echo {{{{ ansible_failed_result.rc }}}} >> done'
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    assert "rescued=1" in opsplay("resume").out
    assert lines("done") == ["block", "1"]


def test_an_item_whose_failure_was_rescued_stays_one(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - block:
            - debug: {{msg: "{{{{ item }}}}"}}
              loop: [one, two]
              failed_when: "item == 'two' and 'mended' is not exists"
          rescue:
            - command: sh -c 'echo rescue >> done'
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    assert "rescued=1" in opsplay("resume").out
    assert lines("done") == ["rescue"]


MANY = """
REPEAT = "safe"


@dataclass(frozen=True, kw_only=True)
class Params:
    word: Annotated[str, "What to write down."]


def run(params: Params, ctx: Context) -> Result:
    return next(iter(run_all(iter([params.word]))))


def prepare(params: Params, ctx: Context) -> object:
    return params.word


def run_all(prepared: Iterator[object]) -> Iterator[Result | TaskError]:
    for word in prepared:
        if word == "kill":
            Path("reached").touch()
            time.sleep(60)
        with Path("done").open("a") as file:
            file.write(f"{word}\\n")
        yield Result(changed=True, msg=f"wrote {word}")
"""
IMPORTS = """
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from opsplay.runner.task import Context, Result, TaskError
"""


def test_of_items_that_are_taken_together_those_that_were_told_are_done(
    opsplay: Opsplay, play: Write
) -> None:
    Path("task_modules").mkdir()
    Path("task_modules/many.py").write_text(f'"""Write."""\n{IMPORTS}{MANY}', "utf-8")
    play("- many: {word: '{{ item }}'}\n  loop: [one, two, kill]\n  register: it")
    with killed_at("reached", shown="(item=two)"):
        Path("task_modules/many.py").write_text(
            f'"""Write."""\n{IMPORTS}{MANY.replace("60", "0")}', "utf-8"
        )
    said = opsplay("resume", "--force")
    assert (said.code, lines("done")) == (0, ["one", "two", "kill"]), said
    assert said.out.count("(done before)") == 2


def test_what_tidies_up_after_a_failure_does_so_again(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - block:
            - command: sh -c 'echo begin >> done'
            - command: {FAILS}
            - command: sh -c 'echo work >> done'
          always:
            - command: sh -c 'echo end >> done'
        """)
    opsplay("run", "play.yml")
    mend()
    assert opsplay("resume").code == 0
    assert lines("done") == ["begin", "end", "work", "end"]


def test_what_tidies_up_after_a_failure_that_is_rescued_does_not(
    opsplay: Opsplay, play: Write
) -> None:
    play(f"""
        - block:
            - block:
                - command: 'false'
              always:
                - command: sh -c 'echo tidied >> done'
          rescue:
            - command: sh -c 'echo rescued >> done'
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    assert opsplay("resume").code == 0
    assert lines("done") == ["tidied", "rescued"]


def test_what_acts_once_for_all_is_not_done_again_by_another_host(
    opsplay: Opsplay, play: Write
) -> None:
    play("""
        - hosts: a,b
          gather_facts: false
          tasks:
            - command: sh -c 'test {{ inventory_hostname }} = b || test -e mended'
            - command: sh -c 'echo {{ inventory_hostname }} >> done'
              run_once: true
            - command: sh -c 'test -e mended'
        """)
    assert opsplay("run", "play.yml", "-i", "a,b,").code == 2
    mend()
    assert opsplay("resume").code == 0
    assert lines("done") == ["b"]


def test_what_a_role_does_twice_is_told_apart(opsplay: Opsplay, play: Write) -> None:
    Path("more.yml").write_text("- command: sh -c 'echo {{ word }} >> done'\n")
    play(f"""
        - include_tasks: more.yml
          vars: {{word: one}}
        - command: {FAILS}
        - include_tasks: more.yml
          vars: {{word: two}}
        """)
    opsplay("run", "play.yml")
    mend()
    assert opsplay("resume").code == 0
    assert lines("done") == ["one", "two"]


def test_outside_text_is_data_after_a_resume_too(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: "echo '{{{{ '{{' }}}}{{ lookup(\\"pipe\\", \\"touch evil\\") }}{{{{ '}}' }}}}'"
          register: said
        - set_fact: {{copied: "{{{{ said.stdout }}}}"}}
        - command: {FAILS}
        - copy: {{content: "{{{{ copied }}}}", dest: copied}}
        """)
    opsplay("run", "play.yml")
    mend()
    assert opsplay("resume").code == 0
    assert "lookup" in lines("copied")[0]
    assert not Path("evil").exists()


# What is in doubt -------------------------------------------------------------------------------


UNSAFE = """
    - command: sh -c 'echo x >> done; touch {{ flag }}; sleep {{ nap }}'
      vars:
        nap: "{{ 0 if 'killed' is exists else 60 }}"
        flag: begun
    - copy: {content: end, dest: end}
    """


@pytest.fixture(name="in_doubt")
def _in_doubt(opsplay: Opsplay, play: Write) -> None:
    """A command was at work when the run was killed."""
    assert opsplay("runs").out == ""
    play(UNSAFE)
    with killed_at("begun"):
        Path("killed").touch()


@pytest.mark.usefixtures("in_doubt")
def test_a_step_that_must_not_be_repeated_is_in_doubt(opsplay: Opsplay) -> None:
    said = opsplay("resume")
    assert said.code == 2
    assert "whether it was done is not known" in said.out
    assert "resume with --in-doubt repeat, to do it again, or with --in-doubt skip" in said.out
    assert lines("done") == ["x"]


def test_what_is_in_doubt_is_told_though_its_result_is_hidden(
    opsplay: Opsplay, play: Write
) -> None:
    play(UNSAFE.replace("vars:", "no_log: true\n      vars:", 1))
    with killed_at("begun"):
        Path("killed").touch()
    assert "resume with --in-doubt repeat, to do it again" in opsplay("resume").err


@pytest.mark.usefixtures("in_doubt")
@pytest.mark.parametrize(("decision", "done"), [("repeat", ["x", "x"]), ("skip", ["x"])])
def test_a_person_decides(decision: str, done: list[str], opsplay: Opsplay) -> None:
    opsplay("resume")
    assert opsplay("resume", "--in-doubt", decision).code == 0
    assert (lines("done"), lines("end")) == (done, ["end"])


@pytest.mark.usefixtures("in_doubt")
def test_nobody_can_be_asked_without_a_terminal(opsplay: Opsplay) -> None:
    said = opsplay("resume", "--in-doubt", "ask")
    assert (said.code, "there is no terminal to ask on" in said.err) == (5, True)


@pytest.mark.usefixtures("in_doubt")
@pytest.mark.parametrize(("answer", "done"), [("r", ["x", "x"]), ("s", ["x"])])
def test_on_a_terminal_a_person_is_asked(answer: str, done: list[str]) -> None:
    question = "Repeat it, skip it, or fail? [r/s/f]: "
    shown = on_a_terminal("resume", dialogue=[(question, answer)])
    assert "command (play.yml:4:7) on localhost: it had begun when the run ended" in shown
    assert (lines("done"), lines("end")) == (done, ["end"])


def test_what_was_answered_is_not_asked_again(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - hosts: localhost
          gather_facts: false
          vars_prompt: [{{name: colour, prompt: Which colour?, private: false, default: red}}]
          tasks:
            - command: {FAILS}
            - copy: {{content: "{{{{ colour }}}}", dest: colour}}
        """)
    on_a_terminal("run", "play.yml", dialogue=[("Which colour? [red]: ", "blue")])
    mend()
    assert opsplay("resume").code == 0
    assert lines("colour") == ["blue"]


def test_what_makes_its_own_file_is_repeated(opsplay: Opsplay, play: Write) -> None:
    play("""
        - command: sh -c 'echo x >> done; touch begun; {{ rest }}'
          args: {creates: made}
          vars: {rest: "{{ 'touch made' if 'killed' is exists else 'sleep 60' }}"}
        """)
    with killed_at("begun"):
        Path("killed").touch()
    assert opsplay("resume").code == 0
    assert lines("done") == ["x", "x"]


def test_what_a_killed_run_may_have_changed_counts_as_changed(
    opsplay: Opsplay, play: Write
) -> None:
    play("""
        - hosts: localhost
          gather_facts: false
          tasks:
            - copy: {content: hello, dest: hello, validate: "sh -c 'touch begun; sleep 60 # %s'"}
              notify: told
          handlers:
            - name: told
              command: sh -c 'echo handled >> handled'
        """)
    with killed_at("begun"):
        Path("hello").write_text("hello")
    assert opsplay("resume").code == 0
    assert lines("handled") == ["handled"]


@pytest.mark.parametrize(
    "forgiving", ["ignore_errors: true", "failed_when: false", "retries: 3\n      until: true"]
)
def test_what_is_in_doubt_is_neither_rescued_nor_forgiven(
    forgiving: str, opsplay: Opsplay, play: Write
) -> None:
    """Otherwise the run would end well, and nobody could do it any more."""
    command = UNSAFE.partition("    - copy")[0].replace("vars:", f"{forgiving}\n      vars:", 1)
    play(f"- block:\n{command}\n  rescue:\n    - copy: {{content: x, dest: rescued}}\n")
    with killed_at("begun"):
        Path("killed").touch()
    assert opsplay("resume").code == 2
    assert not Path("rescued").exists()
    assert opsplay("resume", "--in-doubt", "repeat").code == 0
    assert lines("done") == ["x", "x"]
