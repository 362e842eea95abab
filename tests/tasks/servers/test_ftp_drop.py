"""The drop folder: which uploads start a run, and that none is lost, whatever happens."""

from __future__ import annotations

import ftplib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner.task import Cancellation, TaskError
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser
from opsplay.tasks.servers.ftp_drop import DropFolder, DropOptions, RunFailedError
from opsplay.tasks.servers.ftp_spool import Job
from told import Told

TEMPORARY = (".*", "*.part")


class Runs:
    """Stands for the playbook: notes what it runs for, and does what the test wants."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.contents: list[bytes] = []
        self.told = Told()
        self._news = threading.Condition()
        self.act: Callable[[Job, Cancellation], None] = lambda *_: None

    def __call__(self, job: Job, cancellation: Cancellation) -> None:
        content = job.upload.path.read_bytes()
        with self._news:
            self.jobs.append(job)
            self.contents.append(content)
            self._news.notify_all()
        self.act(job, cancellation)

    @property
    def names(self) -> list[str]:
        return [job.upload.path.name for job in self.jobs]

    def wait_for(self, count: int) -> None:
        """Until so many runs have begun."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.jobs) >= count, timeout=10), self.told


def fail(*_: object) -> None:
    raise RunFailedError("exit status 2", ["no such customer"])


def run_on(_: Job, cancellation: Cancellation) -> None:
    """Run until the server stops."""
    while True:
        cancellation.sleep(0.01)


class Site:
    """A home, a spool, and servers over them, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.spool = folder / "spool"

    @contextmanager
    def served(self, runs: Runs, *, starts: bool = True, **options: Any) -> Iterator[FtpServer]:
        user = FtpUser(name="li", password="geheim", home=self.home, permissions="elradfmwMT")
        drop = DropFolder(
            DropOptions(spool=self.spool, run=runs, temporary=TEMPORARY, tell=runs.told, **options)
        )
        with ExitStack() as stack:
            stack.callback(drop.stop)
            server = FtpServer(FtpServerOptions(users=[user], keeper=drop))
            stack.enter_context(server)
            if starts:
                drop.start()
            yield server

    @property
    def jobs(self) -> int:
        return len(list(self.spool.glob("*.json")))


@pytest.fixture(name="site")
def _site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(name="runs")
def _runs() -> Runs:
    return Runs()


@contextmanager
def client(server: FtpServer) -> Iterator[ftplib.FTP]:
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect("127.0.0.1", server.port)
        ftp.login("li", "geheim")
        yield ftp


def put(ftp: ftplib.FTP, name: str, data: bytes = b"x", command: str = "STOR") -> str:
    with ftp.transfercmd(f"{command} {name}") as connection:
        connection.sendall(data)
    return ftp.voidresp()


# Which uploads start a run


@pytest.mark.parametrize("command", ["STOR", "APPE", "STOU"])
def test_a_complete_upload_starts_a_run(site: Site, runs: Runs, command: str) -> None:
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "a.csv", b"data", command)
        runs.told.wait_for("ended well")
    (job,) = runs.jobs
    assert job.upload.path.name.startswith("a.csv")
    assert (job.upload.user, job.upload.client, job.failures) == ("li", "127.0.0.1", 0)
    assert runs.contents == [b"data"]
    assert site.jobs == 0


def test_an_upload_under_a_temporary_name_starts_a_run_when_it_is_renamed(
    site: Site, runs: Runs
) -> None:
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, ".a.csv.123")
        put(ftp, "B.CSV.PART")
        ftp.rename(".a.csv.123", "a.csv")
        ftp.rename("B.CSV.PART", "b.csv")
        ftp.mkd("c.part")
        ftp.rename("c.part", "folder")
        runs.wait_for(2)
    assert sorted(runs.names) == ["a.csv", "b.csv"]


def test_a_file_that_has_had_its_run_is_renamed_without_another(site: Site, runs: Runs) -> None:
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "a")
        runs.told.wait_for("ended well")
        ftp.rename("a", "b")
        put(ftp, "last")
        runs.wait_for(2)
    assert runs.names == ["a", "last"]


def test_an_upload_that_breaks_off_starts_nothing(site: Site, runs: Runs) -> None:
    with site.served(runs) as server, client(server) as ftp:
        with client(server) as broken:
            connection = broken.transfercmd("STOR a")
            connection.sendall(b"half of")
            broken.close()
            connection.close()
        put(ftp, "last")
        runs.wait_for(1)
    assert runs.names == ["last"]


def test_runs_follow_each_other_in_the_order_of_the_uploads(site: Site, runs: Runs) -> None:
    with site.served(runs, starts=False) as server, client(server) as ftp:
        for name in ("c", "a", "b"):
            put(ftp, name)
    with site.served(runs):
        runs.wait_for(3)
    assert runs.names == ["c", "a", "b"]


@pytest.mark.parametrize("verb", ["STOR", "RNTO"])
def test_names_that_are_no_text_are_refused(site: Site, runs: Runs, verb: str) -> None:
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "a.part")
        ftp.encoding = "latin-1"
        ftp.sendcmd("RNFR a.part")
        with pytest.raises(ftplib.error_perm, match="553 The name is not written in utf-8"):
            ftp.sendcmd(f"{verb} \xb2\xe2")


# None is lost


def test_an_upload_is_remembered_before_the_client_hears_that_it_is_complete(
    site: Site, runs: Runs
) -> None:
    with site.served(runs, starts=False) as server, client(server) as ftp:
        assert put(ftp, "a").startswith("226")
        assert site.jobs == 1
        put(ftp, "b.part")
        assert site.jobs == 1
        ftp.rename("b.part", "b")
        assert site.jobs == 2


def test_an_upload_that_cannot_be_remembered_is_not_complete(site: Site, runs: Runs) -> None:
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "b.part")
        for path in site.spool.iterdir():
            path.unlink()
        site.spool.rmdir()
        with pytest.raises(ftplib.error_temp, match="451 No such file or directory; send the file"):
            put(ftp, "a")
        with pytest.raises(ftplib.error_perm, match="550 No such file or directory"):
            ftp.rename("b.part", "b")
        assert ftp.nlst() == ["a", "b.part"]
    assert not runs.jobs


def test_a_failed_run_is_told_and_its_upload_stays(site: Site, runs: Runs) -> None:
    runs.act = fail
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "a")
        line = runs.told.wait_for("failed: exit status 2")
        assert line.endswith("it runs again when the server next starts")
        assert str(site.home / "a") in line
        runs.told.wait_for("no such customer")
    assert site.jobs == 1
    assert (site.home / "a").exists()


def test_what_waits_is_run_when_the_server_next_starts(site: Site, runs: Runs) -> None:
    runs.act = fail
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "a")
        runs.told.wait_for("failed")
    again = Runs()
    with site.served(again):
        again.told.wait_for("ended well")
    assert [job.failures for job in again.jobs] == [1]
    assert site.jobs == 0


def test_a_failed_run_is_tried_again_after_a_while(site: Site, runs: Runs) -> None:
    def fail_twice(job: Job, _: Cancellation) -> None:
        if job.failures < 2:
            fail()

    runs.act = fail_twice
    with site.served(runs, retry_after=0.01) as server, client(server) as ftp:
        put(ftp, "a")
        runs.told.wait_for("ended well")
    assert [job.failures for job in runs.jobs] == [0, 1, 2]


def test_a_failed_run_does_not_keep_others_waiting(site: Site, runs: Runs) -> None:
    runs.act = lambda job, _: fail() if job.upload.path.name == "bad" else None
    with site.served(runs, retry_after=3600) as server, client(server) as ftp:
        put(ftp, "bad")
        put(ftp, "good")
        runs.told.wait_for("good ended well")
    assert runs.names == ["bad", "good"]


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left"), FileNotFoundError(2, "not the upload"), TaskError("cannot run")],
)
def test_a_run_that_cannot_be_started_counts_as_failed(
    site: Site, runs: Runs, error: Exception
) -> None:
    def refuse(*_: object) -> None:
        raise error

    runs.act = refuse
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "a")
        runs.told.wait_for("failed")
    assert site.jobs == 1


def test_stopping_ends_the_run_that_goes_on_and_loses_nothing(site: Site, runs: Runs) -> None:
    runs.act = run_on
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "a")
        put(ftp, "b")
        runs.wait_for(1)
    assert any("a was stopped; it runs again" in line for line in runs.told)
    assert site.jobs == 2
    again = Runs()
    with site.served(again):
        again.wait_for(2)
    assert again.names == ["a", "b"]


def test_a_file_that_has_gone_needs_no_run(site: Site, runs: Runs) -> None:
    with site.served(runs, starts=False) as server, client(server) as ftp:
        put(ftp, "a")
    (site.home / "a").unlink()
    with site.served(runs):
        runs.told.wait_for("a is gone; there is no run for it")
    assert site.jobs == 0


# What clients do to files that wait, or are at work


def test_while_a_run_goes_on_its_file_is_left_alone(site: Site, runs: Runs) -> None:
    runs.act = run_on
    with site.served(runs) as server, client(server) as ftp:
        ftp.mkd("in")
        put(ftp, "in/a", b"first")
        runs.wait_for(1)
        put(ftp, "b.part")
        for commands in (
            *(["STOR in/a"], ["APPE in/a"], ["DELE in/a"], ["RNFR in/a"], ["RNFR in"]),
            ["RNFR b.part", "RNTO in/a"],
        ):
            *before, refused = commands
            for command in before:
                ftp.sendcmd(command)
            with pytest.raises(ftplib.error_temp, match="450 The file is being processed"):
                ftp.sendcmd(refused)
        received = bytearray()
        ftp.retrbinary("RETR in/a", received.extend)
        assert received == b"first"


def test_the_way_to_a_file_does_not_matter(site: Site, runs: Runs) -> None:
    runs.act = run_on
    (site.home / "in").mkdir()
    (site.home / "link").symlink_to("in")
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "link/a")
        runs.wait_for(1)
        with pytest.raises(ftplib.error_temp, match="450"):
            ftp.delete("in/a")


def test_a_new_upload_takes_the_place_of_one_that_waits(site: Site, runs: Runs) -> None:
    with site.served(runs, starts=False) as server, client(server) as ftp:
        put(ftp, "a", b"first")
        put(ftp, "a", b"second")
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "last")
        runs.wait_for(2)
    assert runs.contents == [b"second", b"x"]


def test_a_corrected_upload_is_run_at_once_though_the_first_had_failed(
    site: Site, runs: Runs
) -> None:
    runs.act = lambda job, _: fail() if job.upload.path.read_bytes() == b"bad" else None
    with site.served(runs) as server, client(server) as ftp:
        put(ftp, "a", b"bad")
        runs.told.wait_for("failed")
        put(ftp, "a", b"good")
        runs.told.wait_for("ended well")
    assert site.jobs == 0


def test_an_upload_that_waits_can_be_taken_back(site: Site, runs: Runs) -> None:
    with site.served(runs, starts=False) as server, client(server) as ftp:
        put(ftp, "a")
        ftp.delete("a")
        put(ftp, "b")
        ftp.rename("b", "b.part")
        assert site.jobs == 0


def test_an_upload_that_waits_can_be_renamed(site: Site, runs: Runs) -> None:
    with site.served(runs, starts=False) as server, client(server) as ftp:
        put(ftp, "a")
        ftp.rename("a", "b")
        ftp.rename("b", "b")
    with site.served(runs):
        runs.wait_for(1)
    assert runs.names == ["b"]


def test_what_does_not_work_takes_nothing_back(site: Site, runs: Runs) -> None:
    with site.served(runs, starts=False) as server, client(server) as ftp:
        put(ftp, "a")
        ftp.mkd("folder")
        with pytest.raises(ftplib.error_perm, match="550"):
            ftp.rename("a", "folder")
        assert site.jobs == 1
    with site.served(runs):
        runs.wait_for(1)
    assert runs.names == ["a"]


def test_uploads_from_many_clients_are_each_run_once(site: Site, runs: Runs) -> None:
    names = [f"{number}.csv" for number in range(40)]

    def send(part: list[str]) -> None:
        with client(server) as ftp:
            for name in part:
                put(ftp, f"{name}.part", os.urandom(1000))
                ftp.rename(f"{name}.part", name)

    with site.served(runs) as server:
        senders = [threading.Thread(target=send, args=(names[n::4],)) for n in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        runs.wait_for(len(names))
    assert sorted(runs.names) == sorted(names)


# The spool


def test_two_servers_do_not_share_a_spool(site: Site, runs: Runs) -> None:
    with site.served(runs), pytest.raises(BlockingIOError):
        DropFolder(DropOptions(spool=site.spool, run=runs))


def test_a_file_in_the_spool_that_is_no_job_is_told(site: Site, runs: Runs) -> None:
    site.spool.mkdir()
    (site.spool / "x.json").write_text("{}")
    with pytest.raises(ValueError, match=r"x\.json is no upload that waits .* remove it"):
        DropFolder(DropOptions(spool=site.spool, run=runs))


def test_what_a_killed_server_left_in_the_spool_is_removed(site: Site, runs: Runs) -> None:
    site.spool.mkdir()
    (site.spool / "x.new").write_text("half a job")
    (site.spool / "facts-x.yml").write_text("received: {}")
    with site.served(runs):
        assert [path.name for path in site.spool.iterdir()] == ["lock"]


def test_the_spool_is_for_nobody_else_to_see(site: Site, runs: Runs) -> None:
    with site.served(runs):
        assert site.spool.stat().st_mode & 0o777 == 0o700
