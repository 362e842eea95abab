"""The tasks of a generated site: steps, blocks, and what is included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .chance import HOSTS, TAGS, Task
from .steps import Steps

DEPTH = 3
"""How deep blocks and files lie in each other."""


class Tasks(Steps):
    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self._roles: list[str] = []
        self._loop_depth = 0

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
        self._maybe(block, 0.05, "run_once", lambda: True)
        self._common(block, 0.1)
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
            task["include_tasks"] = self._one(
                name,
                {"file": name},
                {
                    "file": name,
                    "apply": self._one(
                        {"tags": ["red"]},
                        {"when": self._condition()},
                        {"vars": self._variables("apply")},
                        {"ignore_errors": True},
                        {"environment": {"WORD": "applied"}},
                    ),
                },
            )
            self._loop_depth -= looped
            if looped:
                task["loop"] = [1, "two"]
                task["loop_control"] = {"loop_var": f"outer{self._loop_depth}"}
                if self._now_and_then(0.3):
                    task["when"] = f"outer{self._loop_depth} != 1"
            self._maybe(task, 0.1, "register", lambda: self._next("inc"))
            self._maybe(task, 0.1, "run_once", lambda: True)
        self._maybe(task, 0.3, "vars", lambda: self._variables("include"))
        self._maybe(task, 0.3, "when", self._condition)
        return task

    def _tasks_of_role(self) -> Task:
        kind = self._one("import_role", "include_role")
        task: Task = {"name": self._next("role "), kind: {"name": self._one(*self._roles)}}
        if kind == "include_role":
            self._maybe(task[kind], 0.3, "public", lambda: self._one(True, False))
            self._maybe(
                task[kind],
                0.2,
                "apply",
                lambda: self._one(
                    {"tags": ["red"]}, {"when": self._condition()}, {"ignore_errors": True}
                ),
            )
            if self._now_and_then(0.2):
                task["loop"] = [1, 2]
                task["loop_control"] = {"loop_var": "turn"}
            self._maybe(task[kind], 0.2, "allow_duplicates", lambda: self._one(True, False))
        self._maybe(task[kind], 0.2, "tasks_from", lambda: self._one("other", "other.yml", "main"))
        self._maybe(task[kind], 0.2, "vars_from", lambda: "other")
        self._maybe(task[kind], 0.2, "defaults_from", lambda: "other.yml")
        self._maybe(task[kind], 0.1, "rolespec_validate", lambda: self._one(True, False))
        self._maybe(task, 0.3, "vars", lambda: self._variables("role's task"))
        self._maybe(task, 0.3, "when", self._condition)
        return task

    def _meta(self) -> Task:
        word = self._one(
            "flush_handlers",
            "noop",
            "end_host",
            "clear_host_errors",
            "end_play",
            "end_batch",
            "refresh_inventory",
        )
        task: Task = {"meta": word}
        if word.startswith("end"):
            task["when"] = [self._condition(), f"inventory_hostname == '{self._one(*HOSTS)}'"]
        return task
