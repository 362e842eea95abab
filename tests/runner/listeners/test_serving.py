from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from opsplay.runner import events
from opsplay.runner.listeners.serving import ServerLines


def shown(*told: events.Event) -> str:
    stream = io.StringIO()
    lines = ServerLines(stream)
    lines(events.TaskStarted(run="r", task=1, name="", step="ftp_server", place=""))
    for event in told:
        lines(event)
    return stream.getvalue()


def finished(status: Any, result: Mapping[str, Any], task: int = 1) -> events.StepFinished:
    return events.StepFinished(
        run="r", task=task, host="localhost", status=status, result=result, seconds=0
    )


def logged(text: str, task: int = 1) -> events.LineLogged:
    return events.LineLogged(run="r", time=0, task=task, host="localhost", text=text)


END = events.RunFinished(run="r", recap={}, seconds=1, exit_code=99)


def test_a_server_is_told_from_its_start_to_its_end() -> None:
    text = shown(finished("ok", {"msg": "server at 1"}), logged("li came"), END)
    first, second, last = text.splitlines()
    assert first == "server at 1 (Ctrl-C stops it)"
    assert second.endswith(":00 li came")
    assert last == "stopped"


def test_whom_clients_must_trust_is_told() -> None:
    text = shown(finished("changed", {"msg": "server", "ca_file": "/tmp/ca.pem"}))
    assert "clients can check its certificate with /tmp/ca.pem" in text


def test_a_server_that_does_not_start_says_why_and_never_stopped() -> None:
    assert shown(finished("failed", {"msg": "no room"}), END) == "FAILED: no room\n"


def test_what_other_steps_tell_is_not_shown() -> None:
    assert shown(logged("Pausing", task=2), finished("failed", {"msg": "stop"}, task=2)) == ""


def test_what_comes_from_outside_cannot_steer_the_terminal() -> None:
    text = shown(logged("uploaded \x1b[2J\nforged"))
    assert "\x1b" not in text
    assert text.count("\n") == 1


def test_warnings_are_told() -> None:
    assert shown(events.WarningGiven(run="r", text="mind this")) == "[WARNING]: mind this\n"
