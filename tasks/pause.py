"""Wait a while, or until somebody answers.

At a terminal, Ctrl+C and then C goes on at once; Ctrl+C and then A gives up.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Result, TaskError
from . import asking

SUPPORTS_CHECK = True
REPEAT = "harmless"
RUNS_ONCE = True
RETURNS = {
    "user_input": "What was typed.",
    "start": "When the wait began, in local time.",
    "stop": "When it ended.",
    "delta": "How many whole seconds it took.",
    "stdout": "The same in words.",
    "echo": "Whether what was typed could be seen.",
}
EXAMPLES = """\
- name: Give the server a moment
  pause:
    seconds: 2

- name: Ask before the mails go out
  pause:
    prompt: "Send {{ receivers | length }} mails? (yes/no)"
  register: answer

- name: Stop unless the answer is yes
  fail:
    msg: Nothing was sent.
  when: answer.user_input != "yes"
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    seconds: Annotated[float | None, "How long to wait; 0 or less is a second."] = None
    minutes: Annotated[float | None, "How long to wait; 0 or less is a second."] = None
    prompt: Annotated[str | None, "What to ask. Without a time, the answer is waited for."] = None
    echo: Annotated[bool, "Show what is typed; false for passwords."] = True


def run(params: Params, ctx: Context) -> Result:
    if params.seconds is not None and params.minutes is not None:
        raise TaskError("parameters are mutually exclusive: minutes|seconds")
    start, began = datetime.now(), time.monotonic()  # noqa: DTZ005  # the person's own time
    answer, warnings = _wait(params, ctx)
    took = time.monotonic() - began
    unit, amount = ("seconds", took) if params.seconds is not None else ("minutes", took / 60)
    data = {
        "user_input": answer,
        "start": str(start),
        "stop": str(datetime.now()),  # noqa: DTZ005
        "delta": int(took),
        "echo": params.echo,
        "rc": 0,
        "stdout": f"Paused for {round(amount, 2)} {unit}",
        "stderr": "",
    }
    return Result(data=data, warnings=warnings)


def _wait(params: Params, ctx: Context) -> tuple[str, tuple[str, ...]]:
    hidden = "" if params.echo else " (output is hidden)"
    descriptor, seconds = asking.terminal(), _seconds(params)
    if seconds is not None:
        announcement = f"Pausing for {seconds:g} seconds{hidden}"
        if descriptor is not None:
            asking.wait(descriptor, announcement, params.prompt, seconds, ctx)
            return "", ()
        for text in filter(None, [announcement, params.prompt]):
            ctx.line(text)
        ctx.cancellation.sleep(seconds)
        return "", ()
    if descriptor is None:
        return "", ("Not waiting for response to prompt as stdin is not interactive",)
    question = params.prompt or "Press enter to continue, Ctrl+C to interrupt"
    return asking.answer(descriptor, f"{question}{hidden}: ", ctx, echo=params.echo), ()


def _seconds(params: Params) -> float | None:
    wanted = params.seconds if params.minutes is None else params.minutes * 60
    # As in Ansible, nobody waits for ever, and nobody not at all.
    return 1 if wanted is not None and wanted <= 0 else wanted
