"""A mail too large for memory is read where it lies, a window at a time."""

from __future__ import annotations

import base64
import mmap
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import opsplay
from opsplay.tasks.message import source
from opsplay.tasks.message.read import Mail, read

CONTENT = bytes(range(256)) * 10_000
HEAD = b"Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n"
PART = b"--b\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: "


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(source, "_WINDOW", 5_003)  # so that everything lies across some border
    return tmp_path


def mapped(folder: Path, *pieces: bytes) -> Iterator[Mail]:
    path = folder / "mail.eml"
    path.write_bytes(b"".join(pieces))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        yield read(raw)


def quoted(data: bytes) -> bytes:
    step = 24
    return b"=\r\n".join(
        b"".join(b"=%02X" % byte for byte in data[at : at + step])
        for at in range(0, len(data), step)
    )


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (b"base64", base64.encodebytes(CONTENT)),
        (b"base64", base64.b64encode(CONTENT)),
        (b"base64", base64.encodebytes(CONTENT).replace(b"\n", b"!\r\n\r\n")),
        (b"quoted-printable", quoted(CONTENT[:2_000_000])),
        (b"binary", CONTENT),
    ],
    ids=["base64", "base64 in one line", "base64 with junk", "quoted-printable", "binary"],
)
def test_a_large_file_is_decoded_in_pieces(folder: Path, encoding: bytes, body: bytes) -> None:
    for mail in mapped(folder, HEAD, PART, encoding, b"\r\n\r\n", body, b"\r\n--b--\r\n"):
        (file,) = mail.attachments
        pieces = list(file.pieces())
        assert (mail.subject, mail.text, file.name) == ("large", "hello", "a.zip")
        assert b"".join(pieces) == file.content == CONTENT[: len(file.content)]
        assert len(file.content) >= 2_000_000
        assert max(map(len, pieces)) < 20_000


def test_boundaries_are_found_wherever_they_lie(folder: Path) -> None:
    part = PART + b"7bit\r\n\r\n" + b"x" * 997 + b"\r\n"
    for mail in mapped(folder, HEAD, part * 5_000, b"--b--\r\n"):
        assert len(mail.attachments) == 5_000
        assert {file.content for file in mail.attachments} == {b"x" * 997}


def test_a_text_without_end_is_cut_and_is_a_file_as_well(folder: Path) -> None:
    line = "一行文字\r\n".encode()
    for mail in mapped(folder, b"\r\n", line * 700_000):
        assert mail.text.startswith("一行文字\n")
        assert mail.text.endswith("一行文字\n")
        assert b"".join(mail.attachments[0].pieces()) == line * 700_000
        assert "the text is too long to be shown whole; it is attached as well" in mail.defects


def test_headers_without_end_are_bounded(folder: Path) -> None:
    for mail in mapped(folder, b"Subject: hi\r\nX:", b" y\r\n" * 2_000_000, b"\r\nbody"):
        assert (mail.subject, mail.text) == ("hi", "body")
        assert len(mail.headers["x"][0]) < 100_000
        assert "more headers than can be read" in mail.defects


READS_A_LARGE_MAIL = r"""
import mmap, re, sys
from pathlib import Path
from opsplay.tasks.message.read import read

with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
    (attachment,) = read(raw).attachments
    sum(map(len, attachment.pieces()))
print(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def test_memory_does_not_grow_with_the_mail(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    with path.open("wb") as file:
        file.write(HEAD + PART + b"base64\r\n\r\n")
        block = base64.encodebytes(CONTENT)
        for _ in range(40):
            file.write(block)
    argv = [sys.executable, "-c", READS_A_LARGE_MAIL, str(path)]
    environment = {"PYTHONPATH": str(Path(opsplay.__file__).parents[1])}
    kilobytes = int(subprocess.run(argv, env=environment, check=True, capture_output=True).stdout)
    assert path.stat().st_size > 130_000_000
    assert kilobytes < 70_000
