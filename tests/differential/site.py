"""A site made by chance: a playbook with its inventory, roles and files to include.

What is made uses what the language and the quickest steps have, in all combinations, and often
fails.
"""

from __future__ import annotations

import json
from pathlib import Path

from .chance import HOSTS, TAGS, VARIABLES, Task
from .tasks import Tasks

GROUPS = {"work": HOSTS, "fliers": ("bee",), "walkers": ("ant", "cat")}
AWAY = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}

VALUES = """\
{% for host in groups.work %}
{% for name in names if name in hostvars[host] %}
{{ [host, name, hostvars[host][name]] | to_json }}
{% endfor %}
{% endfor %}
"""


class Site(Tasks):
    """Writes itself to a folder; `arguments` are those to run it with."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self._inventory()
        for _ in range(self._chance.randint(0, 3)):
            self._role()
        self._playbook()
        self.arguments = self._arguments()

    # Files beside the playbook

    def _inventory(self) -> None:
        hosts: Task = {
            host: self._variables(f"inventory {host}", 0.2) for host in (*HOSTS, "scribe")
        }
        if self._away:
            hosts["cat"] |= AWAY
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
        self._write(f"roles/{name}/tasks/other.yml", self._tasks(2))
        self._write(f"roles/{name}/vars/other.yml", self._variables(f"other vars {name}"))
        self._write(f"roles/{name}/defaults/other.yml", self._variables(f"other defaults {name}"))
        if self._now_and_then(0.3):
            spec = {
                "v1": {"type": "str", "required": self._one(True, False)},
                "v8": {"type": "int", "default": 3},
            }
            if self._now_and_then(0.3):
                spec["v2"] = {"choices": ["a", "v2 of play", "v2 of role's vars"]}
            self._write(
                f"roles/{name}/meta/argument_specs.yml",
                {"argument_specs": {"main": {"options": spec}}},
            )
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
        imported = []
        if self._now_and_then(0.3):
            self._write("more.yml", [self._play()])
            imported = [{"import_playbook": "more.yml"}]
            self._maybe(imported[0], 0.4, "when", self._condition)
            self._maybe(imported[0], 0.4, "vars", lambda: self._variables("import_playbook"))
            self._maybe(imported[0], 0.2, "tags", lambda: ["red"])
        self._write("site.yml", [*plays, *imported, telling])

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

    # Plays

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
        self._common(play, 0.1)
        self._maybe(
            play,
            0.2,
            "vars_files",
            lambda: self._one([self._vars_file()], [["missing.yml", self._vars_file()]]),
        )
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
            handler["listen"] = self._one("topic1", "topic2", ["topic1", "topic2"])
            self._handlers.append(self._one("topic1", "topic2"))
        if self._now_and_then(0.15) and "{{ nowhere }}" not in str(handler):
            handler["loop"] = [1, 2]
        self._common(handler, 0.05)
        self._maybe(handler, 0.2, "when", self._condition)
        return handler
