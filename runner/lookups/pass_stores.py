"""The lookup `pass`: what `pass`, or a program like it, has under a name."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from ..environment import whole
from ..errors import LookupFailed
from . import LookupContext


def pass_(
    terms: list[Any],
    _: Mapping[str, Any],
    *,
    context: LookupContext,
    command: Sequence[str] | str = (),
    returnall: bool = False,
) -> list[str]:
    """The password of each name, its first line, or with `returnall` all that is kept there.

    `command` is what is run, before the name; otherwise the setting `pass_command` says it.
    """
    words = shlex.split(command) if isinstance(command, str) else list(map(str, command))
    program = words or context.settings.pass_command
    texts = [_kept(str(term), program, context) for term in terms]
    return texts if returnall else [text.partition("\n")[0] for text in texts]


def _kept(name: str, program: Sequence[str], context: LookupContext) -> str:
    if name.startswith("-"):
        raise LookupFailed(f'"{name}" is an option, not the name of a secret')
    try:
        done = subprocess.run(
            [*program, name],
            cwd=context.playbook_dir,
            env=whole(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        told = f"{program[0]} cannot be run: {error.strerror}"
        raise LookupFailed(f"{told}; the setting pass_command names another program") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip() or "it does not say why"
        raise LookupFailed(f'{program[0]} does not give "{name}": {said}')
    text = done.stdout.decode("utf-8").rstrip("\n")
    if not text:
        raise LookupFailed(f'{program[0]} has nothing under "{name}"')
    context.vault.hide(text, *text.splitlines())
    return text
