"""Facts from one run to the next, if the settings ask for it: a JSON file a host, as in Ansible.

Who may read facts may learn much, secrets of `set_fact` with `cacheable` among it: the files are
their owner's alone.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dataclasses import dataclass
from ..errors import UsageError
from ..registry import bare

if TYPE_CHECKING:
    from ..settings import Settings


@dataclass(frozen=True, eq=False, repr=False)
class FactCache:
    """The facts of hosts; without a folder, there are none."""

    folder: Path | None = None
    seconds: int = 0
    """How long they are true; 0 is for ever."""

    @staticmethod
    def of(settings: Settings, warn: Callable[[str], object]) -> FactCache:
        """As in Ansible, one that is not there is told, and there is none; raises UsageError."""
        name = bare(settings.cache_plugin)
        if name not in ("memory", "jsonfile"):
            warn(f"Unable to load the cache plugin {settings.cache_plugin!r}.")
        if name != "jsonfile":
            return FactCache()
        if not settings.cache_plugin_connection:
            raise UsageError("facts are to be kept in files (cache_plugin), but no folder is named")
        folder = Path(settings.cache_plugin_connection).expanduser()
        return FactCache(folder, settings.cache_plugin_timeout)

    def read(self, host: str, warn: Callable[[str], object]) -> dict[str, Any]:
        """What is known of a host; what cannot be read any more is not, and that is told."""
        if self.folder is None:
            return {}
        path = self._path(self.folder, host)
        try:
            old = self.seconds and path.stat().st_mtime < time.time() - self.seconds
            facts = {} if old else json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            warn(f"the facts that were kept of {host} cannot be read, and are not known: {error}")
            return {}
        return facts if isinstance(facts, dict) else {}

    def keep(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Write the facts of all these hosts, which are new from now on; raises OSError."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for host, known in facts.items():
            path = self._path(self.folder, host)
            if known:
                self._write(path, json.dumps(known, default=str, indent=4, sort_keys=True))
            else:
                path.unlink(missing_ok=True)

    def flush(self, hosts: Iterable[str]) -> None:
        """Forget what is known of all these hosts; raises OSError."""
        self.keep({host: {} for host in hosts})

    @staticmethod
    def _path(folder: Path, host: str) -> Path:
        return folder / host.replace(os.sep, "_")

    @staticmethod
    def _write(path: Path, text: str) -> None:
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            temporary.touch(0o600)
            temporary.write_text(text, "utf-8")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)  # on a full disk, each run would leave one
