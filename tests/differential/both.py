"""Runs a site with ansible-playbook and with opsplay, and tells what is to be compared."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANSIBLE = Path(__file__).parents[2] / ".cache/ansible/bin/ansible-playbook"
OPSPLAY = Path(sys.executable).parent / "opsplay"
ENVIRONMENT = {
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_NOCOLOR": "true",
    "ANSIBLE_ERROR_ON_MISSING_HANDLER": "false",
    "ANSIBLE_HOST_PATTERN_MISMATCH": "ignore",
    "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    "LANG": "C.UTF-8",
}
COMPARED = [
    *("changed", "failed", "skipped", "rc", "stdout", "msg", "results", "item", "attempts"),
    *("skip_reason", "false_condition", "ansible_loop_var", "unreachable"),
    *("stderr", "cmd", "censored", "ansible_facts", "ansible_stats", "add_group", "ping", "state"),
    *("assertion", "evaluated_to", "content", "argument_errors"),
]
"""What is compared of a registered result; the rest are times, versions and places."""

# opsplay shows nothing of what a vault keeps.
_SECRET = re.compile(r"v\d of (?:a secret|secret file)")
# Ansible tells the words of a type in the order of a set.
_ORDERLESS = re.compile(r"(?<=Valid booleans include: ).*")
# Where a loop has failed Ansible shows as it is written who it is delegated to.
_DELEGATED = re.compile(r"(?<=^fatal: \[)(\w+) -> [^\]]+")
_OTHER_WORDS = re.compile(r"Unknown error|find or access 'missing|valid extension|not exist")
_BANNER = re.compile(r"(?:PLAY|TASK|RUNNING HANDLER|NO MORE HOSTS LEFT).*?(?= \**$)")
_STATUS = re.compile(r"(?:ok|changed|skipping|fatal|failed|included|FAILED - RETRYING):|\.\.\.ign")


@dataclass(frozen=True)
class Outcome:
    """What an engineer would look at after a run."""

    status: int
    recap: list[str]
    transcript: list[str]
    values: list[Any]
    text: str


def ansible(folder: Path, arguments: Sequence[str]) -> Outcome:
    assert ANSIBLE.exists(), "`make test` installs ansible-core into an environment of its own"
    # With more forks it is chance which of two hosts comes first with a file of its own.
    return _run([str(ANSIBLE), *arguments], folder, ANSIBLE_FORKS="1")


def opsplay(folder: Path, arguments: Sequence[str]) -> Outcome:
    return _run([str(OPSPLAY), "run", *arguments], folder)


def _run(command: Sequence[str], folder: Path, **environment: str) -> Outcome:
    values = folder / "values"
    values.unlink(missing_ok=True)
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    run = subprocess.run(
        command,
        cwd=folder,
        env={
            **os.environ,
            **ENVIRONMENT,
            **environment,
            "HOME": str(folder),
            "ANSIBLE_ASYNC_DIR": str(folder / "jobs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    shown, _, recap = _SECRET.sub("********", run.stdout).partition("PLAY RECAP")
    return Outcome(
        run.returncode,
        [" ".join(line.split()) for line in recap.splitlines() if "ok=" in line],
        list(_transcript(shown) if "****" in shown else _listed(shown)),
        [_comparable(json.loads(line)) for line in values.read_text("utf-8").splitlines()]
        if values.exists()
        else [],
        run.stdout + run.stderr,
    )


def _transcript(text: str) -> Iterator[str]:
    """Give each banner, and below it the states of hosts in an order that no fork decides."""
    states: list[str] = []
    for line in [*text.splitlines(), "PLAY *"]:
        if banner := _BANNER.match(line):
            yield from sorted(states)
            yield banner[0].removesuffix(" [CHECK MODE]")
            states = []
        elif _STATUS.match(line):
            told = _DELEGATED.sub(r"\1", line)
            states.append(_ordered(told.partition(" => {")[0].partition("Result was:")[0].rstrip()))


def _listed(text: str) -> Iterator[str]:
    """Give the lines of `--list-hosts` and the like; hosts stand in the order of a set."""
    names: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("      ") and "TAGS" not in line:
            names.append(line)
        else:
            yield from [*sorted(names), line]
            names = []


def _ordered(line: str) -> str:
    """Name the hosts of an included file in their order; they stand as they came."""
    file, included, rest = line.partition(" for ")
    if not included or not file.startswith("included:"):
        return line
    hosts, loop, item = rest.partition(" => ")
    return f"{file} for {', '.join(sorted(hosts.split(', ')))}{loop}{item}"


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [_comparable(each) for each in value]
    if isinstance(value, str):
        return _ORDERLESS.sub("", value)
    if isinstance(value, dict) and {"changed", "failed"} & {*value}:
        kept = {name: _comparable(value[name]) for name in sorted(value) if name in COMPARED}
        if _OTHER_WORDS.search(str(kept.get("msg"))) or "unreachable" in kept:
            kept.pop("msg", None)
        # Of loops that have not failed Ansible does not say so.
        return kept if kept.get("failed") or "results" not in kept else {**kept, "failed": False}
    return value
