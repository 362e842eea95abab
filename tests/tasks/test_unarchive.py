from __future__ import annotations

import os
import pwd
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from free_ports import free_port
from opsplay.runner import params
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import unarchive
from programs import needs
from tars import member, tar_of
from web_serving import Reply, serving_at

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ["app", "app/link", "app/run.sh", "app/sub", "app/sub/报告.txt"]


def run(ctx: Context, src: str = "a", **arguments: Any) -> Result:
    given = {"src": src, "dest": "out", **arguments}
    return unarchive.run(params.build(unarchive.Params, given), ctx)


def unpacked(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture(autouse=True)
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """What is packed."""
    folder = tmp_path / "app"
    (folder / "sub").mkdir(parents=True)
    (folder / "run.sh").write_text("#!")
    (folder / "run.sh").chmod(0o755)
    (folder / "sub" / "报告.txt").write_bytes(b"x" * 5_000_000)
    (folder / "link").symlink_to("sub")
    (folder / "sub").chmod(0o555)
    os.utime(folder / "run.sh", (1_600_000_001, 1_600_000_001))
    return folder


@pytest.fixture
def tgz(app: Path) -> Path:
    subprocess.run(["tar", "-czf", "a", "app"], cwd=app.parent, check=True)
    return app.parent / "a"


# What is unpacked ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "handler"),
    [
        ("", "TarArchive"),
        ("-z", "TgzArchive"),
        pytest.param("-j", "TarArchive", marks=needs("bzip2")),
        pytest.param("-J", "TarArchive", marks=needs("xz")),
        pytest.param("--zstd", "TarArchive", marks=needs("zstd")),
    ],
)
def test_a_tar_is_unpacked_once(
    ctx: Context, out: Path, app: Path, option: str, handler: str
) -> None:
    subprocess.run(["tar", *option.split(), "-cf", "a", "app"], cwd=app.parent, check=True)
    first, second = (run(ctx, list_files=True) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert unpacked(out) == NAMES
    assert "app/run.sh" in str(first.data["extract_results"])
    assert "extract_results" not in second.data
    assert (out / "app" / "sub" / "报告.txt").read_bytes() == b"x" * 5_000_000
    assert str((out / "app" / "link").readlink()) == "sub"
    found = (out / "app" / "run.sh").stat()
    assert (found.st_mode & 0o777, found.st_mtime) == (0o755, 1_600_000_001)
    assert (out / "app" / "sub").stat().st_mode & 0o777 == 0o555
    assert (first.data["handler"], first.data["dest"]) == (handler, str(out))
    folders = {"app": "app/", "app/sub": "app/sub/"}
    assert set(first.data["files"]) == {folders.get(name, name) for name in NAMES}  # type: ignore[call-overload]


@needs("zstd")
@pytest.mark.parametrize("cut", [10, 20_000])
def test_a_tar_packed_with_zstd_that_is_broken_changes_nothing(
    ctx: Context, tmp_path: Path, out: Path, app: Path, cut: int
) -> None:
    (app / "noise").write_bytes(os.urandom(100_000))
    subprocess.run(["tar", "--zstd", "-cf", "a", "app"], cwd=app.parent, check=True)
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:-cut])
    with pytest.raises(TaskError, match="Failed to find handler"):
        run(ctx)
    assert unpacked(out) == []


def test_the_folder_itself_may_stand_in_a_tar(ctx: Context, out: Path, app: Path) -> None:
    app.chmod(0o750)
    subprocess.run(["tar", "-cf", "../a", "."], cwd=app, check=True)
    first, second = (run(ctx, list_files=True) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert first.data["files"][0] == "./"  # type: ignore[index]
    assert first.data["mode"] == "0750"
    assert run(ctx, mode="0700").data["mode"] == "0700"


def test_folders_that_do_not_stand_in_a_zip_have_the_mode_too(
    ctx: Context, tmp_path: Path, out: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as zipped:
        zipped.writestr("sub/report.txt", "x")
    first, second = (run(ctx, mode="u=rwX,go=") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert (out / "sub").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_links_have_the_owner_too(ctx: Context, out: Path, tgz: Path) -> None:
    first, second = (run(ctx, owner="12345") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert (out / "app" / "link").lstat().st_uid == 12345


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize(
    ("name", "arguments", "owner"),
    [
        ("", {}, (12345, 23456)),
        ("nobody", {}, (pwd.getpwnam("nobody").pw_uid, 23456)),
        ("", {"owner": "0"}, (0, 23456)),
        ("", {"extra_opts": ["--no-same-owner"]}, (0, 0)),
    ],
)
def test_root_keeps_the_owners_that_a_tar_names(
    ctx: Context,
    tmp_path: Path,
    out: Path,
    name: str,
    arguments: dict[str, Any],
    owner: tuple[int, int],
) -> None:
    infos = member("file"), member("link", tarfile.SYMTYPE, "file")
    for info in infos:
        info.uid, info.gid, info.uname = 12345, 23456, name
    tar_of(tmp_path / "a", *infos)
    first, second = (run(ctx, **arguments) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    for each in ("file", "link"):
        found = (out / each).lstat()
        assert (found.st_uid, found.st_gid) == owner


def test_a_zip_is_unpacked_once(ctx: Context, tmp_path: Path, out: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("sub/报告.txt", "x")
        info = zipfile.ZipInfo("run.sh", (2020, 1, 2, 3, 4, 6))
        info.external_attr = 0o100755 << 16
        zipped.writestr(info, "#!")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        zipped.writestr(link, "run.sh")
    first, second = (run(ctx) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert unpacked(out) == ["link", "run.sh", "sub", "sub/报告.txt"]
    assert (out / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (out / "link").read_text() == "#!"
    assert first.data["handler"] == "ZipArchive"


def test_what_was_changed_is_put_right(ctx: Context, out: Path, tgz: Path) -> None:
    run(ctx)
    (out / "app" / "run.sh").write_text("changed")
    (out / "app" / "own").touch()
    assert run(ctx).changed
    assert (out / "app" / "run.sh").read_text() == "#!"
    assert (out / "app" / "own").exists()


@pytest.mark.parametrize(
    "arguments", [{"keep_newer": True}, {"extra_opts": ["--keep-newer-files"]}]
)
def test_newer_files_are_left_when_asked(
    ctx: Context, out: Path, tgz: Path, arguments: dict[str, Any]
) -> None:
    run(ctx)
    (out / "app" / "run.sh").write_text("newer")
    assert not run(ctx, **arguments).changed
    assert (out / "app" / "run.sh").read_text() == "newer"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"include": ["app/run.sh"]}, ["app", "app/run.sh"]),
        ({"include": ["./app/sub/"]}, ["app", "app/sub", "app/sub/报告.txt"]),
        ({"include": ["*.txt"]}, ["app", "app/sub", "app/sub/报告.txt"]),
        ({"exclude": ["app/sub", "link"]}, ["app", "app/run.sh"]),
        ({"exclude": ["*.txt", "*.sh"]}, ["app", "app/link", "app/sub"]),
        ({"extra_opts": ["--strip-components=1"]}, ["link", "run.sh", "sub", "sub/报告.txt"]),
        ({"extra_opts": ["--strip-components", "2"]}, ["报告.txt"]),
        (
            {"extra_opts": ["--no-same-owner", "--exclude=*.txt", "--exclude", "link"]},
            ["app", "app/run.sh", "app/sub"],
        ),
    ],
)
def test_a_part_of_it_is_unpacked(
    ctx: Context, out: Path, tgz: Path, arguments: dict[str, Any], names: list[str]
) -> None:
    run(ctx, **arguments)
    assert unpacked(out) == names


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--transform", "s/^app/new/"], ["new", "new/link -> sub", "new/run.sh"]),
        (["--transform=s/^app/new/", "-v"], ["new", "new/link -> sub", "new/run.sh"]),
        (["--xform", r"s,\(r\)un.sh$,\1-&,"], ["app", "app/link -> sub", "app/r-run.sh"]),
        (["--transform=s/[us]/Z/g"], ["app", "app/link -> ZZb", "app/rZn.Zh"]),
        (["--transform=s/sub|link/x y/xS"], ["app", "app/run.sh", "app/x y -> sub"]),
        (["--xform=s/r/q/", "--strip-components=1"], ["link -> sub", "qun.sh"]),
        ([r"--xform=s|a\|p|X|"], ["Xpp", "Xpp/link -> sub", "Xpp/run.sh"]),
        ([r"--xform=s,p\,\|r,X,"], ["app", "app/Xun.sh", "app/link -> sub"]),
        ([r"--xform=s,\[.\|[.]sh\|\\\\<,X,"], ["app", "app/link -> sub", "app/runX"]),
    ],
)
def test_names_are_changed_as_tar_does(
    ctx: Context, out: Path, app: Path, options: list[str], names: list[str]
) -> None:
    def told(folder: Path) -> list[str]:
        found = sorted(folder.rglob("*"))
        links = {path: f" -> {path.readlink()}" for path in found if path.is_symlink()}
        return [f"{path.relative_to(folder)}{links.get(path, '')}" for path in found]

    tar = app.parent / "a"
    subprocess.run(["tar", "-cf", tar, "app/link", "app/run.sh"], cwd=app.parent, check=True)
    by_tar = app.parent / "by_tar"
    by_tar.mkdir()
    subprocess.run(["tar", "-xf", tar, *options], cwd=by_tar, check=True)
    assert told(by_tar) == names
    assert run(ctx, extra_opts=options).changed
    assert told(out) == names
    assert not run(ctx, extra_opts=options).changed


def test_a_changed_name_does_not_lead_out(ctx: Context, out: Path, tgz: Path) -> None:
    with pytest.raises(TaskError, match="leads elsewhere"):
        run(ctx, extra_opts=["--transform=s,^app,../..,"])
    assert not unpacked(out)


@pytest.mark.parametrize(
    "expression",
    [
        *("s/a(/b/x", "s/a/b/q", r"s/a/\1/", "s/a/b/R", "s/a/b/H"),
        *(r"s/.*/\U&/", "s/[[:upper:]]/x/", r"s/\<a/b/"),
    ],
)
def test_what_is_no_expression_is_told(ctx: Context, tgz: Path, expression: str) -> None:
    with pytest.raises(TaskError, match="Invalid transform expression: s"):
        run(ctx, extra_opts=[f"--transform={expression}"])


def test_an_expression_without_an_end_is_told_at_once(ctx: Context, tgz: Path) -> None:
    with pytest.raises(TaskError, match="only --strip-components"):
        run(ctx, extra_opts=["--transform=s/" + "\\" * 1000])


def test_a_changed_name_of_what_a_hard_link_means_does_not_lead_out(
    ctx: Context, tmp_path: Path, out: Path
) -> None:
    link = member("b")
    link.type, link.linkname = tarfile.LNKTYPE, "x"
    tar_of(tmp_path / "a", member("a"), link)
    with pytest.raises(TaskError, match="leads elsewhere"):
        run(ctx, extra_opts=["--transform=s,x,../x,"])
    assert not unpacked(out)


def test_permissions_may_be_given(ctx: Context, out: Path, tgz: Path) -> None:
    first, second = (run(ctx, mode="u=rwX,go=") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert (out / "app" / "run.sh").stat().st_mode & 0o777 == 0o700
    assert (out / "app" / "sub").stat().st_mode & 0o777 == 0o700
    assert (out / "app" / "sub" / "报告.txt").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("options", [[], ["--no-same-permissions"]])
def test_set_user_bits_and_what_all_may_write_are_taken_over_as_tar_does(
    ctx: Context, tmp_path: Path, out: Path, options: list[str]
) -> None:
    info = member("x")
    info.mode = 0o6777
    tar_of(tmp_path / "a", info)
    (tmp_path / "by-tar").mkdir()
    subprocess.run(["tar", *options, "-xf", "a", "-C", "by-tar"], cwd=tmp_path, check=True)
    run(ctx, extra_opts=options)
    assert (out / "x").stat().st_mode == (tmp_path / "by-tar" / "x").stat().st_mode


def test_of_a_zip_permissions_are_taken_over_without_set_user_bits(
    ctx: Context, tmp_path: Path, out: Path
) -> None:
    info = zipfile.ZipInfo("x")
    info.external_attr = 0o106777 << 16
    with zipfile.ZipFile(tmp_path / "a", "w") as zipped:
        zipped.writestr(info, b"")
    run(ctx)
    assert (out / "x").stat().st_mode & 0o7777 == 0o777


def test_hard_links_stay_one_file(ctx: Context, tmp_path: Path, out: Path) -> None:
    tar_of(tmp_path / "a", member("d/a"), member("d/b", tarfile.LNKTYPE, "d/a"), content=b"x")
    first, second = (run(ctx, extra_opts=["--strip-components=1"]) for _ in range(2))
    assert (out / "a").samefile(out / "b")
    assert (first.changed, second.changed) == (True, False)


def test_names_in_another_encoding(ctx: Context, tmp_path: Path, out: Path) -> None:
    with tarfile.open(tmp_path / "a", "w", format=tarfile.GNU_FORMAT, encoding="gbk") as tar:
        tar.addfile(member("报告"))
    run(ctx, encoding="gbk")
    assert unpacked(out) == ["报告"]


def test_what_is_there_already_is_not_unpacked(ctx: Context, out: Path) -> None:
    (out / "app").mkdir()
    assert run(ctx, "nowhere", creates="out/app").msg == "skipped, since out/app exists"


def test_archives_are_looked_for_where_playbooks_keep_them(
    ctx: Context, tgz: Path, tmp_path: Path
) -> None:
    (tmp_path / "files").mkdir()
    tgz.rename(tmp_path / "files" / "a")
    assert run(ctx).changed
    with pytest.raises(TaskError, match="does not exist"):
        run(ctx, remote_src=True)


def test_an_archive_may_come_from_the_web(ctx: Context, out: Path, tgz: Path) -> None:
    with serving_at({"/a.tgz": Reply(tgz.read_bytes())}) as web:
        address = f"{web.url}/a.tgz"
        result = run(ctx, address.replace("//", "//li:geheim@"), remote_src=True)
        assert (result.changed, result.data["src"]) == (True, address)
        with pytest.raises(
            TaskError, match=r"Failure downloading http.*, HTTP Error 404: Not Found"
        ):
            run(ctx, f"{web.url}/b.tgz", remote_src=True)
    assert unpacked(out) == NAMES


def test_a_web_server_that_is_not_there(ctx: Context, out: Path) -> None:
    place = f"127.0.0.1:{free_port()}/a.tgz"
    with pytest.raises(TaskError, match=f"^Failure downloading http://{place}, Request failed: "):
        run(ctx, f"http://ann:geheim@{place}", remote_src=True)
    assert unpacked(out) == []


def test_an_archive_of_this_machine_may_have_an_address(ctx: Context, out: Path, tgz: Path) -> None:
    assert run(ctx, f"file://{tgz}", remote_src=True).data["src"] == str(tgz)
    assert unpacked(out) == NAMES


def test_an_archive_in_a_vault_is_opened(
    contexts: Callable[..., Context], tmp_path: Path, out: Path, tgz: Path
) -> None:
    data = tgz.read_bytes()
    tgz.write_text("$ANSIBLE_VAULT;1.1;AES256\n")
    assert run(contexts(unvault=lambda _: data)).changed
    assert unpacked(out) == NAMES


def test_check_mode_tells_and_does_nothing(
    contexts: Callable[..., Context], tmp_path: Path, out: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as zipped:
        zipped.writestr("x", b"x")
    assert run(contexts(check=True)).changed
    assert unpacked(out) == []
    run(contexts())
    assert not run(contexts(check=True)).changed


@pytest.mark.usefixtures("tgz")
def test_of_a_tar_check_mode_knows_nothing_as_with_ansible(
    contexts: Callable[..., Context],
) -> None:
    result = run(contexts(check=True))
    assert result.skipped
    assert result.msg.endswith("does not support check mode when using gtar")


@pytest.mark.usefixtures("tgz")
def test_what_is_not_in_the_archive_cannot_be_included(ctx: Context, out: Path) -> None:
    with pytest.raises(TaskError, match=r"nothing\.txt: Not found in archive"):
        run(ctx, include=["app", "nothing.txt"])
    assert unpacked(out) == []


def test_an_empty_file_is_no_archive(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(TaskError, match=r"Invalid archive '.*/a', the file is 0 bytes"):
        run(ctx)


def test_an_archive_in_which_nothing_is_is_refused(ctx: Context, tmp_path: Path, out: Path) -> None:
    zipfile.ZipFile(tmp_path / "a", "w").close()
    with pytest.raises(TaskError, match="Empty archive files are not supported"):
        run(ctx)
    tar_of(tmp_path / "a")
    with pytest.raises(TaskError, match="Empty archive files are not supported"):
        run(ctx)


def test_names_in_a_zip_are_utf_8_also_if_it_does_not_say_so(
    ctx: Context, tmp_path: Path, out: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as zipped:
        zipped.writestr("uu.txt", "x")
    made = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(made.replace(b"uu.txt", "ü.txt".encode()))
    run(ctx)
    assert unpacked(out) == ["ü.txt"]
    # What is none is of the oldest encoding.
    (tmp_path / "a").write_bytes(made.replace(b"uu.txt", b"\x81u.txt"))
    run(ctx)
    assert unpacked(out) == ["ü.txt", "üu.txt"]


# What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option",
    ["z", pytest.param("j", marks=needs("bzip2")), pytest.param("J", marks=needs("xz"))],
)
def test_an_archive_whose_bytes_are_wrong_changes_nothing(
    ctx: Context, out: Path, app: Path, option: str
) -> None:
    subprocess.run(["tar", f"-c{option}f", "a", "app"], cwd=app.parent, check=True)
    data = bytearray((app.parent / "a").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (app.parent / "a").write_bytes(data)
    with pytest.raises(TaskError, match="cannot be unpacked"):
        run(ctx)
    assert unpacked(out) == []


@pytest.mark.parametrize("size", [-10, -60, 400, 1])
def test_an_archive_that_is_cut_short_changes_nothing(
    ctx: Context, out: Path, tgz: Path, size: int
) -> None:
    tgz.write_bytes(tgz.read_bytes()[:size])
    with pytest.raises(TaskError, match="cannot be unpacked"):
        run(ctx)
    assert unpacked(out) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"src": "nowhere"}, "Could not find or access"),
        ({"src": "http://a/b"}, r"an URI src \(http://a/b\) is only supported when remote_src"),
        ({"src": "out"}, "out is no file"),
        ({"src": "text"}, 'Failed to find handler for ".*/text": it cannot be unpacked'),
        ({"dest": "nowhere"}, "must be an existing dir"),
        ({"include": ["a"], "exclude": ["b"]}, "mutually exclusive"),
        ({"extra_opts": ["--transform=x"]}, "only --strip-components=N, .* are known"),
    ],
)
def test_what_cannot_be_unpacked_is_said(
    ctx: Context, tmp_path: Path, arguments: dict[str, Any], words: str
) -> None:
    (tmp_path / "text").write_text("no archive, but text of more than a block" * 100)
    tar_of(tmp_path / "a", member("x"))
    with pytest.raises(TaskError, match=words):
        run(ctx, **arguments)


def test_parts_of_a_second_are_no_difference(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "out" / "one").write_text("x")
    os.utime(tmp_path / "out" / "one", (1_600_000_001.5, 1_600_000_001.5))
    subprocess.run(["tar", "-cf", "a", "-C", "out", "one"], cwd=tmp_path, check=True)
    assert not run(ctx).changed
