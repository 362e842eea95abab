"""An OAuth2 access token: given, or printed by a program when a login needs it."""

from __future__ import annotations

import re
import subprocess

from ...runner.task import TaskError
from .mail_account import MailAccount

_SECONDS = 60
_TOKEN = re.compile(r"[!-~]+")
"""RFC 6750, 2.1, and what else servers are seen to issue."""


def token(account: MailAccount) -> str:
    """Give the account's token; an error never shows what may be one."""
    if account.token_command:
        return _checked(_printed(account.token_command), "what token_command prints")
    return _checked(account.token, "token")


def _checked(found: str, what: str) -> str:
    if _TOKEN.fullmatch(found):
        return found
    why = "holds blanks or characters that no token has" if found else "is empty"
    raise TaskError(f"{what} {why}; it must be the access token alone")


def _printed(command: tuple[str, ...]) -> str:
    program = command[0]
    try:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            output = _output(process, program)
    except OSError as error:
        raise TaskError(f"token_command: cannot run {program}: {error.strerror}") from error
    if process.returncode:
        raise TaskError(
            f"token_command: {program} failed with status {process.returncode}; run it by hand to"
            " see why (what it printed is not shown, since it may hold the token)"
        )
    return output.decode("utf-8", "replace").strip()


def _output(process: subprocess.Popen[bytes], program: str) -> bytes:
    try:
        return process.communicate(timeout=_SECONDS)[0]
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise TaskError(
            f"token_command: {program} printed no token within {_SECONDS} s; it may be waiting for"
            " somebody to log in, so run it by hand once"
        ) from error
