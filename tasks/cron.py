"""Run a command at certain times: an entry, or a variable, of a crontab."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated, Literal

from ..runner.dataclasses import dataclass
from ..runner.task import Alias, Context, Diff, Pattern, Result, TaskError
from . import crontab, execution, files, paths, process
from .alone import alone
from .content import Content
from .files import Manner
from .permissions import Access

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = {
    "jobs": "The names of all jobs in the crontab that have one.",
    "envs": "The names of all variables in it.",
    "cron_file": "The file, if it is one.",
    "state": "`absent`, in place of jobs and variables, if the file went with its last line.",
    "backup_file": "Where the old crontab was kept, if it was changed and `backup` is set.",
}
EXAMPLES = """\
- name: Every night at two
  cron:
    name: reports
    minute: "0"
    hour: "2"
    job: /srv/reports/make --quiet

- name: In a file of its own, as another user
  cron:
    name: reports
    cron_file: reports
    user: reporter
    special_time: daily
    job: /srv/reports/make

- name: Who gets the mail
  cron:
    name: MAILTO
    env: true
    job: operators@example.com
"""
_ONE_LINE = Pattern("[^\r\n]*", "text in one line")
_TIME = Pattern(r"[^\s#]+", "a number, a range or a list as cron knows it")
_FOLDER = Path("/etc/cron.d")
_MODE = "0644"


@dataclass(frozen=True, kw_only=True)
class Params:
    name: Annotated[str, "What the job, or the variable, is called.", _ONE_LINE]
    job: Annotated[
        str | None, "The command, or the value of the variable.", Alias("value"), _ONE_LINE
    ] = None
    state: Annotated[Literal["absent", "present"], "Whether it is to be there."] = "present"
    minute: Annotated[str, "In which minutes.", _TIME] = "*"
    hour: Annotated[str, "In which hours.", _TIME] = "*"
    day: Annotated[str, "On which days of the month.", Alias("dom"), _TIME] = "*"
    month: Annotated[str, "In which months.", _TIME] = "*"
    weekday: Annotated[str, "On which days of the week; 0 is Sunday.", Alias("dow"), _TIME] = "*"
    special_time: Annotated[
        Literal["reboot", "yearly", "annually", "monthly", "weekly", "daily", "hourly"] | None,
        "A word in place of these.",
    ] = None
    disabled: Annotated[bool, "Keep the job, but as a comment."] = False
    user: Annotated[
        str | None,
        "Whose crontab it is, or as whom a job in `cron_file` is run.",
        Pattern(r"\S*", "a name without blanks"),
    ] = None
    cron_file: Annotated[
        str | None, "A file, by default in /etc/cron.d, in place of the user's own crontab."
    ] = None
    env: Annotated[bool, "It is a variable, not a job."] = False
    insertafter: Annotated[str | None, "Declare the variable after this one."] = None
    insertbefore: Annotated[str | None, "Declare the variable before this one."] = None
    backup: Annotated[bool, "Keep the old crontab."] = False


def run(params: Params, ctx: Context) -> Result:
    _check(params)
    table: _File | _Users = (
        _File(_path(params, ctx), ctx) if params.cron_file else _Users(params, ctx)
    )
    with alone(table.place, ctx):
        return _edit(table, params, ctx)


def _edit(table: _File | _Users, params: Params, ctx: Context) -> Result:
    before = table.read()
    lines = _changed(before.splitlines(), params)
    after = "".join(f"{line}\n" for line in lines)
    told = _told(lines, before, params)
    if lines == before.splitlines():
        return Result(data=told)
    if params.backup and before and not ctx.check:
        told["backup_file"] = _kept(before)
    if not ctx.check:
        table.write(after)
    names = {"before_header": table.name, "after_header": table.name}
    diff = Diff(before=before, after=after, **names, alone=True)
    return Result(changed=True, data=told, diff=[diff] if ctx.diff else ())


def _told(lines: Sequence[str], before: str, params: Params) -> dict[str, object]:
    file: dict[str, object] = {"cron_file": params.cron_file} if params.cron_file else {}
    if file and before and not lines:
        return {**file, "state": "absent"}
    return {**file, "jobs": crontab.jobs(lines), "envs": crontab.variables(lines)}


def _check(params: Params) -> None:
    times = (params.minute, params.hour, params.day, params.month, params.weekday)
    if params.special_time and any(time != "*" for time in times):
        msg = "You cannot combine special_time with any of the time or day/date parameters."
        raise TaskError(msg, hint="it stands in their place")
    if params.state == "present" and params.cron_file and not params.user:
        msg = "To use cron_file=... parameter you must specify user=... as well"
        raise TaskError(msg, hint="as this user the job is run")
    if params.state == "present" and params.job is None:
        msg = "You must specify 'job' to install a new cron job or variable"
        raise TaskError(msg, hint="`state: absent` removes one")
    if (params.insertafter or params.insertbefore) and not params.env:
        msg = "Insertafter and insertbefore parameters are valid only with env=yes"
        raise TaskError(msg, hint="they are for variables")
    if params.env and not params.name.isidentifier():
        msg = "Invalid name for environment variable"
        raise TaskError(msg, hint=f"{params.name!r} has more than letters, digits and _")


def _path(params: Params, ctx: Context) -> Path:
    text = params.cron_file or ""
    path = ctx.path(text) if text.startswith(("/", "~")) else _FOLDER / text
    if path.resolve() == Path("/etc/crontab"):
        msg = "Will not manage /etc/crontab via cron_file, see documentation."
        raise TaskError(msg, hint="it belongs to the system; give a name of your own")
    return path


def _changed(lines: Sequence[str], params: Params) -> list[str]:
    if params.env:
        if params.state == "absent":
            return crontab.without_variable(lines, params.name)
        places = params.insertafter, params.insertbefore
        return crontab.with_variable(lines, params.name, params.job or "", *places)
    if params.state == "absent":
        return crontab.without_job(lines, params.name)
    return crontab.with_job(lines, params.name, _line(params))


def _line(params: Params) -> str:
    times = (params.minute, params.hour, params.day, params.month, params.weekday)
    when = [f"@{params.special_time}"] if params.special_time else times
    user = [params.user] if params.cron_file and params.user else []
    return "#" * params.disabled + " ".join([*when, *user, params.job or ""])


def _kept(text: str) -> str:
    descriptor, name = mkstemp(prefix="crontab")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    return name


# Where it lies ------------------------------------------------------------------------------


class _File:
    """A file of the system's cron; one without a line is removed."""

    def __init__(self, path: Path, ctx: Context) -> None:
        self._ctx = ctx
        self.place = path
        self.name = str(path)

    def read(self) -> str:
        if files.replaceable(self.place) is None:
            return ""
        with paths.told(f"read {self.place}"):
            return self.place.read_text("utf-8", "surrogateescape")

    def write(self, text: str) -> None:
        if text:
            content = Content.of_bytes(text.encode("utf-8", "surrogateescape"), self.name)
            # Cron passes over files that others may write to.
            manner = Manner(access=Access(_MODE))
            files.place(content, self.place, manner, self._ctx)
            return
        with paths.told(f"remove {self.place}"):
            self.place.unlink(missing_ok=True)


class _Users:
    """The crontab of a user, by the program that watches over it."""

    def __init__(self, params: Params, ctx: Context) -> None:
        self._ctx = ctx
        # Where it really lies only that program may look.
        self.place = Path(os.environ.get("HOME") or "/", "crontab")
        self._whose = ["-u", params.user] if params.user else []
        self.name = f'crontab for user "{params.user}"' if params.user else "crontab"

    def read(self) -> str:
        done = self._run(["-l"], b"")
        if done.code and "no crontab" not in done.stderr:
            raise self._refused("Unable to read crontab", done)
        return "" if done.code else done.stdout

    def write(self, text: str) -> None:
        done = self._run(["-"], text.encode("utf-8", "surrogateescape"))
        if done.code:
            raise self._refused("Failed to install new cronfile", done)

    def _refused(self, what: str, done: process.Finished) -> TaskError:
        """What the program does not do, in Ansible's words and its own."""
        said = execution.output(done.stdout, done.stderr)
        return TaskError(f"{what}: {done.stderr.strip()}", rc=done.code, **said, hint=self.name)

    def _run(self, words: list[str], stdin: bytes) -> process.Finished:
        command = process.Command(
            argv=["crontab", *self._whose, *words],
            cwd=self._ctx.playbook_dir,
            environment={"LC_ALL": "C", **self._ctx.environment},
            stdin=stdin,
        )
        return process.run(command, self._ctx.cancellation)
