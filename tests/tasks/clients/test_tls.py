from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.tls import client_context, why
from opsplay.tasks.servers.certificate import Certificate, make_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@contextmanager
def tls_server(certificate: Certificate) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=_answer_one, args=(listener, context))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _answer_one(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    with (
        connection,
        suppress(OSError),
        context.wrap_socket(connection, server_side=True) as secure,
    ):
        secure.sendall(b"hello")


def receive(port: int, context: ssl.SSLContext, name: str = "localhost") -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return secure.recv(100)


def test_a_server_signed_by_the_named_authority_is_trusted(certificate: Certificate) -> None:
    for name in ("localhost", "127.0.0.1"):
        with tls_server(certificate) as port:
            assert receive(port, client_context(ca_file=certificate.ca_file), name) == b"hello"


def test_an_unknown_authority_is_refused_and_the_words_say_what_to_do(
    certificate: Certificate,
) -> None:
    with tls_server(certificate) as port, pytest.raises(ssl.SSLError) as caught:
        receive(port, client_context())
    assert "certificate is refused" in why(caught.value)
    assert "`ca_file`" in why(caught.value)


def test_a_certificate_for_another_name_is_refused(certificate: Certificate) -> None:
    context = client_context(ca_file=certificate.ca_file)
    with tls_server(certificate) as port, pytest.raises(ssl.SSLError) as caught:
        receive(port, context, "elsewhere.example")
    assert "elsewhere.example" in why(caught.value)


def test_verify_off_accepts_any_certificate(certificate: Certificate) -> None:
    with tls_server(certificate) as port:
        assert receive(port, client_context(verify=False), "elsewhere.example") == b"hello"


def test_versions_before_1_2_are_refused() -> None:
    assert client_context().minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_server_that_does_not_speak_tls_is_told_in_words() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=_greet_plainly, args=(listener,))
        thread.start()
        with pytest.raises(ssl.SSLError) as caught:
            receive(listener.getsockname()[1], client_context(verify=False))
        thread.join()
    assert why(caught.value) == (
        "the server does not speak TLS on this port; check `port` and `tls`"
    )


def _greet_plainly(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, suppress(ConnectionError):
        connection.sendall(b"220 hello, I speak plain FTP\r\n")
        connection.recv(1000)


def test_a_ca_file_that_is_missing_or_no_certificate_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"cannot read ca_file .*: No such file"):
        client_context(ca_file=tmp_path / "none.pem")
    (tmp_path / "text.pem").write_text("no certificate")
    with pytest.raises(TaskError, match="holds no certificate"):
        client_context(ca_file=tmp_path / "text.pem")


def test_the_servers_key_is_for_its_owner_only(certificate: Certificate) -> None:
    assert certificate.key_file.stat().st_mode & 0o777 == 0o600
