from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ftp_faults import ALWAYS, OLD, Fault, FaultServer, Options, cut_control, reply, stall
from opsplay.runner.task import Context, Secret, TaskError
from opsplay.tasks.ftp_login import FtpLogin
from opsplay.tasks.ftp_site import FtpSite
from opsplay.tasks.ftp_times import times
from opsplay.tasks.servers.certificate import make_certificate

FILES = {f"/{number}": OLD + number for number in range(6_000)}

Ask = Callable[..., FaultServer]


@pytest.fixture(name="ask")
def _ask(ctx: Context) -> Iterator[Ask]:
    """Ask a server for the times of all files, and compare."""
    with ExitStack() as stack:

        def ask(
            *faults: Fault, timeout: float = 5, retries: int = 0, **options: Any
        ) -> FaultServer:
            server = stack.enter_context(FaultServer(*faults, options=Options(**options)))
            for path, mtime in FILES.items():
                server.tree.put(path, mtime=mtime)
            certificate = options.get("certificate")
            secure = {"tls": "explicit", "ca_file": str(certificate.ca_file)} if certificate else {}
            site = FtpSite(login(server.port, timeout, retries, **secure), ctx)
            found = site.talk(lambda ftp: times(site, ctx, ftp, list(FILES), 4))
            assert dict(zip(FILES, found, strict=True)) == FILES
            return server

        yield ask


def login(port: int, timeout: float, retries: int, **given: Any) -> FtpLogin:
    return FtpLogin(
        host="127.0.0.1",
        port=port,
        user="li",
        password=Secret("geheim"),
        timeout=timeout,
        retries=retries,
        retry_delay=0.01,
        **given,
    )


def test_many_files_are_asked_for_over_several_sessions_each_once(ask: Ask) -> None:
    server = ask()
    assert {session for session, verb, _ in server.commands if verb == "MDTM"} == {1, 2, 3}
    assert sorted(server.heard("MDTM")) == sorted(FILES)


def test_over_tls_each_file_has_the_time_that_was_told_of_it(ask: Ask, tmp_path: Path) -> None:
    server = ask(certificate=make_certificate(tmp_path))
    assert sorted(server.heard("MDTM")) == sorted(FILES)


@pytest.mark.parametrize("too_many", ["421 Too many", "530 Sorry, the maximum number of clients"])
def test_a_server_that_lets_in_fewer_is_asked_over_those(ask: Ask, too_many: str) -> None:
    server = ask(most_sessions=2, too_many=too_many)
    assert server.most_at_once == 2
    assert sorted(server.heard("MDTM")) == sorted(FILES)


def test_a_server_that_hears_one_command_at_a_time_is_asked_one_by_one(ask: Ask) -> None:
    server = ask(timeout=3, retries=1, takes_packets=False)
    assert server.heard("MDTM") == list(FILES)


@pytest.mark.parametrize("about", ["/0", "/700"])
def test_a_session_that_is_lost_costs_no_time(ask: Ask, about: str) -> None:
    ask(Fault("MDTM", cut_control, about=about), retries=1)


def test_replies_that_come_too_late_are_not_taken_for_others(ask: Ask) -> None:
    ask(Fault("MDTM", stall, about="/100"), timeout=0.5, retries=50)


def test_a_server_that_tells_no_times_is_believed(ctx: Context) -> None:
    with FaultServer(Fault("MDTM", reply("550 No"), times=ALWAYS)) as server:
        site = FtpSite(login(server.port, 5, 0), ctx)
        assert set(site.talk(lambda ftp: times(site, ctx, ftp, list(FILES), 4))) == {None}


def test_a_connection_that_is_lost_for_good_is_told(ask: Ask) -> None:
    with pytest.raises(
        TaskError, match=r"the time of /\d+ \(li@127.0.0.1:\d+\): .*closed the connection"
    ):
        ask(Fault("MDTM", cut_control, times=ALWAYS))
