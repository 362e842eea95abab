"""What the system refuses, in words: full disks, too many files, forbidden folders.

None of it is a bug, wherever it comes up; and what can be done about it is always the same.
"""

from __future__ import annotations

import errno
import os

_ADVICE = {
    errno.EACCES: "look at its permissions, and at those of the folders above it",
    errno.ENAMETOOLONG: "most systems take no more than 255 bytes",
    errno.EMFILE: "raise the limit (`ulimit -n`), or use fewer --forks",
    errno.ENFILE: "the whole machine has no more; see fs.file-max",
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room, or ask for a larger quota",
    errno.EFBIG: "the limit of `ulimit -f` is reached",
    errno.EROFS: "it can only be read",
    errno.EIO: "the disk, or what stands in for it, is broken",
    errno.EAGAIN: "the limit of processes is reached (`ulimit -u`, or that of the container)",
    errno.ENOMEM: "there is no memory left",
}
_NO_THREAD = "can't start new thread"


def told(error: BaseException) -> str:
    """Words for what the system refused; empty for anything else."""
    if isinstance(error, MemoryError):
        return _ADVICE[errno.ENOMEM]
    if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
        return f"the system starts no more threads: {_ADVICE[errno.EAGAIN]}"
    if isinstance(error, ImportError) and os.strerror(errno.EMFILE) in str(error):
        return f"{os.strerror(errno.EMFILE)}: {_ADVICE[errno.EMFILE]}"
    if not isinstance(error, OSError) or error.errno not in _ADVICE:
        return ""
    where = "".join(f" ({os.fsdecode(each)})" for each in _files(error))
    return f"{os.strerror(error.errno)}{where}: {_ADVICE[error.errno]}"


def _files(error: OSError) -> list[str | bytes]:
    named = (error.filename, error.filename2)
    return [each for each in named if isinstance(each, str | bytes)]
