"""What files hold, kept for all mails of a run: a thousand with one attachment read it once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from io import BytesIO
from pathlib import Path

from ..runner.task import Context, TaskError
from .message.file import Content
from .reading import Reading, reading

# More than any mail server takes; what was used longest ago goes first.
_MOST_BYTES = 64 * 1024 * 1024


def contents(path: Path, ctx: Context) -> Content:
    """Read a file, unless this version of it was read before; raises TaskError."""
    if path.is_dir():
        raise TaskError(f"cannot read {path}: it is a folder; name its files, as in {path}/*.pdf")
    shelf = ctx.pool.remember("contents of files", _Shelf)
    with reading(str(path)) as file:
        return shelf.contents(file)


class _Shelf:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Content] = OrderedDict()
        self._bytes = 0

    def contents(self, file: Reading) -> Content:
        key = (file.name, file.version)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        is_settled = file.is_settled
        gathered = BytesIO()
        gathered.writelines(file.blocks())
        content = Content(gathered.getvalue())
        if file.has_changed:
            raise TaskError(f"{file.name} was written to while it was read; try again")
        if is_settled:
            self._keep(key, content)
        return content

    def _keep(self, key: tuple[str, str], content: Content) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = content
                self._bytes += len(content.data)
            while self._bytes > _MOST_BYTES and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone.data)
