"""Runs that move mail and are killed at any moment, again and again, and the one that ends well."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mail_fault_session import Session
from mail_faults import ALWAYS, Action, Fault, Work
from mail_saved import Format, saved_mails
from opsplay_processes import Opsplay
from real_mail import Ports
from real_mail_setup import Site
from smtp_faults import SmtpFaults, SmtpOptions

FETCH_KILLS = 15
"""For each protocol and format."""
SEND_KILLS = 20
"""For each way to send."""
MAILS = 500
"""At a time."""


def write_playbook(folder: Path, step: str, given: dict[str, Any], **beside: Any) -> Path:
    playbook = folder / "playbook.yml"
    task = {"name": "Move the mail", step: given, **beside}
    playbook.write_text(json.dumps([{"name": "Killed", "tasks": [task]}]))
    return playbook


def after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


# Fetching -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "form"), [("pop3", "eml"), ("imap", "eml"), ("imap", "maildir"), ("pop3", "mbox")]
)
def test_killed_fetches_lose_no_mail_and_double_none(
    tmp_path: Path, dovecot: Ports, mail_site: Site, opsplay: Opsplay, protocol: str, form: Format
) -> None:
    chance = random.Random(f"{protocol} {form}")
    once = {"state": "inbox", "save_to": "mails", "format": form, "after": "delete"}
    playbook = write_playbook(tmp_path, "fetch_mail", {**login(protocol, dovecot), **once})
    put: set[bytes] = set()
    killed = 0
    while killed < FETCH_KILLS:
        if not mail_site.mails():
            new = [letter(len(put) + number) for number in range(MAILS)]
            mail_site.put(*new)
            put.update(new)
        status = opsplay.run(playbook, kill_when=after(chance.uniform(0.02, 0.28)))
        assert status in (0, -9), opsplay.output.read_text()
        killed += status == -9
        saved = saved_mails(tmp_path / "mails", form)
        assert len(saved) == len(set(saved))
        assert {*saved, *mail_site.mails()} >= put
    assert opsplay.run(playbook) == 0, opsplay.output.read_text()
    assert mail_site.mails() == []
    assert saved_mails(tmp_path / "mails", form) == sorted(put)


def login(protocol: str, ports: Ports) -> dict[str, Any]:
    account = {"user": "li", "password": "geheim", "tls": "none"}
    return {"protocol": protocol, "host": "127.0.0.1", "port": ports[protocol], **account}


def letter(number: int) -> bytes:
    return f"Message-ID: <{number}@example.com>\r\nSubject: {number}\r\n\r\nhello\r\n".encode()


# Sending --------------------------------------------------------------------------------------

WAYS = {
    "chunks": ("BDAT", frozenset[str]()),
    "text": (".", frozenset({"CHUNKING", "BDAT"})),
}
"""The last command of a mail, and what a server lacks to which it goes so."""
BATCH = 60


@pytest.mark.parametrize(("way", "seed"), [("chunks", 3), ("text", 4)])
def test_killed_sendings_double_no_mail_and_tell_which_are_in_doubt(
    tmp_path: Path, opsplay: Opsplay, way: str, seed: int
) -> None:
    chance = random.Random(seed)
    last, without = WAYS[way]
    thinks = Fault(last, slow(chance), times=ALWAYS)
    killed = 0
    with SmtpFaults(thinks, options=SmtpOptions(without=without)) as server:
        for batch in count():
            if killed >= SEND_KILLS:
                break
            playbook = mail_merge(tmp_path, server.port, batch)
            while status := opsplay.run(playbook, kill_when=taken(server, chance)):
                assert status == -9, opsplay.output.read_text()
                killed += 1
            told = opsplay.output.read_text()
            copies = Counter(mail.receivers[0] for mail in server.mails)
            for number in range(BATCH):
                address = f"{batch}.{number}@example.com"
                doubtful = f"{address} may have been sent or not" in told
                assert copies[address] in ((0, 1) if doubtful else (1,)), told


def taken(server: SmtpFaults, chance: random.Random) -> Callable[[], bool]:
    """When it has taken some more mails: so every run comes further, however slow it is."""
    count = len(server.mails) + chance.randint(1, BATCH // 3)
    return lambda: len(server.mails) >= count


def slow(chance: random.Random) -> Action:
    """Let a server think before it takes a mail, and before it says so."""

    def act(_: Session, work: Work) -> bytes:
        time.sleep(chance.uniform(0, 0.003))
        done = work()
        time.sleep(chance.uniform(0, 0.003))
        return done

    return act


def mail_merge(folder: Path, port: int, batch: int) -> Path:
    receiver = f"{batch}.{{{{ item }}}}@example.com"
    server = {"host": "127.0.0.1", "port": port, "tls": "none"}
    letter = {"from": "me@example.com", "to": receiver, "subject": "hello", "body": "x\n"}
    once = {"once": receiver, "in_doubt": "skip"}
    return write_playbook(
        folder, "send_mail", {**server, **letter, **once}, loop=list(range(BATCH))
    )
