"""Run a command line as it is, in a shell: what `shell` does, with nothing around it."""

from __future__ import annotations

from typing import Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Alias, Context, FreeForm, Result, TaskError
from . import execution

RETURNS = {name: execution.RETURNS[name] for name in execution.OUTPUT}
EXAMPLES = """\
- name: Whoever knows raw need not learn shell
  raw: cat < /etc/hostname
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    cmd: Annotated[str, "The command line.", FreeForm(), Alias("_raw_params")]
    executable: Annotated[str, "The shell that reads it: the full path of a program."] = "/bin/sh"


def run(params: Params, ctx: Context) -> Result:
    if not params.cmd:
        raise TaskError("no command given")
    if ctx.environment:
        # In Ansible's words: scripts look for them.
        ctx.warn("raw module does not support the environment keyword")
        ctx = replace(ctx, environment={})
    ctx = replace(ctx, strict_texts=False)
    plain = execution.Execution(strip_empty_ends=False)
    argv = [params.executable or "/bin/sh", "-c", params.cmd]
    try:
        done = execution.execute(params.cmd, argv, plain, ctx)
    except TaskError as error:
        raise TaskError(error.msg, **execution.only_output(error.data), changed=True) from error
    return Result(changed=True, data=execution.only_output(done.data))
