"""Run a playbook for a file that was uploaded, with the file's facts as the variable `received`."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ...runner.dataclasses import dataclass
from ...runner.task import Cancellation
from .. import process
from .ftp_drop import RunFailedError
from .ftp_spool import FACTS, Job

OPSPLAY = (sys.executable, "-P", "-m", "opsplay")
_CHUNK = 1024 * 1024
_LAST_WORDS = 10
# What must not stand in YAML as it is, and JSON's escape of it means the same there.
_UNPRINTABLE = re.compile("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class PlaybookRun:
    playbook: Path
    spool: Path
    """A folder that nobody else can look into."""
    environment: Mapping[str, str]

    def __call__(self, job: Job, cancellation: Cancellation) -> None:
        """Raise RunFailedError when it does not end well, OSError when it cannot begin."""
        with self._facts_file(facts(job, cancellation)) as file:
            argv = [*OPSPLAY, "run", str(self.playbook), "--output", "quiet", "-e", f"@{file}"]
            command = process.Command(
                argv=argv, cwd=self.playbook.parent, environment=self.environment
            )
            finished = process.run(command, cancellation)
        if finished.code:
            words = last_words(finished.stdout, finished.stderr)
            raise RunFailedError(f"exit status {finished.code}", words)

    @contextmanager
    def _facts_file(self, received: Mapping[str, object]) -> Iterator[Path]:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=self.spool, prefix=FACTS, suffix=".yml"
        ) as file:
            # A name like {{ this }} is data, never a template.
            file.write(f"received: !unsafe {_as_yaml(received)}\n")
            file.flush()
            yield Path(file.name)


def facts(job: Job, cancellation: Cancellation) -> dict[str, object]:
    """What a playbook gets to know of the file, as it lies there now."""
    upload = job.upload
    size, checksum = _looked_at(upload.path, cancellation)
    return {
        "path": str(upload.path),
        "name": upload.path.name,
        "folder": str(upload.path.parent),
        "size": size,
        "sha256": checksum,
        "user": upload.user,
        "client": upload.client,
        "time": upload.time,
        "attempt": job.failures + 1,
    }


def _looked_at(path: Path, cancellation: Cancellation) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            cancellation.check()
            digest.update(data)
            size += len(data)
    return size, digest.hexdigest()


def _as_yaml(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def last_words(stdout: str, stderr: str) -> list[str]:
    """The last lines that say what went wrong: the recap does not."""
    before_recap = stdout.partition("\nPLAY RECAP ")[0]
    lines = [line.rstrip(" *") for line in f"{before_recap}\n{stderr}".splitlines()]
    return [line for line in lines if line][-_LAST_WORDS:]
