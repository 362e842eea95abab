"""Folders of files that tests send and compare."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TypeAlias

OLD = 1_000_000_000

Tree: TypeAlias = dict[str, bytes | None]


def write(path: Path, data: bytes = b"x", mtime: int = OLD) -> Path:
    """Write a file of whoever owns the folder; folders that are missing are made."""
    make_folder(path.parent)
    path.write_bytes(data)
    _hand_over(path)
    os.utime(path, (mtime, mtime))
    return path


def rewrite(path: Path, data: bytes = b"x") -> None:
    """Write a file anew, and later than it was written: the clock of files goes in steps."""
    before = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == before:
        write(path, data)


def make_folder(path: Path) -> None:
    if not path.exists():
        make_folder(path.parent)
        path.mkdir()
        _hand_over(path)


def _hand_over(path: Path) -> None:
    above = path.parent.stat()
    if path.stat().st_uid != above.st_uid:
        shutil.chown(path, above.st_uid, above.st_gid)


def tree(top: Path) -> Tree:
    """Give what lies below a folder: None is a folder."""
    return {
        path.relative_to(top).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in top.rglob("*")
    }


def difficult_tree(folder: Path) -> Tree:
    """Make a folder with all that makes names and files difficult."""
    names = ["测试.txt", "with space", "-rf", "quo\"te'", "[x]*?.txt", ".hidden", "{a,b}"]
    for name in names:
        write(folder / name, name.encode())
    write(folder / "empty", b"")
    write(folder / "large", os.urandom(3_000_000))
    write(folder / "月 [1]/深/deep.txt", b"deep")
    (folder / "empty folder").mkdir()
    return tree(folder)


def many_files(folder: Path, count: int) -> Tree:
    for number in range(count):
        write(folder / f"{number % 10}/{number}.txt", str(number).encode())
    return tree(folder)
