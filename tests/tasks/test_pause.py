from __future__ import annotations

import os
import re
import sys
import threading
import time
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.task import Cancellation, Cancelled, Context, Result, TaskError
from opsplay.tasks import pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Terminal:
    """A person in front of a terminal: answers when asked, and sees what is on the screen."""

    def __init__(self) -> None:
        self.person, descriptor = os.openpty()
        self.stdin = os.fdopen(descriptor, "r", encoding="utf-8")
        self.screen = ""
        self._answers: Queue[tuple[str, str] | None] = Queue()
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def answers(self, text: str, *, to: str) -> None:
        self._answers.put((text, to))

    def forget(self) -> None:
        self.screen = ""

    def _answer(self) -> None:
        while answer := self._answers.get():
            text, to = answer
            while to not in self.screen:
                self.screen += os.read(self.person, 1000).decode()
            os.write(self.person, text.encode())

    def close(self) -> None:
        self._answers.put(None)
        self._thread.join()
        self.stdin.close()
        os.close(self.person)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdin", terminal.stdin)
    yield terminal
    terminal.close()


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with open(os.devnull) as nothing:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", nothing)
        yield


def run(ctx: Context, **arguments: Any) -> Result:
    result = pause.run(pause.Params(**arguments), ctx)
    assert not result.changed
    return result


@pytest.mark.parametrize("arguments", [{"seconds": 0.05}, {"minutes": 0.001}])
def test_it_waits_and_tells_how_long(ctx: Context, arguments: dict[str, float]) -> None:
    before = time.monotonic()
    data = run(ctx, **arguments).data
    took = time.monotonic() - before
    assert took >= 0.05
    assert 0 <= int(str(data["delta"])) <= took
    assert data["user_input"] == ""
    assert re.fullmatch(rf"Paused for [\d.]+ {next(iter(arguments))}", str(data["stdout"]))
    assert str(data["start"]) < str(data["stop"])


def test_a_long_wait_can_be_cancelled(contexts: Callable[..., Context]) -> None:
    cancellation = Cancellation()
    threading.Timer(0.05, cancellation.cancel).start()
    with pytest.raises(Cancelled):
        run(contexts(cancellation=cancellation), minutes=60)


def test_the_wait_is_announced(contexts: Callable[..., Context]) -> None:
    told: list[str] = []
    ctx = contexts(on_line=told.append)
    run(ctx, seconds=0.01)
    run(ctx, seconds=0.01, prompt="cooling down")
    run(ctx, seconds=0.01, echo=False)
    wait = "Pausing for 0.01 seconds"
    assert told == [wait, wait, "cooling down", f"{wait} (output is hidden)"]


@pytest.mark.parametrize("arguments", [{"seconds": 0}, {"minutes": -1}])
def test_no_time_is_a_second(contexts: Callable[..., Context], arguments: dict[str, float]) -> None:
    told: list[str] = []
    cancellation = Cancellation()
    cancellation.cancel()  # nobody waits for the second here
    with pytest.raises(Cancelled):
        run(contexts(on_line=told.append, cancellation=cancellation), **arguments)
    assert told == ["Pausing for 1 seconds"]


def test_a_person_answers(ctx: Context, terminal: Terminal) -> None:
    terminal.answers("是的\n", to="Send 3 mails?: ")
    result = run(ctx, prompt="Send 3 mails?")
    assert result.data["user_input"] == "是的"
    assert result.data["echo"] is True


def test_a_password_is_not_seen(ctx: Context, terminal: Terminal) -> None:
    terminal.answers("secret\n", to="Password (output is hidden): ")
    assert run(ctx, prompt="Password", echo=False).data["user_input"] == "secret"
    assert b"secret" not in os.read(terminal.person, 1000)


def test_what_is_typed_is_seen_and_can_be_taken_back(ctx: Context, terminal: Terminal) -> None:
    terminal.answers("\x7f李x\x7f\n", to="Who?: ")
    assert run(ctx, prompt="Who?").data["user_input"] == "李"
    assert "李" in os.read(terminal.person, 1000).decode()


@pytest.mark.parametrize("arguments", [{}, {"prompt": "?", "echo": False}, {"minutes": 60}])
def test_after_ctrl_c_a_person_goes_on_or_gives_up(
    ctx: Context, terminal: Terminal, arguments: dict[str, Any]
) -> None:
    begun = "ctrl+C then" if "minutes" in arguments else ": "
    terminal.answers("\x03", to=begun)
    terminal.answers("xc", to="Press 'C' to continue the play or 'A' to abort")
    assert run(ctx, **arguments).data["user_input"] == ""
    terminal.forget()
    terminal.answers("\x03", to=begun)
    terminal.answers("A", to="Press 'C' to continue the play or 'A' to abort")
    with pytest.raises(TaskError, match="user requested abort!"):
        run(ctx, **arguments)


def test_enter_does_not_end_a_wait(ctx: Context, terminal: Terminal) -> None:
    terminal.answers("\n", to="ctrl+C then")
    assert run(ctx, seconds=0.2, prompt="Cooling").data["user_input"] == ""
    shown = ["Pausing for 0.2 seconds", "(ctrl+C then 'C' = continue early", "Cooling:"]
    assert sorted(shown, key=terminal.screen.index) == shown


def test_enter_is_enough(ctx: Context, terminal: Terminal) -> None:
    terminal.answers("\n", to="Press enter to continue, Ctrl+C to interrupt: ")
    assert run(ctx).data["user_input"] == ""


def test_a_question_can_be_cancelled(contexts: Callable[..., Context], terminal: Terminal) -> None:
    import termios

    before = termios.tcgetattr(terminal.stdin.fileno())
    cancellation = Cancellation()
    threading.Timer(0.05, cancellation.cancel).start()
    with pytest.raises(Cancelled):
        run(contexts(cancellation=cancellation), prompt="?", echo=False)
    assert termios.tcgetattr(terminal.stdin.fileno()) == before


@pytest.mark.usefixtures("no_terminal")
def test_without_a_terminal_it_says_so_and_goes_on(ctx: Context) -> None:
    result = run(ctx, prompt="?")
    assert result.data["user_input"] == ""
    assert result.warnings == ("Not waiting for response to prompt as stdin is not interactive",)


def test_without_any_standard_input_it_goes_on(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert run(ctx).warnings


def test_one_unit_is_enough(ctx: Context) -> None:
    with pytest.raises(TaskError, match="mutually exclusive"):
        run(ctx, seconds=1, minutes=1)
