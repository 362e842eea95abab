"""The mail steps while TLS fails: no password leaves, nothing is lost, and the user is told why."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from imap_faults import ImapFaults
from mail_fault_actions import cut, cut_after, hang_up, raw, reply
from mail_fault_session import Session
from mail_faults import Action, Fault, FaultServer, Options, Serve, Work
from mail_steps import fetch, send
from opsplay.runner.task import Context, TaskError
from opsplay.tasks.servers.certificate import Certificate
from pop3_faults import Pop3Faults
from smtp_faults import SmtpFaults, SmtpOptions

LOGIN = {"user": "li", "password": "geheim"}
MAIL = b"Subject: x\r\n\r\ntext\r\n"


def smtp(*faults: Fault, **options: Any) -> FaultServer:
    return SmtpFaults(*faults, options=SmtpOptions(**options))


def pop3(*faults: Fault, **options: Any) -> FaultServer:
    server = Pop3Faults(*faults, options=Options(**options))
    server.put(MAIL)
    return server


def imap(*faults: Fault, **options: Any) -> FaultServer:
    server = ImapFaults(*faults, options=Options(**options))
    server.put(MAIL)
    return server


@dataclass(frozen=True)
class Protocol:
    make: Callable[..., FaultServer]
    verb: str
    """What begins TLS."""
    yes: str
    no: str
    body: str
    """What moves a mail."""
    logins: frozenset[str]

    @property
    def name(self) -> str:
        return self.make.__name__


PROTOCOLS = [
    Protocol(smtp, "STARTTLS", "220 Go", "454 4.7.0 Not now", "BDAT", frozenset({"AUTH"})),
    Protocol(pop3, "STLS", "+OK go", "-ERR Not now", "RETR", frozenset({"USER", "PASS", "AUTH"})),
    Protocol(
        imap, "STARTTLS", "OK go", "NO Not now", "UID FETCH", frozenset({"LOGIN", "AUTHENTICATE"})
    ),
]
all_protocols = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.name)


class Peer:
    """A server of any of the three protocols, and the step that talks to it."""

    def __init__(
        self, ctx: Context, protocol: Protocol, ca_file: Path | None, server: FaultServer
    ) -> None:
        self.server = server
        self._ctx = ctx
        self._protocol = protocol
        self._ca_file = str(ca_file)

    def talk(self, **given: Any) -> None:
        """Send a mail, or fetch all."""
        secure = {"tls": "starttls", "ca_file": self._ca_file}
        arguments = {**LOGIN, **secure, "timeout": 60, **given}
        if self._protocol.make is smtp:
            send(self._ctx, self.server.port, **arguments)
        else:
            fetch(self._ctx, self.server.port, protocol=self._protocol.name, **arguments)

    def failure(self, **given: Any) -> str:
        with pytest.raises(TaskError) as caught:
            self.talk(**given)
        self._ctx.pool.close()
        assert f"127.0.0.1:{self.server.port}" in caught.value.msg
        return caught.value.msg

    def heard_a_login(self) -> bool:
        return not self._protocol.logins.isdisjoint(self.server.verbs())


Meet: TypeAlias = Callable[..., Peer]


@pytest.fixture(name="meet")
def _meet(ctx: Context, serve: Serve, certificate: Certificate) -> Meet:
    def meet(protocol: Protocol, *faults: Fault, **options: Any) -> Peer:
        server = serve(protocol.make(*faults, certificate=certificate, **options))
        return Peer(ctx, protocol, certificate.ca_file, server)

    return meet


@all_protocols
@pytest.mark.parametrize("ends", [cut, cut_after(0), cut_after(2), hang_up])
def test_a_connection_that_ends_before_tls_is_told(
    meet: Meet, protocol: Protocol, ends: Action
) -> None:
    peer = meet(protocol, Fault(protocol.verb, ends))
    assert "closed the connection" in peer.failure()
    assert not peer.heard_a_login()


@all_protocols
def test_nonsense_before_tls_is_told(meet: Meet, protocol: Protocol) -> None:
    peer = meet(protocol, Fault(protocol.verb, raw(b"\0\0\r\n")))
    assert "start TLS" in peer.failure()
    assert not peer.heard_a_login()


def promised(yes: str, then: Callable[[Session], None]) -> Action:
    """Promise TLS, and do something else."""

    def act(session: Session, _: Work) -> bytes:
        session.then = partial(then, session)
        return session.worded(yes)

    return act


def speak_another_protocol(session: Session) -> None:
    session.send(b"HTTP/1.1 400 Bad Request\r\n" * 9)


@all_protocols
@pytest.mark.parametrize(
    ("then", "words"),
    [
        (Session.leave, "closed the connection"),
        (Session.wait_until_left, "no answer within 0.5 s"),
        (speak_another_protocol, "TLS"),
    ],
    ids=["it ends", "silence", "nonsense"],
)
def test_tls_that_is_promised_and_does_not_come_is_told(
    meet: Meet, protocol: Protocol, then: Callable[[Session], None], words: str
) -> None:
    peer = meet(protocol, Fault(protocol.verb, promised(protocol.yes, then)))
    patience = 0.5 if then is Session.wait_until_left else 60
    assert words in peer.failure(timeout=patience)
    assert not peer.heard_a_login()


@all_protocols
def test_a_refusal_of_tls_is_told(meet: Meet, protocol: Protocol) -> None:
    peer = meet(protocol, Fault(protocol.verb, reply(protocol.no)))
    assert "Not now" in peer.failure()
    assert not peer.heard_a_login()


@all_protocols
def test_clear_text_where_tls_is_expected_is_told(meet: Meet, protocol: Protocol) -> None:
    peer = meet(protocol)
    assert "tls" in peer.failure(tls="implicit")
    assert not peer.heard_a_login()


@all_protocols
def test_tls_where_clear_text_is_expected_is_told(meet: Meet, protocol: Protocol) -> None:
    peer = meet(protocol, implicit=True)
    assert "tls" in peer.failure(tls="none", timeout=0.5)
    assert not peer.heard_a_login()


@all_protocols
@pytest.mark.parametrize("implicit", [True, False])
def test_a_connection_that_ends_in_tls_is_told(
    meet: Meet,
    protocol: Protocol,
    implicit: bool,  # noqa: FBT001  # one of two ways
) -> None:
    def end_without_a_word(session: Session, work: Work) -> bytes:
        session.sock.sendall(work()[:6])
        assert isinstance(session.sock, ssl.SSLSocket)
        session.sock.shutdown(2)
        session.wait_until_left()

    peer = meet(protocol, Fault(protocol.body, end_without_a_word), implicit=implicit)
    assert "closed the connection" in peer.failure(tls="implicit" if implicit else "starttls")
