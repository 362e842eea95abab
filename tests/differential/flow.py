"""A playbook made by chance about who does what: failures in blocks within blocks, on some hosts.

Every step is as plain as can be. What it is about is where a failure leads: to rescues, to
`always`, to handlers, and to other hosts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .chance import HOSTS, Chance, Task

_INVENTORY = """\
[work]
ant
bee
cat
[work:vars]
ansible_connection=local
[far]
down ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1
"""
_HANDLERS = ("one", "two", "three", "four", "topic")
_WORDS = (
    *("flush_handlers",) * 6,
    *("end_host", "clear_host_errors") * 2,
    *("end_play", "end_batch", "refresh_inventory", "noop"),
)
_ROLES = ("red", "blue")
_DEEPEST = 3
_MOST_FILES = 5


class Flow(Chance):
    """Writes itself to a folder; `arguments` are those to run it with."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self._kinds: list[Callable[[int], Task]] = [
            *[self._says] * 6,
            *[self._fails] * 6,
            *[self._changes] * 4,
            *[self._steers] * 3,
            self._is_out_of_reach,
            self._fails_for_an_item,
            *[self._brings] * 4,
        ]
        self._write("inventory", _INVENTORY)
        plays = [self._play() for _ in range(self._one(1, 1, 2))]
        for role in _ROLES:
            self._write(f"roles/{role}/tasks/main.yml", self._tasks(_DEEPEST))
        last = {"hosts": "work", "gather_facts": False, "tasks": [self._says(0)]}
        self._write("site.yml", [*plays, last])
        self.arguments = ["site.yml", "-i", "inventory"]
        if self._now_and_then(0.2):
            self.arguments += ["--skip-tags", self._one("red", "always")]

    def _play(self) -> Task:
        play: Task = {"hosts": "work", "gather_facts": False}
        self._maybe(play, 0.3, "force_handlers", lambda: True)
        self._maybe(play, 0.05, "any_errors_fatal", lambda: True)
        self._maybe(play, 0.2, "serial", lambda: self._one(1, 2, [1, 2], "50%"))
        self._maybe(play, 0.1, "max_fail_percentage", lambda: self._one(0, 30, 60))
        self._maybe(play, 0.2, "pre_tasks", lambda: self._tasks(1))
        self._maybe(play, 0.3, "roles", lambda: [self._one(*_ROLES)])
        play["tasks"] = [*self._tasks(0), *self._tasks(0)]
        self._maybe(play, 0.2, "post_tasks", lambda: self._tasks(1))
        play["handlers"] = [self._handler(name) for name in _HANDLERS[:-1]]
        return play

    def _tasks(self, depth: int) -> list[Task]:
        return [self._node(depth) for _ in range(self._one(1, 2, 3))]

    def _node(self, depth: int) -> Task:
        if depth < _DEEPEST and self._now_and_then(0.35):
            return self._block(depth)
        task: Task = self._one(*self._kinds)(depth)
        if "meta" not in task:
            self._maybe(task, 0.04, "run_once", lambda: True)
            self._maybe(task, 0.25, "tags", lambda: [self._one("red", "always")])
        if "fail" in task or "debug" in task:
            self._maybe(task, 0.06, "any_errors_fatal", lambda: self._one(True, True, False))
        return task

    def _block(self, depth: int) -> Task:
        block: Task = {"name": self._next("block"), "block": self._tasks(depth + 1)}
        self._maybe(block, 0.7, "rescue", lambda: self._tasks(depth + 1))
        self._maybe(block, 0.5, "always", lambda: self._tasks(depth + 1))
        self._maybe(block, 0.05, "any_errors_fatal", lambda: True)
        self._maybe(block, 0.1, "when", self._on_some)
        return block

    def _handler(self, name: str) -> Task:
        handler: Task = {"name": name, "debug": {"msg": name}}
        match self._one("says", "says", "says", "fails", "fails", "changes", "includes"):
            case "fails":
                handler = {"name": name, "fail": {"msg": name}, "when": self._on_some()}
            case "changes":
                handler |= {"changed_when": True, "notify": self._one(*_HANDLERS)}
            case "includes":
                more = [self._says(0), self._fails(0), self._says(0)]
                handler = {"name": name, "include_tasks": self._file(more)}
        self._maybe(handler, 0.3, "listen", lambda: "topic")
        self._maybe(handler, 0.1, "run_once", lambda: True)
        return handler

    # Tasks ------------------------------------------------------------------------------------

    def _named(self, **keywords: object) -> Task:
        return {"name": self._next("t"), **keywords}

    def _on_some(self) -> str:
        chosen = self._chance.sample(HOSTS, self._one(1, 1, 1, 2, 2, 3))
        return f"inventory_hostname in {chosen}"

    def _says(self, _: int) -> Task:
        return self._named(debug={"msg": "said"})

    def _fails(self, _: int) -> Task:
        task = self._named(fail={"msg": "failed"}, when=self._on_some())
        self._maybe(task, 0.1, "ignore_errors", lambda: True)
        return task

    def _fails_for_an_item(self, _: int) -> Task:
        when = f"item == 2 and {self._on_some()}"
        return self._named(debug={"msg": "{{ item }}"}, loop=[1, 2], failed_when=when)

    def _changes(self, _: int) -> Task:
        notify = self._one(*_HANDLERS)
        return self._named(debug={"msg": "changed"}, changed_when=True, notify=notify)

    def _steers(self, _: int) -> Task:
        return {**self._named(meta=self._one(*_WORDS)), "when": self._on_some()}

    def _is_out_of_reach(self, _: int) -> Task:
        host = f"{{{{ 'down' if {self._on_some()} else inventory_hostname }}}}"
        return self._named(ping=None, delegate_to=host)

    def _brings(self, depth: int) -> Task:
        """Includes or imports a file or a role; a role brings none, as it might be itself."""
        if depth == _DEEPEST:
            return self._says(depth)
        words = ["include_role", "import_role"]
        if self._numbers.get("file", 0) < _MOST_FILES:
            words += ["include_tasks", "import_tasks"] * 2
        word = self._one(*words)
        is_role = word.endswith("role")
        what = {"name": self._one(*_ROLES)} if is_role else self._file(self._tasks(depth + 1))
        task = self._named(**{word: what})
        self._maybe(task, 0.3, "when", self._on_some)
        if word.startswith("include"):
            self._maybe(task, 0.2, "loop", lambda: [1, 2])
            self._maybe(task, 0.1, "run_once", lambda: True)
        return task

    def _file(self, tasks: list[Task]) -> str:
        return self._write(f"{self._next('file')}.yml", tasks)
