from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner import params
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import get_url
from powers import permissions_matter
from web_serving import Asked, Reply, Web, serving, serving_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = b"data\n"
SUM = hashlib.sha256(DATA).hexdigest()


def run(ctx: Context, url: str, dest: str = "got", **arguments: Any) -> Result:
    given = {"url": url, "dest": dest, **arguments}
    return get_url.run(params.build(get_url.Params, given), ctx)


@pytest.fixture
def web() -> Iterator[Web]:
    """Serve a file, by several names, and its checksums."""
    named = Reply(DATA, headers={"Content-Disposition": 'attachment; filename="报告.txt"'})
    hostile = Reply(DATA, headers={"Content-Disposition": 'attachment; filename="../../evil"'})
    with serving_at(
        {
            "/a.txt": Reply(DATA),
            "/named?id=5": Reply(DATA, headers={"Content-Disposition": "attachment; filename=n"}),
            "/utf8": named,
            "/hostile": hostile,
            "/..%2Fevil": Reply(DATA),
            "/": Reply(DATA),
            "/moved": Reply(b"", 302, {"Location": "/a.txt"}),
            "/sums": Reply(f"0000  other\n{SUM.upper()} *./a.txt\n".encode()),
            "/bsd": Reply(f"SHA256 (other) = 00\nSHA256 (a.txt) = {SUM}\n".encode()),
            "/alone": Reply(SUM.encode()),
            "/other": Reply(b"0000  other\n1111  more"),
        }
    ) as web:
        yield web


def test_a_file_is_downloaded_if_there_is_a_newer_one(ctx: Context, tmp_path: Path) -> None:
    def answers(asked: Asked) -> Reply:
        since = asked.headers.get("if-modified-since")
        return Reply(status=304) if since == "Sat, 01 Jan 2000 00:00:00 GMT" else Reply(DATA)

    with serving(answers) as web:
        run(ctx, f"{web.url}/a.txt")
        os.utime(tmp_path / "got", (946684800, 946684800))
        (tmp_path / "got").chmod(0o640)
        result = run(ctx, f"{web.url}/a.txt", mode="0600")
        # Permissions are looked at only with what is downloaded, as in Ansible.
        assert (result.changed, result.msg) == (False, "HTTP Error 304: Not Modified")
        assert result.data["mode"] == "0640"
        assert result.data["status_code"] == 304
        assert "elapsed" in result.data
        assert not run(ctx, f"{web.url}/a.txt").changed
        (tmp_path / "got").write_text("old")
        assert run(ctx, f"{web.url}/a.txt").changed
    assert (tmp_path / "got").read_bytes() == DATA


def test_the_login_of_the_host_may_stand_where_netrc_says(
    ctx: Context, tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logins").write_text("machine 127.0.0.1 login li password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "logins"))
    run(ctx, f"{web.url}/a.txt")
    run(ctx, f"{web.url}/a.txt", force=True, use_netrc=False)
    assert ["authorization" in asked.headers for asked in web.asked] == [True, False]


def test_what_came_of_a_download_is_told(ctx: Context, tmp_path: Path, web: Web) -> None:
    first, second = (run(ctx, f"{web.url}/a.txt", mode="0640") for _ in range(2))
    assert (tmp_path / "got").read_bytes() == DATA
    assert (first.changed, second.changed) == (True, False)
    assert first.msg == "OK (5 bytes)"
    sha1 = hashlib.sha1(DATA).hexdigest()
    assert (first.data["checksum_src"], first.data["checksum_dest"]) == (sha1, None)
    assert (first.data["status_code"], first.data["size"], first.data["mode"]) == (200, 5, "0640")
    assert (first.data["dest"], first.data["url"]) == (f"{tmp_path}/got", f"{web.url}/a.txt")


def test_a_file_that_is_there_gets_its_permissions(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "got").write_bytes(DATA)
    (tmp_path / "got").chmod(0o644)
    url = "http://li:geheim@127.0.0.1:1/"
    result = run(ctx, url, mode="0600", checksum=f"sha256:{SUM}")
    assert (result.changed, result.msg) == (True, "file already exists but file attributes changed")
    assert (tmp_path / "got").stat().st_mode & 0o777 == 0o600
    assert run(ctx, url, mode="0600", checksum=f"sha256:{SUM}").msg == "file already exists"
    assert result.data["url"] == "http://****:****@127.0.0.1:1/"


@pytest.mark.parametrize("check", [False, True])
def test_a_pipe_is_neither_read_nor_replaced(
    contexts: Callable[..., Context], tmp_path: Path, web: Web, *, check: bool
) -> None:
    os.mkfifo(tmp_path / "got")
    with pytest.raises(TaskError, match="is a device, a pipe or a socket; it is not replaced"):
        run(contexts(check=check), f"{web.url}/a.txt", force=True)


def test_with_force_it_is_downloaded_again(ctx: Context, tmp_path: Path, web: Web) -> None:
    (tmp_path / "got").write_text("old")
    first, second = (run(ctx, f"{web.url}/a.txt", force=True, backup=True) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert first.data["checksum_dest"] == hashlib.sha1(b"old").hexdigest()
    assert Path(str(first.data["backup_file"])).read_text() == "old"
    assert (tmp_path / "got").read_bytes() == DATA


def test_in_check_mode_only_a_file_can_be_compared(
    contexts: Callable[..., Context], tmp_path: Path, web: Web
) -> None:
    ctx = contexts(check=True)
    for name in ("source", "got"):
        (tmp_path / name).write_bytes(DATA)
    same, other = (run(ctx, url, force=True) for url in (f"file://{tmp_path}/source", web.url))
    assert (same.changed, same.msg, other.changed) == (False, "OK (5 bytes)", True)
    assert same.data["checksum_src"] == same.data["checksum_dest"] == other.data["checksum_dest"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a.txt", "a.txt"),
        ("/named?id=5", "n"),
        ("/moved", "a.txt"),
        ("/", "index.html"),
        ("/..%2Fevil", "..%2Fevil"),
    ],
)
def test_into_a_folder_it_goes_by_the_name_that_the_server_says(
    ctx: Context, tmp_path: Path, web: Web, path: str, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    data = run(ctx, web.url + path, "folder").data
    assert (data["dest"], data["url"]) == (f"{tmp_path}/folder/{name}", web.url + path)
    assert (tmp_path / "folder" / name).read_bytes() == DATA


def test_no_name_leads_out_of_the_folder(ctx: Context, tmp_path: Path, web: Web) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(TaskError, match="no local file may be called so"):
        run(ctx, f"{web.url}/hostile", "folder")
    assert not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("dest", "tmp_dest", "words"),
    [
        ("nowhere/got", None, "Destination {}/nowhere does not exist"),
        ("nowhere/", None, "Destination {}/nowhere does not exist"),
        ("got", "nowhere", "{}/nowhere directory does not exist."),
        ("got", "old", "{}/old is a file but should be a directory."),
    ],
)
def test_folders_must_be_there_before_anything_is_downloaded(
    contexts: Callable[..., Context],
    tmp_path: Path,
    web: Web,
    dest: str,
    tmp_dest: str | None,
    words: str,
    *,
    check: bool,
) -> None:
    (tmp_path / "old").touch()
    with pytest.raises(TaskError) as caught:
        run(contexts(check=check), f"{web.url}/a.txt", dest, tmp_dest=tmp_dest)
    assert caught.value.msg == words.format(tmp_path)
    assert not web.asked


# Checksums ----------------------------------------------------------------------------------


@pytest.mark.parametrize("checksum", [f"sha256:{SUM}", f"SHA256: {SUM.upper()}"])
def test_a_file_with_the_checksum_is_left(
    ctx: Context, tmp_path: Path, web: Web, checksum: str
) -> None:
    (tmp_path / "got").write_bytes(DATA)
    assert not run(ctx, f"{web.url}/a.txt", checksum=checksum).changed
    assert not web.asked


def test_a_file_without_the_checksum_is_replaced(ctx: Context, tmp_path: Path, web: Web) -> None:
    (tmp_path / "got").write_text("old")
    assert run(ctx, f"{web.url}/a.txt", checksum=f"sha256:{SUM}").changed
    assert (tmp_path / "got").read_bytes() == DATA


def test_a_download_without_the_checksum_is_not_kept(
    ctx: Context, tmp_path: Path, web: Web
) -> None:
    (tmp_path / "got").write_text("old")
    with pytest.raises(TaskError, match="did not match 00; it was 6667b2d1"):
        run(ctx, f"{web.url}/a.txt", checksum="sha256:00")
    assert (tmp_path / "got").read_text() == "old"


@pytest.mark.parametrize("sums", ["sums", "bsd", "alone"])
def test_the_checksum_is_looked_up_in_a_list(
    ctx: Context, tmp_path: Path, web: Web, sums: str
) -> None:
    assert run(ctx, f"{web.url}/a.txt", checksum=f"sha256:{web.url}/{sums}").changed
    assert (tmp_path / "got").read_bytes() == DATA


@pytest.mark.parametrize(
    ("checksum", "words"),
    [
        ("crc:12", "with algorithm 'crc'. Available algorithms: blake2b,"),
        ("12", "has to be in format <algorithm>:<checksum>"),
        ("sha256:xyz", "The checksum format is invalid"),
        ("sha256:{url}/other", "Unable to find a checksum for file 'a.txt' in 'http"),
        ("sha256:{url}/nowhere", "Request failed"),
    ],
)
def test_a_checksum_that_cannot_be_had(
    ctx: Context, tmp_path: Path, web: Web, checksum: str, words: str
) -> None:
    url = web.url.replace("//", "//li:geheim@")
    with pytest.raises(TaskError, match=words) as caught:
        run(ctx, f"{url}/a.txt", checksum=checksum.format(url=url))
    assert "geheim" not in f"{caught.value} {caught.value.data}"
    assert not (tmp_path / "got").exists()


# Check mode, and what goes wrong ------------------------------------------------------------


def test_check_mode_asks_and_writes_nothing(
    contexts: Callable[..., Context], tmp_path: Path, web: Web
) -> None:
    assert run(contexts(check=True), f"{web.url}/a.txt").changed
    assert [asked.method for asked in web.asked] == ["HEAD"]
    with pytest.raises(TaskError, match="Request failed"):
        run(contexts(check=True), f"{web.url}/nowhere")
    assert not (tmp_path / "got").exists()
    (tmp_path / "got").write_text("old")
    assert run(contexts(check=True), f"{web.url}/a.txt").data["size"] == len("old")


def test_another_status_than_200_is_told(ctx: Context, tmp_path: Path, web: Web) -> None:
    with pytest.raises(TaskError, match=r"^Request failed$") as caught:
        run(ctx, f"{web.url}/nowhere")
    told = caught.value.data
    assert (told["status_code"], told["response"]) == (404, "HTTP Error 404: Not Found")
    assert told["dest"] == str(tmp_path / "got")
    assert told["hint"] == f"{web.url}/nowhere was not downloaded: HTTP Error 404: Not Found"
    assert not (tmp_path / "got").exists()


def test_half_a_file_is_no_file(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    half = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    with serving(lambda _: half) as web, pytest.raises(TaskError, match="remaining 6 bytes"):
        run(ctx, web.url, tmp_dest="tmp")
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]
    assert not list((tmp_path / "tmp").iterdir())


def test_a_file_of_this_machine_may_have_an_address(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_bytes(DATA)
    (tmp_path / "to").mkdir()
    url = f"file://{tmp_path}/a%20b.txt"
    first, second = (run(ctx, url, "to") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert (first.msg, first.data["dest"]) == ("OK (5 bytes)", f"{tmp_path}/to/a%20b.txt")


def test_an_address_of_a_file_that_is_not_there_is_told(ctx: Context) -> None:
    with pytest.raises(TaskError, match="file:///nowhere cannot be had: there is no such file"):
        run(ctx, "file:///nowhere")


def test_an_address_of_a_file_that_may_not_be_read_is_told(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "closed").touch(0o000)
    with permissions_matter(), pytest.raises(TaskError, match="closed cannot be had: Permission"):
        run(ctx, f"file://{tmp_path}/closed")


def test_checksums_may_be_listed_in_a_file_of_this_machine(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(DATA)
    (tmp_path / "sums").write_text(f"{SUM}  a.txt\n")
    (tmp_path / "other").write_text("0000  a.txt\n")
    url, lists = f"file://{tmp_path}/a.txt", f"sha256:file://{tmp_path}"
    assert run(ctx, url, checksum=f"{lists}/sums").changed
    with pytest.raises(TaskError, match="did not match 0000"):
        run(ctx, url, "elsewhere", checksum=f"{lists}/other")
    with pytest.raises(TaskError, match="/none cannot be had: there is no such file"):
        run(ctx, url, "elsewhere", checksum=f"{lists}/none")


def test_a_link_to_what_has_come_already_stays(ctx: Context, tmp_path: Path, web: Web) -> None:
    (tmp_path / "old").write_bytes(DATA)
    (tmp_path / "link").symlink_to("old")
    assert not run(ctx, f"{web.url}/a.txt", "link", force=True).changed
    assert (tmp_path / "link").is_symlink()
    (tmp_path / "old").write_text("other")
    assert run(ctx, f"{web.url}/a.txt", "link", force=True).changed
    assert not (tmp_path / "link").is_symlink()


def test_how_long_it_took_is_always_told(ctx: Context, web: Web) -> None:
    there = [run(ctx, f"{web.url}/a.txt", checksum=f"sha256:{SUM}") for _ in range(2)]
    assert all("elapsed" in result.data for result in there)
    with pytest.raises(TaskError) as caught:
        run(ctx, f"{web.url}/none")
    assert "elapsed" in caught.value.data
