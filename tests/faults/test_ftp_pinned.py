"""Many small files over TLS by pyOpenSSL: with the server that `ssl` has verified, and no other."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ftp_exchange import SILENCE, SMALL_FILES, Start, Way, both_ways, offering
from ftp_faults import ALWAYS, END, Fault, Session, cut_control, cut_data, lose, reply, stall
from ftp_pinning import pin_few
from opsplay.runner.task import TaskError
from opsplay.tasks.clients import ftp_sockets
from opsplay.tasks.clients.pinned_socket import PinnedSocket
from opsplay.tasks.reading import BLOCK
from opsplay.tasks.servers.certificate import Certificate, make_certificate


@pytest.fixture(name="pinned", autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> list[PinnedSocket]:
    return pin_few(monkeypatch)


@pytest.fixture(name="secure")
def _secure(certificate: Certificate) -> dict[str, Any]:
    return {"tls": "explicit", "ca_file": str(certificate.ca_file), "connections": 4}


@both_ways
@pytest.mark.parametrize("implicit", [True, False], ids=["implicit", "explicit"])
def test_each_file_has_a_connection_that_goes_on_with_a_session(
    start: Start,
    way: Way,
    certificate: Certificate,
    secure: Any,
    pinned: list[PinnedSocket],
    *,
    implicit: bool,
) -> None:
    options = {"certificate": certificate, "implicit": implicit, "reuse_required": True}
    exchange = offering(start, way=way, **options)
    exchange.move(**{**secure, "tls": "implicit" if implicit else "explicit"})
    assert exchange.arrived() == SMALL_FILES
    assert len(pinned) == 4 + len(SMALL_FILES)
    assert len({connection.key for connection in pinned}) == 4


PASSING: Mapping[str, Fault] = {
    "one is refused for now": Fault("MOVE", reply("450 Busy"), about="05"),
    "one is cut": Fault("MOVE", cut_data, at=100, about="05"),
    "one is cut before its first byte": Fault("MOVE", cut_data, at=0, about="05"),
    "one gets lost on the way": Fault("MOVE", lose, at=100, about="05"),
    "one stalls": Fault("MOVE", stall, at=100, about="05"),
    "the end of one is told to be bad": Fault("MOVE", reply("451 Disk"), at=END, about="05"),
    "the connection is cut within one": Fault("MOVE", cut_control, at=100, about="05"),
    "the connection is cut after one": Fault("MOVE", cut_control, at=END, about="05"),
    "no data connection": Fault("PASV", reply("425 No port")),
}


@both_ways
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_all_arrive_whatever_passes(
    start: Start, way: Way, certificate: Certificate, secure: Any, fault: Fault
) -> None:
    exchange = offering(start, fault, way=way, certificate=certificate)
    exchange.move(**SILENCE, **secure)
    assert exchange.arrived() == SMALL_FILES


@both_ways
def test_a_server_that_never_ends_tls_cleanly_does(
    start: Start, way: Way, certificate: Certificate, secure: Any, pinned: list[PinnedSocket]
) -> None:
    exchange = offering(start, way=way, certificate=certificate, close_notify=False)
    exchange.move(**secure)
    assert exchange.arrived() == SMALL_FILES
    assert pinned


@both_ways
def test_files_of_many_records_and_of_none(
    start: Start, way: Way, certificate: Certificate, secure: Any, pinned: list[PinnedSocket]
) -> None:
    files = {"a": bytes(range(256)) * (BLOCK // 256), "b": b"", "c": b"c"}
    exchange = start(way=way, certificate=certificate)
    exchange.offer_all(files)
    exchange.move(**secure)
    assert exchange.arrived() == files
    assert pinned


@both_ways
def test_a_data_connection_without_the_session_has_to_show_the_certificate(
    start: Start, way: Way, certificate: Certificate, secure: Any, pinned: list[PinnedSocket]
) -> None:
    fault = Fault("MOVE", showing(certificate), times=ALWAYS)
    exchange = offering(start, fault, way=way, certificate=certificate)
    exchange.move(**secure)
    assert exchange.arrived() == SMALL_FILES
    assert len({connection.key for connection in pinned}) == 4 + len(SMALL_FILES)


@both_ways
@pytest.mark.parametrize("most", [1, 2])
def test_a_server_may_let_in_fewer(
    start: Start, way: Way, certificate: Certificate, secure: Any, most: int
) -> None:
    exchange = offering(start, way=way, certificate=certificate, most_sessions=most)
    exchange.move(**secure)
    assert exchange.arrived() == SMALL_FILES


def test_only_the_oldest_version_is_worth_it(
    start: Start, certificate: Certificate, secure: Any, pinned: list[PinnedSocket]
) -> None:
    version = ssl.TLSVersion.TLSv1_3
    exchange = offering(start, certificate=certificate, tls_version=version)
    exchange.move(**secure)
    assert exchange.arrived() == SMALL_FILES
    assert pinned == []


def test_a_server_far_away_is_not_logged_in_to_anew(
    start: Start,
    certificate: Certificate,
    secure: Any,
    pinned: list[PinnedSocket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ftp_sockets, "_IN_NO_TIME", 0)
    exchange = offering(start, certificate=certificate)
    exchange.move(**secure)
    assert exchange.arrived() == SMALL_FILES
    assert pinned == []


def test_a_certificate_of_ours_is_shown_by_ssl(
    start: Start, certificate: Certificate, secure: Any, pinned: list[PinnedSocket]
) -> None:
    exchange = offering(start, certificate=certificate)
    ours = {"client_cert": str(certificate.cert_file), "client_key": str(certificate.key_file)}
    exchange.move(**secure, **ours)
    assert exchange.arrived() == SMALL_FILES
    assert pinned == []


def test_a_certificate_that_is_not_verified_has_to_stay_the_same(
    start: Start, tmp_path: Path, pinned: list[PinnedSocket]
) -> None:
    certificate = make_certificate(tmp_path, names=("ftp.example.com",))
    exchange = offering(start, certificate=certificate)
    exchange.move(tls="explicit", verify=False)
    assert exchange.arrived() == SMALL_FILES
    assert len(pinned) == 1 + len(SMALL_FILES)


# Others in the place of the server


def test_another_certificate_is_verified_before_anything_is_sent(
    start: Start,
    certificate: Certificate,
    secure: Any,
    tmp_path: Path,
    pinned: list[PinnedSocket],
) -> None:
    other = make_certificate(tmp_path)
    exchange = offering(start, Fault("MLSD", showing(other)), certificate=certificate)
    with pytest.raises(TaskError, match="certificate is refused"):
        exchange.move(**secure)
    assert pinned == []
    assert len(exchange.server.heard("PASS")) == 1
    assert exchange.arrived() == {}


def test_another_certificate_of_the_same_authority_is_left_to_ssl(
    start: Start, certificate: Certificate, tmp_path: Path, pinned: list[PinnedSocket]
) -> None:
    other = make_certificate(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.ca_file.read_bytes() + other.ca_file.read_bytes())
    exchange = offering(start, Fault("MLSD", showing(other)), certificate=certificate)
    exchange.move(tls="explicit", ca_file=str(both))
    assert exchange.arrived() == SMALL_FILES
    assert pinned == []


@both_ways
def test_a_data_connection_of_another_certificate_is_refused(
    start: Start,
    way: Way,
    certificate: Certificate,
    secure: Any,
    tmp_path: Path,
    pinned: list[PinnedSocket],
) -> None:
    fault = Fault("MOVE", showing(make_certificate(tmp_path)), times=ALWAYS)
    exchange = offering(start, fault, way=way, certificate=certificate)
    with pytest.raises(TaskError, match="certificate is refused"):
        exchange.move(**secure)
    assert not any(exchange.arrived().values())
    assert len(pinned) == 4


def showing(certificate: Certificate) -> Callable[[Session], None]:
    """Let a server show this certificate from here on, and know no session any more."""

    def show(session: Session) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
        session.server.tls = context

    return show
