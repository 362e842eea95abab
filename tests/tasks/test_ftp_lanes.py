from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from ftp_faults import ALWAYS, Fault, FaultServer, Options, reply
from opsplay.runner.task import Cancellation, Cancelled, Context, Secret, TaskError
from opsplay.tasks.clients.ftp import FtpClient
from opsplay.tasks.clients.ftp_words import FtpError
from opsplay.tasks.ftp_lanes import Lanes, Work
from opsplay.tasks.ftp_login import FtpLogin
from opsplay.tasks.ftp_site import FtpSite

Contexts = Callable[..., Context]
JOBS = [f"/{number}" for number in range(20)]


@dataclass
class Job:
    path: str
    is_done: bool = False


class Lines:
    """A server, and lanes to it that note what is done on them."""

    def __init__(self, ctx: Context, server: FaultServer, most: int, retries: int) -> None:
        self.server = server
        login = FtpLogin(
            host="127.0.0.1",
            port=server.port,
            user="li",
            password=Secret("geheim"),
            timeout=60,
            retries=retries,
            retry_delay=0.01,
        )
        self.site = FtpSite(login, ctx)
        self.done: list[str] = []
        self._ctx = ctx
        self._most = most

    def run(
        self, paths: Sequence[str] = JOBS, work: Work[Job] | None = None
    ) -> list[tuple[str, TaskError]]:
        lanes = Lanes(self.site, self._ctx, self._most, work or self.look)
        return [(job.path, error) for job, error in lanes.run(Job(path) for path in paths)]

    def look(self, ftp: FtpClient, job: Job, _attempt: int) -> None:
        ftp.command("MDTM", job.path)
        self.done.append(job.path)


@pytest.fixture(name="begin")
def _begin(contexts: Contexts) -> Iterator[Callable[..., Lines]]:
    with ExitStack() as stack:

        def begin(
            *faults: Fault,
            most: int = 4,
            retries: int = 0,
            cancellation: Cancellation | None = None,
            **options: Any,
        ) -> Lines:
            ctx = contexts(cancellation=cancellation or Cancellation())
            server = stack.enter_context(FaultServer(*faults, options=Options(**options)))
            for job in JOBS:
                server.tree.put(job)
            return Lines(ctx, server, most, retries)

        yield begin


Begin = Callable[..., Lines]


def test_every_job_is_done_once(begin: Begin) -> None:
    lines = begin()
    assert lines.run() == []
    assert sorted(lines.done) == sorted(JOBS)


def test_nothing_to_do_needs_no_session(begin: Begin) -> None:
    lines = begin()
    assert lines.run([]) == []
    assert lines.server.commands == []


def test_as_many_jobs_as_lanes_are_under_way_at_a_time(begin: Begin) -> None:
    lines = begin(most=4)
    all_are_there = threading.Barrier(4, timeout=60)

    def meet(*_: object) -> None:
        all_are_there.wait()

    lines.run(JOBS[:4], meet)
    assert lines.server.most_at_once == 4


def test_one_lane_does_its_jobs_in_their_order(begin: Begin) -> None:
    lines = begin(most=1)
    lines.run()
    assert lines.done == JOBS
    assert lines.server.most_at_once == 1


# What fails


def test_a_job_that_fails_leaves_the_others_alone_and_is_told(begin: Begin) -> None:
    lines = begin(Fault("MDTM", reply("550 No"), times=ALWAYS, about="/1"), most=3)
    failed = lines.run(["/0", "/1", "/2", "/19", "/3"])
    assert sorted(job for job, _ in failed) == ["/1", "/19"]
    assert all("550 No" in error.msg for _, error in failed)
    assert sorted(lines.done) == ["/0", "/2", "/3"]


def test_what_may_pass_is_tried_again(begin: Begin) -> None:
    lines = begin(Fault("MDTM", reply("450 Busy"), times=3), retries=3)
    assert lines.run() == []
    assert sorted(lines.done) == sorted(JOBS)


def test_the_work_is_told_which_attempt_it_is(begin: Begin) -> None:
    lines = begin(Fault("MDTM", reply("450 Busy"), times=2), most=1, retries=2)
    attempts: list[int] = []

    def work(ftp: FtpClient, job: Job, attempt: int) -> None:
        attempts.append(attempt)
        ftp.command("MDTM", job.path)

    assert lines.run(JOBS[:2], work) == []
    assert attempts == [1, 2, 3, 1]


@pytest.mark.parametrize(
    "error",
    [FtpError("lost", verb="STOR"), FtpError("full", verb="STOR", code=452)],
    ids=["the connection", "the disk"],
)
def test_what_would_fail_for_all_is_told_once(begin: Begin, error: FtpError) -> None:
    lines = begin(most=1)

    def work(*_: object) -> None:
        raise error

    assert lines.run(JOBS, work) == [("/0", error)]


def test_a_wrong_password_is_told_once(begin: Begin) -> None:
    lines = begin(password="other")
    ((_, error),) = lines.run()
    assert "check `user` and `password`" in error.msg
    assert lines.done == []


def test_a_mistake_in_the_program_is_not_hidden(begin: Begin) -> None:
    def work(_ftp: FtpClient, job: Job, _attempt: int) -> None:
        if job.path == "/7":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin().run(JOBS, work)


def test_who_stops_has_stopped_all_lanes(begin: Begin) -> None:
    stop = Cancellation()
    lines = begin(cancellation=stop)
    done: list[str] = []

    def work(ftp: FtpClient, job: Job, attempt: int) -> None:
        done.append(job.path)
        stop.cancel()
        lines.look(ftp, job, attempt)

    with pytest.raises(Cancelled):
        lines.run(JOBS, work)
    assert len(done) <= 4


# Servers that let in fewer


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("too_many", ["421 Too many", "530 Sorry, the maximum number of clients"])
def test_a_server_that_lets_in_fewer_gets_fewer(begin: Begin, most: int, too_many: str) -> None:
    lines = begin(most=4, most_sessions=most, too_many=too_many)
    assert lines.run() == []
    assert sorted(lines.done) == sorted(JOBS)
    assert lines.server.most_at_once <= most


def test_later_steps_do_not_knock_in_vain(begin: Begin) -> None:
    lines = begin(most=4, most_sessions=1, too_many="530 Sorry, the maximum number of clients")

    def work(ftp: FtpClient, job: Job, attempt: int) -> None:
        # Else the one that is let in may have done all before the others have knocked.
        while lines.site.known.most_sessions > 1:
            time.sleep(0.01)
        lines.look(ftp, job, attempt)

    lines.run(JOBS, work)
    logins = len(lines.server.heard("PASS"))
    assert logins == 4
    lines.run()
    assert len(lines.server.heard("PASS")) == logins
