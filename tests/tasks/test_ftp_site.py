from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from free_ports import free_port
from ftp_faults import OLD, Fault, FaultServer, Options, cut_control
from ftp_serving import served
from opsplay.runner.task import Cancellation, Cancelled, Context, Secret, TaskError
from opsplay.tasks.clients.ftp import FtpClient
from opsplay.tasks.clients.ftp_words import FtpError
from opsplay.tasks.ftp_login import FtpLogin
from opsplay.tasks.ftp_site import FtpSite
from opsplay.tasks.servers.ftp import FtpServer
from opsplay.tasks.servers.ftp_log import FtpEvent

Contexts = Callable[..., Context]


@pytest.fixture(name="server")
def _server(tmp_path: Path) -> Iterator[FtpServer]:
    with served(tmp_path) as server:
        yield server


def login(server: FtpServer | FaultServer, **given: Any) -> FtpLogin:
    needed = {"host": "127.0.0.1", "port": server.port, "user": "li", "password": Secret("geheim")}
    return FtpLogin(**{**needed, "timeout": 60, **given})


# Sessions that the run keeps


def test_the_next_step_uses_the_same_session(ctx: Context, server: FtpServer) -> None:
    with FtpSite(login(server), ctx).session() as first:
        pass
    with FtpSite(login(server), ctx).session() as second:
        assert second is first


def test_two_at_a_time_have_a_session_each(ctx: Context, server: FtpServer) -> None:
    site = FtpSite(login(server), ctx)
    with site.session() as first, site.session() as second:
        assert second is not first


def test_another_account_has_a_session_of_its_own(ctx: Context, server: FtpServer) -> None:
    with FtpSite(login(server), ctx).session() as first:
        pass
    with FtpSite(login(server, timeout=6), ctx).session() as second:
        assert second is not first


@pytest.mark.parametrize("too_many", ["421 Too many connections", "530 Too many logins"])
def test_where_the_server_takes_few_sessions_those_of_other_accounts_make_room(
    ctx: Context, too_many: str
) -> None:
    with FaultServer(options=Options(most_sessions=1, too_many=too_many)) as server:
        for timeout in (6, 7, 8):
            site = FtpSite(login(server, timeout=timeout, retry_delay=0.05), ctx)
            assert site.talk(lambda ftp: ftp.usable)


def test_who_is_not_let_in_waits_for_another_account_that_is_at_work_there(
    contexts: Contexts,
) -> None:
    told = list[str]()
    ctx = contexts(on_line=told.append)

    def work(ftp: FtpClient) -> bool:
        time.sleep(0.2)
        return ftp.usable

    with FaultServer(options=Options(most_sessions=1)) as server, ThreadPoolExecutor() as threads:
        sites = [FtpSite(login(server, timeout=6 + n, retry_delay=0.05), ctx) for n in range(5)]
        assert all(threads.map(lambda site: site.talk(work), sites))
    assert f"127.0.0.1:{server.port} takes no more sessions; waiting for those of this run" in told


def test_a_session_that_the_server_has_closed_is_not_used_again(
    ctx: Context, tmp_path: Path
) -> None:
    port = free_port()
    with served(tmp_path, port=port) as server:
        site = FtpSite(login(server), ctx)
        with site.session() as first:
            pass
    with served(tmp_path, port=port), site.session() as second:
        assert second is not first


def test_a_session_is_used_again_after_a_refusal(ctx: Context, server: FtpServer) -> None:
    site = FtpSite(login(server), ctx)
    with pytest.raises(TaskError, match="cannot delete"), site.session() as first:
        first.delete("/none")
    with site.session() as second:
        assert second is first


def test_a_session_goes_back_to_the_folder_of_the_step(
    ctx: Context, server: FtpServer, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    with FtpSite(login(server, cwd="in"), ctx).session() as session:
        assert session.absolute("a") == "/in/a"
    with FtpSite(login(server), ctx).session() as session:
        assert session.absolute("a") == "/a"


def test_the_end_of_the_run_says_goodbye(ctx: Context, tmp_path: Path) -> None:
    gone = threading.Event()

    def watch(event: FtpEvent) -> None:
        if event.what == "disconnected":
            gone.set()

    with served(tmp_path, on_event=watch) as server:
        with FtpSite(login(server), ctx).session():
            pass
        ctx.pool.close()
        assert gone.wait(60)


def test_whoever_stops_while_we_wait_for_a_server_has_stopped_the_step(contexts: Contexts) -> None:
    stop = Cancellation()
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        timer = threading.Timer(0.1, stop.cancel)
        timer.start()
        waiting = FtpLogin(host="127.0.0.1", port=silent.getsockname()[1])
        with pytest.raises(Cancelled):
            FtpSite(waiting, contexts(cancellation=stop)).talk(FtpClient.alive)
        timer.join()


def test_the_password_is_not_in_what_is_told_about_an_error(
    ctx: Context, server: FtpServer
) -> None:
    site = FtpSite(login(server, password=Secret("hunter2")), ctx)
    with pytest.raises(TaskError, match="check `user` and `password`") as caught:
        site.talk(FtpClient.alive)
    assert "hunter2" not in repr((caught.value.msg, caught.value.data, site.account))


# Trying again


class Patience(Cancellation):
    """Waits for nothing, and tells how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture(name="patience")
def _patience() -> Patience:
    return Patience()


@pytest.fixture(name="lines")
def _lines() -> list[str]:
    return []


@pytest.fixture(name="patient")
def _patient(contexts: Contexts, patience: Patience, lines: list[str]) -> Context:
    return contexts(cancellation=patience, on_line=lines.append)


def failing(times: float, error: TaskError) -> Callable[[int], int]:
    """Give some work that fails so many times, and then tells which attempt it was."""

    def work(attempt: int) -> int:
        if attempt <= times:
            raise error
        return attempt

    return work


def busy() -> FtpError:
    return FtpError("busy", code=450, transient=True)


def site(ctx: Context, **given: Any) -> FtpSite:
    return FtpSite(FtpLogin(host="localhost", **given), ctx)


def test_what_may_pass_is_tried_again_and_that_is_told(patient: Context, lines: list[str]) -> None:
    assert site(patient, retries=2, retry_delay=0).trying(failing(2, busy())) == 3
    assert lines == ["busy; trying again in 0.0 s"] * 2


def test_the_pauses_grow_up_to_a_minute_and_differ_by_chance(
    patient: Context, patience: Patience, lines: list[str]
) -> None:
    site(patient, retries=9, retry_delay=0.5).trying(failing(9, busy()))
    longest = [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    shares = [slept / most for slept, most in zip(patience.slept, longest, strict=True)]
    assert all(0.5 <= share <= 1 for share in shares)
    assert len(set(shares)) > 1
    assert lines[-1] == f"busy; trying again in {patience.slept[-1]:.1f} s"


def test_what_lasts_is_told_with_the_number_of_attempts(patient: Context) -> None:
    with pytest.raises(FtpError, match="busy; tried 4 times"):
        site(patient).trying(failing(math.inf, busy()))


def test_nothing_is_tried_again_without_retries(patient: Context, patience: Patience) -> None:
    with pytest.raises(FtpError, match=r"busy$"):
        site(patient, retries=0).trying(failing(1, busy()))
    assert patience.slept == []


@pytest.mark.parametrize("error", [FtpError("no", code=550), TaskError("no")], ids=type)
def test_what_will_not_pass_is_told_at_once(
    patient: Context, patience: Patience, error: TaskError
) -> None:
    with pytest.raises(TaskError, match=r"no$"):
        site(patient).trying(failing(1, error))
    assert patience.slept == []


def test_who_stops_while_it_waits_has_stopped_the_step(contexts: Contexts) -> None:
    stop = Cancellation()
    ctx = contexts(cancellation=stop, on_line=lambda _: stop.cancel())
    with pytest.raises(Cancelled):
        site(ctx, retry_delay=60).trying(failing(1, busy()))


def test_a_lost_session_is_replaced_for_the_next_attempt(patient: Context) -> None:
    with FaultServer(Fault("MDTM", cut_control)) as server:
        server.tree.put("/a")
        assert FtpSite(login(server), patient).talk(lambda ftp: ftp.mtimes(["/a"])) == [OLD]
        assert [heard.session for heard in server.commands if heard.verb == "MDTM"] == [1, 2]


def test_a_wrong_password_is_not_tried_twice(patient: Context, patience: Patience) -> None:
    with FaultServer() as server:
        with pytest.raises(TaskError, match="check `user` and `password`"):
            FtpSite(login(server, password=Secret("wrong")), patient).talk(FtpClient.alive)
        assert len(server.heard("PASS")) == 1
    assert patience.slept == []


def test_a_second_session_asks_nothing_that_the_first_has_learnt(ctx: Context) -> None:
    with FaultServer() as server:
        asked = FtpSite(login(server), ctx)
        with asked.session(), asked.session():
            pass
        assert len(server.heard("USER")) == 2
        assert len(server.heard("FEAT")) == len(server.heard("PWD")) == 1
