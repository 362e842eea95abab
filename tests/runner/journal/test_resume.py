"""`opsplay resume`: what is done is not done again, and what a person decides about the rest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from powers import largest_file
from said import Opsplay, Said, Write
from vaulting import password_file, sealed

ON_A_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"
# Fails until there is a file `mended`; tells in `done` how often it has come by.
FAILS = "sh -c 'echo {{ inventory_hostname }} >> tried; test -e mended'"


def lines(path: str) -> list[str]:
    return Path(path).read_text("utf-8").splitlines() if Path(path).exists() else []


def mend() -> None:
    Path("mended").touch()


def last_recap(said: Said) -> str:
    return said.out.partition("PLAY RECAP")[2].partition("\n")[2]


@contextmanager
def killed_at(word: str, *arguments: str, shown: str = "") -> Iterator[None]:
    """A run of play.yml, killed when a file of this name is there, and this was shown."""
    command = [sys.executable, "-m", "opsplay", "run", "play.yml", *arguments]
    output = Path("output")
    with output.open("wb") as file, subprocess.Popen(command, stdout=file) as process:
        while not (Path(word).exists() and shown in output.read_text("utf-8")):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    yield


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


def on_a_terminal(*arguments: str, question: str, answer: str) -> str:
    """What is shown by opsplay, whose question is answered."""
    command = [sys.executable, "-c", ON_A_TERMINAL, sys.executable, "-m", "opsplay", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin
        assert process.stdout
        shown = b""
        while not shown.endswith(question.encode()):
            assert process.poll() is None, shown
            shown += process.stdout.read(1)
        process.stdin.write(f"{answer}\n".encode())
        return (shown + process.stdout.read()).decode()


@pytest.mark.usefixtures("in_doubt")
@pytest.mark.parametrize(("answer", "done"), [("r", ["x", "x"]), ("s", ["x"])])
def test_on_a_terminal_a_person_is_asked(answer: str, done: list[str]) -> None:
    question = "Repeat it, skip it, or fail? [r/s/f]: "
    shown = on_a_terminal("resume", question=question, answer=answer)
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
    on_a_terminal("run", "play.yml", question="Which colour? [red]: ", answer="blue")
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


# Secrets ----------------------------------------------------------------------------------------


CANARY = "canary-1234"


def written(state: Path) -> bytes:
    """All that is in the state folder."""
    return b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())


def keys(state: Path) -> list[Path]:
    return [*(state / "keys").glob("*")]


def throw_away_keys(state: Path) -> None:
    for key in keys(state):
        key.unlink()


def test_a_result_with_a_secret_in_it_is_lost_with_the_key_and_the_step_in_doubt(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play(f"""
        - uri: {{url: "http://127.0.0.1:1/", url_password: "{{{{ word }}}}", url_username: x}}
          ignore_errors: true
        - command: echo {{{{ word }}}}
          register: shown
        - command: {FAILS}
        - copy: {{content: "{{{{ shown.stdout }}}}", dest: shown}}
        """)
    opsplay("run", "play.yml", "-e", "word=canary-1234")
    assert b"canary" not in written(state)
    throw_away_keys(state)
    mend()
    said = opsplay("resume")
    assert (said.code, "opsplay resume 2" in said.err, "-e word=…" in said.err) == (5, True, True)
    said = opsplay("resume", "-e", "word=canary-1234")
    assert said.code == 2
    assert "its result held a secret" in said.out
    assert "canary" not in said.out
    assert opsplay("resume", "-e", "word=canary-1234", "--in-doubt", "repeat").code == 0
    assert lines("shown") == ["canary-1234"]


SEALED = f"""
    - hosts: localhost
      gather_facts: false
      vars_files: [vault.yml]
      vars: {{seen: "{{{{ [shown.stdout, made, hidden.stdout, all.results] | to_json }}}}"}}
      tasks:
        - command: sh -c 'echo {{{{ word }}}}-$$'
          register: shown
        - set_fact: {{made: "{{{{ word }}}}-{{{{ now(fmt='%f') }}}}"}}
        - command: sh -c 'echo {{{{ word }}}}-$$'
          register: hidden
          no_log: true
        - command: echo {{{{ item }}}}
          loop: ["{{{{ word }}}}", "{{{{ now(fmt='%f') }}}}"]
          register: all
        - copy: {{content: "{{{{ seen }}}}", dest: first}}
        - command: {FAILS}
        - copy: {{content: "{{{{ seen }}}}", dest: second}}
    """


def test_a_result_with_a_secret_in_it_is_kept_under_the_password_of_the_vault(
    opsplay: Opsplay, play: Write, state: Path, tmp_path: Path
) -> None:
    play(SEALED)
    Path("vault.yml").write_text(sealed("word: canary-1234"))
    password = password_file(tmp_path)
    opsplay("run", "play.yml", "--vault-password-file", password)
    assert b"canary" not in written(state)
    assert not keys(state)
    mend()
    said = opsplay("resume", "-vvv")
    assert said.code == 0, said.out
    assert "canary" not in said.out
    first, second = (json.loads(Path(name).read_text("utf-8")) for name in ("first", "second"))
    assert second == first


OWN = """
    - hosts: localhost
      gather_facts: false
      vars: {SOURCE}
      tasks:
        - command: sh -c 'echo {{ word }} >> done; echo {{ word }}-$$'
          register: shown
          notify: told
        - set_fact: {made: "{{ word }}-{{ now(fmt='%f') }}"}
        - command: sh -c 'echo {{ word }} >> done; echo {{ word }}-$$'
          register: hidden
          no_log: true
        - command: sh -c 'echo {{ item }} >> done; echo {{ item }}'
          loop: ["{{ word }}", "{{ word }}-{{ now(fmt='%f') }}"]
          register: all
        - copy: {content: "{{ seen }}", dest: first}
        - command: sh -c 'touch begun; test -e mended || sleep 60; touch ended'
          args: {creates: ended}
        - copy: {content: "{{ seen }}", dest: second}
      handlers:
        - name: told
          copy: {content: "{{ shown.stdout }}", dest: handled}
    """
SEEN = 'seen: "{{ [shown.stdout, made, hidden.stdout, all.results] | to_json }}"'


@pytest.mark.parametrize(
    "source",
    [
        "word: \"{{ lookup('file', 'kept') | secret }}\"",
        "word: \"{{ lookup('env', 'KEPT_WORD') }}\"",
    ],
    ids=["secret", "secret_env"],
)
def test_a_result_with_a_secret_in_it_is_there_again_under_a_key_of_the_run(
    source: str, opsplay: Opsplay, play: Write, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_WORD", CANARY)
    monkeypatch.setenv("OPSPLAY_SECRET_ENV", "KEPT_WORD")
    Path("kept").write_text(CANARY)
    play(OWN.replace("{SOURCE}", f"{{{source}, {SEEN}}}"))
    with killed_at("begun"):
        assert b"canary" not in written(state)
    [key] = keys(state)
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_bytes() not in (state / "journal.sqlite").read_bytes()
    done = lines("done")
    mend()
    Path("kept").write_text("another-5678")
    monkeypatch.setenv("KEPT_WORD", "another-5678")
    said = opsplay("resume", "-vvv")
    assert said.code == 0, said.out
    assert "canary" not in said.out
    assert lines("done") == done
    first, second = (json.loads(Path(name).read_text("utf-8")) for name in ("first", "second"))
    assert second == first
    assert lines("handled")[0].startswith(CANARY)
    assert b"canary" not in written(state)
    assert not keys(state)


def test_what_was_made_of_a_private_answer_is_there_again(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - hosts: localhost
          gather_facts: false
          vars_prompt: [{{name: word, prompt: Which word?}}]
          tasks:
            - set_fact: {{made: "{{{{ word }}}}-{{{{ now(fmt='%f') }}}}"}}
            - copy: {{content: "{{{{ made }}}}", dest: first}}
            - command: {FAILS}
            - copy: {{content: "{{{{ made }}}}", dest: second}}
        """)
    on_a_terminal("run", "play.yml", question="Which word?: ", answer=CANARY)
    assert lines("first")[0].startswith(CANARY)
    mend()
    shown = on_a_terminal("resume", question="Which word?: ", answer="another-5678")
    assert "canary" not in shown
    assert lines("second") == lines("first")


def test_a_run_and_those_that_resume_it_have_one_key(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    Path("kept").write_text(CANARY)
    play(f"""
        - set_fact: {{one: "{{{{ lookup('file', 'kept') | secret }}}}"}}
        - command: sh -c 'echo x >> tried; test -e halfway'
        - command: sh -c 'echo {{{{ one }}}}-$$ | tee two'
          register: two
        - command: {FAILS}
        - copy: {{content: "{{{{ two.stdout }}}}", dest: end}}
        """)
    opsplay("run", "play.yml")
    Path("halfway").touch()
    opsplay("resume")
    assert len(keys(state)) == 1
    mend()
    assert opsplay("resume").code == 0
    assert lines("end") == lines("two")
    assert not keys(state)


def test_a_key_that_a_run_was_killed_with_in_its_last_moment_goes_with_the_next_run(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play(f"""
        - command: echo {{{{ 'canary-1234' | secret }}}}
          register: shown
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    [key] = keys(state)
    opsplay("run", "play.yml")
    assert len(keys(state)) == 2  # neither has ended well
    whole = key.read_bytes()
    mend()
    opsplay("resume", key.name)
    key.write_bytes(whole)
    opsplay("run", "play.yml")
    assert key not in keys(state)


def test_a_run_that_is_forgotten_leaves_no_key(opsplay: Opsplay, play: Write, state: Path) -> None:
    play(f"""
        - command: echo {{{{ 'canary-1234' | secret }}}}
          register: shown
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    opsplay("resume")
    opsplay("runs", "prune", "--keep", "1")
    assert len(keys(state)) == 1
    opsplay("runs", "prune", "--keep", "0")
    assert not keys(state)


def test_a_run_without_secrets_has_no_key(opsplay: Opsplay, play: Write, state: Path) -> None:
    play("- command: echo plain\n  register: shown\n- command: test -e mended")
    opsplay("run", "play.yml")
    assert not keys(state)


def test_what_cannot_be_sealed_is_kept_without_the_secret(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    state.mkdir()
    (state / "keys").touch()
    play(f"""
        - command: echo {{{{ 'canary-1234' | secret }}}}
          register: shown
        - command: {FAILS}
        """)
    assert opsplay("run", "play.yml").err == ""
    mend()
    assert "its result held a secret" in opsplay("resume").out


def test_what_nobody_looks_at_need_not_be_known(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: sh -c 'echo {{{{ 5 }}}} >> done'
          no_log: true
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    assert opsplay("resume").code == 0
    assert lines("done") == ["5"]


# Which run --------------------------------------------------------------------------------------


def test_a_playbook_that_has_changed_is_told_with_its_diff(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: sh -c 'echo one >> done'
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    play(f"""
        - command: sh -c 'echo new >> done'
        - command: sh -c 'echo one >> done'
        - command: {FAILS}
        """)
    said = opsplay("resume")
    assert said.code == 5
    assert "+    - command: sh -c 'echo new >> done'\n" in said.err
    assert "--force" in said.err
    assert opsplay("resume", "--force").code == 0
    assert lines("done") == ["one", "new"]


@pytest.mark.parametrize(
    "name",
    [
        "given.yml",
        "hosts",
        "group_vars/all.yml",
        "host_vars/localhost/one.yml",
        "templates/text.j2",
        "files/text",
        "files/folder/deep/text",
        "files/program",
    ],
)
def test_a_file_beside_the_playbook_that_was_written_since_is_told(
    name: str, opsplay: Opsplay, play: Write
) -> None:
    for each in ("group_vars", "host_vars/localhost", "templates", "files/folder/deep"):
        Path(each).mkdir(parents=True)
    for each in ("given.yml", "group_vars/all.yml", "host_vars/localhost/one.yml"):
        Path(each).write_text("word: x")
    for each in ("templates/text.j2", "files/text", "files/folder/deep/text", "files/program"):
        Path(each).touch()
    Path("hosts").write_text("localhost")
    play(f"""
        - command: {FAILS}
        - template: {{src: text.j2, dest: out/}}
        - copy: {{src: text, dest: out/}}
        - copy: {{src: folder, dest: out/}}
        - script: program with arguments
          when: false
        """)
    opsplay("run", "play.yml", "-e", "@given.yml", "-i", "hosts")
    mend()
    Path(name).write_text("localhost" if name == "hosts" else "word: y")
    # The clock of files goes in steps, and a test is quicker than somebody who edits.
    os.utime(name, (time.time() + 1, time.time() + 1))
    said = opsplay("resume")
    assert (said.code, f"  {name}\n" in said.err) == (5, True), said
    assert "written since the run was last heard of" in said.err
    assert opsplay("resume", "--force").code == 0


def test_what_a_step_brings_along_that_has_failed_may_be_mended(
    opsplay: Opsplay, play: Write
) -> None:
    play("""
        - copy: {content: made, dest: made}
        - template: {src: wrong.j2, dest: out}
        - copy: {src: missing, dest: made}
        """)
    Path("wrong.j2").write_text("{{ nosuch }}")
    assert opsplay("run", "play.yml").code == 2
    Path("wrong.j2").write_text("right")
    assert opsplay("resume").code == 2
    Path("missing").write_text("there")
    assert opsplay("resume").code == 0
    assert (lines("out"), lines("made")) == (["right"], ["there"])


def test_a_run_that_ended_well_is_over(opsplay: Opsplay, play: Write) -> None:
    play("- debug: {msg: hello}")
    opsplay("run", "play.yml")
    said = opsplay("resume", "latest")
    assert (said.code, "has ended well: there is nothing to go on with" in said.err) == (5, True)
    assert "there is no run of this folder to resume\n" in opsplay("resume").err


def test_a_run_of_another_folder_goes_on_only_if_it_is_named(
    opsplay: Opsplay, play: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(f"- command: {FAILS}")
    opsplay("run", "play.yml")
    mend()
    there = Path.cwd()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run = re.search(
        rf"name it to go on with (\S+), of {there}$", opsplay("resume").err, re.MULTILINE
    )
    assert run is not None
    assert opsplay("resume", run[1]).code == 0


def test_two_cannot_resume_one_run_at_once(opsplay: Opsplay, play: Write) -> None:
    play(f"- command: {FAILS}\n- command: sh -c 'touch begun; sleep 60'")
    opsplay("run", "play.yml")
    mend()
    command = [sys.executable, "-m", "opsplay", "resume"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not Path("begun").exists():
            time.sleep(0.01)
        [first] = [run["id"] for run in opsplay("runs", "--json").events if not run["resumes"]]
        said = opsplay("resume", first)
        process.terminate()
    assert (said.code, f"process {process.pid}" in said.err) == (5, True), said.err


def test_which_run_resumed_which_is_told(opsplay: Opsplay, play: Write) -> None:
    play(f"- command: {FAILS}")
    opsplay("run", "play.yml")
    opsplay("resume")
    newest, first = opsplay("runs", "--json").events
    assert (newest["resumes"], first["resumed_by"]) == (first["id"], newest["id"])
    assert newest["arguments"] == first["arguments"] == {}
    assert f"play.yml (resumed by {newest['id']})" in opsplay("runs").out
    assert f"resumes: {first['id']}\n" in opsplay("runs", "show", "latest", "--about").out
    mend()
    assert opsplay("resume", first["id"]).code == 0


def test_a_run_is_resumed_though_the_first_one_is_forgotten(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: sh -c 'echo done >> done'
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    opsplay("resume")
    assert opsplay("runs", "prune", "--keep", "1").out == "1 forgotten, 1 kept\n"
    mend()
    assert opsplay("resume").code == 0
    assert lines("done") == ["done"]


def test_a_run_that_could_not_be_written_down_is_not_resumed_unawares(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play(f"""
        - debug: {{msg: "{{{{ 'long ' * 40_000 }}}}"}}
        - command: {FAILS}
        """)
    with largest_file(100_000):
        opsplay("run", "play.yml")
    said = opsplay("resume")
    assert (said.code, "not all could be written down" in said.err) == (5, True), said


def test_switches_are_those_of_the_run(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: {FAILS}
          tags: wanted
        - copy: {{content: x, dest: never}}
        """)
    opsplay("run", "play.yml", "--tags", "wanted", "-e", '{"n": 1}')
    mend()
    assert opsplay("resume").code == 0
    assert not Path("never").exists()
