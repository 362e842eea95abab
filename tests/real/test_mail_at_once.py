"""Two runs at once over the same mail: each mail is fetched, or sent, by one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mail_saved import saved_mails
from opsplay_processes import Opsplay
from real_mail import Ports
from real_mail_setup import Site
from smtp_faults import SmtpFaults

Runs: TypeAlias = list[Opsplay]


@pytest.fixture(name="runs")
def _runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with ExitStack() as stack:
        folders = [tmp_path / "first", tmp_path / "second"]
        for folder in folders:
            folder.mkdir()
        yield [stack.enter_context(Opsplay(folder)) for folder in folders]


def run_at_once(runs: Runs, folder: Path, step: str, given: dict[str, Any], **beside: Any) -> None:
    playbook = folder / "playbook.yml"
    task = {"name": "Move the mail", step: {"host": "127.0.0.1", "tls": "none", **given}, **beside}
    playbook.write_text(json.dumps([{"name": "At once", "tasks": [task]}]))
    with ThreadPoolExecutor() as pool:
        statuses = list(pool.map(lambda run: run.run(playbook), runs))
    assert statuses == [0, 0], "".join(run.output.read_text() for run in runs)


@pytest.mark.parametrize("protocol", ["pop3", "imap"])
@pytest.mark.parametrize("after", ["keep", "delete"])
def test_a_mail_is_fetched_by_one_of_them(
    tmp_path: Path, dovecot: Ports, mail_site: Site, runs: Runs, protocol: str, after: str
) -> None:
    mails = sorted(b"Subject: %03d\r\n\r\nx\r\n" % number for number in range(300))
    mail_site.put(*mails)
    login = {"protocol": protocol, "port": dovecot[protocol], "user": "li", "password": "geheim"}
    once = {"state": "inbox", "save_to": "mails", "after": after}
    run_at_once(runs, tmp_path, "fetch_mail", {**login, **once})
    assert saved_mails(tmp_path / "mails") == mails
    assert len(mail_site.mails()) == (300 if after == "keep" else 0)


def test_a_mail_is_sent_by_one_of_them(tmp_path: Path, runs: Runs) -> None:
    with SmtpFaults() as server:
        letter = {"from": "me@x.org", "to": "{{ item }}@x.org", "once": "{{ item }}"}
        loop = list(range(100))
        run_at_once(runs, tmp_path, "send_mail", {"port": server.port, **letter}, loop=loop)
    receivers = [receiver for mail in server.mails for receiver in mail.receivers]
    assert sorted(receivers) == sorted(f"{number}@x.org" for number in loop)
