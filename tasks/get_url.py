"""Download a file over HTTP, or take one of this machine that has an address (file://)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Cancelled, Context, Mode, Range, Result, TaskError
from . import files, http_bodies, http_request, http_sums, paths, permissions, placing
from .clients.http_address import masked
from .content import Content, checksums, digest
from .files import Manner

if TYPE_CHECKING:
    from .clients.http import Answer
    from .http_sums import Sum

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = {
    **placing.RETURNS,
    "url": "The address, without a login.",
    "status_code": "The status of the answer; -1 if none came.",
    "checksum_src": "The SHA-1 of what came.",
    "checksum_dest": "The SHA-1 of the file that lay there.",
    "elapsed": "How many seconds it took.",
}
EXAMPLES = """\
- name: A file, once
  get_url:
    url: https://downloads.example.com/reports-1.2.tar.gz
    dest: /srv/downloads/
    checksum: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    mode: "0644"

- name: The newest one, from behind a login
  get_url:
    url: https://reports.example.com/latest.pdf
    dest: /srv/reports/latest.pdf
    force: true
    url_username: reporter
    url_password: "{{ lookup('env', 'REPORTS_PASSWORD') }}"
    backup: true
"""
_OK = 200
_NOT_MODIFIED = 304


@dataclass(frozen=True, kw_only=True)
class Params(permissions.Ownership, http_request.HttpRequest):
    dest: Annotated[str, "The file, or a folder, in which the server's name for it is taken."]
    timeout: Annotated[float, "How many seconds the server may be silent.", Range(0.1)] = 10
    checksum: Annotated[
        str,
        "What the file must have, as `sha256:…`; in place of the sum, the address of a list of "
        "sums. A file that has it is not downloaded again.",
    ] = ""
    mode: Annotated[Mode | None, "Its permissions; by default it keeps those it has."] = None
    backup: Annotated[bool, "Keep the old file, under a name with the time."] = False
    tmp_dest: Annotated[
        str | None, "The folder in which it lies until it is whole; by default one of our own."
    ] = None


def run(params: Params, ctx: Context) -> Result:
    started, dest = time.monotonic(), ctx.path(params.dest)
    try:
        result = _run(dest, params, ctx)
    except Cancelled:
        raise
    except TaskError as error:
        data = {"elapsed": int(time.monotonic() - started), **_about(dest, params), **error.data}
        raise TaskError(error.msg, **data) from error
    return replace(result, data={**result.data, "elapsed": int(time.monotonic() - started)})


def _run(dest: Path, params: Params, ctx: Context) -> Result:
    into_folder = paths.is_folder(dest) or params.dest.endswith("/")
    _check_folders(dest if into_folder else dest.parent, params, ctx)
    wanted = http_sums.wanted(params.checksum, params, ctx) if params.checksum else None
    is_kept = not (into_folder or params.force)
    if is_kept and wanted and _is_there(dest, wanted, ctx):
        return _as_wanted(dest, params, ctx)
    asked_for_news = http_request.newer_than(dest) if is_kept and not wanted else {}
    with _answering(params, ctx, asked_for_news) as answer:
        if answer.status == _NOT_MODIFIED and asked_for_news:
            data = {"status_code": answer.status, **_about(dest, params)}
            # As in Ansible, its permissions stay, too.
            return Result(msg=answer.reason, data=data)
        _check_status(answer, params.url)
        if into_folder:
            dest /= http_bodies.file_name(answer, as_written=True)
        told: dict[str, object] = {
            "url": masked(params.url),
            "status_code": answer.status,
            "dest": str(dest),
        }
        if ctx.check:
            told |= _compared(answer, dest, params, ctx) | paths.describe(dest)
            size = answer.headers.get("Content-Length", "unknown")
            changed = told["checksum_src"] != told["checksum_dest"]
            return Result(changed=changed, msg=f"{answer.reason} ({size} bytes)", data=told)
        result = _downloaded(answer, dest, wanted, params, ctx)
    msg = f"{answer.reason} ({result.data['size']} bytes)"
    return replace(result, msg=msg, data={**result.data, **told})


def _check_folders(folder: Path, params: Params, ctx: Context) -> None:
    """Look at them before anything is downloaded."""
    if not paths.is_folder(folder):
        hint = "`file` with `state: directory` makes it"
        raise TaskError(f"Destination {folder} does not exist", hint=hint)
    waiting = ctx.path(params.tmp_dest) if params.tmp_dest else folder
    if not paths.is_folder(waiting):
        is_file = paths.status(waiting, follow=True) is not None
        why = "is a file but should be a directory." if is_file else "directory does not exist."
        raise TaskError(f"{waiting} {why}")


def _as_wanted(dest: Path, params: Params, ctx: Context) -> Result:
    """The file that is there has the checksum already."""
    left = _left(dest, params, ctx)
    changed = " but file attributes changed" if left.changed else ""
    sums = {"checksum_src": None, "checksum_dest": None}
    return replace(left, msg=f"file already exists{changed}", data={**left.data, **sums})


def _answering(
    params: Params, ctx: Context, headers: Mapping[str, str]
) -> AbstractContextManager[Answer]:
    from . import file_address
    from .clients import http

    if file_address.is_one(params.url):
        return nullcontext(file_address.answer(params.url))
    method = "HEAD" if ctx.check else "GET"
    asked = http_request.request(params, ctx, method=method, headers=headers)
    return http.asked(asked, ctx.cancellation)


def _is_there(dest: Path, wanted: Sum, ctx: Context) -> bool:
    if paths.status(dest, follow=True) is None:
        return False
    return digest(Content.of_file(dest), wanted.algorithm, ctx) == wanted.value


def _left(dest: Path, params: Params, ctx: Context) -> Result:
    """What has the checksum already needs its permissions only."""
    changes = permissions.adjust(dest, permissions.wanted(params.mode, params), check=ctx.check)
    return Result(
        changed=bool(changes),
        data=_about(dest, params),
        diff=files.facts_diff(dest, changes, ctx),
    )


def _about(dest: Path, params: Params) -> dict[str, object]:
    return {"url": masked(params.url), "dest": str(dest), **paths.describe(dest)}


def _check_status(answer: Answer, asked: str) -> None:
    if answer.status != _OK:
        raise TaskError(
            "Request failed",
            status_code=answer.status,
            response=answer.reason,
            url=masked(asked),
            hint=f"{answer.url} was not downloaded: {answer.reason}",
        )


def _compared(answer: Answer, dest: Path, params: Params, ctx: Context) -> dict[str, object]:
    """As in Ansible of what has come, which in check mode is nothing but from a file."""
    with _received(answer, dest, params, ctx) as file:
        source = checksums(Content.of_file(file), ctx)["checksum"]
    return {"checksum_src": source, "checksum_dest": _sum_of(dest, ctx)}


def _sum_of(dest: Path, ctx: Context) -> object:
    files.replaceable(dest)
    found = paths.status(dest, follow=True)
    if not found or paths.is_special(found):  # a pipe that a link leads to would be read for ever
        return None
    return checksums(Content.of_file(dest), ctx)["checksum"]


def _downloaded(
    answer: Answer, dest: Path, wanted: Sum | None, params: Params, ctx: Context
) -> Result:
    before = _sum_of(dest, ctx)
    with _received(answer, dest, params, ctx) as file:
        content = Content(answer.url, Content.of_file(file).open)
        if wanted:
            wanted.check(content, ctx)
        # A link to what has come already stays one, as in Ansible.
        stays = dest.is_symlink() and before == checksums(content, ctx)["checksum"]
        access = permissions.wanted(params.mode, params)
        manner = Manner(
            access=access,
            backup=params.backup,
            follow=stays,
            unsafe=params.unsafe_writes,
        )
        result = placing.deliver(content, dest, manner, ctx)
    sums = {"checksum_src": result.data["checksum"], "checksum_dest": before}
    return replace(result, data={**result.data, **sums})


@contextmanager
def _received(answer: Answer, dest: Path, params: Params, ctx: Context) -> Iterator[Path]:
    folder = ctx.path(params.tmp_dest) if params.tmp_dest else ctx.temp_dir()
    size = answer.headers.get("Content-Length", "")
    with paths.told(f"write into {folder}"), NamedTemporaryFile(dir=folder) as file:
        for block in answer.blocks():
            file.write(block)
            ctx.progress(dest.name, file.tell(), int(size) if size.isdecimal() else None)
        file.flush()
        yield Path(file.name)
