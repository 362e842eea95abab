"""A child process: both pipes drained, the whole family stopped, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from opsplay.runner.task import Cancellation, Cancelled, TaskError
from opsplay.tasks import process

TIDIES = "trap 'touch tidy; exit' TERM; touch ready; while :; do sleep 0.01; done"


def shell(script: str, folder: Path, **options: object) -> process.Command:
    command = {"argv": ["/bin/sh", "-c", script], "cwd": folder, "environment": {}, **options}
    return process.Command(**command)  # type: ignore[arg-type]


def run(script: str, folder: Path, **options: object) -> process.Finished:
    return process.run(shell(script, folder, **options), Cancellation())


def cancelled_when(path: Path, script: str) -> None:
    """Run a script and cancel it as soon as it has made `path`."""
    cancellation = Cancellation()

    def cancel_soon() -> None:
        while not path.exists():
            time.sleep(0.01)
        cancellation.cancel()

    thread = threading.Thread(target=cancel_soon)
    thread.start()
    with pytest.raises(Cancelled):
        process.run(shell(script, path.parent), cancellation)
    thread.join()


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(") ")[2][0] != "Z"


def ends(pid: int) -> bool:
    """Tell whether a process ends, and soon: it may still be dying when we look first."""
    deadline = time.monotonic() + 60
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def test_output_and_code_are_told_apart(tmp_path: Path) -> None:
    finished = run("echo out; echo err >&2; exit 3", tmp_path)
    assert (finished.stdout, finished.stderr, finished.code) == ("out\n", "err\n", 3)


def test_much_output_on_both_pipes_does_not_block(tmp_path: Path) -> None:
    finished = run("head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero", tmp_path)
    assert (len(finished.stdout), len(finished.stderr)) == (3_000_000, 3_000_000)


def test_a_program_that_echoes_a_long_input_does_not_block(tmp_path: Path) -> None:
    finished = run("cat", tmp_path, stdin=b"x" * 2_000_000)
    assert len(finished.stdout) == 2_000_000


def test_a_program_may_leave_its_input_unread(tmp_path: Path) -> None:
    assert run("true", tmp_path, stdin=b"x" * 2_000_000).code == 0


def test_without_input_a_program_reads_nothing(tmp_path: Path) -> None:
    assert run("cat", tmp_path).stdout == ""


def test_of_endless_output_the_end_is_kept_and_a_warning_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "KEPT", 10_000)
    finished = run("seq 1 100000", tmp_path)
    assert finished.stdout.endswith("99999\n100000\n")
    assert 10_000 <= len(finished.stdout) <= 20_000
    left_out = 588_895 - len(finished.stdout)
    assert finished.warnings == [
        f"stdout was too long to keep: its first {left_out} bytes are left out"
    ]


def test_lines_are_told_while_the_program_runs(tmp_path: Path) -> None:
    (tmp_path / "gate").touch()
    told: list[str] = []

    def on_line(line: str) -> None:
        told.append(line)
        (tmp_path / "gate").unlink(missing_ok=True)

    script = "echo first; while [ -e gate ]; do sleep 0.01; done; printf second"
    process.run(shell(script, tmp_path), Cancellation(), on_line)
    assert told == ["first", "second"]


def test_of_a_progress_bar_the_last_state_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    script = r"printf '10%%\r55%%\r100%%\r\n'"
    finished = process.run(shell(script, tmp_path), Cancellation(), told.append)
    assert told == ["100%"]
    assert finished.stdout == "10%\r55%\r100%\r\n"


def test_a_line_without_end_is_told_in_pieces(tmp_path: Path) -> None:
    told: list[str] = []
    script = "head -c 1000000 /dev/zero | tr '\\0' x"
    process.run(shell(script, tmp_path), Cancellation(), told.append)
    assert len(told) > 5
    assert "".join(told) == "x" * 1_000_000


def test_bytes_that_are_no_text_are_replaced(tmp_path: Path) -> None:
    assert run(r"printf '\260\262 \344\275\240'", tmp_path).stdout == "\ufffd\ufffd 你"


def test_the_environment_is_added_to_ours(tmp_path: Path) -> None:
    assert run('echo "$GREETING"', tmp_path, environment={"GREETING": "你好"}).stdout == "你好\n"


def test_a_daemon_that_holds_the_pipes_is_not_waited_for(tmp_path: Path) -> None:
    finished = run("sleep 60 & echo $!", tmp_path)
    daemon = int(finished.stdout)
    assert alive(daemon)
    os.kill(daemon, signal.SIGKILL)


def test_a_daemon_that_never_stops_talking_is_not_waited_for(tmp_path: Path) -> None:
    finished = run("yes & echo $! > pid", tmp_path)
    assert finished.code == 0
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_a_killed_program_has_the_signal_as_negative_code(tmp_path: Path) -> None:
    assert run("kill -9 $$", tmp_path).code == -9


def test_cancellation_stops_grandchildren_too(tmp_path: Path) -> None:
    script = "(sleep 60 & echo $! > pid.new; mv pid.new pid; wait) | cat"
    cancelled_when(tmp_path / "pid", script)
    assert ends(int((tmp_path / "pid").read_text()))


def test_a_cancelled_program_may_tidy_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 60)
    cancelled_when(tmp_path / "ready", TIDIES)
    assert (tmp_path / "tidy").exists()


def test_a_program_that_is_cancelled_when_it_has_just_begun_may_tidy_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancellation, start = Cancellation(), process._start

    def cancelled_at_once(command: process.Command) -> subprocess.Popen[bytes]:
        child = start(command)
        while not (tmp_path / "ready").exists():
            time.sleep(0.01)
        cancellation.cancel()
        return child

    monkeypatch.setattr(process, "_start", cancelled_at_once)
    monkeypatch.setattr(process, "GRACE", 60)
    with pytest.raises(Cancelled):
        process.run(shell(TIDIES, tmp_path), cancellation)
    assert (tmp_path / "tidy").exists()


def test_a_program_that_ignores_the_request_to_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.1)
    script = "trap '' TERM; exec >&- 2>&-; echo $$ > pid.new; mv pid.new pid; sleep 60; sleep 60"
    cancelled_when(tmp_path / "pid", script)
    assert ends(int((tmp_path / "pid").read_text()))


def test_nothing_starts_after_a_cancellation(tmp_path: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        process.run(shell("sleep 60; touch done", tmp_path), cancellation)
    assert not (tmp_path / "done").exists()


def test_descriptors_are_given_back(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    run("cat", tmp_path, stdin=b"x")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("argv", "words", "code"),
    [
        (
            ["no-such-program"],
            "'no-such-program': No such file or directory: no such program in /",
            2,
        ),
        (["./missing"], "No such file or directory, or the interpreter", 2),
        (["./interpreterless"], "the interpreter that its first line names is missing", 2),
        (["./plain"], "Permission denied", 13),
        (["./empty"], "Exec format error", 8),
        (["a\0b"], "embedded null byte", 1),
    ],
)
def test_what_cannot_be_started_is_said_in_words(
    tmp_path: Path, argv: list[str], words: str, code: int
) -> None:
    (tmp_path / "plain").touch()
    (tmp_path / "empty").touch(0o755)
    (tmp_path / "interpreterless").write_text("#!/no/such/shell\n")
    (tmp_path / "interpreterless").chmod(0o755)
    command = process.Command(argv=argv, cwd=tmp_path, environment={})
    with pytest.raises(TaskError, match="cannot run") as caught:
        process.run(command, Cancellation())
    assert words in caught.value.msg
    assert caught.value.data["rc"] == code
