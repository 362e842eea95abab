"""A list of files with their checksums, as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from ..runner.task import Context, TaskError
from . import files, paths
from .clients.ftp_checksum import digest
from .clients.transfer_plan import Step
from .local_sources import Source
from .reading import Reading


def write(name: str, steps: Iterable[Step], local: Mapping[str, Source], ctx: Context) -> None:
    """Write the file `name` anew: what lies at each path now; `local` is the same file here."""
    path = ctx.path(name)
    with paths.told(f"make the folder {path.parent}"):
        path.parent.mkdir(parents=True, exist_ok=True)
    with (
        paths.told(f"write manifest {path}"),
        files.replacing(path) as temporary,
        # A byte of a name that is no text becomes an escape that JSON knows too.
        temporary.open("w", encoding="utf-8", errors="backslashreplace") as file,
    ):
        for step in steps:
            if step.action != "deleted" and not step.item.folder:
                ctx.cancellation.check()
                file.write(_line(step, local[step.path]))


def _line(step: Step, source: Source) -> str:
    with source.open() as reading:
        if any(then not in (None, now) for then, now in _then_and_now(source, reading)):
            raise TaskError(
                f"{source.path} has changed since it was looked at to be sent: nobody can tell the"
                f" sha256 of {step.path} for the manifest; run it once more"
            )
        told = {
            "path": step.path,
            "bytes": reading.size,
            "sha256": digest("sha256", reading.blocks()),
            "mtime": reading.mtime and f"{datetime.fromtimestamp(reading.mtime, UTC):%FT%TZ}",
            "action": step.action,
        }
    return json.dumps(told, ensure_ascii=False) + "\n"


def _then_and_now(source: Source, reading: Reading) -> Iterable[tuple[float | None, float | None]]:
    return (source.size, reading.size), (source.mtime, reading.mtime)
