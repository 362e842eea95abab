"""Unpack an archive: a tar, packed or not, or a zip."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated
from urllib.parse import unquote, urlsplit

from ..runner.dataclasses import dataclass, field, replace
from ..runner.task import Cancelled, Context, Guard, Mode, Range, Result, TaskError
from . import paths, permissions, renaming, unpacking
from .clients.http_address import parted
from .extraction import Extraction, Wanted, check, means
from .unpacking import Member
from .word_list import Words

SUPPORTS_CHECK = True
REPEAT = "safe"
LACKING = "src (or content) and dest are required"
RETURNS = {
    "dest": "The folder.",
    "src": "The archive, or its address.",
    "handler": "What it is: `TgzArchive`, `TarArchive`, `ZipArchive` …",
    "files": "The names in the archive, with `list_files`.",
    "extract_results": "If something was unpacked: `out` has the names, the status `rc` is 0.",
    **paths.DESCRIBED,
}
EXAMPLES = """\
- name: The program, from files/
  unarchive:
    src: app-1.2.tar.gz
    dest: /srv/app
    extra_opts: [--strip-components=1]
    owner: root
    group: root

- name: From the web, once
  unarchive:
    src: https://downloads.example.com/fonts.zip
    dest: /srv/fonts
    remote_src: true
    creates: /srv/fonts/LICENSE

- name: A part of it
  unarchive:
    src: /srv/archive/reports.tar.xz
    dest: /srv/reports
    remote_src: true
    include: ["2025/*"]
"""
_OK = 200
_NO_CHECK = "remote module (ansible.legacy.unarchive) does not support check mode when using gtar"
_OPTION = re.compile(
    r"--strip-components[= ](?P<strip>\d{1,3})(?!\S)|--exclude[= ](?P<exclude>\S+)"
    rf"|--(transform|xform)[= ](?P<transform>{renaming.EXPRESSION})(?!\S)"
    r"|--no-same-(owner|permissions)(?!\S)|--keep-newer-files(?!\S)"
    # Nothing is left to say of these here.
    r"|(-v|--verbose|--overwrite|--no-overwrite-dir|--show-stored-names)(?!\S)"
)


@dataclass(frozen=True, kw_only=True)
class Params(permissions.Ownership):
    src: Annotated[str, "The archive; with `remote_src` it may be an address of the web."]
    dest: Annotated[str, "The folder in which it is unpacked; it must be there."]
    remote_src: Annotated[bool, "Look for `src` beside the playbook only, not in `files/`."] = False
    creates: Annotated[str | None, "A path; when it is there, the step has nothing to do."] = None
    include: Annotated[Words, "Only these names, or patterns of names, of the archive."] = field(
        default_factory=list
    )
    exclude: Annotated[Words, "All but these names, or patterns of names."] = field(
        default_factory=list
    )
    keep_newer: Annotated[bool, "Leave files that are newer than those in the archive."] = False
    list_files: Annotated[bool, "Tell what is in the archive."] = False
    extra_opts: Annotated[
        Words,
        "`--strip-components=N` leaves out N folders at the beginning of every name, "
        "`--exclude=PATTERN` is as `exclude`, `--keep-newer-files` as `keep_newer`, and "
        "`--transform=s/BEFORE/AFTER/` renames as sed does. "
        "`--no-same-owner` and `--no-same-permissions` are for root, who otherwise keeps the "
        "owners and all permissions that a tar names, as if there were no umask.",
    ] = field(default_factory=list)
    mode: Annotated[
        Mode | None, "Permissions of all that is unpacked; by default those in the archive."
    ] = None
    encoding: Annotated[
        str | None, "How names are written that do not say it themselves, as `gbk` in old zips."
    ] = None
    decrypt: Annotated[bool, "If a vault holds the archive, open it."] = True
    max_ratio: Annotated[
        float,
        "How many times its own size an archive may hold; a gigabyte is always allowed.",
        Range(1),
    ] = 200
    validate_certs: Annotated[
        bool, "Whether the certificate of a web server must be right.", Guard()
    ] = True
    copy: Annotated[
        bool, "The old way to say `remote_src`, the other way round: `copy: false`."
    ] = True
    io_buffer_size: Annotated[
        int, "Taken for the sake of Ansible's playbooks: files are written in pieces anyway."
    ] = 64 * 1024


def run(params: Params, ctx: Context) -> Result:
    if params.creates and paths.status(ctx.path(params.creates), follow=True):
        return Result(skipped=True, msg=f"skipped, since {params.creates} exists")
    wanted, dest = _wanted(params), ctx.path(params.dest)
    if not paths.is_folder(dest):
        raise TaskError(f"dest '{dest}' must be an existing dir", hint="make it first")
    with _source(params, ctx) as path, unpacking.told(path):
        handler = unpacking.handler(path)
        if ctx.check and handler != unpacking.ZIP:
            return Result(skipped=True, msg=_NO_CHECK)
        names = _checked(path, wanted, params, ctx)
        keep_modes = handler == unpacking.ZIP or _keeps(params, "permissions")
        extraction = Extraction(dest, replace(wanted, keep_modes=keep_modes), ctx)
        for member in _members(path, params, ctx):
            extraction.take(member)
        extraction.finish()
    src = parted(params.src)[0] if _is_address(params) else str(path)
    told: dict[str, object] = {
        "src": src,
        "dest": str(dest),
        "handler": handler,
        **paths.describe(dest),
    }
    data = {**told, "files": names} if params.list_files else told
    if extraction.changed:
        # There is no program whose command and output Ansible tells here.
        data["extract_results"] = {"cmd": [], "rc": 0, "out": "\n".join(names), "err": ""}
    return Result(changed=extraction.changed, data=data, diff=extraction.diffs)


def _checked(path: Path, wanted: Wanted, params: Params, ctx: Context) -> list[str]:
    """Look through the archive; gives the names that are unpacked."""
    names, unfound = [], set(wanted.include)
    for member in _members(path, params, ctx):
        check(member, wanted)
        unfound -= {pattern for pattern in unfound if means(pattern, member)}
        if wanted.path(member) or wanted.root(member):
            slash = "/" if member.kind == "directory" else ""
            is_renamed = wanted.strip or wanted.renamings
            name = wanted.path(member) if is_renamed else member.name.rstrip("/")
            names.append(name + slash)
    missing = f'Failed to find handler for "{path}"'
    if unfound:
        raise TaskError(f"{missing}: {', '.join(sorted(unfound))}: Not found in archive")
    if not (names or wanted.exclude):
        raise TaskError(
            f"{missing}: found no files in archive. Empty archive files are not supported."
        )
    return names


def _members(path: Path, params: Params, ctx: Context) -> Iterator[Member]:
    return unpacking.members(path, params.max_ratio, params.encoding, ctx)


def _wanted(params: Params) -> Wanted:
    if params.include and params.exclude:
        raise TaskError("parameters are mutually exclusive: include|exclude")
    options = _options(params.extra_opts)
    return Wanted(
        include=params.include,
        exclude=[*params.exclude, *(each["exclude"] for each in options if each["exclude"])],
        strip=max((int(each["strip"] or 0) for each in options), default=0),
        renamings=[renaming.read(each["transform"]) for each in options if each["transform"]],
        keep_newer=params.keep_newer or "--keep-newer-files" in params.extra_opts,
        keep_owners=_keeps(params, "owner"),
        access=permissions.wanted(params.mode, params),
    )


def _keeps(params: Params, what: str) -> bool:
    """As tar does it: root takes from the archive what others may not."""
    return os.geteuid() == 0 and f"--no-same-{what}" not in params.extra_opts


def _options(given: list[str]) -> list[re.Match[str]]:
    """Raises TaskError for those that are not known here."""
    read = []
    text = " ".join(given)
    while text:
        if not (found := _OPTION.match(text)):
            known = (
                "--strip-components=N, --exclude=PATTERN, --transform=s/BEFORE/AFTER/,"
                " --keep-newer-files and --no-same-owner"
            )
            raise TaskError(f"extra_opts: only {known} are known here, not {text!r}")
        read.append(found)
        text = text[found.end() :].lstrip()
    return read


@contextmanager
def _source(params: Params, ctx: Context) -> Iterator[Path]:
    if _is_address(params):
        with _downloaded(params, ctx) as path:
            yield path
        return
    path = _local(params, ctx)
    found = paths.status(path, follow=True)
    if found is None:
        raise TaskError(f"Source '{path}' does not exist")
    if not stat.S_ISREG(found.st_mode):
        raise TaskError(f"src: {path} is no file")
    if not paths.is_readable(path):
        raise TaskError(f"Source '{path}' not readable")
    if not found.st_size:
        raise TaskError(f"Invalid archive '{path}', the file is 0 bytes")
    opened = ctx.unvault(path) if params.decrypt else None
    if opened is None:
        yield path
        return
    with NamedTemporaryFile(dir=ctx.temp_dir()) as file:
        file.write(opened)
        file.flush()
        yield Path(file.name)


def _local(params: Params, ctx: Context) -> Path:
    if not _is_remote(params):
        if "://" in params.src:
            why = f"an URI src ({params.src}) is only supported when remote_src is True"
            raise TaskError(f"Unsupported option, {why}")
        return paths.find(params.src, ctx)
    # As in Ansible, a file may also be named by an address.
    is_file = params.src.startswith("file://")
    return Path(unquote(urlsplit(params.src).path)) if is_file else ctx.path(params.src)


def _is_address(params: Params) -> bool:
    return _is_remote(params) and re.match("https?://", params.src) is not None


@contextmanager
def _downloaded(params: Params, ctx: Context) -> Iterator[Path]:
    from . import http_request
    from .clients import http

    wanted = http_request.HttpRequest(url=params.src, validate_certs=params.validate_certs)
    asked = http_request.request(wanted, ctx)
    with ExitStack() as stack:
        try:
            answer = stack.enter_context(http.asked(asked, ctx.cancellation))
        except Cancelled:
            raise
        except TaskError as error:
            msg = f"Failure downloading {asked.url}, {error.msg}"
            raise TaskError(msg, **error.data) from error
        file = stack.enter_context(NamedTemporaryFile(dir=ctx.temp_dir()))
        if answer.status != _OK:
            raise TaskError(f"Failure downloading {answer.url}, {answer.reason}")
        for block in answer.blocks():
            file.write(block)
        file.flush()
        yield Path(file.name)


def _is_remote(params: Params) -> bool:
    return params.remote_src or not params.copy
