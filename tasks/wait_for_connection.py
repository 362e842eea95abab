"""Wait until steps can be run: here, where opsplay runs, that is at once."""

from __future__ import annotations

import time
from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Range, Result

REPEAT = "harmless"
RETURNS = {"elapsed": "How many seconds were waited."}
EXAMPLES = """\
- name: Give the service a moment
  wait_for_connection:
    delay: 2
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    connect_timeout: Annotated[int, "How long one attempt may take, in seconds.", Range(0)] = 5
    delay: Annotated[int, "How long to wait before the first attempt, in seconds.", Range(0)] = 0
    sleep: Annotated[int, "How long to wait between two attempts, in seconds.", Range(0)] = 1
    timeout: Annotated[int, "How long to try at all, in seconds.", Range(0)] = 600


def run(params: Params, ctx: Context) -> Result:
    begun = time.monotonic()
    if params.delay:
        ctx.cancellation.sleep(params.delay)
    return Result(data={"elapsed": int(time.monotonic() - begun)})
