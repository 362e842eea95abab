"""Runs that are stopped or killed at the worst of moments."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from mail_fault_actions import cut_after
from mail_fault_session import Session
from mail_faults import Fault, Work
from opsplay.runner.dataclasses import replace
from opsplay.runner.engine.passage import Passage, Turn
from opsplay.runner.journal.record import Record
from opsplay.runner.journal.store import Journal
from opsplay.runner.ledger import Ledger
from resumed import killed_at
from said import Opsplay, Write
from smtp_faults import SmtpFaults, SmtpOptions


def test_a_step_does_not_begin_if_the_run_is_stopped_just_before(
    opsplay: Opsplay, play: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps that tidy up after that are not claimed, and so this one is not, either."""
    begin = Passage.begin

    def stopped_before(passage: Passage, turn: Turn) -> None:
        passage._whole.batch.run.interrupt.stop()
        begin(passage, turn)

    Path("made").mkdir()
    play("- tempfile: {path: made}")
    with monkeypatch.context() as patched:
        patched.setattr(Passage, "begin", stopped_before)
        assert opsplay("run", "play.yml").code == 99
    assert opsplay("resume").code == 0
    assert len([*Path("made").iterdir()]) == 1


def test_what_a_step_beside_the_run_has_sent_is_not_sent_again(
    opsplay: Opsplay, play: Write, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job outlives the run that was killed, and is still at work when that is resumed."""
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(Path("jobs").absolute()))

    def slow(_: Session, work: Work) -> bytes:
        Path("greeted").touch()
        time.sleep(1.5)
        return work()

    with SmtpFaults(Fault("EHLO", slow), options=SmtpOptions()) as server:
        play(f"""
            - send_mail: {{host: 127.0.0.1, port: {server.port}, from: a@example.com,
                           to: li@example.com}}
              async: 60
              poll: 1
            """)
        with killed_at("greeted"):
            pass
        assert opsplay("resume").code == 0
        assert len(server.mails) == 1
        assert opsplay("run", "play.yml").code == 0
    assert not [*(state / "owners").iterdir()]
    with closing(Ledger(state)) as ledger:
        assert not ledger.keys("mail sent once")


KILLED_AT_ITS_END = """
import os, signal, sys
from opsplay.runner import cli, ledger
ledger.Ledger.close = lambda _: os.kill(os.getpid(), signal.SIGKILL)
cli.main(sys.argv[1:])
"""


def test_what_a_run_has_sent_is_known_though_it_was_killed_after_it_had_told_its_end(
    opsplay: Opsplay, play: Write
) -> None:
    with SmtpFaults(Fault(".", cut_after(0)), options=SmtpOptions(extensions=())) as server:
        play(f"""
            - send_mail: {{host: 127.0.0.1, port: {server.port}, from: a@example.com,
                           to: li@example.com}}
            """)
        command = [sys.executable, "-c", KILLED_AT_ITS_END, "run", "play.yml"]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        assert "may have been sent or not" in opsplay("resume").out
        assert len(server.mails) == 1


def test_a_mail_in_doubt_is_neither_rescued_nor_hidden(opsplay: Opsplay, play: Write) -> None:
    with SmtpFaults(Fault(".", hold), options=SmtpOptions(extensions=())) as server:
        play(f"""
            - block:
                - send_mail: {{host: 127.0.0.1, port: {server.port}, from: a@example.com,
                               to: li@example.com}}
                  no_log: true
              rescue:
                - copy: {{content: x, dest: rescued}}
            """)
        with killed_at("held"):
            pass
        said = opsplay("resume")
        assert (said.code, Path("rescued").exists()) == (2, False)
        assert "resume with --in-doubt repeat" in said.err
        assert opsplay("resume", "--in-doubt", "repeat").code == 0
        assert len(server.mails) == 1


def hold(session: Session, _: Work) -> bytes:
    Path("held").touch()
    session.wait_until_left()


def test_a_run_that_comes_to_its_end_while_it_is_looked_at_is_not_done_again(
    opsplay: Opsplay, play: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    play("- command: sh -c 'echo done >> done'")
    assert opsplay("run", "play.yml").code == 0
    of_root, looks = Journal.of_root, count()

    def at_work_at_first(journal: Journal, root: int) -> Iterator[Record]:
        at_work = next(looks) < 2
        for record in of_root(journal, root):
            yield replace(record, exit_code=None) if at_work else record

    monkeypatch.setattr(Journal, "of_root", at_work_at_first)
    assert "has ended well" in opsplay("resume", "latest").err
    assert Path("done").read_text() == "done\n"
