"""The commands of a scripted FTP server that offer data connections and use them."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from ftp_fault_session import Command, Session, end
from ftp_fault_tree import Refused

_PATIENCE = 60.0
_BLOCK = 65536
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Offer:
    """How the next data connection comes about: we listen, or dial where the client listens."""

    listener: socket.socket | None = None
    address: tuple[str, int] = (_HOST, 0)

    def connect(self) -> socket.socket:
        if not self.listener:
            return socket.create_connection(self.address, _PATIENCE)
        with self.listener:
            return self.listener.accept()[0]

    def close(self) -> None:
        if self.listener:
            self.listener.close()


# Offering -------------------------------------------------------------------------------------


def passive(session: Session, _: str) -> str:
    host = session.options.passive_host.replace(".", ",")
    high, low = divmod(_listen(session, "PASV"), 256)
    return f"227 Entering passive mode ({host},{high},{low})"


def extended_passive(session: Session, _: str) -> str:
    return f"229 Entering extended passive mode (|||{_listen(session, 'EPSV')}|)"


def _listen(session: Session, verb: str) -> int:
    withdraw(session)
    listener = socket.socket()
    listener.bind((_HOST, 0))
    listener.settimeout(_PATIENCE)
    if verb not in session.options.dead_ports:
        listener.listen()
    session.offer = Offer(listener)
    port: int = listener.getsockname()[1]
    return session.options.advertise(port)


def port(session: Session, argument: str) -> str:
    *host, high, low = argument.split(",")
    withdraw(session)
    session.offer = Offer(address=(".".join(host), int(high) * 256 + int(low)))
    return "200 Done"


def extended_port(session: Session, argument: str) -> str:
    _, _, host, number, _ = argument.split(argument[0])
    withdraw(session)
    session.offer = Offer(address=(host, int(number)))
    return "200 Done"


def withdraw(session: Session) -> None:
    if session.offer:
        session.offer.close()
    session.offer = None


# Using ----------------------------------------------------------------------------------------


@contextmanager
def _channel(session: Session) -> Iterator[socket.socket]:
    """Open a data connection; it ends in peace, or is just closed when something goes wrong."""
    opened = sock = _connect(session)
    try:
        if session.marks:
            session.say("150 Here it comes")
        session.channel = sock = _secured(session, opened) if session.protected else opened
        yield sock
        end(sock, tell=session.options.close_notify).close()
    except OSError as error:
        raise Refused("426 Connection closed; transfer aborted") from error
    finally:
        sock.close()
        session.channel = None


def _connect(session: Session) -> socket.socket:
    if session.options.prot_required and not session.protected:
        raise Refused("522 Data connections must use TLS: PROT P required")
    if not session.offer:
        raise Refused("425 Use PASV or PORT first")
    try:
        sock = session.offer.connect()
    except OSError as error:
        raise Refused("425 Cannot open data connection") from error
    finally:
        session.offer = None
    sock.settimeout(None)
    return sock


def _secured(session: Session, opened: socket.socket) -> ssl.SSLSocket:
    sock = session.wrap(opened)
    if session.options.reuse_required and not sock.session_reused:
        raise Refused("522 The data connection must go on with the TLS session of this one")
    return sock


def _take_offset(session: Session) -> int:
    offset, session.offset = session.offset, 0
    return offset


def retrieve(session: Session, argument: str) -> str:
    offset = _take_offset(session)
    with _offered(session):
        data = session.tree.file(session.absolute(argument)).data[offset:]
        _send(session, [bytes(data)])
    return "226 Transfer complete"


def list_facts(session: Session, argument: str) -> str:
    with _offered(session):
        folder = _folder(session, argument)
        _send(session, _in_blocks(session, folder, session.tree.facts))
    return "226 Transfer complete"


def list_long(session: Session, argument: str) -> str:
    with _offered(session):
        folder = _folder(session, "" if argument.startswith("-") else argument)
        _send(session, _in_blocks(session, folder, session.tree.long_line))
    return "226 Transfer complete"


@contextmanager
def _offered(session: Session) -> Iterator[None]:
    """Take back what was offered to the client if the command comes to nothing, as vsftpd does."""
    try:
        yield
    except Refused:
        if session.options.withdraws:
            withdraw(session)
        raise


def _folder(session: Session, argument: str) -> str:
    folder = session.absolute(argument)
    if not session.tree.is_folder(folder):
        raise Refused(f"550 {folder}: no such folder")
    return folder


Writer: TypeAlias = Callable[[str, str], str]


def _in_blocks(session: Session, folder: str, write: Writer) -> Iterator[bytes]:
    """Put the lines of a listing together: thousands of small packets would take their time."""
    block = bytearray()
    for line in _lines(session, folder, write):
        block += f"{line}\r\n".encode(session.options.encoding, "surrogateescape")
        if len(block) > _BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def _lines(session: Session, folder: str, write: Writer) -> Iterable[str]:
    if session.options.listing:
        return session.options.listing(folder)
    inside = folder.rstrip("/") + "/"
    return (write(inside + name, name) for name in session.tree.names(folder))


def _send(session: Session, blocks: Iterable[bytes]) -> None:
    done = 0
    with _channel(session) as sock:
        session.reach(done)
        for block in blocks:
            rest = block
            while rest:
                room = session.room(done)
                sock.sendall(session.passes(rest[:room]))
                done += len(rest[:room])
                rest = rest[room:]
                session.reach(done)


def store(session: Session, argument: str) -> str:
    offset = _take_offset(session)
    if offset and not session.options.restarts_uploads:
        raise Refused("451 Restart of uploads is not permitted")
    with _offered(session):
        file = session.tree.writable(session.absolute(argument))
        if not offset:
            file.data.clear()
        _receive(session, file.data, offset)
    file.mtime = time.time()
    return "226 Transfer complete"


def append(session: Session, argument: str) -> str:
    with _offered(session):
        file = session.tree.writable(session.absolute(argument))
        _receive(session, file.data, len(file.data))
    file.mtime = time.time()
    return "226 Transfer complete"


def _receive(session: Session, into: bytearray, at: int) -> None:
    """Write from `at` on; what lies behind stays, as it does on a disk."""
    done = 0
    with _channel(session) as sock:
        session.reach(done)
        while block := sock.recv(session.room(done)):
            done += len(block)
            kept = session.passes(block)
            into[at : at + len(kept)] = kept
            at += len(kept)
            session.reach(done)


TRANSFERS: Mapping[str, Command] = {
    "PASV": passive,
    "EPSV": extended_passive,
    "PORT": port,
    "EPRT": extended_port,
    "RETR": retrieve,
    "MLSD": list_facts,
    "LIST": list_long,
    "STOR": store,
    "APPE": append,
}
