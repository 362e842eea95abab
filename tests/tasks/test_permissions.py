"""Modes and owners; the reference for symbolic modes is chmod itself."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsplay.runner.task import TaskError
from opsplay.tasks import permissions
from opsplay.tasks.permissions import Access, Ownership

if TYPE_CHECKING:
    from pathlib import Path

operations = st.builds(
    lambda operator, letters: operator + letters,
    st.sampled_from("-+="),
    st.text("rwxXst", max_size=4) | st.sampled_from("ugo"),
)
symbolic = st.builds(
    lambda who, done: who + "".join(done),
    st.text("ugoa", max_size=3),
    st.lists(operations, min_size=1, max_size=3),
)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(mode=st.lists(symbolic, min_size=1, max_size=3).map(",".join), start=st.integers(0, 0o7777))
def test_symbolic_modes_mean_what_chmod_makes_of_them(
    tmp_path: Path, mode: str, start: int
) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(start)
    subprocess.run(["chmod", "--", mode, file], check=False, capture_output=True)
    expected = stat.S_IMODE(file.stat().st_mode)
    assert permissions.mode_of(Access(mode), stat.S_IFREG | start) == expected


@pytest.mark.parametrize(("mode", "bits"), [("0644", 0o644), ("4755", 0o4755), ("0o600", 0o600)])
def test_an_octal_mode_is_these_bits(mode: str, bits: int) -> None:
    assert permissions.mode_of(Access(mode), 0o777) == bits


def test_a_capital_x_makes_folders_passable_and_leaves_files() -> None:
    assert permissions.mode_of(Access("a+X"), stat.S_IFDIR | 0o644) == 0o755
    assert permissions.mode_of(Access("a+X"), stat.S_IFREG | 0o644) == 0o644


@pytest.mark.parametrize(("mode", "bits"), [("", 0o640), ("u=rw,", 0o640), (",u=r,,g=rw", 0o460)])
def test_a_part_of_a_mode_that_is_empty_changes_nothing(mode: str, bits: int) -> None:
    assert permissions.mode_of(Access(mode), 0o640) == bits


@pytest.mark.parametrize("mode", ["rw", "z=r", "u=q", "u", "099"])
def test_what_is_no_mode_is_refused(mode: str) -> None:
    with pytest.raises(TaskError, match="must be in octal or symbolic form"):
        permissions.mode_of(Access(mode), 0o644)


def test_what_is_as_wanted_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(0o640)
    access = permissions.wanted("0640", Ownership(owner=str(os.getuid()), group=str(os.getgid())))
    assert permissions.adjust(file, access, check=False) == {}


def test_what_differs_is_changed_and_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o644)
    assert permissions.adjust(file, Access("u=rw,go="), check=False) == {"mode": ("0644", "0600")}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_check_mode_tells_and_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o644)
    assert permissions.adjust(file, Access("0600"), check=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o644)
    (tmp_path / "link").symlink_to(file)
    assert permissions.adjust(tmp_path / "link", Access("0600"), check=False) == {}
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_root_gives_a_file_to_somebody_and_keeps_the_set_user_bit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o4755)
    access = permissions.wanted("4755", Ownership(owner="12345", group="54321"))
    changes = permissions.adjust(file, access, check=False)
    assert changes == {"owner": ("root", "12345"), "group": ("root", "54321")}
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 54321, 0o4755)


@pytest.mark.parametrize("who", [Ownership(owner="nobody-here"), Ownership(group="nobody-here")])
def test_an_unknown_name_is_refused(who: Ownership) -> None:
    with pytest.raises(TaskError, match=r"failed to look up (user|group) nobody-here"):
        permissions.wanted(None, who)


def test_the_umask_is_known_and_not_touched() -> None:
    before = os.umask(0o027)
    try:
        assert permissions.umask() == 0o027
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
