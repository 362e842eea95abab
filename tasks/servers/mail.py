"""A mail server in a thread: SMTP and POP3, in clear with STARTTLS and over TLS from the start."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import AF_INET, AF_INET6, create_server, socket
from threading import Thread
from typing import Self

from .certificate import Certificate
from .dialogue import Dialogue
from .mailboxes import Account, Mailboxes
from .pop3 import Pop3Dialogue, Pop3Rules
from .smtp import SmtpDialogue, SmtpRules

_CHUNK = 65_536
_IDLE = 300.0
_GOODBYE = 1.0
# A client that went away without a word is no matter for the log.
_GONE = (OSError, ssl.SSLError, TimeoutError, asyncio.IncompleteReadError)


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
    catch_all: str = ""
    folder: Path | None = None
    max_size: int = 64 * 1024 * 1024
    login_required: bool = False
    login_delay: float = 0
    welcome: str = "opsplay POP3 ready"
    on_event: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class _Door:
    """A port, whether TLS comes before the first word, and who answers."""

    opened: socket
    is_secure: bool
    talker: Callable[[], Dialogue]


class MailServer:
    """Listens from the moment it is made until it is closed."""

    def __init__(self, options: MailServerOptions) -> None:
        self._options = options
        mailboxes = Mailboxes(options.accounts, catch_all=options.catch_all, folder=options.folder)
        smtp = SmtpRules(mailboxes, options.max_size, options.login_required)
        pop3 = Pop3Rules(mailboxes, options.welcome)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(options.certificate.cert_file, options.certificate.key_file)
        talk_smtp = partial(SmtpDialogue, smtp, options.on_event)
        talk_pop3 = partial(Pop3Dialogue, pop3, options.on_event)
        talkers: list[Callable[..., Dialogue]] = [talk_smtp, talk_smtp, talk_pop3, talk_pop3]
        ports = (options.smtp_port, options.smtps_port, options.pop3_port, options.pop3s_port)
        self._doors = [
            _Door(opened, is_secure, partial(talker, is_secure=is_secure))
            for opened, talker, is_secure in zip(
                _listen(options.host, ports), talkers, (False, True, False, True), strict=True
            )
        ]
        self.smtp_port, self.smtps_port, self.pop3_port, self.pop3s_port = (
            int(door.opened.getsockname()[1]) for door in self._doors
        )
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
                partial(self._talk, door.talker),
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
        self,
        talker: Callable[[], Dialogue],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Carry bytes between a connection and its dialogue."""
        try:
            await self._carry(talker(), reader, writer)
        except _GONE:
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            writer.close()
            with suppress(*_GONE):
                await asyncio.wait_for(writer.wait_closed(), _GOODBYE)
            writer.transport.abort()

    async def _carry(
        self, dialogue: Dialogue, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(dialogue.greeting())
        while not dialogue.closed:
            async with asyncio.timeout(_IDLE):
                await writer.drain()
                data = await reader.read(_CHUNK)
            if not data:
                return
            failed_before = dialogue.failed_logins
            answer = dialogue.feed(data)
            if dialogue.failed_logins > failed_before:
                await asyncio.sleep(self._options.login_delay)
            writer.write(answer)
            if dialogue.upgrading:
                await writer.start_tls(self._tls)
                dialogue.secured()
        await writer.drain()


def _listen(host: str, ports: Sequence[int]) -> list[socket]:
    family = AF_INET6 if ":" in host else AF_INET
    with ExitStack() as undo:
        sockets = [undo.enter_context(create_server((host, port), family=family)) for port in ports]
        undo.pop_all()
    return sockets
