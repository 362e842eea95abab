"""Look at a file: what it is, how large, how old, whose, with which checksum."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Alias, Context, Result, TaskError
from . import attributes, file_facts, file_kind, paths
from .content import Algorithm, Content, digest

if TYPE_CHECKING:
    from pathlib import Path

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {
    "stat": "What was found. `exists` is always there; of what exists: path, "
    f"{file_facts.TOLD}, readable, writeable, executable, blocks, "
    "block_size, device_type, checksum, lnk_source, lnk_target, mimetype, charset, attributes, "
    "attr_flags, version.",
}
EXAMPLES = """\
- name: Is today's report there?
  stat:
    path: /srv/reports/today.pdf
  register: report

- name: Say how large it is
  debug:
    msg: "{{ report.stat.size | human_readable }}"
  when: report.stat.exists
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    path: Annotated[str | None, "What to look at.", Alias("dest", "name")]
    follow: Annotated[bool, "If it is a link, look at what it points to."] = False
    get_checksum: Annotated[bool, "Read the file for its checksum."] = True
    get_mime: Annotated[
        bool,
        "Ask the program `file` what is in it, which takes its time.",
        Alias("mime", "mime_type", "mime-type"),
    ] = True
    get_attributes: Annotated[
        bool,
        "Tell the attributes that the file system keeps of a file or folder.",
        Alias("attr", "attributes"),
    ] = True
    checksum_algorithm: Annotated[
        Algorithm,
        "Which checksum.",
        Alias("checksum", "checksum_algo"),
    ] = "sha1"


def run(params: Params, ctx: Context) -> Result:
    if not params.path:
        return Result(data={"stat": {"exists": False}})
    path = ctx.path(params.path)
    try:
        # A slash at the end means what the link leads to, as everywhere.
        found = path.stat(follow_symlinks=params.follow or params.path.endswith("/"))
    except FileNotFoundError:
        return Result(data={"stat": {"exists": False}})
    except OSError as error:
        # A file where a folder is named, too: as in Ansible that is no answer.
        raise TaskError(error.strerror or str(error)) from error
    told = _described(path, found)
    if params.path.endswith("/"):
        told["path"] = os.path.join(path, "")  # noqa: PTH118  # a Path would leave it out
    if told["isreg"] and told["readable"] and params.get_checksum:
        told["checksum"] = digest(Content.of_file(path), params.checksum_algorithm, ctx)
    if params.get_mime:
        told |= file_kind.mime(path, ctx)
    if params.get_attributes:
        told |= attributes.told(path) if told["isreg"] or told["isdir"] else attributes.NONE
    return Result(data={"stat": told})


def _described(path: Path, found: os.stat_result) -> dict[str, object]:
    return {
        "exists": True,
        "path": str(path),
        # Whose name nobody knows is not told.
        **{name: fact for name, fact in file_facts.facts(found).items() if fact != ""},
        "blocks": found.st_blocks,
        "block_size": found.st_blksize,
        "device_type": found.st_rdev,
        "readable": os.access(path, os.R_OK),
        "writeable": os.access(path, os.W_OK),
        "executable": os.access(path, os.X_OK),
        **(_link(path) if stat.S_ISLNK(found.st_mode) else {}),
    }


def _link(path: Path) -> dict[str, object]:
    with paths.told(f"read the link {path}"):
        return {"lnk_target": str(path.readlink()), "lnk_source": os.path.realpath(path)}
