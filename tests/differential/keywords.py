"""The keywords of the steps of a generated site."""

from __future__ import annotations

from pathlib import Path

from .chance import HOSTS, Task
from .steps import Steps


class Keywords(Steps):
    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self._handlers: list[str] = []
        self._away = self._now_and_then(0.25)
        """Whether one of the hosts is out of reach."""

    def _common(self, task: Task, odds: float) -> None:
        """Add what steps, blocks, handlers and plays may all have."""
        words = ({"WORD": "one"}, {"WORD": "{{ v1 }}"}, [{"WORD": "a"}, {"WORD2": "b"}])
        self._maybe(task, odds, "environment", lambda: self._one(*words))
        self._maybe(task, odds, "module_defaults", self._by_default)
        self._maybe(task, odds / 2, "throttle", lambda: self._one(1, 2, "{{ 1 }}"))
        self._maybe(task, odds / 2, "no_log", lambda: self._one(True, False, "{{ v1 == 'x' }}"))
        self._maybe(task, odds / 4, "timeout", lambda: 60)
        if self._away:
            self._maybe(task, odds * 3, "ignore_unreachable", lambda: self._one(True, True, False))
        self._maybe(task, odds / 3, "check_mode", lambda: self._one(True, False))
        self._maybe(task, odds / 3, "diff", lambda: self._one(True, False))

    def _step_with_keywords(self) -> Task:
        task = {"name": self._name(), **self._step()}
        retried = self._now_and_then(0.07)
        self._common(task, 0.04)
        if retried:
            # Ansible tells of attempts by the name that the first host gives the task.
            task |= {
                "until": self._conditions(),
                "retries": self._one(1, 2, "{{ 1 + 1 }}"),
                "delay": 0,
            }
            task["name"] = self._next("t")
            if self._now_and_then(0.5):
                name = task["register"] = self._next("r")
                test = self._one("succeeded", "changed", "not failed", "defined", "skipped")
                task["until"] = self._one(f"{name} is {test}", f"{name}.attempts > 1")
        self._maybe(task, 0.25, "when", self._conditions)
        self._maybe(task, 0.15, "vars", self._vars)
        self._maybe(
            task, 0.25, "ignore_errors", lambda: self._one(True, True, False, "{{ v1 is string }}")
        )
        self._maybe(task, 0.07, "run_once", lambda: self._one(True, True, False, "{{ true }}"))
        self._maybe(task, 0.03, "any_errors_fatal", lambda: self._one(True, False, "{{ true }}"))
        self._maybe(task, 0.05, "check_mode", lambda: self._one(True, False))
        if "{{ nowhere }}" not in str(task):
            self._delegate(task)
            if not self._loops(task) and self._now_and_then(0.25):
                self._loop(task)
        self._maybe(task, 0.5, "register", lambda: self._next("r"))
        self._states(task)
        self._notify(task)
        if "register" in task:
            self._registered.append(task["register"])
        if not self._loops(task) and self._now_and_then(0.03):
            task |= self._mistake()
        if "add_host" in task or "group_by" in task:
            # Ansible finds out that they changed something when it is too late for handlers, and
            # a failure of theirs ends the play for all.
            task["notify"] = []
            task.pop("failed_when", None)
        return task

    def _mistake(self) -> Task:
        """A keyword that leans on what nobody has said."""
        choice: Task = self._one(
            {"environment": {"WORD": "{{ nowhere }}"}},
            {"vars": {"v1": "{{ nowhere }}"}},
            {"loop": [1, 2], "when": "item > nowhere"},
            {"changed_when": "nowhere"},
            {"failed_when": "nowhere.part"},
            {"until": "nowhere", "retries": 1, "delay": 0},
            {"ignore_errors": "{{ nowhere }}"},
            {"check_mode": "{{ nowhere }}"},
        )
        return choice

    def _name(self) -> str:
        name = self._next("t")
        if self._now_and_then(0.95):
            return name
        return f"{name} {self._one('{{ groups.work | length }}', '{{ ansible_play_name }}')}"

    def _vars(self) -> Task:
        choice: Task = self._one(
            self._variables("task"),
            self._variables("task"),
            {"v1": "{{ v2 }} in task", "v3": "{{ [v4] }}"},
            {"deep": {"list": ["{{ v5 }}"]}},
            {"lazy": "{{ v1 }} of task's vars", "v2": "{{ inventory_hostname }}"},
        )
        return choice

    def _loops(self, task: Task) -> bool:
        return any(key == "loop" or key.startswith("with_") for key in task)

    def _delegate(self, task: Task) -> None:
        if {"local_action", "add_host", "group_by"} & {*task} or not self._now_and_then(0.06):
            return
        if not self._loops(task) and self._now_and_then(0.3):
            task |= {"delegate_to": "{{ item }}", "loop": "{{ groups.work }}"}
        else:
            task["delegate_to"] = self._one(*HOSTS, "{{ groups.work[-1] }}", "scribe")
        self._maybe(task, 0.3, "delegate_facts", lambda: True)

    def _states(self, task: Task) -> None:
        """Say what counts as a change, and what as a failure."""
        conditions = [True, False, [], self._conditions(), "{{ nowhere is defined }}"]
        if "register" in task:
            name = task["register"]
            conditions += [f"{name} is changed", f"{name}.rc | default(0) != 0"]
        if "loop" in task and "loop_control" not in task:
            conditions += ["item == 1", "item != 'two'"]
        self._maybe(task, 0.15, "changed_when", lambda: self._one(*conditions))
        self._maybe(task, 0.1, "failed_when", lambda: self._one(*conditions))

    def _notify(self, task: Task) -> None:
        if not self._handlers or not self._now_and_then(0.2):
            return
        name, other = self._one(*self._handlers), self._one(*self._handlers)
        task["notify"] = self._one(
            *(name, name, [name], [name, other], f"{{{{ '{name}' }}}}", ["nobody", name]),
            *([name, f"{{{{ '{other}' }}}}"], f"{{{{ ['{name}', '{other}'] }}}}"),
        )
        if "loop" in task and "loop_control" not in task and self._now_and_then(0.3):
            task["notify"] = f"{{{{ '{name}' if item == 1 else '{other}' }}}}"
