"""Run a command line in a shell, with pipes, redirections and wildcards."""

from __future__ import annotations

from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Alias, Context, FreeForm, Result, TaskError
from . import execution

SUPPORTS_CHECK = True
REPEAT = execution.repeat
LACKING = "one of the following is required: _raw_params, cmd, argv"
RETURNS = execution.RETURNS
EXAMPLES = """\
- name: Count the reports
  shell: ls /srv/reports | wc -l
  register: count
  changed_when: false

- name: Use what bash has and sh has not
  shell:
    cmd: |
      set -o pipefail
      mysqldump shop | gzip > /srv/backup/shop.sql.gz
    executable: /bin/bash
    creates: /srv/backup/shop.sql.gz
"""


@dataclass(frozen=True, kw_only=True)
class Params(execution.Execution):
    cmd: Annotated[str, "The command line, or a whole script.", FreeForm(), Alias("_raw_params")]
    executable: Annotated[
        str | None,
        "The shell that reads it: the full path of a program. Otherwise it is"
        " `ansible_shell_executable` or, if nobody says, /bin/sh.",
    ] = None


def run(params: Params, ctx: Context) -> Result:
    if not params.cmd:
        raise TaskError(LACKING, rc=256)
    argv = [params.executable or ctx.usual_shell(), "-c", params.cmd]
    return execution.execute(params.cmd, argv, params, ctx)
