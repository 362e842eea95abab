"""What is measured: command lines that both programs understand, and the files they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

Case = Callable[[Path], list[str]]
"""Writes its files into a folder and gives the arguments of `opsplay run` and ansible-playbook."""


def tasks(task: str, count: int, *, hosts: str = "localhost") -> str:
    """Write a play of `count` tasks; `%d` in a task is its number."""
    lines = (f"    - name: Task {n}\n      {task.replace('%d', str(n))}\n" for n in range(count))
    return f"- hosts: {hosts}\n  gather_facts: false\n  tasks:\n{''.join(lines)}"


def written(folder: Path, playbook: str) -> str:
    file = folder / "playbook.yml"
    file.write_text(playbook, "utf-8")
    return str(file)


def version(_: Path) -> list[str]:
    return ["--version"]


def debug(count: int) -> Case:
    return lambda folder: [written(folder, tasks("debug: {msg: hello %d}", count))]


def set_fact(count: int) -> Case:
    return lambda folder: [written(folder, tasks("set_fact: {fact_%d: value}", count))]


def command(count: int) -> Case:
    return lambda folder: [written(folder, tasks("command: /bin/true", count))]


def loop(count: int) -> Case:
    task = f'debug: {{msg: "{{{{ item }}}}"}}\n      loop: "{{{{ range({count}) | list }}}}"'
    return lambda folder: [written(folder, tasks(task, 1))]


def hosts(count: int, task_count: int) -> Case:
    def write(folder: Path) -> list[str]:
        names = "".join(f"host{n} ansible_connection=local\n" for n in range(count))
        (folder / "hosts").write_text(names, "utf-8")
        playbook = tasks('debug: {msg: "{{ inventory_hostname }}"}', task_count, hosts="all")
        return ["-i", str(folder / "hosts"), written(folder, playbook)]

    return write


def syntax_check(count: int) -> Case:
    return lambda folder: ["--syntax-check", *debug(count)(folder)]


CASES: Mapping[str, tuple[str, Case]] = {
    "version": ("`--version`", version),
    "debug": ("one debug", debug(1)),
    "debug-1000": ("1,000 debug tasks", debug(1_000)),
    "set-fact-1000": ("1,000 set_fact tasks", set_fact(1_000)),
    "command-100": ("100 × `command: /bin/true`", command(100)),
    "loop-1000": ("a loop of 1,000 items", loop(1_000)),
    "hosts-100": ("100 hosts × 5 debug tasks", hosts(100, 5)),
    "check-1000": ("`--syntax-check` of 1,000 tasks", syntax_check(1_000)),
    "check-10000": ("`--syntax-check` of 10,000 tasks", syntax_check(10_000)),
}
