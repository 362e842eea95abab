"""Many hosts, and several runs, may edit one file at once: no edit is lost."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import git_repositories
from opsplay.runner.params import build
from opsplay.runner.task import Cancellation, Cancelled, Context, Result
from opsplay.tasks import blockinfile, copy, cron, file, git, lineinfile, replace
from opsplay.tasks.alone import alone

HOSTS = [f"host{number}" for number in range(12)]

_CRONTAB = """\
#!/bin/sh
case "$1" in -l) cat table ;; -) cat > new; mv new table ;; esac
"""


def _of_one(step: ModuleType, ctx: Context, host: str, arguments: dict[str, Any]) -> Result:
    given = {
        name: value.replace("HOST", host) if isinstance(value, str) else value
        for name, value in arguments.items()
    }
    result: Result = step.run(build(step.Params, given), ctx)
    return result


@pytest.mark.parametrize(
    ("step", "arguments", "line"),
    [
        (lineinfile, {"path": "file", "line": "HOST", "create": True}, "HOST"),
        (
            blockinfile,
            {"path": "file", "block": "HOST", "marker": "# {mark} HOST", "create": True},
            "HOST",
        ),
        (replace, {"path": "file", "regexp": "^was HOST$", "replace": "HOST"}, "HOST"),
        (
            cron,
            {"name": "HOST", "job": "HOST", "cron_file": "./file", "user": "ann"},
            "* * * * * ann HOST",
        ),
    ],
    ids=["lineinfile", "blockinfile", "replace", "cron"],
)
def test_each_of_many_hosts_finds_its_edit_in_the_file(
    tmp_path: Path, ctx: Context, step: ModuleType, arguments: dict[str, Any], line: str
) -> None:
    edited = tmp_path / "file"
    if step is replace:
        edited.write_text("".join(f"was {host}\n" for host in HOSTS))
    given = {
        name: str(edited) if value in ("file", "./file") else value
        for name, value in arguments.items()
    }
    with ThreadPoolExecutor(len(HOSTS)) as threads:
        list(threads.map(lambda host: _of_one(step, ctx, host, given), HOSTS))
    assert {line.replace("HOST", host) for host in HOSTS} <= set(edited.read_text().splitlines())


def test_each_of_many_hosts_finds_its_job_in_the_crontab_of_a_user(
    tmp_path: Path, contexts: Callable[..., Context]
) -> None:
    program = tmp_path / "bin/crontab"
    program.parent.mkdir()
    program.write_text(_CRONTAB)
    program.chmod(0o755)
    (tmp_path / "table").touch()
    ctx = contexts(environment={"PATH": f"{program.parent}:/usr/bin:/bin"})
    with ThreadPoolExecutor(len(HOSTS)) as threads:
        list(threads.map(lambda host: _of_one(cron, ctx, host, {"name": host, "job": host}), HOSTS))
    jobs = (tmp_path / "table").read_text().splitlines()
    assert {f"* * * * * {host}" for host in HOSTS} <= set(jobs)


def test_of_many_hosts_that_want_one_working_copy_the_first_makes_it(
    tmp_path: Path, contexts: Callable[..., Context]
) -> None:
    ctx = contexts(environment=git_repositories.ENVIRONMENT)
    arguments = {"repo": str(git_repositories.repository(tmp_path / "origin")), "dest": "copy"}
    with ThreadPoolExecutor(len(HOSTS)) as threads:
        results = list(threads.map(lambda host: _of_one(git, ctx, host, arguments), HOSTS))
    assert sorted(result.changed for result in results) == [*[False] * (len(HOSTS) - 1), True]


def test_each_of_many_hosts_that_replace_a_file_keeps_what_it_replaces(
    tmp_path: Path, ctx: Context
) -> None:
    (tmp_path / "file").write_text("first")
    arguments = {"content": "HOST", "dest": "file", "backup": True}
    with ThreadPoolExecutor(len(HOSTS)) as threads:
        list(threads.map(lambda host: _of_one(copy, ctx, host, arguments), HOSTS))
    assert len(list(tmp_path.glob("file.*"))) == len(HOSTS)


def test_many_hosts_may_remove_one_folder(tmp_path: Path, ctx: Context) -> None:
    for number in range(300):
        (tmp_path / f"old/{number % 9}").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"old/{number % 9}/{number}").touch()
    arguments = {"path": "old", "state": "absent"}
    with ThreadPoolExecutor(len(HOSTS)) as threads:
        list(threads.map(lambda host: _of_one(file, ctx, host, arguments), HOSTS))
    assert not (tmp_path / "old").exists()


def test_two_runs_lose_no_line_of_each_other(tmp_path: Path) -> None:
    playbook = tmp_path / "site.yml"
    playbook.write_text(
        "- gather_facts: false\n  tasks:\n    - lineinfile:\n"
        '        {path: lines, line: "{{ whose }} {{ item }}", create: true}\n'
        '      loop: "{{ range(20) | list }}"\n'
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "opsplay", "run", str(playbook), "-e", f"whose={whose}"],
            stdout=subprocess.DEVNULL,
        )
        for whose in ("ann", "bob", "cat")
    ]
    assert [run.wait() for run in runs] == [0, 0, 0]
    assert len((tmp_path / "lines").read_text().splitlines()) == 60


def test_who_waits_can_be_stopped(tmp_path: Path, contexts: Callable[..., Context]) -> None:
    ctx = contexts(cancellation=Cancellation())
    threading.Timer(0.1, ctx.cancellation.cancel).start()
    with alone(tmp_path / "file", ctx), pytest.raises(Cancelled), alone(tmp_path / "file", ctx):
        pass


def test_it_is_told_what_is_waited_for(tmp_path: Path, contexts: Callable[..., Context]) -> None:
    told: list[str] = []
    folder = os.open(tmp_path, os.O_RDONLY)

    def hear(text: str) -> None:
        told.append(text)
        os.close(folder)

    fcntl.flock(folder, fcntl.LOCK_EX)
    with alone(tmp_path / "not/there/yet", contexts(on_warning=hear)):
        assert told == [f"another run, or program, has locked {tmp_path}: waiting for it"]


def test_files_of_one_folder_do_not_wait_for_each_other(
    tmp_path: Path, contexts: Callable[..., Context]
) -> None:
    ctx = contexts(cancellation=Cancellation())
    threading.Timer(5, ctx.cancellation.cancel).start()
    other = os.open(tmp_path, os.O_RDONLY)
    with alone(tmp_path / "one", ctx):
        with alone(tmp_path / "two", ctx):
            pass
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
