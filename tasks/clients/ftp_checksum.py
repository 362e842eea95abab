"""Checksums that servers compute: HASH (draft-bryan-ftpext-hash), and older ones like XSHA256."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from typing import Protocol

from ...runner.dataclasses import dataclass
from .ftp import FtpClient

_HASHES = {"SHA-256": "sha256", "SHA-512": "sha512", "SHA-1": "sha1", "MD5": "md5"}
"""Names of HASH, the best first."""
_OLDER = {
    "XSHA256": "sha256",
    "XSHA512": "sha512",
    "XSHA1": "sha1",
    "XSHA": "sha1",
    "XMD5": "md5",
    "XCRC": "crc32",
}
"""Commands of one algorithm each, the best first."""


class Digest(Protocol):
    def update(self, data: memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


class _Crc:
    """CRC-32 in the manner of hashlib."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: memoryview, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


@dataclass(frozen=True)
class Checksum:
    """A checksum that a server offers, and that we compute too."""

    verb: str
    algorithm: str
    """Its name in hashlib, or crc32."""
    option: str = ""
    """What HASH calls it."""

    def of(self, blocks: Iterable[memoryview]) -> str:
        return digest(self.algorithm, blocks)

    def of_server(self, ftp: FtpClient, path: str, first: int | None = None) -> str | None:
        """Ask for that of a file, or of its `first` bytes; None if the server does not tell."""
        commands = [("OPTS", f"HASH {self.option}")] if self.option else []
        if first is not None:
            if not (self.option and ftp.offers("RANG") and first):
                return None
            commands.append(("RANG", f"0 {first - 1}"))
        # The older commands take a range behind the path, so one with spaces is quoted.
        name = f'"{path}"' if " " in path and not self.option else path
        *granted, reply = ftp.exchange([*commands, (self.verb, name)])
        if not (reply.done and all(each.done or each.wants_more for each in granted)):
            return None
        return _found(reply.text, self.algorithm)


def _new(algorithm: str) -> Digest:
    import hashlib  # which loads a large library

    return hashlib.new(algorithm, usedforsecurity=False)


def digest(algorithm: str, blocks: Iterable[memoryview]) -> str:
    made = _Crc() if algorithm == "crc32" else _new(algorithm)
    for block in blocks:
        made.update(block)
    return made.hexdigest()


def offered(ftp: FtpClient) -> Checksum | None:
    """Give the best checksum that FEAT names."""
    features = ftp.known.features or {}
    names = re.split(r"[;* ]+", features.get("HASH", "").upper())
    for name, algorithm in _HASHES.items():
        if name in names:
            return Checksum("HASH", algorithm, name)
    for verb, algorithm in _OLDER.items():
        if verb in features:
            return Checksum(verb, algorithm)
    return None


@dataclass(frozen=True)
class Sums:
    """The checksums of a file here and there."""

    algorithm: str
    ours: str
    theirs: str

    @property
    def same(self) -> bool:
        return self.ours == self.theirs

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.ours}"


def compare(
    ftp: FtpClient, path: str, blocks: Iterable[memoryview], *, readback: bool = False
) -> Sums:
    """Compare a file on the server with what we have, by its checksum or else by reading it."""
    checksum = None if readback else offered(ftp)
    # Some servers do not tell what FEAT promises.
    theirs = checksum and checksum.of_server(ftp, path)
    if checksum and theirs:
        return Sums(checksum.algorithm, checksum.of(blocks), theirs)
    return Sums("sha256", digest("sha256", blocks), _read_back(ftp, path))


def _read_back(ftp: FtpClient, path: str) -> str:
    made = _new("sha256")
    ftp.download(path, made.update)
    return made.hexdigest()


def _found(text: str, algorithm: str) -> str | None:
    """Find the checksum in a reply: a word of as many hexadecimal digits as it must have."""
    length = len(digest(algorithm, ()))
    match = re.search(rf"(?<![0-9A-Za-z.])[0-9a-fA-F]{{{length}}}(?![0-9A-Za-z.])", text)
    return match[0].lower() if match else None
