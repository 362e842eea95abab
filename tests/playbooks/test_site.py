"""The first playbook, run as a new user runs it: what it shows, and what it leaves behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
OPSPLAY = (sys.executable, "-m", "opsplay", "run")
Events: TypeAlias = list[dict[str, Any]]
Start: TypeAlias = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(name="temporary", autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give runs a folder for temporary files; whatever happens, they leave it empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert not list(folder.iterdir()), "the run left something behind"


@pytest.fixture(name="start")
def _start(tmp_path: Path) -> Iterator[Start]:
    """Start a run in an empty folder."""
    started: list[subprocess.Popen[str]] = []
    empty = tmp_path / "empty"
    empty.mkdir()

    def start(
        *options: str, playbook: str | Path = PLAYBOOKS / "site.yml", cwd: Path = empty
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*OPSPLAY, str(playbook), *options],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    assert not list(empty.iterdir()), "the run wrote into the folder it was started in"


@pytest.fixture(name="events", scope="module")
def _events(tmp_path_factory: pytest.TempPathFactory) -> Events:
    """Run it once, for the tests that look at what happens."""
    folder = tmp_path_factory.mktemp("site")
    command = [*OPSPLAY, str(PLAYBOOKS / "site.yml"), "--output", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    out = subprocess.check_output(command, cwd=folder, env=environment, text=True)
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture(name="copied")
def _copied(tmp_path: Path) -> Path:
    """Copy the playbook, to put something wrong into it."""
    shutil.copytree(PLAYBOOKS / "reports", tmp_path / "copy" / "reports")
    return Path(shutil.copy(PLAYBOOKS / "site.yml", tmp_path / "copy"))


def finished(process: subprocess.Popen[str], status: int = 0) -> str:
    out, err = process.communicate()
    assert process.returncode == status, out + err
    assert err == ""
    # Nobody is left, and so no server. (A port of theirs may be another's by now.)
    with pytest.raises(ProcessLookupError):
        look_for(process.pid)
    # On a slow machine, how long it took is told below the recap.
    return re.sub(r"\n\nThe run took .*\.\n\Z", "\n", out)


def look_for(group: int) -> None:
    """Look for a while: who was stopped may still be dying."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        os.killpg(group, 0)
        time.sleep(0.01)


def events_of(process: subprocess.Popen[str], status: int = 0) -> Events:
    return [json.loads(line) for line in finished(process, status).splitlines()]


def ended(events: Events, task: str) -> dict[str, Any]:
    """The end of the last step of this name."""
    numbers = [
        each["task"] for each in events if each["event"] == "TaskStarted" and each["name"] == task
    ]
    (found,) = (
        each for each in events if each["event"] == "StepFinished" and each["task"] == numbers[-1]
    )
    return found


def result(events: Events, task: str) -> dict[str, Any]:
    found: dict[str, Any] = ended(events, task)["result"]
    return found


def ports(events: Events) -> list[int]:
    ftp, mail = result(events, "Start an FTP server"), result(events, "Start a mail server")
    return [ftp["port"], *(mail[name] for name in mail if name.endswith("_port"))]


def answers(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    found = {path: path.stat() for path in folder.rglob("*")}
    return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}


# What it shows ---------------------------------------------------------------------------------


def test_it_ends_well_and_with_a_recap(start: Start) -> None:
    *_, banner, recap = filter(None, finished(start()).splitlines())
    assert re.fullmatch(r"PLAY RECAP \*+", banner)
    totals = dict(part.split("=") for part in recap.partition(" : ")[2].split())
    assert (totals["failed"], totals["unreachable"], totals["rescued"]) == ("0", "0", "2")


def test_the_reports_go_up_and_come_back(events: Events) -> None:
    names = {path.name for path in (PLAYBOOKS / "reports").iterdir()}
    assert "季度报告.csv" in names
    shown = result(events, "Show the listing")["listing.lines"]
    assert {line.split()[-1] for line in shown} == names
    exact = result(events, "List it with MLSD, which tells more, and exactly")["entries"]
    assert {entry["name"]: entry["size"] for entry in exact} == {
        name: (PLAYBOOKS / "reports" / name).stat().st_size for name in names
    }
    downloaded = result(events, "Download the reports")["files"]
    assert {Path(file["path"]).name for file in downloaded if file["type"] == "file"} == names
    compared = result(events, "Take the checksum of each download")["results"]
    assert {Path(each["item"]).name for each in compared} == names
    assert ended(events, "Every byte has come back")["status"] == "ok"


def test_a_second_upload_changes_nothing(events: Events) -> None:
    assert ended(events, "Upload the reports")["status"] == "changed"
    assert ended(events, "Upload the reports again")["status"] == "ok"


def test_who_may_not_write_is_refused(events: Events) -> None:
    refused = ended(events, "Upload other notes as the auditor")
    assert refused["rescued"]
    assert refused["result"]["code"] == 550
    assert ended(events, "It was refused for want of permission")["status"] == "ok"


def test_three_mails_arrive_as_they_were_sent(events: Events) -> None:
    files, html, plain = result(events, "Fetch the mail, and save what is attached")["messages"]
    assert [mail["from"] for mail in (files, html, plain)] == 3 * [
        {"name": "报表机器人", "address": "robot@example.com"}
    ]
    assert plain["subject"] == "季度报告已上传"
    assert [picture["cid"] for picture in html["attachments"]] == ["chart"]
    assert [each["name"] for each in files["attachments"]] == ["notes.txt", "测试.txt"]
    size = sum(mail["size"] for mail in (files, html, plain))
    shown = result(events, "Show how many mails there are, and of what size")["msg"]
    assert shown == f"3 mails, {size} bytes in all"


def test_the_people_on_duty_hear_of_a_failure(events: Events) -> None:
    failure = ended(events, "Fetch the report of the next quarter")
    assert failure["rescued"]
    (alarm,) = result(events, "Look into their mailbox")["messages"]
    assert alarm["text"].strip() == failure["result"]["msg"]
    assert "Fetch the report of the next quarter" in alarm["subject"]


def test_the_password_is_seen_nowhere(start: Start, events: Events) -> None:
    assert "plum" not in str(events)
    assert "plum" not in finished(start("-vvv"))


def test_check_mode_uploads_and_sends_nothing(start: Start) -> None:
    events = events_of(start("--check", "--output", "json"))
    assert ended(events, "Upload the reports")["status"] == "changed"
    assert result(events, "Send a plain mail")["msg"].startswith("would send")
    assert ended(events, "Fetch the mail, and save what is attached")["status"] == "skipped"


# What it leaves behind -------------------------------------------------------------------------


def test_it_can_be_run_again_and_from_anywhere(start: Start) -> None:
    before = snapshot(PLAYBOOKS)
    first = finished(start(playbook="site.yml", cwd=PLAYBOOKS))
    again = finished(start(playbook=os.path.relpath(PLAYBOOKS / "site.yml"), cwd=Path.cwd()))
    assert snapshot(PLAYBOOKS) == before
    assert first.splitlines()[-1] == again.splitlines()[-1]


def test_a_failure_in_the_middle_is_mailed_and_fails_the_run(start: Start, copied: Path) -> None:
    text = copied.read_text("utf-8").replace("path: /quarter\n", "path: /missing\n")
    copied.write_text(text, "utf-8")
    events = events_of(start("--output", "json", playbook=copied), status=2)
    assert result(events, "Mail the error to the people on duty")["accepted"] == [
        "duty@example.com"
    ]
    assert "/missing" in result(events, "The run has failed all the same")["msg"]


def test_ctrl_c_in_the_middle_stops_the_servers(start: Start, copied: Path) -> None:
    pause = "        - {name: Wait, pause: {seconds: 40}}\n"
    text = copied.read_text("utf-8")
    copied.write_text(text.replace("        # -- Mail ", pause + "        # -- Mail "), "utf-8")
    process = start("--output", "json", playbook=copied)
    lines = until_waiting(process)
    seen = [json.loads(line) for line in lines]
    assert all(map(answers, ports(seen)))
    process.send_signal(signal.SIGINT)
    events = seen + events_of(process, status=99)
    assert ended(events, "Remove the temporary folder")["status"] == "ok"


def until_waiting(process: subprocess.Popen[str]) -> list[str]:
    """Read events until the step begins that waits."""
    assert process.stdout
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if '"Wait"' in line:
            break
    return lines
