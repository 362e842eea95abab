"""async, poll, async_status: steps that go on beside the run."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from opsplay.runner.engine.jobs import TOO_LONG

from .conftest import Play

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which results are kept."""
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path / "jobs"))
    return tmp_path / "jobs"


def test_a_job_that_is_waited_for_gives_the_steps_own_result(play: Play, jobs: Path) -> None:
    ran = play("""
        - tasks:
            - name: it
              shell: echo $GREETING from {{ who }}
              environment: {GREETING: hello}
              vars: {who: ann}
              async: 60
              poll: 1
    """)
    result = ran.result("it")
    assert result["stdout"] == "hello from ann"
    assert (result["started"], result["finished"], result["changed"]) == (True, True, True)
    assert result["ansible_job_id"] == Path(result["results_file"]).name
    assert list(jobs.iterdir()) == []


def test_a_job_may_take_longer_than_its_step(play: Play) -> None:
    ran = play("- tasks: [{name: it, command: sleep 1, async: 60, poll: 1, timeout: 0.2}]")
    assert ran.steps() == ["it: changed"]


def test_jobs_of_a_loop_that_have_only_begun_do_not_say_what_they_were_given(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: "true", loop: [a], async: 60, poll: 0, register: begun}
            - assert: {that: "begun.results[0].invocation is undefined"}
    """)
    assert ran.code == 0


def test_a_job_that_nobody_waits_for_is_asked_about_later_and_tidied_up(
    play: Play, jobs: Path
) -> None:
    ran = play("""
        - tasks:
            - name: begun
              shell: until test -e go; do sleep 0.01; done; echo done
              async: 60
              poll: 0
              register: job
            - {name: going on, async_status: {jid: "{{ job.ansible_job_id }}"}, register: it}
            - {name: asked, debug: {msg: "{{ [it is started, it is finished] }}"}}
            - file: {path: go, state: touch}
            - name: ended
              async_status: {jid: "{{ job.ansible_job_id }}"}
              register: it
              until: it is finished
              delay: 0.05
              retries: 2000
            - {name: tidy, async_status: {jid: "{{ job.ansible_job_id }}", mode: cleanup}}
            - {name: gone, async_status: {jid: "{{ job.ansible_job_id }}"}, ignore_errors: true}
    """)
    begun = ran.result("begun")
    assert (begun["started"], begun["finished"], begun["changed"]) == (True, False, True)
    assert ran.result("asked")["msg"] == [True, False]
    assert ran.result("ended")["stdout"] == "done"
    assert ran.result("tidy")["erased"] == begun["results_file"]
    assert ran.result("gone")["msg"] == "could not find job"
    assert list(jobs.iterdir()) == []


def test_a_job_that_fails_fails_the_step_that_waits_and_the_one_that_asks(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: waits, command: "false", async: 60, poll: 1, ignore_errors: true}
            - {command: "false", async: 60, poll: 0, register: job}
            - name: asks
              async_status: {jid: "{{ job.ansible_job_id }}"}
              register: it
              until: it is finished
              delay: 0.05
              retries: 2000
    """)
    assert (ran.result("waits")["rc"], ran.result("waits")["finished"]) == (1, True)
    assert ran.result("asks")["rc"] == 1
    assert ran.steps()[-1] == "asks: failed"


def test_a_job_that_takes_too_long_is_stopped_and_leaves_nothing(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    ran = play("- tasks: [{name: it, shell: echo $$ > pid; exec sleep 60, async: 1, poll: 1}]")
    it = ran.result("it")
    assert it["msg"] == "async task did not complete within the requested time - 1s"
    assert it["async_result"]["finished"] is False
    assert ran.code == 2
    while list((tmp_path / "tmp").iterdir()):  # On a busy machine its end may come after the run's.
        time.sleep(0.05)
    if (pid := tmp_path / "pid").exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


def test_a_job_that_hangs_while_it_tidies_up_is_left_to_itself_no_longer_than_it_needs(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules" / "hang.py").write_text(
        '"""Hang."""\n'
        "import time\n"
        "from dataclasses import dataclass\n"
        "from opsplay.runner.task import Context, Result\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Params:\n    pass\n"
        "def run(params: Params, ctx: Context) -> Result:\n"
        "    ctx.exit_stack.callback(time.sleep, 600)\n"
        "    time.sleep(600)\n"
    )
    ran = play("""
        - tasks:
            - {hang: , async: 1, poll: 0, register: job}
            - name: ended
              async_status: {jid: "{{ job.ansible_job_id }}"}
              register: it
              until: it is finished
              delay: 0.1
              retries: 300
    """)
    assert (ran.result("ended")["msg"], ran.result("ended")["finished"]) == (TOO_LONG, True)


def test_a_step_of_ones_own_may_be_a_job(play: Play, tmp_path: Path) -> None:
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules" / "greet.py").write_text(
        '"""Greet."""\n'
        "from dataclasses import dataclass\n"
        "from opsplay.runner.task import Context, Result\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Params:\n    name: str\n"
        "def run(params: Params, ctx: Context) -> Result:\n"
        "    return Result(msg=f'hello {params.name} on {ctx.host}')\n"
    )
    ran = play("- tasks: [{name: it, greet: {name: ann}, async: 60, poll: 1}]")
    assert ran.result("it")["msg"] == "hello ann on localhost"


@pytest.mark.parametrize(
    "step", ["debug: {msg: hi}", "set_fact: {a: 1}", "copy: {src: a, dest: b}"]
)
def test_what_cannot_go_on_alone_is_told_before_anything_runs(play: Play, step: str) -> None:
    ran = play(f"- tasks:\n    - {step}\n      async: 5\n")
    assert "site.yml:3:7: This action" in ran.err
    assert ran.code == 4


def test_what_cannot_go_on_alone_fails_where_that_is_expected(play: Play) -> None:
    ran = play("- tasks: [{name: it, debug: , async: 5, ignore_errors: true}]")
    assert ran.result("it")["msg"] == "This action (debug) does not support async."
    assert ran.recap() == "ok=1 ignored=1"


@pytest.mark.parametrize(("seconds", "code"), [(0, 0), (5, 2)])
def test_whether_it_is_to_go_on_alone_a_template_tells_when_it_runs(
    play: Play, seconds: int, code: int
) -> None:
    assert play(f"- tasks: [{{debug: , async: '{{{{ {seconds} }}}}'}}]").code == code


def test_no_path_is_taken_for_the_name_of_a_job(play: Play) -> None:
    ran = play("- tasks: [{name: it, async_status: {jid: ../../etc/passwd}}]")
    assert "could not find job" in ran.result("it")["msg"]


def test_a_job_in_check_mode_tells_what_it_would_do(play: Play, tmp_path: Path) -> None:
    ran = play(
        """
        - tasks:
            - {name: skips, command: touch done, async: 60, poll: 1}
            - {name: foretells, file: {path: done, state: touch}, async: 60, poll: 1}
    """,
        "--check",
    )
    assert ran.steps() == ["skips: skipped", "foretells: changed"]
    assert not (tmp_path / "done").exists()


def test_a_variable_says_where_results_are_kept(play: Play, jobs: Path) -> None:
    ran = play("""
        - vars: {ansible_async_dir: "{{ playbook_dir }}/other"}
          tasks:
            - {name: it, command: "true", async: 60, poll: 0, register: job}
            - {name: asked, async_status: {jid: "{{ job.ansible_job_id }}"}}
    """)
    file = Path(ran.result("it")["results_file"])
    assert (file.parent.name, file.exists(), jobs.exists()) == ("other", True, False)
    assert ran.result("asked")["results_file"] == str(file)


def test_whoever_waits_is_told_how_the_job_is_getting_on(play: Play) -> None:
    ran = play("- tasks: [{name: it, command: sleep 0.5, async: 60, poll: 0.1}]")
    states = [each["state"] for each in ran.named("JobWatched")]
    assert set(states[:-1]) == {"poll"}
    assert states[-1] == "ok"


def test_what_its_author_says_of_a_result_does_not_count_for_the_job(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: "false", async: 60, poll: 1, failed_when: false, no_log: true}
    """)
    assert [(each["state"], each["job"]) for each in ran.named("JobWatched")] == [("failed", None)]


def test_a_module_that_says_nothing_is_silent_in_the_result(play: Play) -> None:
    result = play("- tasks: [{name: it, ping: , async: 60, poll: 1}]").result("it")
    assert (result["stdout"], result["stderr_lines"]) == ("", [])
