"""Takes from root, in one thread, what makes permissions and limits mean nothing to it."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("thread", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


@contextmanager
def permissions_matter() -> Iterator[None]:
    """Let root be an owner like any other: in this thread, and in those that it starts."""
    header, sets = _Header(_VERSION, 0), (_Sets * 2)()
    _call("capget", header, sets)
    before = sets[0].effective
    sets[0].effective = before & ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    _call("capset", header, sets)
    try:
        yield
    finally:
        sets[0].effective = before
        _call("capset", header, sets)


def keep_only_permissions() -> None:
    """Of all that root may, keep to read and write any file."""
    _keep(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)


def keep_nothing() -> None:
    """Be an owner like any other from now on."""
    _keep(0)


def _keep(powers: int) -> None:
    header, sets = _Header(_VERSION, 0), (_Sets * 2)()
    sets[0].effective = sets[0].permitted = powers
    _call("capset", header, sets)


def _call(name: str, header: _Header, sets: ctypes.Array[_Sets]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(ctypes.byref(header), sets):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let writing fail beyond this size, as it does on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
