"""A playbook that is written down in a test, run through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeAlias

import pytest

from opsplay.runner.cli import main


@dataclass(frozen=True)
class Played:
    """`shown` is all that came to the screen."""

    code: int
    out: str
    shown: str

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The result of each task by its name; only with `--output json`."""
        events = [json.loads(line) for line in self.out.splitlines()]
        names = {each["task"]: each["name"] for each in events if each["event"] == "TaskStarted"}
        finished = (each for each in events if each["event"] == "StepFinished")
        return {names[each["task"]]: each["result"] for each in finished}

    def msg(self, task: str) -> Any:
        """What a task had to say."""
        assert task in self.results, self.shown
        return self.results[task]["msg"]


Play: TypeAlias = Callable[..., Played]


def player(folder: Path, capsys: pytest.CaptureFixture[str]) -> Play:
    """Give what runs tasks, the text of them, in this folder."""

    def run(tasks: str, *arguments: str, head: str = "") -> Played:
        body = "".join(f"    {line}\n" for line in dedent(tasks).strip().splitlines())
        start = f"- hosts: localhost\n  gather_facts: false\n{head}  tasks:\n"
        (folder / "site.yml").write_text(start + body, "utf-8")
        code = main(["run", "site.yml", *arguments])
        out, err = capsys.readouterr()
        return Played(int(code), out, out + err)

    return run


def lay(folder: Path, name: str, text: str) -> None:
    """Write a file, and make the folders that lead to it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), "utf-8")


def result(play: Play, tasks: str, *arguments: str) -> dict[str, Any]:
    """What the one task named `it` came to."""
    return play(tasks, "--output", "json", *arguments).results["it"]
