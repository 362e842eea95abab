"""Runs that are killed at any moment and resumed, again and again, until all is done.

What is there in the end is what an undisturbed run leaves: the same files here and on the server,
each mail once, the same recap, the same registered values.
"""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, closing, contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any, TypeGuard

import pytest

from file_trees import tree
from ftp_serving import served
from mail_serving import mails, send
from opsplay.runner.errors import ExitCode
from opsplay.runner.events import Event, ItemFinished, Recap, RunFinished, StepFinished
from opsplay.runner.journal.store import Journal
from opsplay.tasks.servers.certificate import Certificate
from opsplay.tasks.servers.ftp import FtpServer
from opsplay.tasks.servers.mail import MailServer, MailServerOptions
from opsplay.tasks.servers.mailboxes import Account
from opsplay_processes import Opsplay
from real_postgresql import postgresql

KILLS = 200
SEEDS = range(20)
ACCOUNTS = [Account(name, "hemlig") for name in ("a", "b", "ben")]
LETTERS = 2

PLAYBOOK = """
- name: Reports
  hosts: all
  gather_facts: false
  serial: SERIAL
  tasks:
    - name: What no two runs have in common
      set_fact:
        stamp: "{{ now(fmt='%H%M%S%f') }}-{{ 1000000 | random }}"
        word: "{{ ('geheim-' ~ 1000000 | random) | secret }}"
    - name: What nobody is to see
      copy: {content: "{{ word }}", dest: "ROOT/{{ inventory_hostname }}.word"}
    - name: Parts
      copy:
        content: "{{ item }} {{ stamp }}"
        dest: "ROOT/{{ inventory_hostname }}-{{ item }}.txt"
      loop: [one, two]
      register: parts
      notify: [file them, mail them]
    - name: Upload
      ftp_upload:
        src: "{{ item }}"
        dest: "{{ inventory_hostname }}/"
        <<: &ftp {host: 127.0.0.1, port: FTP, user: li, password: geheim}
      with_fileglob: "ROOT/{{ inventory_hostname }}-*.txt"
      register: uploaded
    - name: Away with what was uploaded
      file: {path: "{{ item.item }}", state: absent}
      loop: "{{ uploaded.results }}"
      loop_control: {label: "{{ item.item }}"}
    - name: Mail
      send_mail:
        <<: &smtp {host: 127.0.0.1, port: SMTP, tls: none, from: me@example.com}
        to: ben
        subject: "{{ inventory_hostname }} {{ item }}"
        body: "{{ stamp }}"
      loop: "{{ range(LETTERS) | list }}"
      register: sent
    - name: Fetch
      fetch_mail:
        protocol: pop3
        host: 127.0.0.1
        port: POP3
        tls: none
        user: "{{ inventory_hostname }}"
        password: hemlig
        state: ROOT
        save_to: "ROOT/{{ inventory_hostname }}-mails"
        after: delete
      register: fetched
    - name: What must not be done twice
      command: sh -c 'echo {{ inventory_hostname }} {{ item }} >> ROOT/ledger'
      loop: [1, 2]
      register: booked
    - name: It fails
      block:
        - fail: {msg: "no {{ stamp }}"}
      rescue:
        - set_fact: {why: "{{ ansible_failed_result.msg }}"}
      always:
        - name: For one of them
          add_host: {name: c, groups: [extra], greeting: hello}
    - name: What was found
      copy:
        dest: "ROOT/{{ inventory_hostname }}.json"
        content: >-
          {{ {'stamp': stamp, 'word': word, 'why': why,
              'parts': parts.results | map(attribute='changed') | list,
              'uploaded': uploaded.results | map(attribute='changed') | list,
              'sent': sent.results | map(attribute='accepted') | list,
              'subjects': fetched.messages | map(attribute='subject') | sort,
              'booked': booked.results | map(attribute='rc') | list} | to_json }}
  handlers:
    - name: file them
      lineinfile: {path: "ROOT/{{ inventory_hostname }}.log", line: "{{ stamp }}", create: true}
    - name: mail them
      send_mail:
        <<: *smtp
        to: ben
        subject: "{{ inventory_hostname }} handler"
        body: x
- name: Whoever came in
  hosts: extra
  gather_facts: false
  tasks:
    - copy: {content: "{{ greeting }}", dest: "ROOT/{{ inventory_hostname }}.txt"}
"""


@dataclass(frozen=True)
class World:
    """What is around a run: a folder for all it makes, and the servers."""

    root: Path
    opsplay: Opsplay
    ftp: FtpServer
    mail: MailServer
    serial: int
    """How many hosts go through the first play at a time."""
    journal: str = ""
    """Where it is, if it is in no file."""

    @property
    def playbook(self) -> Path:
        """It names no place that is the test's."""
        ports = {"FTP": self.ftp.port, "SMTP": self.mail.smtp_port, "POP3": self.mail.pop3_port}
        text = PLAYBOOK
        words = {"ROOT": self.root.name, "LETTERS": LETTERS, "SERIAL": self.serial}
        for name, value in {**words, **ports}.items():
            text = text.replace(name, str(value))
        playbook = self.root.with_suffix(".yml")
        playbook.write_text(text)
        return playbook

    @property
    def state(self) -> Path:
        return self.root.with_suffix(".state")

    def run(self, **how: Any) -> int:
        return self._call("run", self.playbook.name, "-i", "a,b,", **how)

    def resume(self, *switches: str, **how: Any) -> int:
        return self._call("resume", *switches, **how)

    def run_another(self) -> int:
        """Run a playbook that has nothing to do with it."""
        other = self.root.with_suffix(".other.yml")
        other.write_text("- gather_facts: false\n  tasks: [{debug: {msg: hello}}]\n")
        return self._call("run", other.name)

    def _call(self, *arguments: str, **how: Any) -> int:
        self.opsplay.output.write_bytes(b"")
        return self.opsplay.call(*arguments, "--state-dir", str(self.state), **how)

    @property
    def printed(self) -> str:
        return self.opsplay.output.read_text()

    @property
    def newest(self) -> list[Event]:
        """What happened in the newest run; nothing if there was none."""
        journal = Journal(self.state, self.journal)
        if not journal.exists:
            return []
        with closing(journal):
            return [event for one in islice(journal.records(), 1) for event in journal.events(one)]

    @property
    def recap(self) -> Mapping[str, Recap] | None:
        """The totals of a run that has ended well."""
        last = self.newest[-1:]
        return last[0].recap if last and is_well(last[0]) else None

    @property
    def left(self) -> dict[str, Any]:
        """The files it has left, but for what no two runs have in common."""
        files = {path: data for path, data in tree(self.root).items() if data is not None}
        # The names of mails hold the server's ids, and with them the time.
        texts = {path: data.decode() for path, data in files.items() if "-mails/" not in path}
        told = json.dumps(texts)
        for host in "ab":
            found = json.loads(texts[f"{host}.json"])
            for name in ("stamp", "word"):
                told = told.replace(found[name], f"{name} of {host}")
        left: dict[str, Any] = json.loads(told)
        left["mails"] = sum("-mails/" in path for path in tree(self.root))
        return left

    @property
    def arrived(self) -> Counter[str]:
        """How often each mail has come."""
        heads = [mail.partition(b"\r\n\r\n")[0].decode() for mail in mails(self.mail)]
        return Counter(
            line for head in heads for line in head.splitlines() if line.startswith("Subject: ")
        )


@contextmanager
def world(
    root: Path, opsplay: Opsplay, certificate: Certificate, serial: int, journal: str = ""
) -> Iterator[World]:
    (root / "ftp").mkdir(parents=True)
    root.with_name("opsplay.toml").write_text(f"journal = {json.dumps(journal)}\n")
    options = MailServerOptions(accounts=ACCOUNTS, certificate=certificate)
    with served(root / "ftp") as ftp, MailServer(options) as mail:
        for host in "ab":
            for number in range(LETTERS):
                send(mail, host, data=f"Subject: {host} {number}\r\n\r\nhello\r\n".encode())
        yield World(root, opsplay, ftp, mail, serial, journal)


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(name="opsplay", scope="module")
def _opsplay(folder: Path) -> Iterator[Opsplay]:
    with chdir(folder), Opsplay(folder) as opsplay:
        yield opsplay


@dataclass(frozen=True)
class Undisturbed:
    """What a run leaves that nobody has killed."""

    left: dict[str, Any]
    booked: Counter[str]
    arrived: Counter[str]
    recap: Mapping[str, Recap] | None
    told: int


@pytest.fixture(name="undisturbed", scope="module")
def _undisturbed(
    folder: Path, opsplay: Opsplay, certificate: Certificate
) -> Mapping[int, Undisturbed]:
    """By how many hosts go through the first play at a time."""
    found = {}
    for serial in (1, 2):
        with world(folder / f"undisturbed-{serial}", opsplay, certificate, serial) as here:
            assert here.run() == 0, here.printed
            left, told = here.left, len(here.printed.encode())
            booked = Counter(left.pop("ledger").splitlines())
            found[serial] = Undisturbed(left, booked, here.arrived, here.recap, told)
    return found


def is_well(event: Event) -> TypeGuard[RunFinished]:
    return isinstance(event, RunFinished) and event.exit_code == ExitCode.OK


def at_random(chance: random.Random, output: Path, whole: int) -> Callable[[], bool]:
    """When a run has told so much, or a little later: no machine is too slow or quick for that."""
    size, later = chance.randrange(whole), chance.choice([0, chance.uniform(0, 0.02)])
    end: list[float] = []

    def is_time() -> bool:
        if not end and output.stat().st_size >= size:
            end.append(time.monotonic() + later)
        return bool(end) and time.monotonic() >= end[0]

    return is_time


class Undertaking:
    """A run that is killed and resumed until all is done.

    On a machine that is busy few runs are quicker than their kill: only so many are killed.
    """

    def __init__(self, here: World, chance: random.Random, by: signal.Signals, kills: int) -> None:
        self.here = here
        self.kills = kills
        """How many are left to be killed."""
        self.doubts: set[str] = set()
        """What was told as in doubt."""
        self._chance = chance
        self._by = by
        self._switches: list[str] = []

    def complete(self, whole: int) -> None:
        """`whole` is how much an undisturbed run tells."""
        while self.here.recap is None:
            moment = at_random(self._chance, self.here.opsplay.output, whole)
            how: dict[str, Any] = {"kill_when": moment, "by": self._by} if self.kills else {}
            if self.here.newest:
                # What is repeated because somebody said so is told no more: that run is not killed.
                switches, self._switches = self._switches, []
                status = self.here.resume(*switches, **({} if switches else how))
            else:
                status = self.here.run(**how)
            if status == ExitCode.FAILED:
                self._decide()
            elif status:
                assert status in (-self._by, ExitCode.INTERRUPTED), self.here.printed
                self.kills -= 1

    def _decide(self) -> None:
        told = set(filter(None, map(in_doubt, self.here.newest)))
        assert told, self.here.printed
        self.doubts |= told
        self._switches = ["--in-doubt", "repeat"]


def in_doubt(event: Event) -> str:
    """What of the ledger or of the mails may have been done or not."""
    if not isinstance(event, (ItemFinished, StepFinished)):
        return ""
    msg, what = event.result.get("msg", ""), event.result.get("item", "handler")
    if "whether it was done is not known" in msg:
        return f"{event.host} {what}"
    is_mail = "may have been sent or not" in msg or "nobody can know" in msg
    return f"Subject: {event.host} {what}" if is_mail else ""


def once_unless_in_doubt(found: Counter[str], right: Counter[str], doubts: set[str]) -> None:
    twice = {what for what, times in found.items() if times > right[what]}
    assert twice <= doubts
    assert found.keys() == right.keys()


@pytest.mark.parametrize(
    ("by", "kills", "seed"),
    [
        *((signal.SIGKILL, KILLS // len(SEEDS), seed) for seed in SEEDS),
        (signal.SIGTERM, 10, 20),
        (signal.SIGINT, 10, 21),
    ],
)
def test_a_run_that_is_killed_and_resumed_leaves_what_an_undisturbed_one_leaves(
    *,
    by: signal.Signals,
    kills: int,
    seed: int,
    folder: Path,
    opsplay: Opsplay,
    certificate: Certificate,
    undisturbed: Mapping[int, Undisturbed],
) -> None:
    chance, serial, number = random.Random(seed), 1 + seed % 2, count()
    while kills:
        root = folder / f"{seed}-{next(number)}"
        with world(root, opsplay, certificate, serial) as here:
            kills = undertaken(Undertaking(here, chance, by, kills), undisturbed[serial])


def test_it_does_so_too_with_a_journal_in_postgresql(
    folder: Path,
    opsplay: Opsplay,
    certificate: Certificate,
    undisturbed: Mapping[int, Undisturbed],
) -> None:
    chance, kills, number = random.Random(22), KILLS // len(SEEDS), count()
    with postgresql() as server:
        while kills:
            root, url = folder / f"shared-{next(number)}", server.new_database()
            with world(root, opsplay, certificate, 2, url) as here:
                undertaking = Undertaking(here, chance, signal.SIGKILL, kills)
                kills = undertaken(undertaking, undisturbed[2])


def undertaken(undertaking: Undertaking, right: Undisturbed) -> int:
    """Kill and resume until all is done, look at what is there, and give the kills left."""
    here = undertaking.here
    undertaking.complete(right.told)
    left, doubts = here.left, undertaking.doubts
    once_unless_in_doubt(Counter(left.pop("ledger").splitlines()), right.booked, doubts)
    once_unless_in_doubt(here.arrived, right.arrived, doubts)
    assert here.recap == right.recap
    assert left == right.left
    # The last one may have been killed before it could throw the key away.
    assert here.run_another() == 0, here.printed
    assert not [*here.state.glob("keys/*")]
    return undertaking.kills
