"""An access token is given or printed by a program, and never shown."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients import token as tokens
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.token import token


def account(*command: str, given: str = "") -> MailAccount:
    return MailAccount(host="x", port=1, user="li", token=given, token_command=command)


def script(code: str) -> MailAccount:
    return account(sys.executable, "-c", code)


def failure(account: MailAccount) -> str:
    with pytest.raises(TaskError) as caught:
        token(account)
    return caught.value.msg


def test_a_token_that_is_given_is_taken() -> None:
    assert token(account(given="ya29.a0-_~+/x==")) == "ya29.a0-_~+/x=="


def test_a_program_prints_it() -> None:
    assert token(script("print(' secret-token ')")) == "secret-token"


def test_no_shell_looks_at_the_words() -> None:
    assert token(account("printf", "%s", "$HOME;x*")) == "$HOME;x*"


def test_a_program_that_is_not_there_is_told() -> None:
    message = failure(account("no-such-program"))
    assert message == "token_command: cannot run no-such-program: No such file or directory"


def test_a_program_that_fails_is_told_without_what_it_printed() -> None:
    message = failure(
        script("import sys; print('secret'); print('secret', file=sys.stderr); sys.exit(3)")
    )
    assert "failed with status 3; run it by hand to see why" in message
    assert "secret" not in message


def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_SECONDS", 0.1)
    message = failure(script("import time; time.sleep(1000)"))
    assert "printed no token within 0.1 s; it may be waiting for somebody to log in" in message


def test_what_a_program_leaves_behind_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    note.touch()
    program = account("sh", "-c", 'sleep 1000 & echo $! > "$0"; wait', str(note))
    for seconds in (0.2, 2, 20, 200):  # it may be slow to start
        monkeypatch.setattr(tokens, "_SECONDS", seconds)
        assert "printed no token" in failure(program)
        if note.read_text():
            break
    os.kill(int(note.read_text()), signal.SIGKILL)  # it is still there


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("pass", "what token_command prints is empty; it must be the access token alone"),
        ("print('Your token: secret')", "holds blanks or characters that no token has"),
        ("print('secret\\nsecret')", "holds blanks or characters that no token has"),
        ("print('secret\\x01')", "holds blanks or characters that no token has"),
    ],
)
def test_what_is_no_token_is_told_and_not_shown(code: str, words: str) -> None:
    message = failure(script(code))
    assert words in message
    assert "secret" not in message


def test_a_token_with_a_line_break_is_not_taken() -> None:
    assert failure(account(given="secret\r\nQUIT")).startswith("token holds blanks or characters")
