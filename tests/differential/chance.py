"""Small choices that a generated site is made of, and what its words are."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

Task = dict[str, Any]

HOSTS = ("ant", "bee", "cat")
VARIABLES = ("v1", "v2", "v3", "v4", "v5")
TAGS = ("red", "blue", "never", "always")


class Chance:
    """Writes files to a folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self._numbers: dict[str, int] = {}

    def _one(self, *choices: Any) -> Any:
        return self._chance.choice(choices)

    def _now_and_then(self, odds: float) -> bool:
        return self._chance.random() < odds

    def _next(self, kind: str) -> str:
        """Give a name that is not taken: t1, t2 and so on."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"{kind}{self._numbers[kind]}"

    def _write(self, name: str, content: object) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        path.write_text(text, "utf-8")

    def _variables(self, place: str, odds: float = 0.4) -> dict[str, str]:
        """Some of the variables, each telling where it was defined."""
        return {name: f"{name} of {place}" for name in VARIABLES if self._now_and_then(odds)}

    def _maybe(self, task: Task, odds: float, key: str, value: Callable[[], Any]) -> None:
        if self._now_and_then(odds) and key not in task:
            task[key] = value()
