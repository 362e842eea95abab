"""What was once wrong in Ansible with files and folders; each test bears its CVE's number."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from opsplay.runner.cli import main
from played import Play
from vaulting import mode, password_file, script, sealed


def tar_of(path: Path, *members: tarfile.TarInfo) -> None:
    with tarfile.open(path, "w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))


def member(name: str, *, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = 0 if link else 4
    info.type, info.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
    return info


def test_cve_2019_3828_fetch_keeps_below_its_folder(play: Play, tmp_path: Path) -> None:
    """A path with `..` was put together with the folder of the host."""
    (tmp_path / "a").mkdir()
    (tmp_path / "file").write_text("x")
    played = play(f"- fetch: {{src: '{tmp_path}/a/../../{tmp_path.name}/file', dest: a/got}}")
    written = list((tmp_path / "a").rglob("file"))
    assert played.code == 0, played.shown
    assert [(tmp_path / "a/got/localhost") in path.parents for path in written] == [True]


@pytest.mark.parametrize("host", ["../../evil", "..", "/evil"])
def test_cve_2020_1735_nor_does_a_host_lead_out_of_it(
    play: Play, tmp_path: Path, host: str
) -> None:
    """What a host said decided where the file went."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "a" / "b").mkdir(parents=True)
    play(f"""
        - add_host: {{name: '{host}', ansible_connection: local}}
        - fetch: {{src: '{tmp_path}/file', dest: a/b}}
          delegate_to: '{host}'
    """)
    before = {tmp_path / "file", tmp_path / "site.yml"}
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(tmp_path / "a" / "b") for path in written), written
    assert not Path("/evil").exists()


def test_cve_2020_1733_temporary_folders_are_new_and_ones_own(play: Play, tmp_path: Path) -> None:
    """A folder that somebody else had made before was taken as one's own; CVE-2020-10744, too."""
    played = play(
        "- {mail_server: {}, register: server}\n"
        "- {command: 'stat -c \"%a %U\" {{ server.ca_file | dirname }}', register: found}\n"
        "- {name: Told, debug: {msg: '{{ found.stdout }}'}}",
        "--output",
        "json",
    )
    assert played.msg("Told").startswith("700 ")


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600)])
def test_cve_2020_1736_new_files_have_no_more_rights_than_are_wanted(
    play: Play, tmp_path: Path, mask: int, expected: int
) -> None:
    """New files could be read by all, whatever the umask said."""
    before = os.umask(mask)
    try:
        play("- copy: {content: x, dest: plain}\n- copy: {content: x, dest: own, mode: '0600'}")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "plain"), mode(tmp_path / "own")) == (expected, 0o600)


def test_cve_2020_1737_a_zip_does_not_lead_out(play: Play, tmp_path: Path) -> None:
    """The unpacker for Windows wrote wherever a zip said."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("../evil", "x")
    assert play("- file: {path: out, state: directory}\n- unarchive: {src: a.zip, dest: out}").code
    assert not (tmp_path / "evil").exists()


def test_cve_2020_10691_a_tar_does_not_lead_out(play: Play, tmp_path: Path) -> None:
    """A collection was unpacked wherever its tar said."""
    tar_of(tmp_path / "a.tar", member("good"), member("x/../../evil"))
    assert play("- file: {path: out, state: directory}\n- unarchive: {src: a.tar, dest: out}").code
    assert not (tmp_path / "evil").exists()


def test_cve_2023_5115_a_link_in_an_archive_is_not_written_through(
    play: Play, tmp_path: Path
) -> None:
    """A role's archive laid a link, and wrote through it."""
    tar_of(tmp_path / "a.tar", member("link", link=".."), member("link/evil"))
    assert play("- file: {path: out, state: directory}\n- unarchive: {src: a.tar, dest: out}").code
    assert not (tmp_path / "evil").exists()


def test_cve_2020_1740_nobody_else_reads_what_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was edited lay in clear where others could read it."""
    path = tmp_path / "vault.yml"
    path.write_text(sealed("a: 1\n"))
    look = 'stat -c %a "$1" "$(dirname "$1")" > modes; echo "b: 2" >> "$1"'
    monkeypatch.setenv("EDITOR", script(tmp_path / "editor", look))
    monkeypatch.chdir(tmp_path)
    assert (
        main(["vault", "edit", "--vault-password-file", password_file(tmp_path), "vault.yml"]) == 0
    )
    file, folder = (tmp_path / "modes").read_text().split()
    assert file == "600"
    assert folder == "700"


def test_cve_2020_10685_what_was_decrypted_is_left_nowhere(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules left what they had decrypted in the folder for temporary files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    (tmp_path / "sealed").write_text(sealed("#!/bin/sh\ntrue\n"))
    played = play(
        """
        - copy: {src: sealed, dest: copied}
        - template: {src: sealed, dest: rendered}
        - script: sealed
        """,
        "--vault-password-file",
        password_file(tmp_path),
    )
    assert played.code == 0, played.shown
    assert not list(temporary.iterdir())


def test_cve_2021_3532_nobody_else_reads_what_goes_on_beside_the_run(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results of `async` lay where others could read them."""
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path / "jobs"))
    played = play("- {command: echo hi, async: 10, poll: 0}")
    assert played.code == 0, played.shown
    modes = {mode(path) for path in [tmp_path / "jobs", *(tmp_path / "jobs").iterdir()]}
    assert modes == {0o700, 0o600}


def test_cve_2024_9902_rights_are_not_changed_behind_a_link(play: Play, tmp_path: Path) -> None:
    """A link in a user's home made root change the owner of another's file."""
    (tmp_path / "others").write_text("x")
    (tmp_path / "others").chmod(0o600)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "id").symlink_to(tmp_path / "others")
    play("- file: {path: home, state: directory, recurse: true, mode: '0777', follow: false}")
    assert stat.S_IMODE((tmp_path / "others").stat().st_mode) == 0o600
