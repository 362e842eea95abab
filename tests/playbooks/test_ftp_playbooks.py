"""The FTP playbooks do what they say, run as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playbook_runs import Event, events_of, result

Run = Callable[..., list[Event]]


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    """Run a playbook with its files in the test's folder; give its events."""

    def run(name: str, *options: str) -> list[Event]:
        return events_of(name, "-e", f"root={tmp_path}", *options, cwd=tmp_path)

    return run


def recap(events: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = events[-1]["recap"]["localhost"]
    return found


def test_the_server_gives_each_account_what_its_letters_say(run: Run, tmp_path: Path) -> None:
    events = run("ftp_server.yml")
    assert (tmp_path / "partner/报表/一月.txt").read_text("utf-8") == "一月 1200"
    assert result(events, "Try to change the report")["code"] == 550
    seen = result(events, "But look at it")["entries"]
    assert [entry["path"] for entry in seen] == ["/报表", "/报表/一月.txt"]
    public = result(events, "Everybody may read the notice")
    assert [entry["name"] for entry in public["entries"]] == ["公告.txt"]
    assert public["welcome"] == "欢迎 - files for partners"
    assert recap(events)["failed"] == 0
    assert recap(events)["rescued"] == 1


def test_the_server_writes_down_what_clients_do(run: Run, tmp_path: Path) -> None:
    run("ftp_server.yml")
    log = (tmp_path / "ftp.log").read_text("utf-8")
    did = [line.split(" ", 1)[1] for line in log.splitlines()]
    for line in (
        "partner@127.0.0.1 logged in",
        "partner@127.0.0.1 made folder /报表",
        "auditor@127.0.0.1 logged in",
        "anonymous@127.0.0.1 listed /",
    ):
        assert line in did
    assert any("auditor@127.0.0.1 was refused STOR" in line for line in did)


def test_a_second_run_finds_the_report_in_place(run: Run) -> None:
    run("ftp_server.yml")
    events = run("ftp_server.yml")
    assert result(events, "The partner brings a report")["unchanged"] == 1
    assert recap(events)["changed"] == 0


def test_the_client_talks_gbk_with_a_gbk_server(run: Run, tmp_path: Path) -> None:
    events = run("ftp_client.yml")
    assert (tmp_path / "note.txt").read_text("utf-8") == "你好，这是一份说明。\n"
    assert (tmp_path / "server/报表/测试.txt").read_text("utf-8") == "上传的内容"
    lines = result(events, "List the folder, as servers have always done it")["lines"]
    assert [line.rsplit(" ", 1)[-1] for line in lines] == ["note.txt"]
    entries = result(events, "List it again, with all that the server knows of each file")
    facts = {entry["name"]: entry["facts"] for entry in entries["entries"]}
    assert facts.keys() == {"note.txt", "测试.txt"}
    for each in facts.values():
        assert each.keys() >= {"type", "size", "modify", "perm", "unique"}
    assert recap(events)["failed"] == 0


def test_the_password_is_seen_nowhere(run: Run) -> None:
    assert "tulip" not in json.dumps(run("ftp_server.yml"))
