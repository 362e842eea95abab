"""`opsplay serve mail`: a mail server until Ctrl-C, that tells of each mail."""

from __future__ import annotations

import imaplib
import poplib
import re
import smtplib
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from free_ports import free_port
from served import Served, Serving, refused

pytestmark = pytest.mark.slow

PORTS = re.compile(r"mail server at 127\.0\.0\.1: SMTP (\d+), POP3 (\d+), IMAP (\d+); over TLS")


class Ports(NamedTuple):
    smtp: int
    pop3: int
    imap: int


@pytest.fixture(name="serve")
def _serve(serving: Serving) -> Serving:
    return partial(serving, "mail")


def ports(served: Served) -> Ports:
    found = PORTS.match(served.read_until("mail server at"))
    assert found
    return Ports(*map(int, found.groups()))


def send(port: int, subject: str = "hi") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        mail = f"Subject: {subject}\r\n\r\nx\r\n"
        client.sendmail("me@example.org", ["anybody@example.net"], mail.encode())


def count(port: int, user: str = "opsplay", password: str = "let-me-in") -> int:
    mailbox = poplib.POP3("127.0.0.1", port, timeout=60)
    mailbox.user(user)
    mailbox.pass_(password)
    found = mailbox.stat()[0]
    mailbox.quit()
    return found


def test_all_mail_lands_in_one_mailbox_that_everybody_here_can_open(serve: Serving) -> None:
    at = ports(serve())
    send(at.smtp)
    assert count(at.pop3) == 1
    with imaplib.IMAP4("127.0.0.1", at.imap, timeout=60) as client:
        client.login("opsplay", "let-me-in")
        assert client.select() == ("OK", [b"1"])


def test_it_tells_how_to_log_in_and_what_has_come(serve: Serving) -> None:
    served = serve()
    send(ports(served).smtp, "=?utf-8?b?5L2g5aW9?=")
    served.read_until("mail from")
    assert served.stop() == 0
    first, ca_file, mail, last = served.lines
    assert first.endswith(
        "; all mail is for opsplay, with the password let-me-in (Ctrl-C stops it)"
    )
    assert "clients can check its certificate with " in ca_file
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d mail from me@example.org to anybody@example.net: 你好 \(36 bytes\)", mail
    )
    assert last == "stopped"


def test_a_subject_does_not_reach_the_terminal_raw(serve: Serving) -> None:
    served = serve()
    send(ports(served).smtp, "=?utf-8?q?=1B]0;owned=0D=0A00:00:00_mail?=")
    told = served.read_until("mail from")
    assert "\x1b" not in told
    assert "owned" in told


def test_a_folder_keeps_the_mail_for_the_next_time(serve: Serving, tmp_path: Path) -> None:
    first = serve("kept")
    send(ports(first).smtp)
    first.read_until("mail from")
    first.stop()
    assert count(ports(serve("kept")).pop3) == 1
    assert len(list((tmp_path / "kept/opsplay/new").iterdir())) == 1


def test_a_file_gives_the_arguments_and_the_command_line_wins(
    serve: Serving, tmp_path: Path
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/mail.yml").write_text(
        'accounts: [{user: li, password: "{{ secret }}"}]\n'
        "catch_all: li\nfolder: kept\nhost: 192.0.2.1\n"
    )
    served = serve("--config", "conf/mail.yml", "-e", "secret=geheim", "--host", "127.0.0.1")
    at = ports(served)
    send(at.smtp)
    assert count(at.pop3, "li", "geheim") == 1
    assert (tmp_path / "conf/kept/li").is_dir()
    assert "geheim" not in "".join(served.lines)


def test_ports_can_be_chosen(serve: Serving) -> None:
    at = Ports(free_port(), free_port(), free_port())
    chosen = [f"--{name}-port={port}" for name, port in at._asdict().items()]
    assert ports(serve(*chosen)) == at


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--config", "none.yml"], 1, "none.yml cannot be read: No such file"),
        (
            ["--smtp-port", "65536"],
            5,
            "argument --smtp-port: expected a number from 0 to 65535, got '65536'",
        ),
        (["--host", "0.0.0.0"], 2, "FAILED: accounts: others reach 0.0.0.0; give at least one"),
        (["mail.yml"], 2, "FAILED: cannot start a mail server on 127.0.0.1: cannot keep mail in "),
    ],
)
def test_what_cannot_be_served_is_told_in_words(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    (tmp_path / "mail.yml").touch()
    found, told = refused("mail", *arguments, cwd=tmp_path)
    assert (found, words in told) == (code, True), told
    assert "Traceback" not in told
