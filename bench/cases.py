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


def conditions(count: int) -> Case:
    """Write tasks whose templates and conditions lean on variables."""
    task = """debug: {msg: "{{ greeting }} {{ names[%d % 3] | upper }}"}
      vars: {greeting: "{{ words.hello }}, number %d"}
      when: limit > %d and names | length == 3"""
    variables = "  vars: {limit: 1000000, words: {hello: hi}, names: [ann, bob, cat]}\n"
    play = tasks(task, count).replace("  tasks:\n", f"{variables}  tasks:\n", 1)
    return lambda folder: [written(folder, play)]


def role(count: int) -> Case:
    """Include a role of two tasks, with a default of its own, again and again."""

    def write(folder: Path) -> list[str]:
        for part, text in {
            "tasks": '- debug: {msg: "{{ word }} {{ item }}"}\n- set_fact: {last: "{{ item }}"}\n',
            "defaults": "word: hello\n",
        }.items():
            file = folder / f"roles/greeting/{part}/main.yml"
            file.parent.mkdir(parents=True)
            file.write_text(text, "utf-8")
        task = f'include_role: {{name: greeting}}\n      loop: "{{{{ range({count}) | list }}}}"'
        return [written(folder, tasks(task, 1))]

    return write


def deep(count: int, depth: int) -> Case:
    """Write tasks whose variable leans on another, and that on another, so many times."""
    chain = "".join(f'    v{n}: "{{{{ v{n + 1} }}}}"\n' for n in range(depth))
    play = tasks('debug: {msg: "{{ v0 }} %d"}', count)
    variables = f"  vars:\n{chain}    v{depth}: the end\n"
    return lambda folder: [written(folder, play.replace("  tasks:\n", f"{variables}  tasks:\n", 1))]


def facts(host_count: int, fact_count: int) -> Case:
    """Give every host so many facts."""

    def write(folder: Path) -> list[str]:
        arguments = hosts(host_count, 0)(folder)
        names = "\n".join(
            f'        fact{n}: "{{{{ inventory_hostname }}}} {n}"' for n in range(fact_count)
        )
        play = tasks(f"set_fact:\n{names}", 1, hosts="all")
        return [*arguments[:2], written(folder, play)]

    return write


def syntax_check(count: int) -> Case:
    return lambda folder: ["--syntax-check", *debug(count)(folder)]


CASES: Mapping[str, tuple[str, Case]] = {
    "version": ("`--version`", version),
    "debug": ("one debug", debug(1)),
    "debug-1000": ("1,000 debug tasks", debug(1_000)),
    "set-fact-1000": ("1,000 set_fact tasks", set_fact(1_000)),
    "conditions-1000": ("1,000 tasks with templates and conditions", conditions(1_000)),
    "deep-100": ("100 templates, 100 variables deep", deep(100, 100)),
    "role-100": ("a role included 100 times in a loop", role(100)),
    "role-1000": ("a role included 1,000 times in a loop", role(1_000)),
    "command-100": ("100 × `command: /bin/true`", command(100)),
    "loop-1000": ("a loop of 1,000 items", loop(1_000)),
    "loop-100000": ("a loop of 100,000 items", loop(100_000)),
    "hosts-100": ("100 hosts × 5 debug tasks", hosts(100, 5)),
    "hosts-500": ("500 hosts × 5 debug tasks", hosts(500, 5)),
    "facts-500": ("1,000 facts for each of 500 hosts", facts(500, 1_000)),
    "check-1000": ("`--syntax-check` of 1,000 tasks", syntax_check(1_000)),
    "check-10000": ("`--syntax-check` of 10,000 tasks", syntax_check(10_000)),
}
