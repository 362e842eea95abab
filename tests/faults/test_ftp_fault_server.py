"""The server that other tests lean on, against Python's own client."""

from __future__ import annotations

import ftplib
import io
import itertools
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from ftp_faults import (
    ALWAYS,
    END,
    Fault,
    FaultServer,
    Options,
    corrupt,
    cut_control,
    cut_data,
    hang_up,
    last_words,
    lose,
    no_mark,
    reply,
    stall,
)
from opsplay.tasks.servers.certificate import Certificate
from tcp_proxy import Line, TcpProxy

DATA = bytes(range(256)) * 1000


@contextmanager
def client(port: int, ftp: ftplib.FTP | None = None) -> Iterator[ftplib.FTP]:
    with closing(ftp or ftplib.FTP()) as session:
        session.connect("127.0.0.1", port, timeout=60)
        session.login("li", "geheim")
        yield session


def grow_impatient(session: ftplib.FTP) -> None:
    session.timeout = 0.3
    assert session.sock
    session.sock.settimeout(0.3)


def fetch(session: ftplib.FTP, path: str, rest: int | None = None) -> bytes:
    received = bytearray()
    session.retrbinary(f"RETR {path}", received.extend, rest=rest)
    return bytes(received)


def store(session: ftplib.FTP, path: str, data: bytes, rest: int | None = None) -> str:
    return session.storbinary(f"STOR {path}", io.BytesIO(data), rest=rest)


@pytest.mark.parametrize("passive", [True, False])
def test_files_go_up_and_down(passive: bool) -> None:  # noqa: FBT001  # a case
    with FaultServer() as server, client(server.port) as session:
        session.set_pasv(passive)
        session.mkd("in")
        store(session, "in/a", DATA)
        assert server.tree.files == {"/in/a": DATA}
        assert fetch(session, "in/a") == DATA
        assert server.heard("STOR") == ["in/a"]


def test_transfers_go_on_where_they_ended() -> None:
    with FaultServer() as server, client(server.port) as session:
        store(session, "a", DATA[:1000])
        store(session, "a", DATA[1000:2000], rest=1000)
        session.storbinary("APPE a", io.BytesIO(DATA[2000:]))
        assert fetch(session, "a", rest=5) == DATA[5:]
        assert server.tree.files == {"/a": DATA}


def test_what_lies_there_is_told() -> None:
    with FaultServer() as server, client(server.port) as session:
        server.tree.put("/in/a b", b"123")
        facts = {"type": "file", "size": "3", "modify": "20010909014640", "unix.mode": "0644"}
        assert list(session.mlsd("in")) == [("a b", facts)]
        lines: list[str] = []
        session.dir("in", lines.append)
        assert lines == ["-rw-r--r-- 1 li li 3 Sep 09  2001 a b"]
        assert session.size("in/a b") == 3
        assert session.sendcmd("MDTM in/a b") == "213 20010909014640"
        assert session.sendcmd("MLST in").splitlines()[1].endswith(" /in")


def test_files_are_changed() -> None:
    with FaultServer() as server, client(server.port) as session:
        server.tree.put("/in/a")
        session.sendcmd("MFMT 20200101000000 in/a")
        session.sendcmd("SITE CHMOD 600 in/a")
        assert session.sendcmd("MLST in/a").count("modify=20200101000000;UNIX.mode=0600") == 1
        session.rename("in", "out")
        assert server.tree.files == {"/out/a": b"x"}
        session.cwd("out")
        assert session.pwd() == "/out"
        session.delete("a")
        session.rmd("/out")
        assert not server.tree.exists("/out")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "HASH a",
            "213 SHA-256 0-1 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 a",
        ),
        ("XCRC a", "250 8CDC1683"),
        ("XMD5 a", "250 9DD4E461268C8034F5C8564E155C67A6"),
    ],
)
def test_checksums(command: str, said: str) -> None:
    with FaultServer() as server, client(server.port) as session:
        server.tree.put("/a", b"x")
        assert session.sendcmd(command) == said


def test_commands_that_come_together_are_obeyed_in_turn() -> None:
    with FaultServer() as server, client(server.port) as session:
        server.tree.put("/a")
        assert session.sock
        session.sock.sendall(b"SIZE a\r\nRNFR a\r\nRNTO b\r\nRNTO c\r\n")
        replies = [session.getresp(), session.getresp(), session.getresp()]
        assert [text[:3] for text in replies] == ["213", "350", "250"]
        with pytest.raises(ftplib.error_perm, match="503 RNFR first"):
            session.getresp()
        assert server.tree.files == {"/b": b"x"}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls(certificate: Certificate, version: ssl.TLSVersion) -> None:
    options = Options(certificate=certificate, tls_version=version, tls_required=True)
    context = ssl.create_default_context(cafile=certificate.ca_file)
    with FaultServer(options=options) as server:
        secure = ftplib.FTP_TLS(context=context)
        with client(server.port, secure):
            secure.prot_p()
            store(secure, "a", DATA)
            assert fetch(secure, "a") == DATA


def test_some_servers_know_less() -> None:
    options = Options(without=frozenset({"SIZE", "UTF8"}))
    with FaultServer(options=options) as server, client(server.port) as session:
        assert "SIZE" not in session.sendcmd("FEAT").split()
        with pytest.raises(ftplib.error_perm, match="500 SIZE is not known here"):
            session.size("a")
        with pytest.raises(ftplib.error_perm, match="501 UTF8"):
            session.sendcmd("OPTS UTF8 ON")


@pytest.mark.parametrize("too_many", ["421 Too many", "530 Too many"])
def test_only_so_many_sessions(too_many: str) -> None:
    options = Options(most_sessions=1, too_many=too_many)
    with (
        FaultServer(options=options) as server,
        client(server.port),
        pytest.raises(ftplib.Error, match=too_many),
        client(server.port),
    ):
        pytest.fail("the second session must not begin")


# Faults


def test_a_reply_is_another_one_once() -> None:
    with FaultServer(Fault("SIZE", reply("451 Later"))) as server, client(server.port) as session:
        server.tree.put("/a")
        with pytest.raises(ftplib.error_temp, match="451 Later"):
            session.size("a")
        assert session.size("a") == 1


def test_a_421_ends_the_session() -> None:
    fault = Fault("SIZE", reply("421 Bye"), times=ALWAYS)
    with FaultServer(fault) as server, client(server.port) as session:
        with pytest.raises(ftplib.error_temp, match="421 Bye"):
            session.size("a")
        with pytest.raises((EOFError, OSError)):
            session.size("a")


def test_a_reply_may_be_lost_though_all_is_done() -> None:
    with FaultServer(Fault("RNTO", cut_control, at=END)) as server, client(server.port) as session:
        server.tree.put("/a")
        with pytest.raises(ConnectionResetError):
            session.rename("a", "b")
        assert server.tree.files == {"/b": b"x"}


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        (Fault("STOR", reply("552 Full"), at=1000), 1000),
        (Fault("STOR", reply("451 Late"), at=END), len(DATA)),
        (Fault("STOR", cut_data, at=1000), 1000),
        (Fault("STOR", cut_control, at=1000), 1000),
        (Fault("STOR", hang_up, at=1000), len(DATA)),
        (Fault("STOR", stall, at=END), len(DATA)),
    ],
)
def test_uploads_break(fault: Fault, kept: int) -> None:
    with FaultServer(fault) as server, client(server.port) as session:
        if fault.do is stall:
            grow_impatient(session)
        with pytest.raises(ftplib.all_errors):
            store(session, "a", DATA)
        session.close()
        server.wait()
        assert server.tree.files == {"/a": DATA[:kept]}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("RETR", reply("451 Late"), at=END), ftplib.error_temp),
        (Fault("RETR", cut_data, at=1000), (OSError, ftplib.error_temp)),
        (Fault("RETR", cut_control, at=1000), OSError),
        (Fault("RETR", hang_up, at=1000), EOFError),
        (Fault("RETR", stall, at=1000), TimeoutError),
    ],
)
def test_downloads_break(fault: Fault, error: type[Exception]) -> None:
    with FaultServer(fault) as server, client(server.port) as session:
        server.tree.put("/a", DATA)
        if fault.do is stall:
            grow_impatient(session)
        with pytest.raises(error):
            fetch(session, "a")


def test_a_server_may_lie() -> None:
    faults = [Fault("STOR", lose, at=10), Fault("RETR", lose, at=5), Fault("RETR", corrupt, at=5)]
    with FaultServer(*faults[:2]) as server, client(server.port) as session:
        assert store(session, "a", DATA).startswith("226")
        assert server.tree.files == {"/a": DATA[:10]}
        assert fetch(session, "a") == DATA[:5]
    with FaultServer(faults[2]) as server, client(server.port) as session:
        server.tree.put("/a", b"1" * 10)
        assert fetch(session, "a") == b"1111100000"


def test_words_before_the_end() -> None:
    fault = Fault("RETR", last_words("226 Bye"), at=END)
    with FaultServer(fault) as server, client(server.port) as session:
        server.tree.put("/a", DATA)
        assert fetch(session, "a") == DATA
        with pytest.raises((EOFError, OSError)):
            session.voidcmd("NOOP")


def test_a_transfer_may_begin_unannounced() -> None:
    with FaultServer(Fault("RETR", no_mark)) as server, client(server.port) as session:
        server.tree.put("/a", DATA)
        with socket.create_connection(session.makepasv()) as sock:
            assert session.sendcmd("RETR a") == "226 Transfer complete"
            assert sock.recv(10) == DATA[:10]


def test_a_listing_may_say_anything() -> None:
    options = Options(listing=lambda _: itertools.repeat("type=file; ../a"))
    with FaultServer(options=options) as server, client(server.port) as session:
        sock = session.transfercmd("MLSD")
        with sock:
            assert sock.recv(100).startswith(b"type=file; ../a\r\n")


def test_data_connections_may_go_through_the_proxy() -> None:
    with TcpProxy(down=Line(cut_after=1000)) as proxy:
        options = Options(advertise=proxy.forward)
        with FaultServer(options=options) as server, client(server.port) as session:
            server.tree.put("/a", DATA)
            with pytest.raises(OSError, match="reset"):
                fetch(session, "a")
