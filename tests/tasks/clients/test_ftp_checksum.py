from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftp_faults import ALWAYS, Fault, FaultServer, Options, reply
from opsplay.tasks.clients.ftp import FtpClient
from opsplay.tasks.clients.ftp_account import FtpAccount
from opsplay.tasks.clients.ftp_checksum import Checksum, compare, digest, offered
from opsplay.tasks.clients.ftp_known import Known

SHA256 = hashlib.sha256(b"hello").hexdigest()
PROFTPD = "CRC32;MD5;SHA-1*;SHA-256;SHA-512"


@pytest.mark.parametrize(
    ("features", "verb", "algorithm"),
    [
        ({"HASH": "SHA-1*;SHA-256"}, "HASH", "sha256"),
        ({"HASH": PROFTPD, "XSHA256": ""}, "HASH", "sha256"),
        ({"HASH": "sha-1;md5*"}, "HASH", "sha1"),
        ({"HASH": "CRC32", "XMD5": ""}, "XMD5", "md5"),
        ({"XCRC": "filename;SP;EP", "XSHA": ""}, "XSHA", "sha1"),
        ({"XCRC": ""}, "XCRC", "crc32"),
        ({"XSHA512": "", "XSHA1": ""}, "XSHA512", "sha512"),
    ],
)
def test_the_best_that_is_offered_is_used(
    features: Mapping[str, str], verb: str, algorithm: str
) -> None:
    best = offered(client_of(features))
    assert best
    assert (best.verb, best.algorithm) == (verb, algorithm)


@pytest.mark.parametrize("features", [None, {}, {"HASH": ""}, {"HASH": "CRC32"}, {"SIZE": ""}])
def test_nothing_we_know_is_nothing_offered(features: Mapping[str, str] | None) -> None:
    assert offered(client_of(features)) is None


def client_of(features: Mapping[str, str] | None) -> FtpClient:
    return FtpClient(FtpAccount(host="localhost"), Known(features=features))


@given(st.lists(st.binary()))
def test_a_checksum_is_the_same_however_the_bytes_come(blocks: list[bytes]) -> None:
    whole = b"".join(blocks)
    views = [memoryview(block) for block in blocks]
    assert digest("sha256", views) == hashlib.sha256(whole).hexdigest()
    assert digest("crc32", views) == f"{zlib.crc32(whole):08x}"


# What servers answer

Client = Callable[..., FtpClient]


@pytest.fixture(name="client")
def _client() -> Iterator[Client]:
    """Log in to a server that holds the file /a b, with "hello" in it."""
    with ExitStack() as stack:

        def client(*faults: Fault, **options: Any) -> FtpClient:
            server = stack.enter_context(FaultServer(*faults, options=Options(**options)))
            server.tree.put("/a b", b"hello")
            account = FtpAccount(
                host="127.0.0.1", port=server.port, user="li", password="geheim", timeout=60
            )
            ftp = FtpClient(account)
            ftp.open()
            stack.callback(ftp.close)
            return ftp

        yield client


def is_same(ftp: FtpClient, data: bytes = b"hello", *, readback: bool = False) -> bool:
    return compare(ftp, "/a b", [memoryview(data)], readback=readback).same


@pytest.mark.parametrize("without", [[], ["HASH"], ["HASH", "XSHA256", "XSHA1", "XMD5"]])
def test_what_is_the_same_is_told_from_what_is_not(client: Client, without: list[str]) -> None:
    ftp = client(without=frozenset(without))
    assert is_same(ftp)
    assert not is_same(ftp, b"jello")


@pytest.mark.parametrize("readback", [False, True])
def test_a_server_without_checksums_is_read(client: Client, *, readback: bool) -> None:
    without = {"HASH", "XSHA256", "XSHA1", "XMD5", "XCRC"} if not readback else set()
    ftp = client(without=frozenset(without))
    assert is_same(ftp, readback=readback)
    assert not is_same(ftp, b"jello", readback=readback)


@pytest.mark.parametrize(
    "answer",
    [
        f"213 SHA-256 0-5 {SHA256} a b",
        f"213 {SHA256.upper()}",
        f"250 SHA256 of /a b is {SHA256}",
        f"213-Computing SHA-256 digest\r\n213 SHA-256 0-5 {SHA256} a b",
        f"213 SHA-256 0-5 {SHA256} {'0' * 64}",
    ],
)
def test_a_checksum_is_found_in_the_answer(client: Client, answer: str) -> None:
    assert is_same(client(Fault("HASH", reply(answer))))


@pytest.mark.parametrize(
    "answer",
    [
        f"550 {SHA256}",
        "213 SHA-256 0-5 done",
        f"213 {SHA256[:-1]}",
        f"213 {SHA256}0",
        f"213 {SHA256}.txt",
        "502 HASH is not implemented",
        "450 Not now",
    ],
)
def test_where_the_answer_tells_no_checksum_the_file_is_read(client: Client, answer: str) -> None:
    ftp = client(Fault("HASH", reply(answer), times=ALWAYS))
    assert is_same(ftp)
    assert not is_same(ftp, b"jello")


def test_another_checksum_is_that_of_another_file(client: Client) -> None:
    assert not is_same(client(Fault("HASH", reply("213 SHA-256 0-5 " + "0" * 64))))


def test_what_a_server_tells_of_another_algorithm_proves_nothing(client: Client) -> None:
    ftp = client(
        Fault("OPTS", reply("501 No such algorithm"), about="HASH", times=ALWAYS),
        Fault("HASH", reply(f"213 {SHA256}"), times=ALWAYS),
    )
    assert is_same(ftp)
    assert not is_same(ftp, b"jello")


# The first bytes of a file


def test_the_checksum_of_the_first_bytes_is_not_asked_for_where_it_cannot_be(
    client: Client,
) -> None:
    ftp = client()
    assert Checksum("HASH", "sha256", "SHA-256").of_server(ftp, "/a b", first=5) is None
    assert Checksum("XSHA256", "sha256").of_server(ftp, "/a b", first=5) is None


def test_the_checksum_of_the_first_bytes_is_asked_for_by_range(play: Callable[..., Any]) -> None:
    first = hashlib.sha256(b"hel").hexdigest()
    server = play(
        b"220 hello\r\n",
        b"331 password?\r\n",
        b"230 welcome\r\n",
        b"200 binary\r\n",
        b"200 SHA-256\r\n",
        b"350 range set\r\n",
        f"213 SHA-256 0-2 {first} a\r\n".encode(),
        None,
    )
    features = {"HASH": "SHA-256*", "RANG": "STREAM"}
    ftp = FtpClient(FtpAccount(host="127.0.0.1", port=server.port), Known(features=features))
    ftp.open()
    checksum = offered(ftp)
    assert checksum
    assert checksum.of_server(ftp, "/a", first=3) == checksum.of([memoryview(b"hel")])
    ftp.close()
    server.finish()
    assert server.heard[3:6] == [b"OPTS HASH SHA-256\r\n", b"RANG 0 2\r\n", b"HASH /a\r\n"]
