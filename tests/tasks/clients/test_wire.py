"""What comes over a wire is the same, however the network cuts it into pieces."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients import wire as wires
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.wire import Wire

Talk = Callable[[socket.socket], object]
Serve = Callable[[Talk], Wire]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that talks to one client; gives the client's end, open."""
    threads: list[Thread] = []
    wired: list[Wire] = []

    def serving(talk: Talk) -> Wire:
        listener = socket.create_server(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        threads.append(Thread(target=_talk, args=(listener, talk)))
        threads[-1].start()
        wired.append(Wire(MailAccount(host="127.0.0.1", port=port, tls="none", timeout=60)))
        wired[-1].open()
        return wired[-1]

    yield serving
    for wire in wired:
        wire.close()
    for thread in threads:
        thread.join()


def _talk(listener: socket.socket, talk: Talk) -> None:
    with listener:
        connection, _ = listener.accept()
    with connection, suppress(OSError):  # the client may leave first
        talk(connection)


def saying(data: bytes) -> Talk:
    return lambda connection: connection.sendall(data)


@pytest.fixture(params=[1, 2, 3, 4, 5, 6, 7, 262_144], ids="pieces of {}".format)
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no more than so many bytes arrive at a time."""
    monkeypatch.setattr(wires, "_CHUNK", request.param)


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b".\r\n", b""),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"...\r\n..\r\n\r\n...a\r\n.\r\n", b"..\r\n.\r\n\r\n..a\r\n"),
        (b".a\r\na.\r\n.\r\n", b".a\r\na.\r\n"),
        (b"a\n.\nb\r.\r\n\r\r\n.\r\n", b"a\n.\nb\r.\r\n\r\r\n"),
        (b"\r\n\r\n.\r\n", b"\r\n\r\n"),
        (b"\0\xff\r\n.\r\n", b"\0\xff\r\n"),
    ],
)
@pytest.mark.usefixtures("pieces")
def test_a_text_ends_at_a_lone_dot_and_loses_only_doubled_ones(
    serve: Serve, sent: bytes, text: bytes
) -> None:
    wire = serve(saying(b"+OK\r\n" + sent + b"next\r\n"))
    assert [wire.line(), wire.text(1000), wire.line()] == [b"+OK", text, b"next"]


@pytest.mark.usefixtures("pieces")
def test_lines_may_end_in_crlf_or_lf(serve: Serve) -> None:
    wire = serve(saying(b"one\r\ntwo\n\r\n\nlast\r\n"))
    assert [wire.line() for _ in range(5)] == [b"one", b"two", b"", b"", b"last"]


@pytest.mark.usefixtures("pieces")
def test_counted_bytes_are_taken_whatever_they_are(serve: Serve) -> None:
    wire = serve(saying(b"{9}\r\n12\r\n.\r\n90\r\nend\r\n"))
    assert wire.line() == b"{9}"
    assert wire.exactly(9) == b"12\r\n.\r\n90"
    assert wire.exactly(0) == b""
    assert [wire.line(), wire.line()] == [b"", b"end"]


@pytest.mark.usefixtures("pieces")
def test_counted_texts_are_taken_however_they_come(serve: Serve) -> None:
    texts = [b"}\n", b"", b"{1}\r\nx)\r\n", b"large", b"x"]
    wire = serve(saying(b"".join(b"{%d}\r\n%b)\r\n" % (len(text), text) for text in texts)))
    head = re.compile(rb"\{(\d)\}\r\n")
    found: list[bytes] = []
    while len(found) < len(texts):
        found += [text for _, text in wire.counted_texts(head, b")\r\n", limit=4)]
        if len(found) < len(texts):
            found.append(wire.exactly(int(wire.line()[1:2])))
            assert wire.line() == b")"
    assert found == texts


def test_of_counted_texts_what_ends_otherwise_or_is_too_long_is_left(serve: Serve) -> None:
    wire = serve(saying(b"\n1:a.\n3:abc.\n1:b;\n"))
    assert wire.line() == b""
    head = re.compile(rb"(\d):")
    assert [text for _, text in wire.counted_texts(head, b".\n", limit=1)] == [b"a"]
    assert wire.line() == b"3:abc."
    assert [text for _, text in wire.counted_texts(head, b".\n", limit=1)] == []
    assert wire.line() == b"1:b;"


def test_a_counted_text_that_breaks_off_is_told(serve: Serve) -> None:
    wire = serve(saying(b"\n5:abc"))
    assert wire.line() == b""
    with pytest.raises(TaskError, match="closed the connection"):
        list(wire.counted_texts(re.compile(rb"(\d):"), b".", limit=9))


def test_a_line_may_be_as_long_as_is_asked_for(serve: Serve) -> None:
    long = b"x" * 1_000_000
    assert serve(saying(long + b"\r\n")).line(limit=2_000_000) == long


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda wire: wire.line(), "the server sent a line without end"),
        (lambda wire: wire.text(1000), "the server sent more than 1,000 bytes"),
    ],
    ids=["line", "text"],
)
def test_what_never_ends_is_given_up(
    serve: Serve, read: Callable[[Wire], bytes], words: str
) -> None:
    wire = serve(saying(b"x" * 1_000_000))
    with pytest.raises(TaskError, match=words):
        read(wire)


@pytest.mark.parametrize(
    "read",
    [lambda wire: wire.line(), lambda wire: wire.text(1000), lambda wire: wire.exactly(100)],
    ids=["line", "text", "count"],
)
def test_what_breaks_off_is_told(serve: Serve, read: Callable[[Wire], bytes]) -> None:
    wire = serve(saying(b"half"))
    with pytest.raises(TaskError, match="the server closed the connection"):
        read(wire)


def echoing(connection: socket.socket) -> None:
    """Read on only once all that was read before is answered."""
    while data := connection.recv(65_536):
        connection.sendall(data)


def test_a_server_that_answers_before_it_reads_on_is_no_deadlock(serve: Serve) -> None:
    wire = serve(echoing)
    written = b"0123456789abcde\n" * 2_000_000
    wire.send(written)
    assert wire.exactly(len(written)) == written


def test_silence_and_words_are_told_apart(serve: Serve) -> None:
    wire = serve(echoing)
    assert not wire.heard(0)
    assert wire.quiet()
    wire.send(b"ping\n")
    assert wire.heard(10)
    assert not wire.quiet()
