"""Servers with TLS: who may be trusted, and how a connection ends."""

from __future__ import annotations

import ssl
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ftp_exchange import DATA, HALF, MOVE, SILENCE, Start, Way, both_ways
from ftp_faults import ALWAYS, END, Fault, Session, cut_control, lose, reply, stall
from opsplay.runner.task import TaskError
from opsplay.tasks.clients.ftp import FtpClient
from opsplay.tasks.clients.ftp_account import FtpAccount
from opsplay.tasks.clients.tls import Version
from opsplay.tasks.servers.certificate import Certificate, make_certificate


@pytest.fixture(name="secure")
def _secure(certificate: Certificate) -> dict[str, Any]:
    """Give what a step is told to speak TLS with a server of this certificate."""
    return {"tls": "explicit", "ca_file": str(certificate.ca_file)}


@both_ways
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("implicit", [True, False], ids=["implicit", "explicit"])
def test_tls(
    start: Start, way: Way, certificate: Certificate, version: ssl.TLSVersion, *, implicit: bool
) -> None:
    exchange = start(way=way, certificate=certificate, tls_version=version, implicit=implicit)
    for name in ("a", "b", "empty"):
        exchange.offer(b"" if name == "empty" else DATA, name)
    tls = "implicit" if implicit else "explicit"
    exchange.move(tls=tls, ca_file=str(certificate.ca_file))
    assert exchange.arrived() == {"a": DATA, "b": DATA, "empty": b""}
    assert exchange.server.heard("PROT") == ["P"]


@pytest.mark.parametrize("tls", ["none", "explicit"])
def test_of_a_server_that_waits_for_tls_it_is_told_what_it_may_want(
    start: Start, certificate: Certificate, tls: str
) -> None:
    exchange = start(certificate=certificate, implicit=True)
    exchange.offer()
    with pytest.raises(TaskError, match=r"cannot get a greeting .*wants `tls: implicit`"):
        exchange.move(tls=tls, timeout=0.2, retries=0)


@pytest.mark.parametrize(
    ("tls_min", "spoken"), [("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")], ids=["1.2", "1.3"]
)
def test_of_two_versions_the_one_is_spoken_whose_sessions_go_on_quicker(
    start: Start, certificate: Certificate, tls_min: Version, spoken: str
) -> None:
    server = start(certificate=certificate).server
    account = FtpAccount(
        host="127.0.0.1",
        port=server.port,
        user=server.options.user,
        password=server.options.password,
        tls="explicit",
        ca_file=certificate.ca_file,
        tls_min=tls_min,
    )
    with closing(FtpClient(account)) as client:
        client.open()
        secure = client.control.socket
        assert isinstance(secure, ssl.SSLSocket)
        assert secure.version() == spoken


@both_ways
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_data_connections_go_on_with_the_session_of_the_control_connection(
    start: Start, way: Way, certificate: Certificate, secure: Any, version: ssl.TLSVersion
) -> None:
    exchange = start(way=way, certificate=certificate, tls_version=version, reuse_required=True)
    for name in ("a", "b", "c"):
        exchange.offer(DATA, name)
    exchange.move(**secure)
    assert exchange.arrived() == dict.fromkeys("abc", DATA)


@both_ways
def test_tls_demanded_for_data_is_what_tls_means(
    start: Start, way: Way, certificate: Certificate, secure: Any
) -> None:
    exchange = start(way=way, certificate=certificate, prot_required=True)
    exchange.offer()
    exchange.move(**secure)
    assert exchange.arrived() == {"a": DATA}


@both_ways
@pytest.mark.parametrize("demand", ["prot_required", "tls_required"])
def test_a_server_that_demands_tls_says_what_to_set(
    start: Start, way: Way, certificate: Certificate, demand: str
) -> None:
    exchange = start(way=way, certificate=certificate, **{demand: True})
    exchange.offer()
    with pytest.raises(TaskError, match=r"5[23][02] .*TLS.*; the server wants TLS; set `tls: expl"):
        exchange.move()
    assert exchange.arrived() == {}


def test_a_server_that_refuses_to_protect_the_data_gets_none(
    start: Start, certificate: Certificate, secure: Any
) -> None:
    exchange = start(Fault("PROT", reply("534 No"), times=ALWAYS), certificate=certificate)
    exchange.offer()
    with pytest.raises(TaskError, match=r"cannot protect the data connections .* 534 No"):
        exchange.move(**secure)
    assert exchange.attempts() == 0


def test_a_server_without_tls_is_not_sent_the_password(start: Start) -> None:
    exchange = start()
    exchange.offer()
    with pytest.raises(TaskError, match=r"502 .*the server does not offer TLS"):
        exchange.move(tls="explicit")
    assert exchange.server.heard("PASS") == []


# Certificates


def test_a_certificate_of_an_unknown_authority_is_refused(
    start: Start, certificate: Certificate
) -> None:
    exchange = start(certificate=certificate)
    exchange.offer()
    with pytest.raises(TaskError, match=r"certificate is refused: .*; name the authority"):
        exchange.move(tls="explicit")
    assert exchange.server.heard("PASS") == []
    assert len(exchange.server.heard("AUTH")) == 1


def test_a_certificate_for_another_name_is_refused(start: Start, tmp_path: Path) -> None:
    other = make_certificate(tmp_path, names=("ftp.example.com",))
    exchange = start(certificate=other)
    exchange.offer()
    with pytest.raises(TaskError, match=r"certificate is refused: .*127.0.0.1.*; .*by the name"):
        exchange.move(tls="explicit", ca_file=str(other.ca_file))
    assert exchange.server.heard("PASS") == []


def test_any_certificate_does_if_the_user_says_so(start: Start, tmp_path: Path) -> None:
    exchange = start(certificate=make_certificate(tmp_path, names=("ftp.example.com",)))
    exchange.offer()
    exchange.move(tls="explicit", verify=False)
    assert exchange.arrived() == {"a": DATA}


# Ends


@both_ways
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_never_ends_tls_cleanly_does_if_all_bytes_are_there(
    start: Start, way: Way, certificate: Certificate, secure: Any, version: ssl.TLSVersion
) -> None:
    exchange = start(way=way, certificate=certificate, close_notify=False, tls_version=version)
    for name in ("a", "b", "empty"):
        exchange.offer(b"" if name == "empty" else DATA, name)
    exchange.move(**secure)
    assert exchange.arrived() == {"a": DATA, "b": DATA, "empty": b""}
    assert not exchange.move(**secure).changed


@both_ways
def test_a_transfer_that_ends_early_and_not_cleanly_is_an_error(
    start: Start, way: Way, certificate: Certificate, secure: Any
) -> None:
    fault = Fault(MOVE, lose, at=HALF, times=ALWAYS)
    exchange = start(fault, way=way, certificate=certificate, close_notify=False)
    exchange.offer()
    with pytest.raises(TaskError, match=r"bytes|closed the connection"):
        exchange.move(resume=False, **secure)
    assert "a" not in exchange.arrived()


@both_ways
@pytest.mark.parametrize(
    "fault",
    [
        Fault(MOVE, lose, at=HALF),
        Fault(MOVE, reply("426 Aborted"), at=HALF),
        Fault(MOVE, cut_control, at=HALF),
        Fault(MOVE, stall, at=HALF),
        Fault(MOVE, stall, at=END),
        Fault("AUTH", cut_control),
        Fault("PROT", cut_control),
    ],
    ids=lambda fault: f"{fault.verb} {fault.do.__name__} {fault.at}",
)
def test_what_breaks_over_tls_is_tried_again(
    start: Start, way: Way, certificate: Certificate, secure: Any, fault: Fault
) -> None:
    exchange = start(fault, way=way, certificate=certificate)
    exchange.offer()
    exchange.move(**SILENCE, **secure)
    assert exchange.arrived() == {"a": DATA}


def test_a_handshake_that_never_comes_is_a_timeout(
    start: Start, certificate: Certificate, secure: Any
) -> None:
    exchange = start(Fault("AUTH", say_and_stall, times=ALWAYS), certificate=certificate)
    exchange.offer()
    with pytest.raises(TaskError, match=r"cannot start TLS .*(`timeout`|`connect_timeout`)"):
        exchange.move(timeout=1, connect_timeout=1, retries=0, **secure)


def say_and_stall(session: Session) -> None:
    session.say("234 Go on")
    stall(session)


def test_words_before_tls_is_on_are_not_trusted(
    start: Start, certificate: Certificate, secure: Any
) -> None:
    injected = Fault("AUTH", reply("234 Go on\r\n230 Welcome"), times=ALWAYS)
    exchange = start(injected, certificate=certificate)
    exchange.offer()
    with pytest.raises(TaskError, match=r"do not trust it"):
        exchange.move(**secure)
    assert exchange.server.heard("PASS") == []
