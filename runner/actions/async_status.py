"""Ask how a job is getting on that a step with `async` and `poll: 0` has begun."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from ..dataclasses import dataclass
from ..task import Context, Result, TaskError

SUPPORTS_CHECK = True
REPEAT = "harmless"
EXAMPLES = """
- command: make-the-yearly-report
  async: 3600
  poll: 0
  register: job

- async_status:
    jid: "{{ job.ansible_job_id }}"
  register: report
  until: report is finished
  retries: 60
  delay: 60
"""
RETURNS = {
    "ansible_job_id": "The job.",
    "started": "Whether it has begun.",
    "finished": "Whether it has ended; then its own results are here, too.",
    "results_file": "The file in which its results are kept.",
    "erased": "With `cleanup`, the file that was removed.",
}


@dataclass(frozen=True, kw_only=True)
class Params:
    jid: Annotated[str, "The job, as its step returned it: `ansible_job_id`."]
    mode: Annotated[
        Literal["status", "cleanup"], "`cleanup` removes what is kept about the job."
    ] = "status"


def run(params: Params, ctx: Context) -> Result:
    from ..engine import jobs

    file, tidy = jobs.folder(ctx) / params.jid, params.mode == "cleanup"
    named = {"erased" if tidy else "results_file": str(file)}
    known = {"ansible_job_id": params.jid, **named, **jobs.SILENCE}
    if not re.fullmatch(r"j[0-9.]+", params.jid) or not file.is_file():
        raise TaskError("could not find job", **known, started=True, finished=True)
    if tidy:
        file.unlink()
        return Result(data={**known, "started": False, "finished": False})
    return jobs.as_result(file, jobs.read(file))
