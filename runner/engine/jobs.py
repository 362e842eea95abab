"""Steps that go on beside the run (`async`): each in a process of its own, which outlives the run.

What a job does is handed to it through a pipe; what comes of it is kept in a file of its own, in
the folder that Ansible uses, where `async_status` looks for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import Cancelled, TaskError
from ..task import Cancellation, Context, Result

if TYPE_CHECKING:
    from ..ledger import Ledger as StateLedger
    from ..registry import TaskType

PID = "_pid"
"""The key under which a job's file names the group of its processes."""
SILENCE: Mapping[str, Any] = {"stdout": "", "stdout_lines": [], "stderr": "", "stderr_lines": []}
"""What a job has said that says nothing."""
TOO_LONG = "Timeout exceeded"
"""In Ansible's words: what a job says that ended itself when its time was over."""
_TICK = 0.05


def folder(ctx: Context) -> Path:
    """Where results are kept: as a variable or the environment says, or in the user's home."""
    named = ctx.templar.evaluate("ansible_async_dir | default('')")
    named = named or os.environ.get("ANSIBLE_ASYNC_DIR") or "~/.ansible_async"
    return ctx.path(str(named))


def start(kind: TaskType, args: Mapping[str, Any], ctx: Context, longest: float) -> Path:
    """Begin a job that may take so many seconds; gives the file of its result."""
    import subprocess

    ledger = cast("StateLedger", ctx.ledger)
    ledger.is_lent = True
    file = folder(ctx) / f"j{int.from_bytes(os.urandom(5))}.{os.getpid()}"
    what = {
        "module": kind.module.__name__,
        "module_file": str(kind.module.__file__),
        "args": args,
        "file": str(file),
        "seconds": longest,
        "state": str(ledger.folder),
        "check": ctx.check,
        "diff": ctx.diff,
        "host": ctx.host,
        "once": ctx.once,
        "in_doubt": ctx.in_doubt,
        "playbook_dir": str(ctx.playbook_dir),
        "search_path": list(map(str, ctx.search_path)),
        "environment": ctx.environment,
        "strict_texts": ctx.strict_texts,
        "shell": ctx.usual_shell(),
    }
    command = [sys.executable, "-m", "opsplay.runner.engine.job"]
    said = subprocess.run(
        command,
        input=json.dumps(what, default=str).encode(),
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    if said.returncode:
        msg = f"the job cannot be begun: {said.stderr.decode(errors='replace').strip()}"
        raise TaskError(msg)
    return file


def begun(file: Path) -> Result:
    """What is known of a job that nobody waits for."""
    state = {"started": True, "finished": False}
    return Result(changed=True, data={**_identity(file), **state})


def follow(
    file: Path,
    longest: float,
    poll: float,
    cancellation: Cancellation,
    told: Callable[[str], None],
) -> Result:
    """Wait until a job has ended, and tell; raises TaskError if it takes too long or has failed."""
    waited, due = 0.0, poll
    while not (kept := read(file)).get("finished") and waited < longest:
        if waited >= due:
            told("poll")
            due += poll
        try:
            cancellation.sleep(_TICK)
        except Cancelled:
            stop(file)
            raise
        waited += _TICK
    # A job ends itself, too, when its time is over: that is the same, whoever is first.
    ended = kept.get("finished") and kept.get("msg") != TOO_LONG
    if not ended:
        told("poll")
    told("ok" if ended and not kept.get("failed") else "failed")
    if not ended:
        stop(file)
        msg = f"async task did not complete within the requested time - {longest:g}s"
        state = {"started": True, "finished": False}
        raise TaskError(msg, async_result={**_identity(file), **SILENCE, **state})
    file.unlink(missing_ok=True)
    return as_result(file, kept)


def read(file: Path) -> dict[str, Any]:
    """What is kept of a job; raises TaskError."""
    try:
        kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        msg = f"what is kept of the job cannot be read: {error}"
        raise TaskError(msg, **_identity(file), started=True, finished=True) from error
    return kept


def as_result(file: Path, kept: Mapping[str, Any]) -> Result:
    """The result of the job as that of a step; raises TaskError if it has failed."""
    data = {**_identity(file), **SILENCE, **kept}
    data.pop(PID, None)
    failed, msg = data.pop("failed", False), str(data.get("msg", ""))
    if failed:
        raise TaskError(msg, **{name: value for name, value in data.items() if name != "msg"})
    changed, skipped = bool(data.pop("changed", False)), bool(data.pop("skipped", False))
    return Result(changed=changed, skipped=skipped, msg=msg, data=data)


def stop(file: Path) -> None:
    """End the processes of a job, which kills those that it has begun in sessions of their own."""
    with contextlib.suppress(ProcessLookupError, KeyError, TaskError):
        os.killpg(read(file)[PID], signal.SIGTERM)


def _identity(file: Path) -> dict[str, Any]:
    return {"ansible_job_id": file.name, "results_file": str(file)}
