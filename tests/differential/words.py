"""What a generated site says and asks: templates, conditions and items of loops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .chance import HOSTS, VARIABLES, Chance, Task

MAGIC = (
    "{{ inventory_hostname }} of {{ group_names | join('+') }}",
    "{{ ansible_play_hosts | length }} of {{ ansible_play_hosts_all }}",
    "{{ ansible_play_batch }} of {{ play_hosts }}",
    "{{ ansible_play_name }} has {{ ansible_play_role_names | sort }}",
    "{{ role_name | default('-') }} {{ ansible_role_name | default('-') }}",
    "{{ ansible_parent_role_names | default('-') }} of {{ ansible_role_names | sort }}",
    "{{ ansible_run_tags }} but {{ ansible_skip_tags }} on {{ ansible_limit | default('-') }}",
    "{{ ansible_failed_task.name | default('nothing failed') }}",
    "{{ ansible_failed_result.msg | default('-') }}",
    "{{ groups | dict2items | rejectattr('key', 'search', '^by_') | items2dict }}",
    "{{ ansible_facts.v1 | default('-') }} {{ ansible_facts | length }}",
    "{{ ansible_loop_var | default('-') }} {{ ansible_index_var | default('-') }}",
    "{{ ansible_loop.index | default('-') }} {{ place | default('-') }}",
    "{{ lookup('file', 'text.txt') }}",
    "{{ lookup('template', 'text.j2') }}",
    "{{ vars.v1 }} {{ lookup('vars', 'v2') }} {{ hostvars['ant'].v3 }}",
    "{{ hostvars[inventory_hostname].v2 }} {{ hostvars.bee.lazy | default('-') }}",
    "{{ trace | default([]) | length }}",
    "{{ lazy }}",
    "{{ deep.list }}",
    "{{ deep | combine({'more': [v1]}, recursive=true) }}",
    "{{ included | default('-') }} {{ result | default('-') }}",
    "{{ ansible_check_mode }} {{ ansible_diff_mode }} {{ ansible_forks is defined }}",
    "plain",
)
"""Texts about where a task stands; `lazy` and `deep` are of the inventory, `result` is of loops."""


class Words(Chance):
    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self._incomplete = self._now_and_then(0.15)
        """Whether files are missing that are included: of them Ansible does not say what failed."""

    def _text(self) -> str:
        one, other = self._one(*VARIABLES), self._one(*VARIABLES)
        about_values = (
            f"{{{{ {one} }}}}",
            f"{{{{ {one} }}}} and {{{{ {other} | upper }}}}",
            f"{{{{ [{one}, 1, none, true] }}}}",
            f"{{{{ {{'a': {one}}} | combine({{'b': 2.5}}) }}}}",
            f"{{% if {one} == {other} %}}same{{% else %}}{{{{ {one} | string }}}}{{% endif %}}",
        )
        magic = [text for text in MAGIC if not (self._incomplete and "failed" in text)]
        text: str = self._one(self._one(*about_values), self._one(*magic))
        return text

    def _condition(self) -> Any:
        if self._now_and_then(0.02):
            return self._one(
                *("nowhere", "nowhere is search('x')", "v1 is search(nowhere)", "v1", "lazy"),
                *("deep.list", "nowhere is defined and nowhere", "v2 | int", "not v3"),
            )
        return self._sound_condition()

    def _sound_condition(self) -> Any:
        variable = self._one(*VARIABLES)
        conditions = [
            True,
            False,
            f"inventory_hostname == '{self._one(*HOSTS)}'",
            f"inventory_hostname != '{self._one(*HOSTS)}'",
            "'walkers' in group_names",
            f"{variable} == '{variable} of play'",
            f"{variable} is defined",
            f"{variable} is search('inventory')",
            f"lazy is search('{variable}')",
            f"'{self._one(*HOSTS)}' in ansible_play_hosts",
            "ansible_check_mode",
            "trace is not defined or trace | length < 3",
            "ansible_role_name | default('') == 'role1'",
            "'red' in ansible_run_tags",
        ]
        if not self._incomplete:
            conditions.append("ansible_failed_task is defined")
        if self._registered:
            name = self._one(*self._registered)
            test = self._one("failed", "changed", "skipped", "succeeded", "unreachable")
            conditions += [f"{name} is defined and {name} is {test}"] * 3
        return self._one(*conditions)

    def _conditions(self) -> Any:
        return self._one(self._condition(), [self._condition(), self._condition()])

    def _items(self) -> tuple[Task, Task]:
        """Give what a task loops over, and its `loop_control`."""
        choice: tuple[Task, Task] = self._one(
            ({"loop": [1, "two", [3]]}, {}),
            ({"loop": []}, {}),
            ({"loop": "{{ range(3) | list }}"}, {"index_var": "place"}),
            ({"loop": [{"a": 1}, {"a": 2}]}, {"label": "{{ item.a }}"}),
            ({"loop": [1, 2]}, {"label": "{{ v1 }}: {{ place }}", "index_var": "place"}),
            ({"loop": ["p", "q"]}, {"loop_var": "thing"}),
            ({"loop": ["p", "q"]}, {"loop_var": "thing", "index_var": "place", "pause": 0}),
            ({"loop": ["p", "q"]}, {"extended": True}),
            ({"loop": ["p", "q"]}, {"extended": "{{ true }}", "loop_var": "thing"}),
            ({"loop": ["p", "q"]}, {"pause": "{{ 0 }}", "label": 7}),
            ({"loop": "{{ [v1, omit, v2] }}"}, {"index_var": "{{ 'place' }}"}),
            ({"loop": ["p", "q", "r"]}, {"break_when": "item == 'q'"}),
            ({"loop": ["p", "q", "r"]}, {"break_when": ["place > 0", "v1 is defined"]}),
            ({"loop": "{{ {'k': 1, 'l': 2} | dict2items }}"}, {"label": "{{ item.key }}"}),
            ({"loop": "{{ groups.work }}"}, {}),
            ({"loop": "{{ [1, 2] if inventory_hostname == 'ant' else [] }}"}, {}),
            ({"loop": "{{ range(groups.work.index(inventory_hostname) | d(1)) | list }}"}, {}),
            ({"loop": "{{ deep.list }}"}, {"extended": True, "label": "{{ ansible_loop.last }}"}),
            ({"loop": "{{ query('items', [1, [2]]) }}"}, {"extended_allitems": False}),
            ({"with_items": [1, [2, 3], [[4]]]}, {}),
            ({"with_items": "{{ [v1, v2] }}"}, {}),
            ({"with_items": ["{{ v1 }}", "{{ deep.list }}"]}, {}),
            ({"with_dict": {"x": 1, "y": 2}}, {}),
            ({"with_dict": "{{ deep }}"}, {"label": "{{ item.key }}"}),
            ({"with_sequence": "start=1 end=3"}, {}),
            ({"with_sequence": "count=2 format=n%02d"}, {}),
            ({"with_together": [[1, 2], ["a"]]}, {}),
            ({"with_nested": [[1, 2], ["a", "b"]]}, {}),
            ({"with_nested": [["{{ v1 }}"], "{{ deep.list }}"]}, {}),
            ({"with_indexed_items": ["a", "b"]}, {}),
            ({"with_subelements": [[{"n": 1, "l": ["a", "b"]}, {"n": 2, "l": []}], "l"]}, {}),
            ({"with_list": [[1], 2]}, {}),
            ({"with_lines": ["echo a; echo b"]}, {}),
            ({"with_inventory_hostnames": "work:!ant"}, {}),
            ({"with_fileglob": ["folder/*.yml", "missing/*"]}, {}),
            ({"with_file": ["text.txt"]}, {}),
            ({"with_first_found": ["missing.yml", "text.txt"]}, {}),
            ({"with_first_found": [{"files": ["missing.yml"], "skip": True}]}, {}),
            ({"loop": "{{ lookup('dict', {'k': v1}) }}"}, {}),
            ({"loop": "{{ deep.list | product(['x']) | list }}"}, {"label": "{{ item[1] }}"}),
            ({"loop": [{"name": "{{ v1 }}"}, {"name": "{{ omit }}"}]}, {}),
        )
        items, control = choice
        if "place" in str(control.get("break_when")):
            control["index_var"] = "place"
        return dict(items), dict(control)

    def _items_that_fail(self) -> Task:
        task: Task = self._one(
            {"loop": "{{ nowhere }}"},
            {"loop": "{{ v1 }}"},
            {"loop": "{{ deep }}"},
            {"with_dict": "{{ nowhere }}"},
            {"with_items": ["{{ nowhere }}", 1]},
        )
        return task

    def _loop(self, task: Task) -> None:
        if self._now_and_then(0.04):
            task.update(self._items_that_fail())
            return
        if self._registered and self._now_and_then(0.1):
            results = f"{{{{ {self._one(*self._registered)}.results | default([]) }}}}"
            task["loop"], task["loop_control"] = results, {"label": "{{ item.item | default() }}"}
            return
        items, control = self._items()
        task.update(items)
        if control:
            task["loop_control"] = control
        if "loop_var" not in control and self._now_and_then(0.3):
            task["when"] = self._one("item != 1", "item == 'two'", "true", "item is mapping")
