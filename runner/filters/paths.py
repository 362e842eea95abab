"""Filters for paths; those of `win_` for paths of Windows, wherever this runs."""

from __future__ import annotations

import glob
import ntpath
import os.path
from collections.abc import Sequence

basename = os.path.basename
dirname = os.path.dirname
expanduser = os.path.expanduser
expandvars = os.path.expandvars
normpath = os.path.normpath
realpath = os.path.realpath
relpath = os.path.relpath
splitext = os.path.splitext
win_basename = ntpath.basename
win_dirname = ntpath.dirname
win_splitdrive = ntpath.splitdrive


def path_join(paths: str | Sequence[str]) -> str:
    if isinstance(paths, str):
        return paths
    if not isinstance(paths, Sequence):
        raise TypeError(f"|path_join expects string or sequence, got {type(paths)} instead.")
    return os.path.join(*paths)


def commonpath(paths: Sequence[str]) -> str:
    if isinstance(paths, str) or not isinstance(paths, Sequence):
        raise TypeError(f"|commonpath expects sequence, got {type(paths)} instead.")
    return os.path.commonpath(paths)


def fileglob(pattern: str) -> list[str]:
    """The files, not the folders, that the pattern matches."""
    return sorted(path for path in glob.glob(pattern) if os.path.isfile(path))
