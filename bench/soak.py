"""Watch opsplay over many runs, and over one of very many steps: nothing may grow.

Memory, open files and threads of each process are looked at from outside while it works. What was
there early on, when all is loaded, is compared with what is there at the end. Exit status 1 tells
that something has grown, or was left behind.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

RUNS, PROCESSES, STEPS = 10_000, 300, 1_000_000
SHORT = {"runs": 200, "processes": 5, "steps": 40_000}
MOST_GROWTH = 8 * 1024
"""In kB: less is the way of allocators, and of what is remembered up to a bound."""
MOST_AT_WORK = 2
"""Files and threads that may happen to be at work at one moment, and not at another."""

_HOSTS, _ITEMS = 10, 100
_SMALL = """\
- hosts: all
  gather_facts: false
  vars: {word: "{{ inventory_hostname }}!"}
  handlers: [{name: told, debug: {msg: "{{ word }}"}}]
  tasks:
    - set_fact: {kept: "{{ word | upper }}"}
    - {debug: {msg: "{{ item }} {{ kept }}"}, loop: [1, 2, 3], register: said}
    - {copy: {content: "{{ kept }}", dest: "out-{{ inventory_hostname }}"}, notify: told}
    - block: [{fail: {msg: "{{ said.results | length }}"}}]
      rescue: [{debug: {msg: "{{ ansible_failed_result.msg }}"}}]
      always: [{assert: {that: kept is defined}}]
    - {command: "true", when: inventory_hostname == 'a', changed_when: false}
    - {debug: {msg: "{{ lookup('env', 'HOME') | secret }}"}, no_log: true}
"""
_TASK = """\
    - {{name: task {}, debug: {{msg: "{{{{ item }}}} of {{{{ inventory_hostname }}}}"}},
       loop: "{{{{ range({}) | list }}}}", register: said}}
"""
_HEAD = """\
| | seconds | memory early | late | files | threads | steady |
|---|--:|--:|--:|--:|--:|---|"""
_IN_ONE_PROCESS = """\
import sys
from opsplay.runner.cli import main
for _ in range(int(sys.argv[1])):
    assert main(["run", "small.yml", "-i", "a,b,", "--output", "quiet"]) == 0
"""


class Sample(NamedTuple):
    """What a process has at one moment; memory in kB."""

    memory: int
    files: int
    threads: int


class Seen(NamedTuple):
    """What was seen of a process from its beginning to its end."""

    samples: Sequence[Sample]
    seconds: float
    status: int

    @property
    def early(self) -> Sample:
        fifth = max(1, len(self.samples) // 5)
        return _lasting(self.samples[2 * fifth : 3 * fifth] or self.samples)

    @property
    def late(self) -> Sample:
        return _lasting(self.samples[-max(1, len(self.samples) // 5) :])

    @property
    def is_steady(self) -> bool:
        early, late = self.early, self.late
        grown = late.memory - early.memory > MOST_GROWTH
        more = max(late.files - early.files, late.threads - early.threads) > MOST_AT_WORK
        return not self.status and not grown and not more


def _lasting(samples: Sequence[Sample]) -> Sample:
    """The usual memory; of files and threads those that are always there: others come and go."""
    memory, files, threads = zip(*samples, strict=True)
    return Sample(int(median(memory)), min(files), min(threads))


def main() -> int:
    asked = parser().parse_args()
    wanted = SHORT if asked.short else vars(asked)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        environment = prepared(folder)
        seen = {
            f"{wanted['runs']:,} runs in one process": watched(
                [sys.executable, "-c", _IN_ONE_PROCESS, str(wanted["runs"])], folder, environment
            ),
            f"one run of {wanted['steps']:,} steps": long_run(folder, environment, wanted["steps"]),
        }
        left = left_behind(folder, environment, wanted["processes"])
    print(_HEAD)
    for title, each in seen.items():
        print(row(title, each))
    print(f"\n{wanted['processes']:,} runs in processes of their own left {left or 'nothing'}")
    return int(bool(left) or not all(each.is_steady for each in seen.values()))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    made.add_argument("--runs", type=int, default=RUNS)
    made.add_argument("--processes", type=int, default=PROCESSES)
    made.add_argument("--steps", type=int, default=STEPS)
    made.add_argument("--short", action="store_true", help="for a test: a minute at most")
    return made


def prepared(folder: Path) -> Mapping[str, str]:
    """Write the playbook of the small runs; gives the environment of all."""
    (folder / "small.yml").write_text(_SMALL)
    (folder / "temporary").mkdir()
    places = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "temporary")}
    state = {"XDG_STATE_HOME": str(folder / "state")}
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {"LANG": "C.UTF-8", **kept, **places, **state}


def long_run(folder: Path, environment: Mapping[str, str], steps: int) -> Seen:
    """Watch a run of so many steps: each item of a loop on each host is one."""
    tasks = "".join(_TASK.format(number, _ITEMS) for number in range(steps // (_HOSTS * _ITEMS)))
    (folder / "long.yml").write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}")
    hosts = ",".join(f"host{number}" for number in range(_HOSTS))
    run = ["-m", "opsplay", "run", "long.yml", "-i", f"{hosts},", "--output", "quiet"]
    return watched([sys.executable, *run], folder, environment)


def watched(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Seen:
    """Run it to its end, and look at it fifty times a second."""
    started, samples = time.monotonic(), []
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
        while process.poll() is None:
            time.sleep(0.02)
            if (sample := look_at(process.pid)) is not None:
                samples.append(sample)
    if process.returncode:
        print((folder / "output").read_text(errors="replace")[-2000:])
    return Seen(samples, time.monotonic() - started, process.returncode)


def look_at(pid: int) -> Sample | None:
    """None if it has just ended."""
    place = Path(f"/proc/{pid}")
    try:
        lines = (place / "status").read_text().splitlines()
        files = len(list((place / "fd").iterdir()))
    except OSError:
        return None
    said = dict(line.split(":", 1) for line in lines)
    if "VmRSS" not in said:
        return None
    return Sample(int(said["VmRSS"].split()[0]), files, int(said["Threads"]))


def left_behind(folder: Path, environment: Mapping[str, str], count: int) -> str:
    """Run that many processes, one after the other; gives what they left, in words."""
    run = [sys.executable, "-m", "opsplay", "run", "small.yml", "-i", "a,b,", "--output", "quiet"]
    failed = 0
    for _ in range(count):
        done = subprocess.run(
            run, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False
        )
        failed += done.returncode != 0
    files = [*(folder / "temporary").iterdir(), *(folder / "state").rglob("owners/*")]
    names = ", ".join(str(path.relative_to(folder)) for path in files)
    return "; ".join(filter(None, [names, f"{failed} failures" if failed else ""]))


def row(title: str, seen: Seen) -> str:
    early, late = seen.early, seen.late
    memory = f"{early.memory / 1024:.1f} MB | {late.memory / 1024:.1f} MB"
    counts = f"{early.files} → {late.files} | {early.threads} → {late.threads}"
    steady = "yes" if seen.is_steady else "no"
    return f"| {title} | {seen.seconds:.0f} | {memory} | {counts} | {steady} |"


if __name__ == "__main__":
    sys.exit(main())
