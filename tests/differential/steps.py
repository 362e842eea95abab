"""The steps of a generated site, with their keywords, loops and conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .chance import HOSTS, VARIABLES, Chance, Task


class Steps(Chance):
    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self._registered: list[str] = []
        self._handlers: list[str] = []
        self._away = self._now_and_then(0.25)
        """Whether one of the hosts is out of reach."""

    def _common(self, task: Task, odds: float) -> None:
        """Add what steps, blocks, handlers and plays may all have."""
        self._maybe(
            task,
            odds,
            "environment",
            lambda: self._one(
                {"WORD": "one"}, {"WORD": "{{ v1 }}"}, [{"WORD": "a"}, {"WORD2": "b"}]
            ),
        )
        self._maybe(
            task,
            odds,
            "module_defaults",
            lambda: self._one(
                {"debug": {"msg": "by default"}}, {"command": {"argv": ["echo", "dflt"]}}
            ),
        )
        self._maybe(task, odds / 2, "throttle", lambda: 1)
        self._maybe(task, odds / 2, "no_log", lambda: self._one(True, False))
        if self._away:
            self._maybe(task, odds * 3, "ignore_unreachable", lambda: self._one(True, True, False))
        self._maybe(task, odds / 3, "check_mode", lambda: self._one(True, False))

    def _step_with_keywords(self) -> Task:
        task = {"name": self._next("t"), **self._step()}
        retried = self._now_and_then(0.05)
        self._common(task, 0.04)
        if retried:
            task |= {"until": self._condition(), "retries": 1, "delay": 0}
        self._maybe(
            task,
            0.25,
            "when",
            lambda: self._one(self._condition(), [self._condition(), self._condition()]),
        )
        self._maybe(
            task,
            0.15,
            "vars",
            lambda: self._one(
                self._variables("task"), {"v1": "{{ v2 }} in task", "v3": "{{ [v1] }}"}
            ),
        )
        self._maybe(
            task,
            0.15,
            "changed_when",
            lambda: self._one(
                True, False, self._condition(), [self._condition(), self._condition()]
            ),
        )
        self._maybe(
            task,
            0.1,
            "failed_when",
            lambda: self._one(
                True, False, self._condition(), [self._condition(), self._condition()]
            ),
        )
        self._maybe(task, 0.25, "ignore_errors", lambda: self._one(True, True, False))
        self._maybe(task, 0.07, "run_once", lambda: True)
        if "{{ nowhere }}" not in str(task):
            self._maybe(task, 0.05, "delegate_to", lambda: self._one(*HOSTS))
            if "delegate_to" in task:
                self._maybe(task, 0.3, "delegate_facts", lambda: True)
        self._maybe(task, 0.05, "check_mode", lambda: self._one(True, False))
        if "{{ nowhere }}" not in str(task) and self._now_and_then(0.25):
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
            {"command": self._one("printenv WORD", "sh -c 'echo $WORD $WORD2'")},
            {"debug": {}},
            {"debug": {"msg": "{{ v9 | default(omit) }}"}},
            {"debug": {"msg": "{{ vars.v1 }} {{ lookup('vars', 'v2') }} {{ hostvars['ant'].v3 }}"}},
            {"ping": {"data": text}},
            {"include_vars": self._vars_file()},
            {"set_fact": {variable: text, "cacheable": self._one(True, False)}},
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
            ({"loop": "{{ {'k': 1, 'l': 2} | dict2items }}"}, {"label": "{{ item.key }}"}),
            (
                {"loop": "{{ query('items', [1, [2]]) }}"},
                {"extended": True, "extended_allitems": False},
            ),
            ({"with_subelements": [[{"n": 1, "l": ["a", "b"]}, {"n": 2, "l": []}], "l"]}, {}),
            ({"with_list": [[1], 2]}, {}),
            ({"with_inventory_hostnames": "work:!ant"}, {}),
            ({"loop": "{{ groups.work }}"}, {}),
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
