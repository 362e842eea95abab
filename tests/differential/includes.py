"""What the tasks of a generated site include and import: files and roles."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from .chance import HOSTS, Task
from .keywords import Keywords


class Includes(Keywords):
    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self._roles: list[str] = []
        self._loop_depth = 0

    @abstractmethod
    def _tasks(self, depth: int) -> list[Task]:
        """Tasks for a file, so deep below the playbook."""

    # Files

    def _tasks_of_file(self, depth: int) -> Task:
        task: Task = {"name": self._next("from ")}
        if self._now_and_then(0.4):
            task["import_tasks"] = self._write(self._next("part") + ".yml", self._tasks(depth))
        elif self._now_and_then(0.2):
            task |= self._file_of_each_host(depth)
        else:
            self._include(task, depth)
        self._maybe(task, 0.3, "vars", lambda: self._variables("include"))
        self._maybe(task, 0.3, "when", self._condition)
        if "import_tasks" not in task:
            self._maybe(task, 0.1, "ignore_errors", lambda: True)
        return task

    def _include(self, task: Task, depth: int) -> None:
        if self._incomplete and self._now_and_then(0.1):
            missing = {"include_tasks": "missing.yml"}, {"include_role": {"name": "missing"}}
            task |= self._one(*missing)
            return
        name = self._next("part") + ".yml"
        looped = self._now_and_then(0.3)
        self._loop_depth += looped
        self._write(name, self._tasks(depth))
        task["include_tasks"] = self._one(
            name, name, {"file": name}, {"file": name, "apply": self._applied()}
        )
        self._loop_depth -= looped
        if looped:
            self._loop_of_include(task)
        elif self._now_and_then(0.1):
            task |= {"include_tasks": "{{ item }}", "with_first_found": ["missing.yml", name]}
        self._register_include(task)
        self._maybe(task, 0.1, "run_once", lambda: True)

    def _register_include(self, task: Task) -> None:
        if not self._incomplete:
            self._maybe(task, 0.1, "register", lambda: self._next("inc"))

    def _loop_of_include(self, task: Task) -> None:
        items, control = self._one(({"loop": [1, "two"]}, {}), self._items())
        outer = f"outer{self._loop_depth}"
        text = str(control.get("label", "")) + str(control.get("break_when", ""))
        task |= items
        task["loop_control"] = control if "item" in text else control | {"loop_var": outer}
        if "item" not in text and self._now_and_then(0.3):
            task["when"] = f"{outer} != 1"

    def _file_of_each_host(self, depth: int) -> Task:
        """A file whose name only the host knows, and which not all may have."""
        part = self._next("part")
        for host in HOSTS if self._incomplete else (*HOSTS, "extra", "scribe"):
            if not self._incomplete or self._now_and_then(0.7):
                self._write(f"{part}_{host}.yml", self._tasks(max(depth, 2)))
        return {"include_tasks": f"{part}_{{{{ inventory_hostname }}}}.yml"}

    def _applied(self) -> Task:
        choice: Task = self._one(
            {"tags": ["red"]},
            {"when": self._condition()},
            {"vars": self._variables("apply")},
            {"ignore_errors": True},
            {"environment": {"WORD": "applied"}},
            {"run_once": True},
            {"delegate_to": self._one(*HOSTS)},
            {"check_mode": True, "tags": "blue", "no_log": self._one(True, False)},
            {"when": [self._sound_condition(), self._condition()], "ignore_errors": True},
            {"any_errors_fatal": True},
            {"throttle": 1, "diff": True, "module_defaults": self._by_default()},
            {"delegate_to": "{{ groups.work[0] }}", "delegate_facts": True},
        )
        return choice

    # Roles

    def _tasks_of_role(self) -> Task:
        kind = self._one("import_role", "include_role")
        use: Task = {"name": self._one(*self._roles)}
        task: Task = {"name": self._next("role "), kind: use}
        if kind == "include_role":
            self._maybe(use, 0.3, "public", lambda: self._one(True, False))
            self._maybe(use, 0.2, "apply", self._applied)
            self._maybe(task, 0.1, "run_once", lambda: True)
            self._maybe(task, 0.1, "ignore_errors", lambda: True)
            self._register_include(task)
            if self._now_and_then(0.2):
                task |= {"loop": [1, 2], "loop_control": {"loop_var": "turn"}}
            elif self._now_and_then(0.1):
                use["name"] = "{{ item }}"
                task["loop"] = self._chance.sample(self._roles, k=min(2, len(self._roles)))
            elif self._now_and_then(0.1):
                task["loop_control"] = {"loop_var": "part", "extended": True, "index_var": "place"}
                task["loop"], use["tasks_from"] = ["main", "other"], "{{ part }}"
        self._maybe(use, 0.2, "allow_duplicates", lambda: self._one(True, False))
        self._maybe(use, 0.2, "tasks_from", lambda: self._one("other", "other.yml", "main"))
        self._maybe(use, 0.2, "vars_from", lambda: "other")
        self._maybe(use, 0.2, "defaults_from", lambda: "other.yml")
        self._maybe(use, 0.1, "handlers_from", lambda: "other")
        self._maybe(use, 0.1, "rolespec_validate", lambda: self._one(True, False))
        self._maybe(task, 0.3, "vars", lambda: self._variables("role's task"))
        self._maybe(task, 0.3, "when", self._condition)
        return task
