"""What a server tells from a thread of its own, and a way to wait for it."""

from __future__ import annotations

import threading


class Told(list[str]):
    def __init__(self) -> None:
        super().__init__()
        self._news = threading.Condition()

    def __call__(self, told: object) -> None:
        with self._news:
            self.append(str(told))
            self._news.notify_all()

    def wait_for(self, words: str) -> str:
        """Give the first line with these words, as soon as there is one."""
        with self._news:
            assert self._news.wait_for(lambda: self._with(words), timeout=60), list(self)
            return self._with(words)[0]

    def _with(self, words: str) -> list[str]:
        return [line for line in self if words in line]
