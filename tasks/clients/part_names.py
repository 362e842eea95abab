"""Names of files that are on their way: hidden, short, and of one version of one file.

A run that was killed leaves such a file behind. The next run knows by the name whether it is the
beginning of what it sends now: then it goes on there, otherwise it takes the file away. Where two
runs that write to one file would spoil it, the name tells the run, too.
"""

from __future__ import annotations

import posixpath
import re
from _blake2 import blake2b  # hashlib has the same, but loads all of OpenSSL with it

_BEGINNING = ".opsplay-"
_PART = re.compile(r"\.opsplay-([0-9a-f]{12})-[0-9a-f]{16}(-[0-9a-f]+)?\.part")


def part_name(path: str, version: str, run: str = "") -> str:
    """Give a path in the same folder; `run` is hexadecimal."""
    folder, slash, name = path.rpartition("/")
    ending = f"-{run}.part" if run else ".part"
    return f"{folder}{slash}{beginning_of_part(name)}{_digest(version, 8)}{ending}"


def beginning_of_part(name: str) -> str:
    """Give what the part names of all versions of a file begin with."""
    return f"{_BEGINNING}{owner(name)}-"


def of_any_run(part: str) -> str:
    """Give the name that the same version of the same file has in no run."""
    folder, slash, name = part.rpartition("/")
    return f"{folder}{slash}{'-'.join(name.removesuffix('.part').split('-')[:3])}.part"


def owner(name: str) -> str:
    """Give what the names of all versions of a file have in common."""
    return _digest(name, 6)


def owner_of_part(path: str) -> str | None:
    """Give the `owner` of a file on its way; None for any other file."""
    if _BEGINNING not in path:
        return None  # as nearly all, and a pattern is slow
    match = _PART.fullmatch(posixpath.basename(path))
    return match[1] if match else None


def _digest(text: str, size: int) -> str:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=size).hexdigest()
