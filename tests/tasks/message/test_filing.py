from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL

import pytest
from hypothesis import given
from hypothesis import strategies as st

import opsplay
from opsplay.runner.task import TaskError
from opsplay.tasks import durable
from opsplay.tasks.message.filing import Folder, safe_name
from powers import largest_file


@pytest.mark.parametrize(
    ("written", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("测试.txt", "测试.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\report.pdf", "report.pdf"),
        ("..", "fallback"),
        ("", "fallback"),
        ("/", "fallback"),
        (" . ", "fallback"),
        ("a\r\nb.txt", "a_b.txt"),
        ("con.txt", "_con.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("no\u200bthing\U000e0041.txt", "no_thing_.txt"),
        ("می\u200cخواهم.txt", "می\u200cخواهم.txt"),
        ("re\u0301sume\u0301.pdf", "résumé.pdf"),
        ("a\udcff.txt", "a_.txt"),
        ("-rf", "-rf"),
    ],
)
def test_a_name_stays_in_its_folder(written: str, safe: str) -> None:
    assert safe_name(written, "fallback") == safe


def test_a_long_name_keeps_its_suffix() -> None:
    name = safe_name("测" * 200 + ".xlsx", "fallback")
    assert name.endswith("测.xlsx")
    assert len(name.encode()) <= 200


@given(st.text(st.characters()))
def test_any_name_can_be_written(written: str) -> None:
    name = safe_name(written, "fallback")
    assert Path(name).name == name
    assert len(name.encode()) <= 255
    assert "\0" not in name


def test_two_of_one_name_both_survive(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "made")
    paths = [folder.store("a.txt", data)[0] for data in (b"one", b"two", b"two")]
    assert [path.name for path in paths] == ["a.txt", "a (2).txt", "a (3).txt"]
    assert [path.read_bytes() for path in paths] == [b"one", b"two", b"two"]


def test_a_file_may_be_given_in_pieces(tmp_path: Path) -> None:
    path, is_new = Folder(tmp_path).store("a.txt", iter([b"on", b"", b"e"]))
    assert (path.read_bytes(), is_new) == (b"one", True)
    assert Folder(tmp_path).store("a.txt", iter([b"o", b"ne"])) == (path, False)


def test_a_file_that_is_not_written_to_its_end_is_not_there(tmp_path: Path) -> None:
    with (
        largest_file(100_000),
        pytest.raises(TaskError, match=r"cannot write .*a\.txt: File too large"),
    ):
        Folder(tmp_path).store("a.txt", [b"begun"] * 100_000)
    assert list(tmp_path.iterdir()) == []


STORES_UNTIL_KILLED = """
import os, signal, sys
from pathlib import Path
from opsplay.tasks.message.filing import Folder

def pieces():
    yield b"begun" * 100_000
    os.kill(os.getpid(), signal.SIGKILL)

folder = Folder(Path(sys.argv[1]))
folder.store("whole.txt", b"all of it")
folder.store("half.txt", pieces())
"""


def test_who_is_killed_leaves_whole_files_alone(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(opsplay.__file__).parents[1])}
    argv = [sys.executable, "-c", STORES_UNTIL_KILLED, str(tmp_path)]
    killed = subprocess.run(argv, env=environment, check=False)
    assert killed.returncode == -SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == ["whole.txt"]
    assert Folder(tmp_path).store("whole.txt", b"all of it") == (tmp_path / "whole.txt", False)


def test_the_names_of_what_was_stored_reach_the_disk_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(durable, "sync", synced.append)
    folder = Folder(tmp_path)
    for name in ("a", "b"):
        folder.store(name, b"x")
    assert synced == []
    folder.sync()
    folder.sync()
    assert synced == [tmp_path]


def test_what_an_earlier_run_kept_is_not_kept_again(tmp_path: Path) -> None:
    for expected in (True, False):
        folder = Folder(tmp_path)
        assert [folder.store("a.txt", data)[1] for data in (b"x", b"x")] == [expected] * 2
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_and_a_dangling_link_of_that_name_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    (tmp_path / "a (2).txt").symlink_to(tmp_path / "nowhere")
    assert Folder(tmp_path).store("a.txt", b"x")[0].name == "a (3).txt"
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TaskError, match=r"cannot write .*a\.txt"):
        Folder(tmp_path / "file").store("a.txt", b"x")
