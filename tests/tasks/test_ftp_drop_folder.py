"""`on_received` of ftp_server: a real playbook runs for each upload."""

from __future__ import annotations

import ftplib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner.task import Context, Result, Secret, TaskError
from opsplay.tasks import ftp_server, process
from opsplay.tasks.ftp_server import Params
from opsplay.tasks.ftp_users import User
from told import Told

Contexts = Callable[..., Context]

RECEIVED = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - copy: {content: "{{ received | to_json }}", dest: "{{ playbook_dir }}/facts.json"}
    - shell: ls -l .opsplay/received/*.yml > seen.txt; ps -o args= $PPID >> seen.txt
    - fail: {msg: "cannot file {{ received.name }}"}
      when: received.size > 5
"""


@pytest.fixture(name="lines")
def _lines() -> Told:
    return Told()


def start(ctx: Context, playbook: str = RECEIVED, **params: Any) -> Result:
    ctx.path("received.yml").write_text(playbook, "utf-8")
    user = User(name="li", password=Secret("geheim"), home="home")
    return ftp_server.run(Params(users=[user], on_received="received.yml", **params), ctx)


def send(result: Result, name: str, data: bytes) -> None:
    with ftplib.FTP(timeout=60) as ftp:
        ftp.connect("127.0.0.1", int(str(result.data["port"])))
        ftp.login("li", "geheim")
        with ftp.transfercmd(f"STOR {name}") as connection:
            connection.sendall(data)
        ftp.voidresp()


@pytest.mark.parametrize(
    "name", ["a.csv", "{{ 7 * 7 }} 'it\"s'", "报表 🙂\x7f\x85: #x.csv", "-e x=1"]
)
def test_the_playbook_gets_the_facts_of_the_file(
    contexts: Contexts, tmp_path: Path, lines: Told, name: str
) -> None:
    result = start(contexts(on_line=lines))
    send(result, name, b"12345")
    lines.wait_for("ended well")
    facts = json.loads((tmp_path / "facts.json").read_text("utf-8"))
    assert facts.pop("time").endswith("+00:00")
    assert facts == {
        "path": str(tmp_path / "home" / name),
        "name": name,
        "folder": str(tmp_path / "home"),
        "size": 5,
        "sha256": hashlib.sha256(b"12345").hexdigest(),
        "user": "li",
        "client": "127.0.0.1",
        "attempt": 1,
    }


def test_the_facts_travel_in_a_file_that_is_private_and_goes_away(
    contexts: Contexts, tmp_path: Path, lines: Told
) -> None:
    send(start(contexts(on_line=lines)), "name-of-the-file", b"12345")
    lines.wait_for("ended well")
    seen = (tmp_path / "seen.txt").read_text("utf-8")
    assert seen.startswith("-rw------- ")
    assert "opsplay run" in seen
    assert "name-of-the-file" not in seen
    assert [path.name for path in tmp_path.glob(".opsplay/received/*")] == ["lock"]


def test_a_run_that_fails_is_told_with_its_last_words(
    contexts: Contexts, tmp_path: Path, lines: Told
) -> None:
    send(start(contexts(on_line=lines)), "big.csv", b"123456")
    lines.wait_for("received.yml:6:7")
    told = [line.strip() for line in lines if "big.csv" in line or "received.yml" in line]
    failed = f"the run for {tmp_path}/home/big.csv failed: exit status 2;"
    again, said, place = told[-3:]
    assert again == f"{failed} it runs again when the server next starts"
    # How long a step took is told behind it if that was long.
    assert said.startswith("fatal: [localhost]: FAILED! => cannot file big.csv")
    assert place == f"at {tmp_path}/received.yml:6:7"


def test_stopping_does_not_wait_for_a_run_that_takes_long(
    contexts: Contexts, tmp_path: Path, lines: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 60)
    ctx = contexts(on_line=lines)
    playbook = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - block:
        - copy: {content: began, dest: began}
        - pause: {minutes: 60}
      always:
        - copy: {content: tidied, dest: tidied}
"""
    send(start(ctx, playbook), "a", b"x")
    while not (tmp_path / "began").exists():
        ctx.cancellation.sleep(0.01)
    ctx.exit_stack.close()
    assert (tmp_path / "tidied").exists()
    assert "was stopped" in lines[-1]
    assert len(list((tmp_path / ".opsplay/received").glob("*.json"))) == 1


def test_a_playbook_with_a_mistake_is_told_before_anybody_can_upload(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"on_received: received.yml cannot be run") as caught:
        start(ctx, "- hosts: localhost\n  tasks:\n    - copyy: {src: a}\n")
    assert "received.yml:3:7: couldn't resolve module/action 'copyy'" in caught.value.msg
    assert "did you mean copy?" in caught.value.msg


def test_a_playbook_that_is_missing_is_told_with_the_places_searched(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"Could not find or access 'nothing.yml'\nSearched in:"):
        ftp_server.run(Params(on_received="nothing.yml"), ctx)


def test_check_mode_runs_nothing_and_makes_no_spool(contexts: Contexts, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    send(start(contexts(check=True)), "a", b"x")
    assert not (tmp_path / ".opsplay/received").exists()


def test_a_spool_that_clients_could_see_is_refused(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"spool: .*home/spool can be seen by li; take another"):
        start(ctx, spool="home/spool")


def test_a_spool_that_is_in_use_is_refused(ctx: Context) -> None:
    start(ctx)
    with pytest.raises(TaskError, match=r"spool: .* is in use by another server; give each one"):
        start(ctx)


def test_a_spool_that_cannot_be_made_is_told(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TaskError, match=r"spool: cannot use .*file/spool: Not a directory"):
        start(ctx, spool="file/spool")


def test_a_broken_job_is_told(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / ".opsplay/received").mkdir(parents=True)
    (tmp_path / ".opsplay/received/x.json").write_text("no json")
    with pytest.raises(TaskError, match=r"spool: .*x\.json is no upload that waits for its run"):
        start(ctx)
