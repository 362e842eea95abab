"""Small choices that a generated site is made of, and what its words are."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Task = dict[str, Any]

HOSTS = ("ant", "bee", "cat")
VARIABLES = ("v1", "v2", "v3", "v4", "v5")
TAGS = ("red", "blue", "never", "always")


_STYLE: Any = {"sort_keys": False, "width": 1000}


class _Plain(yaml.SafeDumper):
    """Repeats what stands twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


class Chance:
    """Writes files to a folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self._numbers: dict[str, int] = {}
        self._registered: list[str] = []

    def _one(self, *choices: Any) -> Any:
        return self._chance.choice(choices)

    def _now_and_then(self, odds: float) -> bool:
        return self._chance.random() < odds

    def _next(self, kind: str) -> str:
        """Give a name that is not taken: t1, t2 and so on."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"{kind}{self._numbers[kind]}"

    def _write(self, name: str, content: object) -> str:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.dump(content, Dumper=_Plain, **_STYLE)
        path.write_text(text, "utf-8")
        return name

    def _variables(self, place: str, odds: float = 0.4) -> Task:
        """Some of the variables, most of them telling where they were defined."""
        chosen = [name for name in VARIABLES if self._now_and_then(odds)]
        return {name: self._value(name, f"{name} of {place}") for name in chosen}

    def _value(self, name: str, text: str) -> Any:
        if self._now_and_then(0.8):
            return text
        # They lean only on those behind them, so that none leans on itself.
        if (behind := VARIABLES[VARIABLES.index(name) + 1 :]) and self._now_and_then(0.4):
            return f"{{{{ {self._one(*behind)} }}}} by {text}"
        return self._one(
            *(7, 0, True, None, 2.5, "", "yes", "12", "a\nb\n", [], [1, text], {"key": text}),
            *(
                {},
                "{{ inventory_hostname }}",
                "{{ groups.work | length }}",
                ["{{ omit }}", "{{ v0 | d(1) }}"],
            ),
        )

    def _vars_file(self) -> str:
        name = self._next("vars") + ".yml"
        return self._write(name, self._variables(f"include_vars {name}"))

    def _maybe(self, task: Task, odds: float, key: str, value: Callable[[], Any]) -> None:
        if self._now_and_then(odds) and key not in task:
            task[key] = value()
