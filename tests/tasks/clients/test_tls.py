from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.tls import client_context, why
from opsplay.tasks.servers.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def tls_server(
    certificate: Certificate,
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    admitted: Path | None = None,
) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    context.maximum_version = newest
    if admitted:
        context.load_verify_locations(admitted)
        context.verify_mode = ssl.CERT_REQUIRED
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


def test_ciphers_may_be_chosen() -> None:
    chosen = client_context(ciphers=["ECDHE-RSA-AES128-GCM-SHA256", "AES256-SHA256"])
    names = {cipher["name"] for cipher in chosen.get_ciphers() if "TLSv1.3" not in str(cipher)}
    assert names == {"ECDHE-RSA-AES128-GCM-SHA256", "AES256-SHA256"}
    with pytest.raises(TaskError, match="ciphers: 'NONE-SUCH' has none that is known here"):
        client_context(ciphers=["NONE-SUCH"])


def test_verify_off_accepts_any_certificate(certificate: Certificate) -> None:
    with tls_server(certificate) as port:
        assert receive(port, client_context(verify=False), "elsewhere.example") == b"hello"


def test_versions_before_1_2_are_refused() -> None:
    assert client_context().minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_oldest_version_that_is_good_enough_can_be_raised() -> None:
    assert client_context(minimum="1.3").minimum_version == ssl.TLSVersion.TLSv1_3


def test_a_server_that_offers_only_older_versions_is_told(certificate: Certificate) -> None:
    context = client_context(verify=False, minimum="1.3")
    with (
        tls_server(certificate, newest=ssl.TLSVersion.TLSv1_2) as port,
        pytest.raises(ssl.SSLError) as caught,
    ):
        receive(port, context)
    assert why(caught.value) == (
        "the server offers only TLS versions older than those allowed, 1.2 and `tls_min`"
    )


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


# Showing who we are


@pytest.fixture(name="ours", scope="module")
def _ours(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return Identity(tmp_path_factory.mktemp("client"))


class Identity:
    """A client's certificate, signed by itself, and its key."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        self.certificate, self.key, self.locked_key = (
            folder / name for name in ("client.pem", "client.key", "locked.key")
        )
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.key.write_bytes(_pem(key, serialization.NoEncryption()))
        self.locked_key.write_bytes(_pem(key, serialization.BestAvailableEncryption(b"geheim")))


def _pem(
    key: ec.EllipticCurvePrivateKey, encryption: serialization.KeySerializationEncryption
) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption)


def test_a_server_that_demands_a_certificate_gets_ours(
    certificate: Certificate, ours: Identity
) -> None:
    context = client_context(
        ca_file=certificate.ca_file, client_cert=ours.certificate, client_key=ours.key
    )
    with tls_server(certificate, admitted=ours.certificate) as port:
        assert receive(port, context) == b"hello"


def test_the_key_may_be_in_the_file_of_the_certificate(
    certificate: Certificate, ours: Identity, tmp_path: Path
) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(ours.certificate.read_bytes() + ours.key.read_bytes())
    context = client_context(ca_file=certificate.ca_file, client_cert=both)
    with tls_server(certificate, admitted=ours.certificate) as port:
        assert receive(port, context) == b"hello"


@pytest.mark.parametrize("key", ["none", "another's", "no key"])
def test_a_certificate_without_its_key_is_told(
    ours: Identity, certificate: Certificate, key: str
) -> None:
    keys = {"none": None, "another's": certificate.key_file, "no key": ours.certificate}
    with pytest.raises(TaskError, match=r"client_cert .*no certificate and key that belong"):
        client_context(client_cert=ours.certificate, client_key=keys[key])


def test_a_key_with_a_passphrase_is_told_and_nobody_is_asked_for_it(ours: Identity) -> None:
    with pytest.raises(TaskError, match="the key without a passphrase"):
        client_context(client_cert=ours.certificate, client_key=ours.locked_key)


def test_a_certificate_of_ours_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"cannot read client_cert .*none.pem: No such file"):
        client_context(client_cert=tmp_path / "none.pem")
