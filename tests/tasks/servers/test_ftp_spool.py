"""The folder in which uploads wait for their run."""

from __future__ import annotations

import pytest

from ftp_dropping import Runs, Site
from opsplay.tasks.servers.ftp_drop import DropFolder, DropOptions


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
