"""No upload to a drop folder is lost, whatever happens to its run or the server."""

from __future__ import annotations

import ftplib
import threading
import time

import pytest

from ftp_dropping import Runs, Site, fail, run_on
from ftp_serving import client, put
from opsplay.runner.task import Cancellation, TaskError
from opsplay.tasks.servers.ftp_drop import DropFolder, DropOptions
from opsplay.tasks.servers.ftp_spool import Job, Spool
from opsplay.tasks.servers.ftp_uploads import Upload


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


@pytest.mark.parametrize("mount_point_stays", [True, False])
def test_a_file_whose_disk_is_away_for_a_while_has_its_run(
    site: Site, runs: Runs, *, mount_point_stays: bool
) -> None:
    with site.served(runs, starts=False) as server, client(server) as ftp:
        ftp.mkd("disk")
        put(ftp, "disk/a")
    (site.home / "disk").rename(site.home / "away")
    (job,) = site.spool.glob("*.json")
    told = job.read_text()
    if mount_point_stays:
        (site.home / "disk").mkdir()
        job.write_text(told.replace('"disk": ', '"disk": 1'))
    with site.served(runs):
        runs.told.wait_for("disk/a failed: ")
    assert site.jobs == 1
    if mount_point_stays:
        (site.home / "disk").rmdir()
        job.write_text(told)
    (site.home / "away").rename(site.home / "disk")
    with site.served(runs):
        runs.told.wait_for("ended well")
    assert site.jobs == 0


def test_a_file_that_is_sent_again_before_it_is_kept_has_its_run_when_it_is_whole(
    site: Site, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, keep_at_once = threading.Event(), threading.Event(), DropFolder.keep

    def keep_slowly(drop: DropFolder, upload: Upload) -> None:
        if not begun.is_set():
            begun.set()
            go_on.wait(10)
        keep_at_once(drop, upload)

    monkeypatch.setattr(DropFolder, "keep", keep_slowly)
    with site.served(runs) as server, client(server) as first, client(server) as second:
        with first.transfercmd("STOR a") as connection:
            connection.sendall(b"whole")
        begun.wait(10)
        with second.transfercmd("STOR a") as connection:
            connection.sendall(b"whole")
            go_on.set()
            first.voidresp()
            put(first, "b")
            runs.wait_for(1)
            connection.sendall(b" again")
        second.voidresp()
        runs.wait_for(2)
    assert runs.names == ["b", "a"]
    assert runs.contents[1] == b"whole again"


def test_an_upload_that_comes_as_the_run_for_an_earlier_one_ends_is_remembered(
    site: Site, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        Upload(path=site.home / "a", user="li", client=client, time="") for client in "12"
    )
    came, remembered, put_at_once = threading.Event(), list[int](), Spool.put

    def put_slowly(spool: Spool, job: Job) -> None:
        put_at_once(spool, job)
        if job.upload == second:
            came.set()
            time.sleep(0.3)

    def act(*_: object) -> None:
        came.wait(10)
        remembered.append(site.jobs)

    monkeypatch.setattr(Spool, "put", put_slowly)
    first.path.write_text("x")
    runs.act = act
    drop = DropFolder(DropOptions(spool=site.spool, run=runs, tell=runs.told))
    drop.start()
    drop.keep(first)
    runs.wait_for(1)
    drop.keep(second)
    runs.wait_for(2)
    drop.stop()
    assert remembered == [1, 1]
