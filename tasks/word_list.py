"""A parameter that takes several words: a list, or a text with commas between them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from ..runner.task import Commas

Words: TypeAlias = Annotated[list[str], Commas()]
