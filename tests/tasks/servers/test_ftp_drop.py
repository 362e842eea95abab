"""Which uploads start a run, and what clients may do to files that wait or are at work."""

from __future__ import annotations

import ftplib
import os
import threading

import pytest

from ftp_dropping import Runs, Site, fail, run_on
from ftp_serving import client, put


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
