from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from opsplay.runner.task import Cancellation, Cancelled, Context, Secret, TaskError
from opsplay.tasks.ftp_login import FtpLogin, connected
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser
from opsplay.tasks.servers.ftp_log import FtpEvent

Contexts = Callable[..., Context]


@pytest.fixture(name="server")
def _server(tmp_path: Path) -> Iterator[FtpServer]:
    user = FtpUser(name="li", password="geheim", home=tmp_path, permissions="elr")
    with FtpServer(FtpServerOptions(users=[user])) as server:
        yield server


def login(server: FtpServer) -> FtpLogin:
    return FtpLogin(host="127.0.0.1", port=server.port, user="li", password=Secret("geheim"))


def test_the_next_step_uses_the_same_session(ctx: Context, server: FtpServer) -> None:
    with connected(login(server), ctx) as first:
        pass
    with connected(login(server), ctx) as second:
        assert second is first


def test_two_steps_at_a_time_have_a_session_each(ctx: Context, server: FtpServer) -> None:
    with connected(login(server), ctx) as first, connected(login(server), ctx) as second:
        assert second is not first


def test_a_session_that_the_server_has_closed_is_not_used_again(
    ctx: Context, server: FtpServer, tmp_path: Path
) -> None:
    with connected(login(server), ctx) as first:
        pass
    server.stop()
    user = FtpUser(name="li", password="geheim", home=tmp_path, permissions="elr")
    with (
        FtpServer(FtpServerOptions(users=[user], port=server.port)),
        connected(login(server), ctx) as second,
    ):
        assert second is not first


def test_a_session_goes_back_to_the_folder_of_the_step(
    ctx: Context, server: FtpServer, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    with connected(FtpLogin(**{**vars(login(server)), "cwd": "in"}), ctx) as session:
        assert session.absolute("a") == "/in/a"
    with connected(login(server), ctx) as session:
        assert session.absolute("a") == "/a"


def test_the_end_of_the_run_says_goodbye(ctx: Context, tmp_path: Path) -> None:
    gone = threading.Event()

    def watch(event: FtpEvent) -> None:
        if event.what == "disconnected":
            gone.set()

    user = FtpUser(name="li", password="geheim", home=tmp_path, permissions="elr")
    with FtpServer(FtpServerOptions(users=[user], on_event=watch)) as server:
        with connected(login(server), ctx):
            pass
        ctx.pool.close()
        assert gone.wait(5)


def test_whoever_stops_while_we_wait_for_a_server_has_stopped_the_step(contexts: Contexts) -> None:
    stop = Cancellation()
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        timer = threading.Timer(0.1, stop.cancel)
        timer.start()
        port = silent.getsockname()[1]
        with (
            pytest.raises(Cancelled),
            connected(FtpLogin(host="127.0.0.1", port=port), contexts(cancellation=stop)),
        ):
            pass
        timer.join()


def test_the_password_is_not_in_what_is_told_about_an_error(
    ctx: Context, server: FtpServer
) -> None:
    wrong = FtpLogin(host="127.0.0.1", port=server.port, user="li", password=Secret("hunter2"))
    with pytest.raises(TaskError) as caught, connected(wrong, ctx):
        pass
    assert "hunter2" not in repr((caught.value.msg, caught.value.data))
