"""Download files from an FTP server.

`src` says which files, `dest` where they shall lie. What lies there already is left alone, so
that a second download changes nothing. Files appear under their name when all of them is there.
A slash at the end of `dest` means: into this folder. A slash at the end of a folder in `src`
means: what is in it.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Check, Context, Result, TaskError
from . import durable, ftp_download_plan, ftp_report, ftp_taken, ftp_times, ftp_transfer, paths
from .clients.ftp import FtpClient
from .clients.ftp_sources import Remote, remote_sources
from .clients.lines import one_line
from .clients.part_names import owner_of_part
from .clients.throttle import Throttle
from .clients.transfer_plan import means_folder
from .ftp_download_plan import Plan
from .ftp_job import Job
from .ftp_login import PATH
from .ftp_pace import Pace
from .ftp_report import Done
from .ftp_site import FtpSite
from .ftp_transfer import Transfer
from .local_sources import Source
from .meanwhile import Meanwhile

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = ftp_report.RETURNS
EXAMPLES = """\
- name: Fetch what came in, and take it away from the server once it is safe here
  ftp_download:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    src: /outbox/*.csv
    dest: incoming/
    after: delete

- name: Keep a mirror of a folder
  ftp_download:
    host: ftp.example.com
    src: /pub/handbook
    dest: handbook
    delete: true

- name: Fetch the night's reports at no more than 2 MiB a second, and list them with their checksums
  ftp_download:
    host: ftp.example.com
    tls: explicit
    user: li
    password: "{{ ftp_password }}"
    src: /reports
    dest: reports
    include: "*.pdf"
    limit_rate: 2M
    manifest: reports.jsonl
"""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Params(Transfer):
    src: Annotated[
        str | list[str],
        "A file, folder or pattern on the server, or a list of them.",
        PATH,
        Check(one_line),
    ]
    dest: Annotated[str, "The local path; a slash at its end means a folder.", PATH]


def run(params: Params, ctx: Context) -> Result:
    return ftp_taken.reported(partial(_done, params, ctx), ctx, src=params.src, after=params.after)


def _done(params: Params, ctx: Context) -> Done:
    """Download; what is only needed for it is forgotten when the result is made."""
    throttle = params.throttle
    # Whole before names of the server come to it: `~name` would be somebody's home.
    dest = str(ctx.path(params.dest)) + ("/" if means_folder(params.dest) else "")
    site = FtpSite(params, ctx)
    plan = site.talk(lambda ftp: _plan(ftp, site, params, ctx, dest))
    if ctx.check:
        gone = len([*_proved(plan, {})]) if params.after != "keep" else 0
        return Done(plan.steps, {}, site.warnings, gone)
    return _perform(site, params, ctx, plan, throttle)


# Looking ------------------------------------------------------------------------------------


def _plan(ftp: FtpClient, site: FtpSite, params: Params, ctx: Context, dest: str) -> Plan:
    ftp_transfer.check_checksum(ftp, params.verify_transfer)
    remotes = remote_sources(ftp, params.src, dest, params.wanted)
    here = Meanwhile(partial(ftp_download_plan.found, remotes))
    if params.compare == "size+mtime" or params.preserve_mtime:
        _add_times(ftp, site, params, ctx, remotes)
    return ftp_download_plan.make(ftp, params, ctx, remotes, here.result, dest)


def _add_times(
    ftp: FtpClient, site: FtpSite, params: Params, ctx: Context, remotes: dict[str, Remote]
) -> None:
    """Ask for the times that no listing tells to the second."""
    files = [(path, remote) for path, remote in remotes.items() if not remote.is_exact]
    paths = [remote.path for _, remote in files]
    found = ftp_times.times(site, ctx, ftp, paths, params.connections)
    for (path, remote), mtime in zip(files, found, strict=True):
        remotes[path] = Remote(size=remote.size, mtime=mtime, path=remote.path, is_exact=False)


# Doing --------------------------------------------------------------------------------------


def _perform(site: FtpSite, params: Params, ctx: Context, plan: Plan, throttle: Throttle) -> Done:
    jobs = plan.jobs
    folders, steps = _prepare(params, plan, jobs), plan.steps
    warnings, gone = list(site.warnings), 0
    if jobs:
        from . import ftp_download_moving as moving

        fetching = moving.fetch(site, params, ctx, plan, jobs, Pace(ctx, steps, throttle))
        warnings += fetching.warnings
        fetched = fetching.fetched
        steps = [
            step
            if (item := fetched.get(step.path, step.item)) is step.item
            # It has changed since it was listed.
            else replace(step, item=item)
            for step in steps
        ]
    _clean(params, plan, folders)
    if params.after != "keep":
        from . import ftp_after

        proved = [*_proved(plan, jobs)]
        ftp_taken.remember(ctx, steps, jobs)
        ftp_after.file_away(site, params.after, proved, plan.dest)
        gone = len(proved)
    if params.manifest:
        from . import manifest

        local = {step.path: Source(path=step.path) for step in steps}
        manifest.write(params.manifest, steps, local, ctx)
    return Done(steps, jobs, warnings, gone)


def _prepare(params: Params, plan: Plan, jobs: Mapping[str, Job]) -> set[str]:
    """Make the folders; gives those that files go to."""
    folders = {posixpath.dirname(path) for path in jobs}
    made = {step.path for step in plan.steps if step.item.folder and step.action == "created"}
    for folder in sorted(folders | made):
        _refuse_way_out(folder, plan.dest)
        if params.create_dirs:
            with paths.told(f"make the folder {folder}"):
                Path(folder).mkdir(parents=True, exist_ok=True)
    return folders


def _refuse_way_out(folder: str, dest: str) -> None:
    """Write through no link that somebody has put below `dest`."""
    real, root = os.path.realpath(folder), os.path.realpath(dest)
    if folder.startswith(f"{dest.rstrip('/')}/") and not real.startswith(f"{root.rstrip('/')}/"):
        raise TaskError(f"{folder} leads out of {dest}, by a link; nothing is written there")


def _clean(params: Params, plan: Plan, folders: Iterable[str]) -> None:
    """Remove what a mirror has no more, and what dead runs have left of our files; sync folders."""
    parts = [part for folder in folders for part in _parts(folder)]
    ours = {ftp_download_plan.whose(path) for path in plan.remotes} if parts else ()
    for part in parts:
        if params.delete or (posixpath.dirname(part), owner_of_part(part)) in ours:
            with paths.told(f"clean {posixpath.dirname(part)}"):
                Path(part).unlink(missing_ok=True)
    for folder in folders:
        with paths.told(f"clean {folder}"):
            durable.sync(folder)  # what is on the server may be deleted next
    for step in plan.steps:
        if step.action == "deleted":
            with paths.told(f"delete {step.path}"):
                if step.item.folder:
                    Path(step.path).rmdir()
                else:
                    Path(step.path).unlink(missing_ok=True)


def _parts(folder: str) -> list[str]:
    """Find the files on their way in a folder."""
    with paths.told(f"clean {folder}"), os.scandir(folder) as entries:
        return [entry.path for entry in entries if owner_of_part(entry.name)]


def _proved(plan: Plan, jobs: Mapping[str, Job]) -> Iterator[tuple[str, str]]:
    """Give the files that are known to be here, each with its path on the server."""
    for step in plan.steps:
        job = jobs.get(step.path)
        is_file = step.action != "deleted" and not step.item.folder
        if is_file and (job is None or job.is_proved):
            yield step.path, plan.remotes[step.path].path
