from __future__ import annotations

import os
import re
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.listeners.result import message
from opsplay.runner.task import Cancellation, Cancelled, Context, TaskError
from opsplay.tasks import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


def wait(ctx: Context, **arguments: Any) -> Mapping[str, object]:
    hasty = {"timeout": 60, "sleep": 0.01, **arguments}
    result = wait_for.run(wait_for.Params(**hasty), ctx)
    assert not result.changed
    return result.data


@contextmanager
def server(*greeting: bytes) -> Iterator[int]:
    """Accept any number of connections; to each the greeting is said, a piece at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    for piece in greeting:
                        connection.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


# Ports --------------------------------------------------------------------------------------


def test_a_port_that_answers(ctx: Context) -> None:
    with server() as port:
        data = wait(ctx, port=port)
    assert data == {
        "host": "127.0.0.1",
        "port": port,
        "path": None,
        "state": "started",
        "search_regex": None,
        "match_groups": [],
        "match_groupdict": {},
        "elapsed": data["elapsed"],
    }


def test_a_port_that_opens_later(ctx: Context) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        threading.Timer(0.1, listener.listen).start()
        wait(ctx, port=listener.getsockname()[1], host="localhost")


def test_a_port_that_never_opens(ctx: Context) -> None:
    with pytest.raises(TaskError) as caught:
        wait(ctx, port=1, timeout=0.05)
    assert caught.value.msg == "Timeout when waiting for 127.0.0.1:1"
    assert caught.value.data["reason"] == "Connection refused"


def test_a_port_that_closes(ctx: Context) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Timer(0.1, lambda: listener.shutdown(socket.SHUT_RDWR)).start()
        wait(ctx, port=listener.getsockname()[1], state="stopped")


def test_a_port_that_stays_open(ctx: Context) -> None:
    with server() as port, pytest.raises(TaskError, match=r"to stop\.$") as caught:
        wait(ctx, port=port, state="stopped", timeout=0.05)
    assert caught.value.data["reason"] == "it still answers"


def test_a_port_that_does_not_even_refuse(ctx: Context) -> None:
    """The queue of this listener is full: the kernel lets further callers wait."""
    with socket.socket() as listener, socket.socket() as one, socket.socket() as two:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for caller in (one, two):
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        with pytest.raises(TaskError) as caught:
            wait(ctx, port=listener.getsockname()[1], timeout=0.3, connect_timeout=0.1)
    assert caught.value.data["reason"] == "Connection timed out"


def test_what_a_port_says(ctx: Context) -> None:
    with server(b"220 FTP ser", "ver 就绪 v1.5\r\n".encode()) as port:
        data = wait(ctx, port=port, search_regex=r"server (\w+|就绪) v(?P<version>\S+)(x)?")
    assert data["match_groups"] == ["就绪", "1.5", None]
    assert data["match_groupdict"] == {"version": "1.5"}


def test_a_port_that_says_something_else(ctx: Context) -> None:
    with server(b"220 mail\r\n") as port, pytest.raises(TaskError) as caught:
        wait(ctx, port=port, search_regex="FTP", timeout=0.1)
    place = f"127.0.0.1:{port}"
    assert caught.value.msg == f"Timeout when waiting for search string FTP in {place}"
    assert caught.value.data["reason"] == "it answers, but has not said it"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70])
def test_a_host_that_there_is_not(ctx: Context, host: str) -> None:
    with pytest.raises(TaskError) as caught:
        wait(ctx, host=host, port=21, timeout=0)
    told = f"{caught.value.msg} {caught.value.data.get('reason')}"
    assert re.search("not known|not the name of a host|name resolution", told)


def test_a_wait_for_a_port_can_be_cancelled(contexts: Callable[..., Context]) -> None:
    cancellation = Cancellation()
    threading.Timer(0.1, cancellation.cancel).start()
    with server(b"") as port, pytest.raises(Cancelled):
        wait(contexts(cancellation=cancellation), port=port, search_regex="never", timeout=60)


# Files --------------------------------------------------------------------------------------


def test_a_pipe_is_not_searched_for_it_would_be_read_for_ever(ctx: Context, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TaskError, match="is a device, a pipe or a socket; it cannot be searched"):
        wait(ctx, path="pipe", search_regex="x", timeout=1)


def test_a_file_that_comes(ctx: Context, tmp_path: Path) -> None:
    threading.Timer(0.1, (tmp_path / "报告 1").touch).start()
    told = wait(ctx, path="报告 1", state="present")
    assert (told["path"], told["state"], told["size"]) == ("报告 1", "file", 0)


def test_a_file_that_goes(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    threading.Timer(0.1, (tmp_path / "lock").unlink).start()
    wait(ctx, path="lock", state="absent")


def test_a_text_that_comes_into_a_file(ctx: Context, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()

    def write() -> None:
        log.write_text("starting\n就绪: port 2121\n", "utf-8")

    threading.Timer(0.1, write).start()
    data = wait(ctx, path="log", search_regex="^就绪: port (?P<port>[0-9]+)$")
    assert data["match_groupdict"] == {"port": "2121"}


def test_a_text_in_a_file_that_the_kernel_makes(ctx: Context) -> None:
    wait(ctx, path="/proc/self/status", search_regex=r"^Pid:\s+\d+$")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": "a"}, "Timeout when waiting for file a: it is not there"),
        ({"path": "there/below"}, "Timeout when waiting for file there/below: it is not there"),
        ({"path": "there", "state": "absent"}, "there to be absent.: it is still there"),
        ({"path": "there", "search_regex": "x"}, "string x in there: it is there, but the text is"),
        ({"path": "a", "msg": "报告没有来"}, "报告没有来"),
        ({"path": ".", "search_regex": "x"}, "Is a directory"),
        ({"path": "n" * 300}, "File name too long"),
    ],
)
def test_what_does_not_come(
    ctx: Context, tmp_path: Path, arguments: dict[str, object], words: str
) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(TaskError) as caught:
        wait(ctx, timeout=0, **arguments)
    told = {"msg": caught.value.msg, **caught.value.data}
    assert words in message(told, step="wait_for")


# Neither, and what makes no sense -----------------------------------------------------------


@pytest.mark.parametrize("path", [None, ""])
def test_without_port_and_file_it_waits_for_the_whole_time(ctx: Context, path: str | None) -> None:
    before = os.times().elapsed
    assert wait(ctx, timeout=0.2, delay=0.05, path=path)["path"] == path
    assert os.times().elapsed - before >= 0.19


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"port": 1, "path": "a"}, "can not both be passed"),
        ({"path": "a", "state": "stopped"}, "should only be used for checking a port"),
        ({"port": 1, "active_connection_states": ["OPEN"]}, r"unknown .* \(OPEN\) defined"),
        ({"path": "a", "search_regex": "("}, "Invalid regular expression: missing"),
        ({"port": 1, "exclude_hosts": ["a"]}, "exclude_hosts should only be with state=drained"),
    ],
)
def test_what_makes_no_sense_is_refused(
    ctx: Context, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(TaskError, match=words) as caught:
        wait(ctx, **arguments)
    assert caught.value.data["elapsed"] == 0


def test_a_port_is_drained_when_nobody_is_connected_any_more(ctx: Context) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            with pytest.raises(TaskError, match=f":{port} to drain$"):
                wait_for.run(wait_for.Params(port=port, state="drained", timeout=0), ctx)
            excluded = wait_for.Params(
                port=port, state="drained", timeout=0, exclude_hosts=["127.0.0.1"]
            )
            assert not wait_for.run(excluded, ctx).changed
