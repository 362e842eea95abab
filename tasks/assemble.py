"""Make one file of all the pieces that lie in a folder, in the order of their names."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Check, Context, Mode, Result, TaskError
from . import files, paths, permissions, placing, regexes
from .content import Content
from .files import Manner

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPPORTS_CHECK = True
REPEAT = "safe"
LACKING = "src and dest are required"
RETURNS = {**placing.RETURNS, "src": "The folder of the pieces, as it was named."}
EXAMPLES = """\
- name: A configuration of many hands
  assemble:
    src: app.conf.d
    dest: /srv/app/app.conf
    regexp: '\\.conf$'
    delimiter: "# ----"
    mode: "0644"
"""
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\r": "\r", "\\\\": "\\"}


@dataclass(frozen=True, kw_only=True)
class Params(permissions.Ownership):
    src: Annotated[str, "The folder of the pieces; folders in it are left out."]
    dest: Annotated[str, "The file that is made of them."]
    remote_src: Annotated[bool, "Look for `src` beside the playbook only, not in `files/` too."] = (
        True
    )
    regexp: Annotated[
        str | None, "Only files in whose names this expression is found.", Check(regexes.check)
    ] = None
    ignore_hidden: Annotated[bool, "Leave out names that begin with a dot."] = False
    delimiter: Annotated[
        str | None, "A line between the pieces; `\\n` in it is a line break, as usual."
    ] = None
    decrypt: Annotated[bool, "With `remote_src: false`, open pieces that a vault holds."] = True
    mode: Annotated[Mode | None, "Its permissions; by default it keeps those it has."] = None
    backup: Annotated[bool, "Keep the old file, under a name with the time."] = False
    validate: Annotated[
        str | None, "A command that must succeed before the file counts; `%s` is its name."
    ] = None


def run(params: Params, ctx: Context) -> Result:
    folder = ctx.path(params.src) if params.remote_src else paths.find(params.src, ctx)
    if not paths.is_folder(folder):
        lack = "is not a directory" if folder.exists() else "does not exist"
        raise TaskError(f"Source ({folder}) {lack}")
    whole = _assembled(folder, params, ctx)
    content = Content.of_bytes(whole, str(folder))
    manner = Manner(
        access=permissions.wanted(params.mode, params),
        backup=params.backup,
        validate=params.validate,
        unsafe=params.unsafe_writes,
    )
    try:
        result = placing.deliver(content, ctx.path(params.dest), manner, ctx)
        if ctx.check and result.changed and params.validate:
            _validate(whole, params.validate, ctx)
    except files.Invalid as error:
        # Without `remote_src` it is `copy` that finds it, with Ansible.
        raise (error.in_one_line() if params.remote_src else error) from error
    return replace(result, msg="OK", data={**result.data, "src": params.src})


def _validate(whole: bytes, command: str, ctx: Context) -> None:
    """As in Ansible in check mode, too, which writes elsewhere then."""
    with NamedTemporaryFile(dir=ctx.temp_dir()) as file:
        file.write(whole)
        file.flush()
        files.validate(command, Path(file.name), ctx)


def _assembled(folder: Path, params: Params, ctx: Context) -> bytes:
    delimiter = _unescaped(params.delimiter or "").encode("utf-8", "surrogateescape")
    whole = bytearray()
    with paths.told(f"read the pieces in {folder}"):
        for number, path in enumerate(_pieces(folder, params)):
            ctx.cancellation.check()
            if number:
                _end_line(whole)
                whole += delimiter
                _end_line(whole)
            opened = ctx.unvault(path) if params.decrypt and not params.remote_src else None
            whole += path.read_bytes() if opened is None else opened
    return bytes(whole)


def _pieces(folder: Path, params: Params) -> Iterator[Path]:
    try:
        regex = re.compile(params.regexp or "")
    except (re.error, OverflowError) as error:
        raise TaskError(f'Invalid Regexp ({error}) in "{params.regexp}"') from error
    for path in sorted(folder.iterdir()):
        is_hidden = params.ignore_hidden and path.name.startswith(".")
        if regex.search(path.name) and path.is_file() and not is_hidden:
            yield path


def _end_line(text: bytearray) -> None:
    if text and not text.endswith(b"\n"):
        text += b"\n"


def _unescaped(text: str) -> str:
    return re.sub(r"\\[ntr\\]", lambda match: _ESCAPES[match[0]], text)
