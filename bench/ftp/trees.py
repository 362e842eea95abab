"""The files that are sent, and whether they have arrived."""

from __future__ import annotations

import filecmp
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1 << 20
KIB = 1 << 10
MIB = 1 << 20
DAY = 86_400


@dataclass(frozen=True)
class Tree:
    """`count` files of `size` bytes in `folders` folders, or in the tree's own where that is 0."""

    count: int
    size: int
    folders: int = 0

    def __str__(self) -> str:
        unit, name = (MIB, "MiB") if self.size >= MIB else (KIB, "KiB")
        where = f" in {self.folders} folders" if self.folders else ""
        return f"{self.count:,} × {self.size // unit:,} {name}{where}"

    @property
    def key(self) -> str:
        return f"{self.count}-{self.size}-{self.folders}"

    @property
    def paths(self) -> Iterator[str]:
        for number in range(self.count):
            folder = f"folder-{number % self.folders:02}/" if self.folders else ""
            yield f"{folder}file-{number:06}.bin"

    def rate(self, seconds: float) -> str:
        """Tell how fast it was moved: a large file in bytes, small ones in files."""
        if self.size >= MIB:
            return f"{self.count * self.size / seconds / 1e6:,.0f} MB/s"
        return f"{self.count / seconds:,.0f} files/s"

    def write(self, top: Path) -> None:
        """Write the files, each of its own bytes and its own time."""
        source, newest = random.Random(0), int(time.time()) - DAY  # noqa: S311 - any bytes do
        for number, path in enumerate(self.paths):
            file = top / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as out:
                for start in range(0, self.size, BLOCK):
                    out.write(source.randbytes(min(BLOCK, self.size - start)))
            os.utime(file, (newest - number, newest - number))


def files(top: Path) -> set[str]:
    return {
        os.path.relpath(os.path.join(folder, name), top)  # noqa: PTH118 - a hundred thousand times
        for folder, _, names in os.walk(top)
        for name in names
    }


def is_same(one: Path, other: Path) -> bool:
    """Compare names and bytes."""
    names = files(one)
    filecmp.clear_cache()
    return names == files(other) and not any(
        map(any, filecmp.cmpfiles(one, other, names, shallow=False)[1:])
    )


def state(top: Path) -> dict[str, tuple[int, int]]:
    """Tell of each file what changes when it is written again."""
    stats = {name: (top / name).stat() for name in files(top)}
    return {name: (stat.st_ino, stat.st_ctime_ns) for name, stat in stats.items()}
