"""A mail server in a thread: SMTP, POP3 and IMAP, each in clear with STARTTLS and over TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY, create_server, socket
from threading import Thread
from typing import Protocol, Self

from ...runner.dataclasses import dataclass
from .certificate import Certificate
from .connection import Connection
from .dialogue import Dialogue, Rules
from .faults import END_OF_MAIL, GREETING, Fault, Faults
from .imap import ImapDialogue
from .mailboxes import Account, Mailboxes
from .pop3 import Pop3Dialogue
from .smtp import SmtpDialogue

COMMANDS = frozenset((GREETING, END_OF_MAIL)).union(
    SmtpDialogue.COMMANDS, Pop3Dialogue.COMMANDS, ImapDialogue.COMMANDS
)
"""Where faults can happen."""


@dataclass(frozen=True, kw_only=True)
class MailServerOptions:
    """Ports of 0 take free ones."""

    accounts: Sequence[Account]
    certificate: Certificate
    host: str = "127.0.0.1"
    smtp_port: int = 0
    smtps_port: int = 0
    pop3_port: int = 0
    pop3s_port: int = 0
    imap_port: int = 0
    imaps_port: int = 0
    catch_all: str = ""
    folder: Path | None = None
    max_size: int = 64 * 1024 * 1024
    login_required: bool = False
    login_delay: float = 0
    welcome: str = "opsplay POP3 ready"
    faults: Sequence[Fault] = ()
    on_event: Callable[[str], None] = lambda _: None


class _Talker(Protocol):
    """A kind of dialogue."""

    def __call__(self, rules: Rules, *, is_secure: bool) -> Dialogue: ...


@dataclass(frozen=True)
class _Door:
    """A port, who answers there, and whether TLS comes before the first word."""

    opened: socket
    talker: _Talker
    is_secure: bool


class MailServer:
    """Listens from the moment it is made until it is closed."""

    def __init__(self, options: MailServerOptions) -> None:
        self._rules = Rules(
            mailboxes=Mailboxes(
                options.accounts, catch_all=options.catch_all, folder=options.folder
            ),
            max_size=options.max_size,
            login_required=options.login_required,
            login_delay=options.login_delay,
            welcome=options.welcome,
            faults=Faults(options.faults),
            on_event=options.on_event,
        )
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(options.certificate.cert_file, options.certificate.key_file)
        self._doors = _open_doors(options)
        (
            self.smtp_port,
            self.smtps_port,
            self.pop3_port,
            self.pop3s_port,
            self.imap_port,
            self.imaps_port,
        ) = (int(door.opened.getsockname()[1]) for door in self._doors)
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = Thread(target=self._work, name="mail server", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody; nothing is left behind."""
        with suppress(RuntimeError):  # it was closed before
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _work(self) -> None:
        # The loop would print what it cannot raise, a failed TLS handshake for one.
        self._loop.set_exception_handler(lambda *_: None)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        servers = [
            await asyncio.start_server(
                partial(self._talk, door),
                sock=door.opened,
                ssl=self._tls if door.is_secure else None,
            )
            for door in self._doors
        ]
        await self._stopping.wait()
        for server in servers:
            server.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(
        self, door: _Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        dialogue = door.talker(self._rules, is_secure=door.is_secure)
        await Connection(reader, writer, self._tls).carry(dialogue)


def _open_doors(options: MailServerOptions) -> list[_Door]:
    kinds: list[tuple[_Talker, int, int]] = [
        (SmtpDialogue, options.smtp_port, options.smtps_port),
        (Pop3Dialogue, options.pop3_port, options.pop3s_port),
        (ImapDialogue, options.imap_port, options.imaps_port),
    ]
    with ExitStack() as undo:
        doors = [
            _Door(undo.enter_context(_listen(options.host, port)), talker, is_secure)
            for talker, *ports in kinds
            for is_secure, port in zip((False, True), ports, strict=True)
        ]
        undo.pop_all()
    return doors


def _listen(host: str, port: int) -> socket:
    """Raise OSError with the port where others have the name of a file."""
    try:
        listener = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        raise OSError(error.errno, error.strerror, port) from error
    # Connections inherit it: the end of an answer must not wait until its beginning is confirmed.
    listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return listener
