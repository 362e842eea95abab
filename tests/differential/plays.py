"""The plays of a generated site."""

from __future__ import annotations

from .chance import HOSTS, VARIABLES, Task
from .inventory import Inventory


class Plays(Inventory):
    def _play(self) -> Task:
        play: Task = {"name": self._next("play"), "hosts": self._hosts(), "gather_facts": False}
        handlers = [self._handler() for _ in range(self._chance.randint(0, 3))]
        self._maybe(play, 0.4, "vars", lambda: self._variables("play"))
        self._maybe(play, 0.1, "order", lambda: self._one("sorted", "reverse_inventory"))
        self._failing(play)
        self._common(play, 0.1)
        self._maybe(play, 0.25, "vars_files", self._vars_files)
        self._maybe(play, 0.04, "vars_prompt", self._prompts)
        self._maybe(play, 0.05, "tags", lambda: [self._one("red", "blue", "always")])
        self._maybe(play, 0.2, "pre_tasks", lambda: self._tasks(1))
        if self._roles:
            self._maybe(play, 0.4, "roles", self._roles_of_play)
        play["tasks"] = self._tasks(0)
        self._maybe(play, 0.2, "post_tasks", lambda: self._tasks(1))
        if handlers:
            play["handlers"] = handlers
        self._gathering(play)
        return play

    def _roles_of_play(self) -> list[Task | str]:
        return [self._role_use() for _ in range(self._one(1, 1, 2, 3))]

    def _hosts(self) -> str | list[str]:
        choice: str | list[str] = self._one(
            *(
                "work",
                "work",
                "work",
                "fliers:ant",
                "all:!scribe",
                "work:&walkers",
                "work[1:]",
                "beasts",
            ),
            *("late", "late:ant", "by_*:cat", "by_b,ant", "~a.*|b.*", "*t:!scribe"),
            *(["ant", "cat"], "{{ target | default('work') }}", "all:!scribe:!fliers"),
        )
        return choice

    def _failing(self, play: Task) -> None:
        """Say who works at a time, and how many of them may fail."""
        self._maybe(
            play,
            0.25,
            "serial",
            lambda: self._one(
                *(1, 2, "50%", [1, 2], ["30%", "100%"], "{{ 1 + 1 }}", [1, "100%"]),
                *(0, "2", ["{{ 1 }}", 5], [2, "50%"]),
            ),
        )
        self._maybe(play, 0.15, "any_errors_fatal", lambda: self._one(True, "{{ true }}"))
        self._maybe(play, 0.15, "force_handlers", lambda: self._one(True, True, False))
        self._maybe(
            play, 0.1, "max_fail_percentage", lambda: self._one(0, 33, 40, "80", "{{ 50 }}")
        )
        self._maybe(play, 0.1, "ignore_errors", lambda: True)
        self._maybe(play, 0.02, "run_once", lambda: True)
        if play["hosts"] == "work" and self._now_and_then(0.1):
            # Where several hosts go their own ways nobody knows which banner comes first; of one
            # that is out of reach, Ansible says at the end that no host is left.
            play["hosts"] = self._one(*(HOSTS[:2] if self._away else HOSTS))
            play["strategy"] = self._one("free", "host_pinned")

    def _vars_files(self) -> list[str | list[str]]:
        choice: list[str | list[str]] = self._one(
            [self._vars_file()],
            [self._vars_file(), self._vars_file()],
            [["missing.yml", self._vars_file()]],
            ["of_{{ inventory_hostname }}.yml"],
            [["of_{{ which }}.yml", "of_bee.yml"]],
            ["secret.yml"],
        )
        return choice

    def _prompts(self) -> list[Task]:
        """Nobody is there to answer."""
        name = self._one(*VARIABLES)
        return [{"name": name, "prompt": "What", "private": False, "default": f"{name} of prompt"}]

    def _gathering(self, play: Task) -> None:
        if self._now_and_then(0.03):
            play |= {"gather_facts": True, "gather_subset": ["!all", "!min", "env"]}
        elif self._now_and_then(0.05):
            play["gather_facts"] = "{{ 1 == 2 }}"
