"""What find looks for, as tests of a path and its status: the cheap ones first."""

from __future__ import annotations

import fnmatch
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import Alias, Check, Mode, Pattern, TaskError
from . import file_facts, permissions, regexes
from .permissions import Access
from .word_list import Words

Criteria: TypeAlias = Sequence[Callable[[str, os.stat_result], bool]]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_AGE = "-?[0-9]+[smhdwSMHDW]?"
_SIZE = "-?[0-9]+[bkmgtBKMGT]?"
_KINDS = {"directory": "isdir", "file": "isreg", "link": "islnk"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The parameters that say what is looked for."""

    patterns: Annotated[
        Words,
        "What a name may look like, without its folder: shell patterns, with commas between them "
        "or as a list. By default every name will do.",
        Alias("pattern"),
    ] = field(default_factory=list)
    excludes: Annotated[
        Words, "What a name must not look like, in the same way.", Alias("exclude")
    ] = field(default_factory=list)
    use_regex: Annotated[
        bool, "The patterns are regular expressions, which match from the beginning of the name."
    ] = False
    contains: Annotated[
        str | None,
        "A regular expression that matches the beginning of a line of the file.",
        Check(regexes.check),
    ] = None
    read_whole_file: Annotated[
        bool, "`contains` is searched in the whole file at once, not line by line."
    ] = False
    encoding: Annotated[
        str | None, "How the files are written that `contains` looks into; by default UTF-8."
    ] = None
    file_type: Annotated[Literal["any", "directory", "file", "link"], "What is looked for."] = (
        "file"
    )
    age: Annotated[
        str | None,
        "At least how old: seconds, or `5m`, `2h`, `3d`, `1w`. A negative one means at most.",
        Pattern(_AGE, "a whole number and s, m, h, d or w, as 2w"),
    ] = None
    age_stamp: Annotated[Literal["atime", "ctime", "mtime"], "The time that `age` counts from."] = (
        "mtime"
    )
    size: Annotated[
        str | None,
        "At least how large: bytes, or `1k`, `5m`, `2g`, `1t`. A negative one means at most.",
        Pattern(_SIZE, "a whole number and b, k, m, g or t, as 10m"),
    ] = None
    mode: Annotated[Mode | None, "Its permissions."] = None
    exact_mode: Annotated[bool, "Exactly these permissions, not any one of them."] = True
    hidden: Annotated[
        bool, "Also find names with a dot in front. Folders of such names are searched anyway."
    ] = False


def compiled(wanted: Wanted) -> Criteria:
    """Raises TaskError for an expression that cannot be read."""
    return list(_criteria(wanted))


def _criteria(wanted: Wanted) -> Iterator[Callable[[str, os.stat_result], bool]]:
    if wanted.file_type != "any":
        is_kind = file_facts.KINDS[_KINDS[wanted.file_type]]
        yield lambda _, status: is_kind(status.st_mode)
    if not wanted.hidden:
        yield lambda path, _: not _name(path).startswith(".")
    yield from _named(wanted)
    if wanted.age is not None:
        yield _aged(wanted.age, wanted.age_stamp)
    if wanted.size is not None and wanted.file_type in ("file", "any"):
        yield _sized(wanted.size)
    if wanted.mode is not None:
        yield _permitted(wanted.mode, exact=wanted.exact_mode)
    if wanted.contains is not None and wanted.file_type == "file":
        yield _containing(wanted.contains, wanted.encoding, whole=wanted.read_whole_file)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _named(wanted: Wanted) -> Iterator[Callable[[str, os.stat_result], bool]]:
    taken, left_out = (
        [regexes.compiled(text if wanted.use_regex else fnmatch.translate(text)) for text in given]
        for given in (wanted.patterns, wanted.excludes)
    )
    if taken:
        yield lambda path, _: any(regex.match(_name(path)) for regex in taken)
    if left_out:
        yield lambda path, _: not any(regex.match(_name(path)) for regex in left_out)


def _quantity(text: str, units: dict[str, int]) -> int:
    unit = text[-1].lower()
    return int(text[:-1]) * units[unit] if unit in units else int(text)


def _aged(text: str, stamp: str) -> Callable[[str, os.stat_result], bool]:
    seconds, now = _quantity(text, _SECONDS), time.time()

    def is_aged(_: str, status: os.stat_result) -> bool:
        age: float = now - getattr(status, f"st_{stamp}")
        return age >= seconds if seconds >= 0 else age <= -seconds

    return is_aged


def _sized(text: str) -> Callable[[str, os.stat_result], bool]:
    size = _quantity(text, _BYTES)

    def is_sized(_: str, status: os.stat_result) -> bool:
        if not stat.S_ISREG(status.st_mode):
            return True
        return status.st_size >= size if size >= 0 else status.st_size <= -size

    return is_sized


def _permitted(mode: str, *, exact: bool) -> Callable[[str, os.stat_result], bool]:
    bits = permissions.mode_of(Access(mode), 0)

    def is_permitted(_: str, status: os.stat_result) -> bool:
        found = stat.S_IMODE(status.st_mode)
        return found == bits if exact else bool(found & bits)

    return is_permitted


class Unreadable(TaskError):
    """A file is written otherwise than was said."""


def _containing(
    text: str, encoding: str | None, *, whole: bool
) -> Callable[[str, os.stat_result], bool]:
    regex = regexes.compiled(text)
    try:
        "".encode(encoding or "utf-8")
    except LookupError as error:
        raise TaskError(f"unknown encoding: {encoding}") from error

    def contains(path: str, _: os.stat_result) -> bool:
        try:
            with open(path, encoding=encoding or "utf-8") as file:  # noqa: PTH123  # a tree may have 100,000 files
                if whole:
                    return regex.search(file.read()) is not None
                return any(regex.match(line) for line in file)
        except UnicodeDecodeError as error:
            asked = encoding or 'None (default determined by the Python built-in function "open")'
            why = f"due to an encoding error. current encoding: {asked}"
            raise Unreadable(f"Failed to read the file {path} {why}") from error
        except UnicodeError:  # As in Ansible, what does not even begin as it should is no match.
            return False

    return contains
