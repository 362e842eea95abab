"""A site made by chance: a playbook with its inventory, roles and files to include.

What is made uses what the language and the quickest steps have, in all combinations, and often
fails.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

Task = dict[str, Any]

HOSTS = ("ant", "bee", "cat")
GROUPS = {"work": HOSTS, "fliers": ("bee",), "walkers": ("ant", "cat")}
VARIABLES = ("v1", "v2", "v3", "v4", "v5")
TAGS = ("red", "blue", "never", "always")
DEPTH = 3
"""How deep blocks and files lie in each other."""

VALUES = """\
{% for host in groups.work %}
{% for name in names if name in hostvars[host] %}
{{ [host, name, hostvars[host][name]] | to_json }}
{% endfor %}
{% endfor %}
"""


class Site:
    """Writes itself to a folder; `arguments` are those to run it with."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self._numbers: dict[str, int] = {}
        self._registered: list[str] = []
        self._handlers: list[str] = []
        self._roles: list[str] = []
        self._loop_depth = 0
        self._inventory()
        for _ in range(self._chance.randint(0, 3)):
            self._role()
        self._playbook()
        self.arguments = self._arguments()

    # Small choices

    def _one(self, *choices: Any) -> Any:
        return self._chance.choice(choices)

    def _now_and_then(self, odds: float) -> bool:
        return self._chance.random() < odds

    def _next(self, kind: str) -> str:
        """Give a name that is not taken: t1, t2 and so on."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"{kind}{self._numbers[kind]}"

    def _write(self, name: str, content: object) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        path.write_text(text, "utf-8")

    def _variables(self, place: str, odds: float = 0.4) -> dict[str, str]:
        """Some of the variables, each telling where it was defined."""
        return {name: f"{name} of {place}" for name in VARIABLES if self._now_and_then(odds)}

    # Files beside the playbook

    def _inventory(self) -> None:
        hosts = {host: self._variables(f"inventory {host}", 0.2) for host in (*HOSTS, "scribe")}
        self._write(
            "hosts.yml",
            {
                "all": {
                    "hosts": hosts,
                    "vars": {"ansible_connection": "local", **dict.fromkeys(VARIABLES, "all")},
                    "children": {
                        name: {
                            "hosts": {host: {} for host in members},
                            "vars": self._variables(f"inventory {name}", 0.2),
                        }
                        for name, members in GROUPS.items()
                    },
                }
            },
        )
        for name in ("all", "work", "walkers"):
            self._write(f"group_vars/{name}.yml", self._variables(f"group_vars {name}", 0.2))
        for host in HOSTS:
            self._write(f"host_vars/{host}.yml", self._variables(f"host_vars {host}", 0.2))

    def _role(self) -> None:
        name = self._next("role")
        parts: dict[str, object] = {
            "tasks": self._tasks(1),
            "defaults": self._variables(f"defaults {name}"),
            "vars": self._variables(f"vars {name}", 0.2),
            "handlers": [self._handler() for _ in range(self._chance.randint(0, 2))],
        }
        if self._roles and self._now_and_then(0.4):
            parts["meta"] = {"dependencies": [self._role_use(), self._role_use()]}
        for part, content in parts.items():
            if content or part == "tasks":
                self._write(f"roles/{name}/{part}/main.yml", content)
        self._roles.append(name)

    def _playbook(self) -> None:
        # opsplay refuses tags that nobody has.
        tasks = [
            {"debug": {"msg": "tagged"}, "tags": ["red", "blue"]},
            {"debug": {"msg": "untagged"}},
        ]
        plays: list[Task] = [{"hosts": "work", "gather_facts": False, "tasks": tasks}]
        plays += [self._play() for _ in range(self._chance.randint(1, 3))]
        telling = {
            "hosts": "scribe",
            "gather_facts": False,
            "tags": "always",
            "vars": {"names": [*self._registered, *VARIABLES]},
            "tasks": [{"template": {"src": "values.j2", "dest": "{{ playbook_dir }}/values"}}],
        }
        self._write("values.j2", VALUES)
        self._write("site.yml", [*plays, telling])

    def _arguments(self) -> list[str]:
        arguments = ["-i", "hosts.yml", "site.yml"]
        for switch, value, odds in (
            ("--tags", self._one("red", "blue", "red,blue", "untagged", "tagged", "all"), 0.3),
            ("--skip-tags", self._one("red", "blue", "always", "untagged"), 0.2),
            ("-e", json.dumps(self._variables("command line", 0.2)), 0.3),
            ("-l", self._one("work,scribe", "ant,scribe", "all:!bee"), 0.1),
        ):
            if self._now_and_then(odds):
                arguments += [switch, value]
        for switch in ("--check", "--force-handlers", "--diff"):
            if self._now_and_then(0.1):
                arguments.append(switch)
        return arguments

    # Plays and blocks

    def _play(self) -> Task:
        hosts = self._one("work", "work", "fliers:ant", "all:!scribe")
        play: Task = {"name": self._next("play"), "hosts": hosts, "gather_facts": False}
        handlers = [self._handler() for _ in range(self._chance.randint(0, 3))]
        self._maybe(play, 0.4, "vars", lambda: self._variables("play"))
        self._maybe(play, 0.2, "serial", lambda: self._one(1, 2, "50%", [1, 2]))
        self._maybe(play, 0.15, "any_errors_fatal", lambda: True)
        self._maybe(play, 0.15, "force_handlers", lambda: True)
        self._maybe(play, 0.1, "max_fail_percentage", lambda: self._one(40, 80))
        self._maybe(play, 0.1, "ignore_errors", lambda: True)
        self._maybe(play, 0.1, "order", lambda: self._one("sorted", "reverse_inventory"))
        self._maybe(play, 0.2, "pre_tasks", lambda: self._tasks(1))
        if self._roles:
            self._maybe(play, 0.4, "roles", lambda: [self._role_use()])
        play["tasks"] = self._tasks(0)
        self._maybe(play, 0.2, "post_tasks", lambda: self._tasks(1))
        if handlers:
            play["handlers"] = handlers
        return play

    def _role_use(self) -> Task:
        use: Task = {"role": self._one(*self._roles)}
        self._maybe(use, 0.3, "vars", lambda: self._variables("role's vars"))
        self._maybe(use, 0.2, "tags", lambda: [self._one(*TAGS)])
        self._maybe(use, 0.2, "when", self._condition)
        if self._now_and_then(0.2):
            use.update(self._variables("role's parameters"))
        return use

    def _handler(self) -> Task:
        handler = self._step()
        handler["name"] = self._next("handler")
        self._handlers.append(handler["name"])
        if self._now_and_then(0.3):
            handler["listen"] = self._one("topic1", "topic2")
            self._handlers.append(handler["listen"])
        self._maybe(handler, 0.2, "when", self._condition)
        return handler

    def _tasks(self, depth: int) -> list[Task]:
        return [self._task(depth) for _ in range(self._chance.randint(1, 5 - depth))]

    def _task(self, depth: int) -> Task:
        kinds: list[Callable[[], Task]] = [self._step_with_keywords] * 6
        if depth < DEPTH:
            kinds += [lambda: self._block(depth + 1)] * 2
            kinds += [lambda: self._tasks_of_file(depth + 1)]
        if self._roles:
            kinds.append(self._tasks_of_role)
        if not self._loop_depth:
            kinds.append(self._meta)
        task = self._chance.choice(kinds)()
        tags = self._one([self._one(*TAGS)], self._one(*TAGS), ["red", "blue"])
        self._maybe(task, 0.15, "tags", lambda: tags)
        return task

    def _block(self, depth: int) -> Task:
        block: Task = {"name": self._next("block"), "block": self._tasks(depth)}
        self._maybe(block, 0.5, "rescue", lambda: self._tasks(depth))
        self._maybe(block, 0.4, "always", lambda: self._tasks(depth))
        self._maybe(block, 0.3, "vars", lambda: self._variables("block"))
        self._maybe(block, 0.3, "when", self._condition)
        self._maybe(block, 0.1, "ignore_errors", lambda: self._one(True, False))
        self._maybe(block, 0.05, "any_errors_fatal", lambda: True)
        self._notify(block)
        return block

    def _tasks_of_file(self, depth: int) -> Task:
        name = self._next("part") + ".yml"
        task: Task = {"name": self._next("from ")}
        if self._now_and_then(0.4):
            self._write(name, self._tasks(depth))
            task["import_tasks"] = name
        else:
            looped = self._now_and_then(0.3)
            self._loop_depth += looped
            self._write(name, self._tasks(depth))
            task["include_tasks"] = self._one(name, {"file": name})
            self._loop_depth -= looped
            if looped:
                task["loop"] = [1, "two"]
                task["loop_control"] = {"loop_var": f"outer{self._loop_depth}"}
        self._maybe(task, 0.3, "vars", lambda: self._variables("include"))
        self._maybe(task, 0.3, "when", self._condition)
        return task

    def _tasks_of_role(self) -> Task:
        kind = self._one("import_role", "include_role")
        task: Task = {"name": self._next("role "), kind: {"name": self._one(*self._roles)}}
        if kind == "include_role":
            self._maybe(task[kind], 0.3, "public", lambda: self._one(True, False))
            self._maybe(task[kind], 0.2, "apply", lambda: {"tags": ["red"]})
        self._maybe(task, 0.3, "vars", lambda: self._variables("role's task"))
        self._maybe(task, 0.3, "when", self._condition)
        return task

    def _meta(self) -> Task:
        word = self._one("flush_handlers", "noop", "end_host", "clear_host_errors", "end_play")
        task: Task = {"meta": word}
        if word.startswith("end"):
            task["when"] = [self._condition(), f"inventory_hostname == '{self._one(*HOSTS)}'"]
        return task

    # Steps

    def _step_with_keywords(self) -> Task:
        task = {"name": self._next("t"), **self._step()}
        retried = self._now_and_then(0.05)
        if retried:
            task |= {"until": self._condition(), "retries": 1, "delay": 0}
        self._maybe(task, 0.25, "when", self._condition)
        self._maybe(task, 0.15, "vars", lambda: self._variables("task"))
        self._maybe(task, 0.15, "changed_when", lambda: self._one(True, False, self._condition()))
        self._maybe(task, 0.1, "failed_when", lambda: self._one(True, False, self._condition()))
        self._maybe(task, 0.25, "ignore_errors", lambda: self._one(True, True, False))
        self._maybe(task, 0.07, "run_once", lambda: True)
        if "{{ nowhere }}" not in str(task):
            self._maybe(task, 0.05, "delegate_to", lambda: self._one(*HOSTS))
        self._maybe(task, 0.05, "check_mode", lambda: self._one(True, False))
        if not retried and "{{ nowhere }}" not in str(task) and self._now_and_then(0.25):
            self._loop(task)
        if self._now_and_then(0.5):
            task["register"] = self._next("r")
            self._registered.append(task["register"])
        self._notify(task)
        if "add_host" in task or "group_by" in task:
            # Ansible finds out that they changed something when it is too late for handlers, and
            # a failure of theirs ends the play for all.
            task["notify"] = []
            task.pop("failed_when", None)
        return task

    def _step(self) -> Task:
        variable, other = self._one(*VARIABLES), self._one(*VARIABLES)
        text = self._one(
            f"{{{{ {variable} }}}}",
            f"{{{{ {variable} }}}} and {{{{ {other} | upper }}}}",
            f"{{{{ [{variable}, 1, none, true] }}}}",
            f"{{{{ {{'a': {variable}}} | combine({{'b': 2.5}}) }}}}",
            "{{ inventory_hostname }} of {{ group_names | join('+') }}",
            "{{ ansible_play_hosts | length }} of {{ ansible_play_hosts_all }}",
            "{{ trace | default([]) | length }}",
            "plain",
        )
        harmless: list[Task] = [
            {"debug": {"msg": text}},
            {"debug": {"var": variable}},
            {"debug": f"msg='{text}'" if "'" not in text else "msg=plain"},
            {"set_fact": {variable: text}},
            {"set_fact": {"trace": f"{{{{ trace | default([]) + ['{self._next('mark')}'] }}}}"}},
            {"assert": {"that": True}},
            {"command": self._one("true", "echo {{ inventory_hostname }}")},
            {"add_host": {"name": "extra", "groups": self._one("late", ["late", "work2"])}},
            {"group_by": {"key": f"by_{{{{ {variable} | length }}}}"}},
            {"include_vars": {"file": self._vars_file(), **self._one({}, {"name": "included"})}},
            {"set_stats": {"data": {"count": 1}}},
        ]
        harmful: list[Task] = [
            {"fail": {"msg": text}},
            {"fail": {}},
            {"assert": {"that": [self._condition(), self._condition()], "fail_msg": "no"}},
            {"command": "false"},
            {"debug": {"msg": "{{ nowhere }}"}},
        ]
        return self._chance.choice(harmful if self._now_and_then(0.15) else harmless)

    def _vars_file(self) -> str:
        name = self._next("vars") + ".yml"
        self._write(name, self._variables(f"include_vars {name}"))
        return name

    def _loop(self, task: Task) -> None:
        items, more = self._one(
            ({"loop": [1, "two", [3]]}, {}),
            ({"loop": []}, {}),
            ({"loop": "{{ range(3) | list }}"}, {"index_var": "place"}),
            ({"loop": [{"a": 1}, {"a": 2}]}, {"label": "{{ item.a }}"}),
            ({"with_items": [1, [2, 3], [[4]]]}, {}),
            ({"with_dict": {"x": 1, "y": 2}}, {}),
            ({"with_sequence": "start=1 end=3"}, {}),
            ({"with_together": [[1, 2], ["a"]]}, {}),
            ({"with_nested": [[1, 2], ["a", "b"]]}, {}),
            ({"with_indexed_items": ["a", "b"]}, {}),
            ({"loop": ["p", "q"]}, {"loop_var": "thing"}),
            ({"loop": ["p", "q"]}, {"extended": True}),
            ({"loop": ["p", "q", "r"]}, {"break_when": "item == 'q'"}),
        )
        task.update(items)
        if more:
            task["loop_control"] = more
        if "loop_var" not in more and self._now_and_then(0.3):
            task["when"] = self._one("item != 1", "item == 'two'", "true", "item is mapping")

    def _notify(self, task: Task) -> None:
        if self._handlers and self._now_and_then(0.2):
            task["notify"] = self._one(self._one(*self._handlers), [self._one(*self._handlers)])

    def _condition(self) -> Any:
        variable = self._one(*VARIABLES)
        conditions = [
            True,
            False,
            f"inventory_hostname == '{self._one(*HOSTS)}'",
            "'walkers' in group_names",
            f"{variable} == '{variable} of play'",
            f"{variable} is defined",
            f"{variable} is search('inventory')",
            f"'{self._one(*HOSTS)}' in ansible_play_hosts",
            "ansible_check_mode",
            "trace is not defined or trace | length < 3",
            "ansible_failed_task is defined",
        ]
        if self._registered:
            name = self._one(*self._registered)
            test = self._one("failed", "changed", "skipped", "succeeded")
            conditions += [f"{name} is defined and {name} is {test}"] * 3
        return self._one(*conditions)

    def _maybe(self, task: Task, odds: float, key: str, value: Callable[[], Any]) -> None:
        if self._now_and_then(odds) and key not in task:
            task[key] = value()
