"""Upload files to an FTP server.

`src` says what shall lie on the server, `dest` where. What lies there already is left alone, so
that a second upload changes nothing. A slash at the end of `dest` means: into this folder. A
slash at the end of a folder in `src` means: what is in it.

A file appears under its name when all of it has arrived. An upload that was interrupted, even by a
crash of the machine, is finished by running it again.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, NamedTuple

from ..runner.dataclasses import dataclass
from ..runner.task import Check, Context, Result, TaskError
from . import ftp_report, ftp_survey, ftp_taken, ftp_times, ftp_transfer, local_sources
from .clients.ftp import FtpClient
from .clients.ftp_present import foreseen_folders
from .clients.ftp_words import once
from .clients.lines import one_line
from .clients.part_names import owner, owner_of_part
from .clients.throttle import Throttle
from .clients.transfer_plan import Item, Step, plan, surplus
from .ftp_comparison import OnServer
from .ftp_job import Job
from .ftp_login import PATH
from .ftp_pace import Pace
from .ftp_report import Done
from .ftp_site import FtpSite
from .ftp_survey import Survey
from .ftp_transfer import Transfer
from .ftp_upload_sources import Local, looked_at
from .local_sources import Source, together
from .local_walk import Links, Manner

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = ftp_report.RETURNS
EXAMPLES = """\
- name: Send the reports, folder and all
  ftp_upload:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    src: reports/
    dest: /inbox/reports

- name: Send what is new, over TLS, and file it here once it is proved to be there
  ftp_upload:
    host: ftp.example.com
    tls: explicit
    user: li
    password: "{{ ftp_password }}"
    src: ["out/*.csv", note.txt]
    dest: /inbox/
    after:
      move: sent

- name: Make the server's folder a mirror of ours
  ftp_upload:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    src: public/
    dest: /www
    exclude: [.git, "*.tmp"]
    delete: true
    verify_transfer: checksum

- name: Send a text as a file, to a server that may only be written to
  ftp_upload:
    host: 192.0.2.7
    content: "done {{ ansible_play_name }}"
    dest: done.txt
    atomic: false
"""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Params(Transfer):
    src: Annotated[
        str | list[str] | None, "A local file, folder or pattern, or a list of them.", PATH
    ] = None
    content: Annotated[
        str | None, "The text to upload, in place of `src`; compared by what the file holds."
    ] = None
    dest: Annotated[
        str, "The path on the server; a slash at its end means a folder.", PATH, Check(one_line)
    ]
    links: Annotated[
        Links,
        "What becomes of links in a folder: what they lead to is sent, if it lies `inside` the"
        " folder, or wherever it lies (`follow`); or they are left out (`skip`).",
    ] = "inside"
    atomic: Annotated[
        bool,
        "Upload under a temporary name in the same folder, and rename when all has arrived:"
        " nobody sees half a file. The account must be allowed to rename.",
    ] = True


_NEWER = "{} is newer on the server: it is not replaced if the account may not set times there"


class _Plan(NamedTuple):
    sources: Mapping[str, Source]
    survey: Survey
    steps: list[Step]
    dest: str
    warnings: list[str]

    @property
    def jobs(self) -> dict[str, Job]:
        return {step.path: Job(step) for step in self.steps if step.moves}


def run(params: Params, ctx: Context) -> Result:
    return ftp_taken.reported(partial(_done, params, ctx), ctx, src=params.src, after=params.after)


def _done(params: Params, ctx: Context) -> Done:
    """Upload; what is only needed for it is forgotten when the result is made."""
    throttle = params.throttle
    site = FtpSite(params, ctx)
    plan = _planned(site, params, ctx)
    if ctx.check:
        gone = len([*_proved(plan, {})]) if params.after != "keep" else 0
        return Done(plan.steps, {}, [*site.warnings, *plan.warnings], gone)
    return _perform(site, params, ctx, plan, throttle)


def _planned(site: FtpSite, params: Params, ctx: Context) -> _Plan:
    local = _local(params, ctx)
    try:
        return site.talk(lambda ftp: _plan(ftp, site, params, ctx, local))
    except TaskError:
        ctx.cancellation.check()
        local.all()  # raises what is wrong here, which is told first
        raise


def _local(params: Params, ctx: Context) -> Local:
    if (params.src is None) == (params.content is None):
        raise TaskError("say what to upload: either src or content")
    if params.src is not None:
        manner = Manner(params.wanted, params.links)
        each = local_sources.each_file(params.src, params.dest, ctx, manner)
        return looked_at(params, ctx, each)
    if params.after != "keep" or params.delete:
        raise TaskError("after and delete need src; content is no file of its own")
    text = local_sources.of_text(params.content or "", params.dest)
    return Local(lambda: text)


# Looking ------------------------------------------------------------------------------------


def _plan(ftp: FtpClient, site: FtpSite, params: Params, ctx: Context, local: Local) -> _Plan:
    ftp_transfer.check_checksum(ftp, params.verify_transfer)
    dest = ftp.absolute(params.dest)
    ahead = ftp_survey.ahead(ftp, ftp.absolute(local.top)) if local.top else {}
    sources = together((ftp.absolute(path), source) for path, source in local.all().items())
    ftp.check(sources)
    if params.delete:
        ftp_transfer.check_mirror(params, sources)
    survey = _survey(ftp, params, sources, ahead)
    times = ftp_times.times(site, ctx, ftp, survey.untimed, params.connections)
    ftp_survey.add_times(survey, times)
    how = (
        "checksum" if params.content is not None and params.compare != "always" else params.compare
    )
    keeps_times = params.preserve_mtime
    alike = OnServer(how=how, ftp=ftp, sources=sources, keeps_times=keeps_times, check=ctx.check)
    steps = plan(sources, survey.found, alike)
    if params.delete:
        top = next(iter(sources))
        steps += surplus(sources, survey.found, lambda path, item: params.is_meant(path, top, item))
    if ctx.check or not params.create_dirs:
        _check_folders(ftp, params, steps, survey.found)
    told = once(_NEWER, alike.newer)
    return _Plan(sources, survey, steps, dest, told)


def _survey(
    ftp: FtpClient, params: Params, wanted: Mapping[str, Item], ahead: ftp_survey.Listed
) -> Survey:
    if len(wanted) == 1 and not params.delete:
        return ftp_survey.one(ftp, *wanted)
    deep, exact = params.delete, params.compare == "size+mtime"
    return ftp_survey.many(ftp, wanted, ahead, deep=deep, exact=exact)


def _check_folders(
    ftp: FtpClient, params: Params, steps: Iterable[Step], found: Collection[str]
) -> None:
    """Refuse what goes to a folder that could not be made, or may not."""
    folders = ftp_transfer.folders_of_new(steps)
    for folder in folders:
        if folder in found or posixpath.dirname(folder) in folders:
            continue
        if foreseen_folders(ftp, folder) and not params.create_dirs:
            raise ftp_transfer.no_folder(folder)


# Doing --------------------------------------------------------------------------------------


def _perform(site: FtpSite, params: Params, ctx: Context, plan: _Plan, throttle: Throttle) -> Done:
    jobs = plan.jobs
    parts = site.talk(lambda ftp: _prepare(ftp, params, plan, jobs))
    warnings, gone = list(site.warnings), 0
    if jobs:
        from . import ftp_upload_moving as moving

        pace = Pace(ctx, plan.steps, throttle)
        sending = moving.sending(params, plan.sources, parts, ctx, pace, atomic=params.atomic)
        moving.send(site, params, ctx, jobs, sending)
        parts, warnings = sending.parts.there, [*warnings, *sending.warnings]
    site.talk(lambda ftp: _clean(ftp, params, plan, parts))
    if params.manifest:  # as long as the files lie where they are read from
        from . import manifest

        manifest.write(params.manifest, plan.steps, plan.sources, ctx)
    if params.after != "keep":
        from . import local_after

        proved = [*_proved(plan, jobs)]
        ftp_taken.remember(ctx, plan.steps, jobs)
        staying = local_after.file_away(params.after, proved, plan.dest, ctx)
        warnings, gone = warnings + staying, len(proved) - len(staying)
    return Done(plan.steps, jobs, warnings, gone)


def _prepare(
    ftp: FtpClient, params: Params, plan: _Plan, jobs: Mapping[str, Job]
) -> Mapping[str, int]:
    """Make the folders; gives the parts that earlier runs have left."""
    new = [step for step in plan.steps if step.action == "created"]
    if params.create_dirs:
        folders = [step.path for step in new if step.item.folder]
        known = {*folders, *plan.survey.found}
        for folder in sorted({posixpath.dirname(step.path) for step in new} - known):
            ftp.make_folders(folder)
        ftp.make_each(folders)
    if len(plan.sources) == 1 and jobs and params.atomic:
        return ftp_survey.parts_beside(ftp, *jobs)
    return plan.survey.parts


def _clean(ftp: FtpClient, params: Params, plan: _Plan, parts: Collection[str]) -> None:
    """Take away what a mirror has no more, and what dead runs have left of our files."""
    ftp.remove_each([(part, False) for part in _left(parts, params, plan.sources)])
    deleted = [step for step in plan.steps if step.action == "deleted"]
    if deleted:
        _see_what_is_new(ftp, plan.steps, {posixpath.dirname(step.path) for step in deleted})
    ftp.remove_each([(step.path, step.item.folder) for step in deleted])


def _see_what_is_new(ftp: FtpClient, steps: Iterable[Step], folders: Collection[str]) -> None:
    """See it by its name in those folders: as another one, it would be among what is deleted."""
    new = [posixpath.split(step.path) for step in steps if step.action == "created"]
    for folder in {folder for folder, _ in new} & {*folders}:
        names = {entry.name for entry in ftp.list_folder(folder).entries}
        for name in [name for above, name in new if above == folder and name[0] != "."]:
            if name not in names:
                raise TaskError(
                    f"{folder} does not list {name}, which was sent there ({ftp.account}); it may"
                    " have got another name, so nothing is deleted"
                )


def _left(parts: Collection[str], params: Params, ours: Iterable[str]) -> list[str]:
    """Choose what is ours of the files on their way."""
    if params.delete or not parts:
        return list(parts)
    owners = {(posixpath.dirname(path), owner(posixpath.basename(path))) for path in ours}
    return [part for part in parts if (posixpath.dirname(part), owner_of_part(part)) in owners]


def _proved(plan: _Plan, jobs: Mapping[str, Job]) -> Iterator[tuple[str, Source]]:
    """Give the files whose copy is known to be there, with the path of the copy."""
    for step in plan.steps:
        job = jobs.get(step.path)
        is_file = step.action != "deleted" and not step.item.folder
        if is_file and (job is None or job.is_proved):
            yield step.path, plan.sources[step.path]
