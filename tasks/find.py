"""Find files and folders by name, age, size, permissions or content."""

from __future__ import annotations

import os
import stat
from collections import deque
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import Alias, Context, Range, Result, TaskError
from . import file_facts, find_criteria
from .content import Algorithm, Content, digest
from .paths import known_group, known_user
from .word_list import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .find_criteria import Criteria

_Identity: TypeAlias = tuple[int, int]

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {
    "files": f"What was found, each with path, {file_facts.TOLD}, and checksum if it is asked for.",
    "matched": "How many were found.",
    "examined": "How many files and folders were looked at.",
    "skipped_paths": "What could not be looked at, and why.",
}
EXAMPLES = """\
- name: Reports older than two weeks
  find:
    paths: /srv/reports
    patterns: "*.pdf,*.csv"
    age: 2w
    recurse: true
  register: old

- name: Away with them
  file:
    path: "{{ item.path }}"
    state: absent
  loop: "{{ old.files }}"

- name: Logs of more than a megabyte in which something failed
  find:
    paths: [/var/log/app, /var/log/jobs]
    patterns: ['.*\\.log(\\.[0-9]+)?$']
    use_regex: true
    size: 1m
    contains: ".*FAILED"
"""
_SKIPPED = "Skipped {!r} path due to this access issue: {}\n"
_PARTLY = "Not all paths examined, check warnings for details"


@dataclass(frozen=True, kw_only=True)
class Params(find_criteria.Wanted):
    paths: Annotated[Words, "The folders to search.", Alias("path", "name")]
    recurse: Annotated[bool, "Also search what is below the folders."] = False
    depth: Annotated[
        int | None, "How many levels to descend with `recurse`; 1 is the folder itself.", Range(0)
    ] = None
    follow: Annotated[bool, "Also search folders that links lead to."] = False
    get_checksum: Annotated[bool, "Tell a checksum of each file."] = False
    checksum_algorithm: Annotated[
        Algorithm, "Which checksum.", Alias("checksum", "checksum_algo")
    ] = "sha1"
    limit: Annotated[
        int | None, "Stop after so many; what lies higher up is found first.", Range(1)
    ] = None


@dataclass
class _Seen:
    """What the search has come across."""

    examined: int = 0
    skipped: dict[str, str] = field(default_factory=dict)

    def skip(self, path: str, error: OSError) -> None:
        no_folder = isinstance(error, FileNotFoundError | NotADirectoryError)
        why = f"'{path}' is not a directory" if no_folder else error.strerror
        self.skipped[path] = why or str(error)


def run(params: Params, ctx: Context) -> Result:
    seen = _Seen()
    try:
        criteria = find_criteria.compiled(params)
    except TaskError as error:
        _skip_all(params, seen, error, ctx)
        return _result(params, [], seen)
    # The system takes long to tell a name, and a tree has few owners.
    facts = partial(file_facts.facts, user_name=cache(known_user), group_name=cache(known_group))
    found = (
        {"path": path, **facts(status), **_checksum(path, status, params, ctx)}
        for top in _tops(params, seen, ctx)
        for path, status in _found(top, params, criteria, seen, ctx)
    )
    return _result(params, list(islice(found, params.limit)), seen)


def _tops(params: Params, seen: _Seen, ctx: Context) -> Iterator[Path]:
    """The folders to search; as in Ansible, no name is that of none."""
    for top in params.paths:
        if top:
            yield ctx.path(top)
        else:
            seen.skip(top, NotADirectoryError())


def _skip_all(params: Params, seen: _Seen, error: TaskError, ctx: Context) -> None:
    """What cannot be searched for is found nowhere, which is a warning, as in Ansible."""
    for top in _tops(params, seen, ctx):
        folder = os.path.normpath(top)
        try:
            seen.examined += len(_listed(folder))
        except OSError as reason:
            seen.skip(folder, reason)
        else:
            seen.skipped[folder] = error.msg


def _result(params: Params, files: list[Mapping[str, object]], seen: _Seen) -> Result:
    return Result(
        msg=_said(params, files, seen),
        data={
            "files": files,
            "matched": len(files),
            "examined": seen.examined,
            "skipped_paths": seen.skipped,
        },
        warnings=[_SKIPPED.format(path, why) for path, why in seen.skipped.items()],
    )


def _said(params: Params, files: Sequence[object], seen: _Seen) -> str:
    if seen.skipped:
        return _PARTLY
    full = params.limit is not None and len(files) >= params.limit
    return "Limit of matches reached" if full else "All paths examined"


def _found(
    top: Path, params: Params, criteria: Criteria, seen: _Seen, ctx: Context
) -> Iterator[tuple[str, os.stat_result]]:
    """What is meant in one of the folders, up to a file that cannot be read, as in Ansible."""
    try:
        for path, status in _walk(top, params, seen, ctx):
            if _is_wanted(path, status, criteria, seen):
                yield path, status
    except find_criteria.Unreadable as error:
        seen.skipped[os.path.normpath(top)] = error.msg


def _walk(
    top: Path, params: Params, seen: _Seen, ctx: Context
) -> Iterator[tuple[str, os.stat_result]]:
    """Everything that is to be looked at, level by level."""
    waiting = deque([(os.path.normpath(top), 1, frozenset[_Identity]())])
    while waiting:
        folder, depth, above = waiting.popleft()
        ctx.cancellation.check()
        try:
            found = os.stat(folder)  # noqa: PTH116  # a tree may have 100,000 files
            # A link may lead back to a folder that it lies in.
            entries = [] if _identity(found) in above else _listed(folder)
        except OSError as error:
            seen.skip(folder, error)
            continue
        # As in Ansible, what is not looked at for `limit` or `depth` counts as well.
        seen.examined += len(entries)
        if params.depth and depth > params.depth:
            continue
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
                enters = entry.is_dir(follow_symlinks=params.follow)
            except OSError as error:
                seen.skip(entry.path, error)
                continue
            yield entry.path, status
            if enters and params.recurse:
                waiting.append((entry.path, depth + 1, above | {_identity(found)}))


def _listed(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _identity(found: os.stat_result) -> _Identity:
    return found.st_dev, found.st_ino


def _is_wanted(path: str, status: os.stat_result, criteria: Criteria, seen: _Seen) -> bool:
    try:
        return all(met(path, status) for met in criteria)
    except OSError as error:
        seen.skip(path, error)
        return False


def _checksum(path: str, status: os.stat_result, params: Params, ctx: Context) -> dict[str, str]:
    if not (params.get_checksum and stat.S_ISREG(status.st_mode)):
        return {}
    content = Content.of_file(Path(path))
    return {"checksum": digest(content, params.checksum_algorithm, ctx)}
