"""What a user of `opsplay run` sees when a mail server fails: words, whatever the server sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from imap_faults import ImapFaults
from mail_fault_actions import cut, last_words, raw, reply
from mail_faults import ALWAYS, Fault, FaultServer, Serve
from opsplay_processes import Opsplay
from pop3_faults import Pop3Faults
from smtp_faults import SmtpFaults

Task: TypeAlias = tuple[Callable[[Fault], FaultServer], str, dict[str, Any]]

SMTP: Task = (SmtpFaults, "send_mail", {"from": "me@x.org", "to": "a@x.org", "retries": 0})
POP3: Task = (Pop3Faults, "fetch_mail", {"protocol": "pop3", "user": "li", "password": "geheim"})
IMAP: Task = (ImapFaults, "fetch_mail", {"protocol": "imap", "user": "li", "password": "geheim"})
HOSTILE = "\x1b]0;owned\x07\x1b[2J{{ 7 * 7 }}\b\x9b31m\u202e"


@pytest.fixture(name="opsplay")
def _opsplay(tmp_path: Path) -> Iterator[Opsplay]:
    with Opsplay(tmp_path) as opsplay:
        yield opsplay


def told(opsplay: Opsplay, folder: Path, server: FaultServer, step: str, given: Any) -> str:
    """Run a playbook that fails; gives what is printed."""
    arguments = {"host": "127.0.0.1", "port": server.port, "tls": "none", "timeout": 2, **given}
    playbook = folder / "playbook.yml"
    task = {"name": "Move the mail", step: arguments}
    playbook.write_text(json.dumps([{"name": "It fails", "tasks": [task]}]))
    assert opsplay.run(playbook) == 2
    return opsplay.output.read_text()


@pytest.mark.parametrize(
    ("task", "fault", "words"),
    [
        (SMTP, Fault("MAIL", reply("550 5.7.1 Go away")), "550 5.7.1 Go away"),
        (SMTP, Fault("EHLO", cut, ALWAYS), "the server closed the connection"),
        (SMTP, Fault("CONNECT", raw(b"SSH-2.0-x\r\n")), "is no SMTP"),
        (POP3, Fault("LIST", reply("-ERR Go away")), "Go away"),
        (POP3, Fault("UIDL", cut), "the server closed the connection"),
        (POP3, Fault("CONNECT", raw(b"* OK x\r\n")), "is no POP3"),
        (IMAP, Fault("EXAMINE", reply("NO Go away")), "Go away"),
        (IMAP, Fault("EXAMINE", last_words("* BYE Go away")), "Go away"),
        (IMAP, Fault("CONNECT", raw(b"+OK x\r\n")), "is no IMAP"),
    ],
)
def test_a_fault_is_told_in_words(
    opsplay: Opsplay, tmp_path: Path, serve: Serve, task: Task, fault: Fault, words: str
) -> None:
    make, step, given = task
    server = serve(make(fault))
    said = told(opsplay, tmp_path, server, step, given)
    assert words in said
    assert f"127.0.0.1:{server.port}" in said
    assert "Traceback" not in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("task", "fault"),
    [
        (SMTP, Fault("MAIL", reply(f"550 {HOSTILE}"))),
        (SMTP, Fault("RCPT", reply(f"550 {HOSTILE}"))),
        (POP3, Fault("=", reply(f"-ERR {HOSTILE}"))),
        (IMAP, Fault("EXAMINE", reply(f"NO {HOSTILE}"))),
    ],
)
def test_what_a_server_says_reaches_no_terminal_raw_and_is_no_template(
    opsplay: Opsplay, tmp_path: Path, serve: Serve, task: Task, fault: Fault
) -> None:
    make, step, given = task
    said = told(opsplay, tmp_path, serve(make(fault)), step, given)
    assert "{{ 7 * 7 }}" in said
    assert not set("\x1b\x07\b\x9b\u202e") & set(said)
