"""What is peculiar to vsftpd: it lists as ls does, and knows no MLSD."""

from __future__ import annotations

from file_trees import write
from opsplay.runner.task import Context
from opsplay.tasks import ftp_list
from real_ftp import Servers


def test_a_list_tells_links_from_files(ctx: Context, servers: Servers) -> None:
    write(servers.home / "in/测试.txt")
    (servers.home / "in/link").symlink_to("测试.txt")
    result = ftp_list.run(ftp_list.Params(path="in", **servers.start("vsftpd")), ctx)
    entries = result.data["entries"]
    assert isinstance(entries, list)
    assert [(entry["name"], entry["type"]) for entry in entries] == [
        ("link", "link"),
        ("测试.txt", "file"),
    ]


def test_a_list_has_times_to_the_day(ctx: Context, servers: Servers) -> None:
    write(servers.home / "a")
    result = ftp_list.run(ftp_list.Params(**servers.start("vsftpd")), ctx)
    entries = result.data["entries"]
    assert isinstance(entries, list)
    assert entries[0]["mtime"] == "2001-09-09T00:00:00Z"
