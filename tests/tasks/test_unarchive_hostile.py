"""unarchive: archives that were made to do harm, and those of which something is wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner import params
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import extraction, unarchive, unpacking
from tars import member, tar_of


def run(ctx: Context, src: str = "a", **arguments: Any) -> Result:
    given = {"src": src, "dest": "out", **arguments}
    return unarchive.run(params.build(unarchive.Params, given), ctx)


def unpacked(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture(autouse=True)
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.mark.parametrize(
    "hostile",
    [
        member("../evil"),
        member("a/../../evil"),
        member("link", tarfile.SYMTYPE, "/etc"),
        member("link", tarfile.SYMTYPE, "../evil"),
        member("a/link", tarfile.SYMTYPE, "../.."),
        member("hard", tarfile.LNKTYPE, "../evil"),
        member("device", tarfile.CHRTYPE),
        member("disk", tarfile.BLKTYPE),
        member("pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda info: f"{info.name} {info.linkname}",
)
def test_what_leads_out_or_is_no_file_is_refused_before_anything_is_written(
    ctx: Context, tmp_path: Path, out: Path, hostile: tarfile.TarInfo
) -> None:
    tar_of(tmp_path / "a", member("good"), hostile)
    with pytest.raises(TaskError, match="is not unpacked"):
        run(ctx)
    assert unpacked(out) == []
    assert not (tmp_path / "evil").exists()


def test_absolute_names_begin_in_the_folder(ctx: Context, tmp_path: Path, out: Path) -> None:
    tar_of(tmp_path / "a", member("/etc/x"))
    run(ctx)
    assert unpacked(out) == ["etc", "etc/x"]


def test_links_do_not_lead_out_together(ctx: Context, tmp_path: Path, out: Path) -> None:
    """Each of them stays inside, seen alone; `a/b` is the folder itself."""
    tar_of(
        tmp_path / "a",
        member("a", tarfile.DIRTYPE),
        member("a/b", tarfile.SYMTYPE, ".."),
        member("a/b/c", tarfile.SYMTYPE, ".."),
        member("c/evil"),
    )
    with pytest.raises(TaskError, match=r"leads out of .* by a link"):
        run(ctx)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "hostile", [member("way/evil"), member("b", tarfile.LNKTYPE, "way/secret")]
)
def test_links_that_were_there_do_not_lead_out(
    ctx: Context, tmp_path: Path, out: Path, hostile: tarfile.TarInfo
) -> None:
    (tmp_path / "secret").touch()
    (out / "way").symlink_to("..")
    tar_of(tmp_path / "a", hostile)
    with pytest.raises(TaskError, match=r"leads out of .* by a link"):
        run(ctx)
    assert not (tmp_path / "evil").exists()
    assert not (out / "b").exists()


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_what_unpacks_without_end_is_given_up(
    ctx: Context, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(unpacking, "_FLOOR", 1024 * 1024)
    (tmp_path / "zeros").write_bytes(bytes(20_000_000))
    if kind == "tar":
        subprocess.run(["tar", "-czf", "a", "zeros"], cwd=tmp_path, check=True)
    else:
        with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.write(tmp_path / "zeros", "zeros")
    with pytest.raises(TaskError, match=r"unpacks to far more .* `max_ratio`"):
        run(ctx)
    assert unpacked(out) == []
    assert run(ctx, max_ratio=5000).changed


def test_a_zip_whose_bytes_are_wrong_changes_nothing(
    ctx: Context, tmp_path: Path, out: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as zipped:
        zipped.writestr("good", "good")
        zipped.writestr("bad", "wrong bytes")
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes().replace(b"wrong", b"right"))
    with pytest.raises(TaskError, match="cannot be unpacked: Bad CRC-32"):
        run(ctx)
    assert unpacked(out) == []


def test_a_zip_with_a_password_is_told(ctx: Context, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as zipped:
        zipped.writestr("x", "x")
    data = bytearray((tmp_path / "a").read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(TaskError, match="password required"):
        run(ctx)


@pytest.mark.parametrize("wrong", ["no header", "half a header"])
def test_a_tar_that_goes_astray_in_the_middle_changes_nothing(
    ctx: Context, tmp_path: Path, out: Path, wrong: str
) -> None:
    tar_of(tmp_path / "a", member("good"), member("lost"))
    data = (tmp_path / "a").read_bytes()
    rest = data[512:700] if wrong == "half a header" else data[512:].replace(b"lost", b"lust", 1)
    (tmp_path / "a").write_bytes(data[:512] + rest)
    with pytest.raises(TaskError, match=r"header|bad checksum"):
        run(ctx)
    assert unpacked(out) == []


def test_holes_count_as_what_they_hold(
    ctx: Context, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "_FLOOR", 1024 * 1024)
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(20_000_000)
    subprocess.run(["tar", "-cSf", "a", "holes"], cwd=tmp_path, check=True)
    with pytest.raises(TaskError, match=r"unpacks to far more .* `max_ratio`"):
        run(ctx)
    assert unpacked(out) == []


def test_a_tar_that_ends_with_a_zip_is_a_tar(ctx: Context, tmp_path: Path, out: Path) -> None:
    with zipfile.ZipFile(tmp_path / "zip", "w") as zipped:
        zipped.writestr("inside", "x")
    tar_of(tmp_path / "a", member("part.zip"), content=(tmp_path / "zip").read_bytes())
    assert run(ctx).data["handler"] == "TarArchive"
    assert unpacked(out) == ["part.zip"]


def test_a_zip_of_windows_may_have_backslashes_between_folders(
    ctx: Context, tmp_path: Path, out: Path
) -> None:
    def zip_of(*names: str) -> None:
        with zipfile.ZipFile(tmp_path / "a", "w") as zipped:
            for name in names:
                info = zipfile.ZipInfo(name)
                info.create_system = 0
                zipped.writestr(info, b"")

    zip_of("a\\", "a\\b\\c.txt")
    run(ctx)
    assert unpacked(out) == ["a", "a/b", "a/b/c.txt"]
    zip_of("..\\evil")
    with pytest.raises(TaskError, match="leads elsewhere"):
        run(ctx)


def test_another_name_of_what_is_not_there_is_told(ctx: Context, tmp_path: Path) -> None:
    tar_of(tmp_path / "a", member("b", tarfile.LNKTYPE, "nowhere"))
    with pytest.raises(TaskError, match="'b', another name of 'nowhere', which is not there"):
        run(ctx)


def test_what_the_disk_refuses_is_not_said_of_the_archive(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(extraction, "_content", full)
    tar_of(tmp_path / "a", member("good"))
    with pytest.raises(TaskError, match=r"^cannot unpack .*/a: No space left on device$"):
        run(ctx)
