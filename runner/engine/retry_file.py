"""The file that names the hosts to try again, if the settings ask for one; as Ansible writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..events import RetryFileWritten

if TYPE_CHECKING:
    from .run import Run


def write(run: Run, playbook: str) -> None:
    """Name the hosts that have failed or are out of reach, for `--limit @FILE`."""
    settings = run.settings
    hosts = sorted(host.name for host in run.hosts.values() if host.failed or host.unreachable)
    if not (settings.retry_files_enabled and hosts):
        return
    folder = Path(settings.retry_files_save_path or Path(playbook).parent).expanduser().absolute()
    file = folder / f"{Path(playbook).stem}.retry"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{name}\n" for name in hosts), "utf-8")
    except OSError as error:
        run.warn_once(f"Could not create retry file '{file}': {error.strerror}")
    else:
        run.send(RetryFileWritten, file=str(file))
