"""Explicit TLS: who must use it, how sessions go on, and what is refused."""

from __future__ import annotations

import ftplib
import os
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from ftp_serving import client, put, secure, served, tls
from opsplay.tasks.servers import ftp_tls
from opsplay.tasks.servers.certificate import Certificate, make_certificate
from powers import largest_file
from told import Told


def test_files_go_up_and_down_over_tls(files: Path, certificate: Certificate) -> None:
    data = os.urandom(3_000_000)
    (files / "down").write_bytes(data)
    received = bytearray()
    with served(files, tls=tls(certificate)) as server, secure(server, certificate) as ftp:
        with (files / "down").open("rb") as file:
            ftp.storbinary("STOR up", file)
        ftp.retrbinary("RETR down", received.extend)
    assert received == data
    assert (files / "up").read_bytes() == data


@pytest.mark.parametrize("size", [6_000, 3_000_000])
def test_an_upload_for_which_there_is_no_room_is_refused_over_tls(
    files: Path, certificate: Certificate, size: int
) -> None:
    with (
        served(files, tls=tls(certificate)) as server,
        secure(server, certificate) as ftp,
        largest_file(4096),
    ):
        with suppress(OSError), ftp.transfercmd("STOR a") as connection:
            connection.sendall(bytes(size))
            assert isinstance(connection, ssl.SSLSocket)
            connection.unwrap()
        with pytest.raises(ftplib.error_temp, match="452 File too large; the file is not whole"):
            ftp.voidresp()


@pytest.mark.parametrize("command", ["NLST", "MLSD", "LIST", "RETR empty"])
def test_what_is_empty_is_sent_over_tls(
    files: Path, certificate: Certificate, command: str
) -> None:
    if command == "RETR empty":
        (files / "empty").touch()
    received = bytearray()
    with served(files, tls=tls(certificate)) as server, secure(server, certificate) as ftp:
        for _ in range(20):
            ftp.retrbinary(command, received.extend)
    assert not received


def test_a_client_may_use_its_session_again_for_data(files: Path, certificate: Certificate) -> None:
    with served(files, tls=tls(certificate)) as server, secure(server, certificate) as ftp:
        control = ftp.sock
        assert isinstance(control, ssl.SSLSocket)
        host, port = ftp.makepasv()
        ftp.putcmd("NLST")
        with (
            socket.create_connection((host, port)) as plain,
            ftp.context.wrap_socket(
                plain, server_hostname="localhost", session=control.session
            ) as data,
        ):
            assert data.session_reused
            assert data.recv(1) == b""
        assert ftp.getresp().startswith("150")
        ftp.voidresp()


def test_required_means_for_passwords_and_for_files(files: Path, certificate: Certificate) -> None:
    told = Told()
    with served(files, tls=tls(certificate), on_event=told) as server:
        with pytest.raises(ftplib.error_perm, match="TLS required on the control"), client(server):
            pass
        with secure(server, certificate) as ftp:
            ftp.prot_c()
            with pytest.raises(ftplib.error_perm, match="TLS required on the data"):
                ftp.nlst()
    refusal = "somebody@127.0.0.1 was refused USER li (SSL/TLS required on the control channel.)"
    assert refusal in told
    assert "geheim" not in " ".join(told)


def test_what_was_sent_before_tls_is_forgotten(files: Path, certificate: Certificate) -> None:
    context = ssl.create_default_context(cafile=str(certificate.ca_file))
    with (
        served(files, tls=tls(certificate, required=False)) as server,
        socket.create_connection(("127.0.0.1", server.port), 60) as plain,
    ):
        plain.recv(1000)
        plain.sendall(b"AUTH TLS\r\nUSER li\r\nPASS geheim\r\n")
        plain.recv(1000)
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            secured.sendall(b"PWD\r\n")
            assert secured.recv(1000).startswith(b"530 ")


def test_optional_means_that_old_clients_may_come(files: Path, certificate: Certificate) -> None:
    with served(files, tls=tls(certificate, required=False)) as server:
        with client(server) as ftp:
            put(ftp, "plain")
        with secure(server, certificate) as secured:
            assert secured.nlst() == ["plain"]


def test_tls_before_1_2_is_refused_and_told(files: Path, certificate: Certificate) -> None:
    told = Told()
    context = ssl.create_default_context(cafile=str(certificate.ca_file))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSVersion.TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        served(files, tls=tls(certificate), on_event=told) as server,
        ftplib.FTP_TLS(context=context, timeout=60) as ftp,
    ):
        ftp.connect("localhost", server.port)
        with pytest.raises(ssl.SSLError, match="protocol version"):
            ftp.auth()
    assert "somebody@127.0.0.1 failed to agree on TLS (unsupported protocol)" in told


def test_an_upload_without_the_goodbye_of_tls_may_be_cut_short(
    files: Path, certificate: Certificate
) -> None:
    with served(files, tls=tls(certificate)) as server, secure(server, certificate) as ftp:
        connection = ftp.transfercmd("STOR a")
        connection.sendall(b"half of")
        connection.close()
        with pytest.raises(ftplib.error_temp, match=r"426 .* not whole"):
            ftp.voidresp()


@pytest.mark.parametrize(
    ("cert_file", "key_file", "words"),
    [
        ("nothing", "server.key", "nothing is no certificate in PEM"),
        ("server.pem", "other.key", "other.key is not the key of .*server.pem"),
        ("server.pem", "locked.key", "locked.key is not the key of .*server.pem"),
    ],
)
def test_files_that_are_no_certificate_and_key_are_told(
    certificate: Certificate, cert_file: str, key_file: str, words: str
) -> None:
    folder = certificate.cert_file.parent
    (folder / "nothing").write_text("nothing")
    (folder / "more").mkdir(exist_ok=True)
    other = make_certificate(folder / "more").key_file
    (folder / "other.key").write_bytes(other.read_bytes())
    (folder / "locked.key").write_bytes(locked(other.read_bytes()))
    with pytest.raises(ValueError, match=words):
        ftp_tls.context(folder / cert_file, folder / key_file)


def locked(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization as pem

    return pem.load_pem_private_key(key, None).private_bytes(
        pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.BestAvailableEncryption(b"secret")
    )
