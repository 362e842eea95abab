"""A step whose name is a template: what stands in its place until the template is rendered."""

from __future__ import annotations

from typing import Annotated, NoReturn

from ..dataclasses import dataclass
from ..task import Context, TaskError

SUPPORTS_CHECK = True
REPEAT = "harmless"


@dataclass(frozen=True, kw_only=True)
class Params:
    why: Annotated[str, "Why nobody knows which step it is."] = ""


def run(params: Params, ctx: Context) -> NoReturn:
    raise TaskError(params.why)
