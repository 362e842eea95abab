"""What a generated site is run with."""

from __future__ import annotations

import json
from typing import Any

from .chance import Task
from .plays import Plays

TAGS_WANTED = (
    *("red", "blue", "red,blue", "untagged", "tagged", "all", "never", "always", "all,never"),
)
LIMITS = ("work,scribe", "ant,scribe", "all:!bee", "~[as].*", "work[0],scribe", "@limit.txt")


class CommandLine(Plays):
    def _listing(self) -> list[str]:
        if not self._now_and_then(0.05):
            return []
        return [self._one("--list-tasks", "--list-tags", "--list-hosts")]

    def _switches(self, plays: list[Task]) -> list[str]:
        arguments = ["site.yml"]
        tags = self._one(*TAGS_WANTED)
        # opsplay refuses tags of which nothing is left.
        skipped = [tag for tag in ("red", "blue", "always", "untagged") if tag != tags]
        for switch, value, odds in (
            ("--tags", tags, 0.3),
            ("--skip-tags", self._one(*skipped), 0.2),
            ("-e", self._extra(), 0.3),
            ("-e", "v5='v5 of a word'", 0.05),
            ("-e", f"@{self._one('of_ant.yml', 'secret.yml')}", 0.05),
            ("-l", self._one(*LIMITS), 0.15),
        ):
            if self._now_and_then(odds):
                arguments += [switch, value]
        arguments += self._start(plays) if self._now_and_then(0.05) else []
        for switch in ("--check", "--force-handlers", "--diff", "-v"):
            if self._now_and_then(0.1):
                arguments.append(switch)
        return arguments

    def _extra(self) -> str:
        variables: Any = self._variables("command line", 0.2)
        if self._now_and_then(0.2):
            variables |= {"target": self._one("ant", "work:!ant"), "which": "ant"}
        if self._now_and_then(0.3):
            return f"@{self._write('extra.yml', variables)}"
        return json.dumps(variables)

    def _start(self, plays: list[Task]) -> list[str]:
        """Start at a task that stands in a play itself, if one has a name.

        Of the first task of a play, which is another where tags leave it out, Ansible gathers facts
        whether they are wanted or not.
        """
        sound = [play["tasks"] for play in plays[1:] if "tags" not in play["tasks"][0]]
        tasks = [task for tasks in sound for task in tasks[1:] if "debug" in task]
        return ["--start-at-task", self._one(*tasks)["name"]] if tasks else []
