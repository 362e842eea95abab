"""Run a program, without a shell."""

from __future__ import annotations

import os
import re
import shlex
from collections import ChainMap
from typing import TYPE_CHECKING, Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Alias, Commas, Context, FreeForm, Result, TaskError
from . import execution

if TYPE_CHECKING:
    from collections.abc import Mapping

SUPPORTS_CHECK = True
REPEAT = execution.repeat
RETURNS = execution.RETURNS
EXAMPLES = """\
- name: Look how much room is left
  command: df -h /
  register: room

- name: Words with spaces need no quoting in a list
  command:
    argv: [mkdir, -p, "/srv/monthly reports"]
    creates: /srv/monthly reports

- name: Unpack once
  command: tar xzf reports.tar.gz
  args:
    chdir: /srv
    creates: /srv/reports
"""
_NO_SHELL = (
    "As of Ansible 2.4, the parameter 'executable' is no longer supported with the 'command'"
    " module. Not using '{}'."
)
"""In Ansible's words, which playbooks look for."""


@dataclass(frozen=True, kw_only=True)
class Params(execution.Execution):
    cmd: Annotated[
        str | None,
        "The program and its arguments, quoted as for a shell.",
        FreeForm(),
        Alias("_raw_params"),
    ] = None
    argv: Annotated[list[object] | None, "The program and its arguments as a list.", Commas()] = (
        None
    )
    expand_argument_vars: Annotated[
        bool, "Replace `$NAME`, `${NAME}` and a leading `~` in the arguments; unknown names stay."
    ] = True
    executable: Annotated[str | None, "Not used: shells are for the step `shell`."] = None


def run(params: Params, ctx: Context) -> Result:
    cmd = _words(params)
    variables = ChainMap(execution.environment(ctx), os.environ)
    argv = [_expanded(word, variables) for word in cmd] if params.expand_argument_vars else cmd
    result = execution.execute(cmd, argv, params, ctx)
    if params.executable:
        result = replace(result, warnings=(*result.warnings, _NO_SHELL.format(params.executable)))
    return result


def _words(params: Params) -> list[str]:
    if params.cmd and params.argv:
        raise TaskError("parameters are mutually exclusive: _raw_params|cmd|argv")
    try:
        given = ["" if word is None else str(word) for word in params.argv or ()]
        words = given or shlex.split(params.cmd or "")
    except ValueError as error:
        raise TaskError(f"cmd: {error}; a quote inside a word is written \\'") from error
    if not words:
        raise TaskError("one of the following is required: _raw_params, cmd, argv")
    return words


def _expanded(word: str, variables: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return variables.get(match[1] or match[2], match[0])

    word = re.sub(r"\$(?:(\w+)|\{([^}]*)\})", value, word, flags=re.ASCII)
    if word == "~" or word.startswith("~/"):
        return variables.get("HOME", "~") + word[1:]
    return os.path.expanduser(word)  # noqa: PTH111  # pathlib fails on an unknown user
