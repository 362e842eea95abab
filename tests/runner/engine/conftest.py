from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeAlias

import pytest

from opsplay.runner.cli import main

BOTH = ("-i", "a,b,")
"""An inventory of two hosts."""


@dataclass(frozen=True)
class Ran:
    """A run as its JSON output tells it."""

    code: int
    events: list[dict[str, Any]]
    err: str

    def named(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["event"] == event]

    def steps(self, host: str | None = None) -> list[str]:
        """`task: status` of every step that finished, in order."""
        names = {task["task"]: task["name"] for task in self.named("TaskStarted")}
        return [
            f"{names[step['task']]}: {step['status']}"
            for step in self.named("StepFinished")
            if host in (None, step["host"])
        ]

    def result(self, task: str, host: str | None = None) -> dict[str, Any]:
        """The result of the last step of this name."""
        numbers = {each["task"] for each in self.named("TaskStarted") if each["name"] == task}
        found = [
            step["result"]
            for step in self.named("StepFinished")
            if step["task"] in numbers and host in (None, step["host"])
        ]
        assert found, f"no step {task}: {self.steps()}\n{self.err}"
        result: dict[str, Any] = found[-1]
        return result

    def recap(self, host: str = "localhost") -> str:
        """What the recap says of a host, without what is 0."""
        totals = self.named("RunFinished")[0]["recap"][host]
        return " ".join(f"{name}={count}" for name, count in totals.items() if count)


Play: TypeAlias = Callable[..., Ran]


@pytest.fixture
def play(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Play:
    """Run a playbook that is written down here, through the command line."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, *arguments: str) -> Ran:
        (tmp_path / "site.yml").write_text(dedent(text), "utf-8")
        code = main(["run", "site.yml", "--output", "json", *arguments])
        out, err = capsys.readouterr()
        return Ran(int(code), [json.loads(line) for line in out.splitlines()], err)

    return run
