"""What `on_received` of an FTP server asks for: a playbook for each complete upload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, Range, TaskError
from . import process
from .servers.ftp_accounts import FtpUser
from .servers.ftp_drop import DropFolder, DropOptions
from .servers.ftp_received import OPSPLAY, PlaybookRun

_TEMPORARY = (".*", "*.part", "*.partial", "*.filepart", "*.tmp")


@dataclass(frozen=True, kw_only=True)
class Dropping:
    on_received: Annotated[
        str | None,
        "A playbook that runs for each complete upload, one after the other. The variable"
        " `received` has the file's `path`, `name`, `folder`, `size`, `sha256`, `user`, `client`,"
        " `time`, and which `attempt` it is. An upload whose run fails stays, is told, and is run"
        " again when the server next starts, or when the file comes again.",
    ] = None
    retry_after: Annotated[
        float | None, "After how many seconds a failed run is tried again.", Range(0)
    ] = None
    temporary: Annotated[
        list[str],
        "Patterns for names that clients give to files which are not complete yet: the playbook"
        " runs when they are renamed.",
    ] = field(default_factory=lambda: list(_TEMPORARY))
    spool: Annotated[
        str, "The folder where uploads that wait for their run are remembered; one a server."
    ] = ".opsplay/received"


def drop_folder(
    params: Dropping, users: Sequence[FtpUser], tell: Callable[[str], None], ctx: Context
) -> DropFolder | None:
    """Raise TaskError for a playbook with mistakes, and a spool that cannot be used."""
    if params.on_received is None or ctx.check:
        return None
    playbook = ctx.find(params.on_received, "playbooks").resolve()
    _check(playbook, ctx)
    spool = _spool(params.spool, users, ctx)
    options = DropOptions(
        spool=spool,
        run=PlaybookRun(playbook=playbook, spool=spool, environment=ctx.environment),
        temporary=params.temporary,
        retry_after=params.retry_after,
        tell=tell,
    )
    return _opened(options)


def _check(playbook: Path, ctx: Context) -> None:
    command = process.Command(
        argv=[*OPSPLAY, "check", str(playbook)], cwd=playbook.parent, environment=ctx.environment
    )
    finished = process.run(command, ctx.cancellation)
    if finished.code:
        words = finished.stderr.rstrip()
        raise TaskError(f"on_received: {playbook.name} cannot be run\n{words}")


def _spool(text: str, users: Sequence[FtpUser], ctx: Context) -> Path:
    spool = ctx.path(text).resolve()
    for user in users:
        if spool.is_relative_to(user.home.resolve()):
            raise TaskError(f"spool: {spool} can be seen by {user.name}; take another folder")
    return spool


def _opened(options: DropOptions) -> DropFolder:
    try:
        return DropFolder(options)
    except BlockingIOError as error:
        raise TaskError(
            f"spool: {options.spool} is in use by another server; give each one of its own"
        ) from error
    except ValueError as error:
        raise TaskError(f"spool: {error}") from error
    except OSError as error:
        raise TaskError(f"spool: cannot use {options.spool}: {error.strerror}") from error
