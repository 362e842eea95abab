from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opsplay.tasks.clients.tls import client_context
from opsplay.tasks.clients.tls_stream import TlsStream
from opsplay.tasks.servers.certificate import Certificate, make_certificate

Serve = Callable[[ssl.SSLSocket], object]
BEGINNING_OF_A_RECORD = b"\x17\x03\x03\x40\x00of 16 KiB"


@contextmanager
def connected(certificate: Certificate, serve: Serve) -> Iterator[socket.socket]:
    """Give a socket whose other end speaks TLS in a thread; what it raises is raised here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    ours, theirs = socket.socketpair()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            with context.wrap_socket(
                theirs, server_side=True, suppress_ragged_eofs=False
            ) as secure:
                serve(secure)
        except BaseException as error:  # noqa: BLE001 - it is raised again
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    with ours:
        ours.settimeout(60)
        yield ours
    thread.join()
    for error in raised:
        raise error


def secured(sock: socket.socket, certificate: Certificate) -> TlsStream:
    stream = TlsStream(sock, client_context(ca_file=certificate.ca_file), "localhost")
    stream.do_handshake()
    return stream


def everything(stream: TlsStream) -> bytes:
    return b"".join(iter(lambda: stream.recv(100_000), b""))


@pytest.mark.parametrize("size", [1, 16_384, 3_000_001])
def test_all_arrives_both_ways_and_the_end_is_told(certificate: Certificate, size: int) -> None:
    data = b"0123456" * (size // 7) + b"x" * (size % 7)

    def serve(secure: ssl.SSLSocket) -> None:
        with secure.makefile("rb") as file:
            assert file.read(size) == data
        secure.sendall(data)
        secure.unwrap()  # fails unless the other side has told its end as well

    with connected(certificate, serve) as sock:
        stream = secured(sock, certificate)
        rest = memoryview(data)
        while rest:
            rest = rest[stream.send(rest) :]
        assert everything(stream) == data
        stream.notify_close()


def test_what_came_in_many_records_is_given_at_once(certificate: Certificate) -> None:
    has_sent = threading.Event()

    def serve(secure: ssl.SSLSocket) -> None:
        for record in (b"one, ", b"two, ", b"three"):
            secure.sendall(record)
        has_sent.set()
        assert not secure.recv(1)

    with connected(certificate, serve) as sock:
        stream = secured(sock, certificate)
        has_sent.wait()
        assert stream.recv(100) == b"one, two, three"
        stream.notify_close()


def test_what_there_is_no_room_for_is_given_the_next_time(certificate: Certificate) -> None:
    def serve(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"abcde")
        assert not secure.recv(1)

    with connected(certificate, serve) as sock:
        stream = secured(sock, certificate)
        assert [stream.recv(2) for _ in range(3)] == [b"ab", b"cd", b"e"]
        stream.notify_close()


@pytest.mark.parametrize("last", [b"", BEGINNING_OF_A_RECORD], ids=["between records", "in one"])
def test_a_connection_that_breaks_off_has_ended(certificate: Certificate, last: bytes) -> None:
    def serve(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"half")
        socket.socket.send(secure, last)

    with connected(certificate, serve) as sock:
        assert everything(secured(sock, certificate)) == b"half"


def test_records_that_were_tampered_with_are_refused(certificate: Certificate) -> None:
    def serve(secure: ssl.SSLSocket) -> None:
        socket.socket.send(secure, b"\x17\x03\x03\x00\x20" + bytes(32))
        socket.socket.recv(secure, 100)

    with connected(certificate, serve) as sock:
        stream = secured(sock, certificate)
        with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC"):
            stream.recv(100)


def test_a_server_that_is_refused_is_told_why(certificate: Certificate, tmp_path: Path) -> None:
    other = make_certificate(tmp_path)

    def serve(secure: ssl.SSLSocket) -> None:
        secure.recv(1)

    with (
        pytest.raises(ssl.SSLError, match="ALERT_UNKNOWN_CA"),
        connected(certificate, serve) as sock,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        secured(sock, other)


def test_a_server_that_leaves_before_both_agree_is_an_error(certificate: Certificate) -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(OSError, match=r"EOF|Broken pipe"):
        secured(ours, certificate)


def test_a_wait_ends_with_the_timeout_of_the_socket(certificate: Certificate) -> None:
    with connected(certificate, lambda secure: secure.recv(1)) as sock:
        stream = secured(sock, certificate)
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            stream.recv(1)
        stream.notify_close()
