"""What a call of opsplay has said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was printed as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


Opsplay: TypeAlias = Callable[..., Said]
Write: TypeAlias = Callable[[str], Path]
