"""Carries bytes between a client and its dialogue."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress

from ...runner.dataclasses import dataclass
from .dialogue import Dialogue

_CHUNK = 65_536
_ALL = 1 << 20  # more than a reader ever holds: what STARTTLS leaves in it would count as secure
_NEWS = 0.1
_GOODBYE = 1.0
# A client that went away without a word is no matter for the log.
_GONE = (OSError, ssl.SSLError, TimeoutError, asyncio.IncompleteReadError)


@dataclass(frozen=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tls: ssl.SSLContext

    async def carry(self, dialogue: Dialogue) -> None:
        """Go on until one of them hangs up."""
        try:
            await self._talk(dialogue)
        except _GONE:
            pass
        except asyncio.CancelledError:
            self.writer.transport.abort()
            raise
        finally:
            self.writer.close()
            with suppress(*_GONE):
                await asyncio.wait_for(self.writer.wait_closed(), _GOODBYE)
            self.writer.transport.abort()

    async def _talk(self, dialogue: Dialogue) -> None:
        await self._say(dialogue, [dialogue.begin()])
        while not dialogue.closed:
            if dialogue.upgrading:
                await self.writer.start_tls(self.tls)
                dialogue.secured()
            async with asyncio.timeout(dialogue.patience):
                data = await self._heard(dialogue)
            if not data:
                return
            await self._say(dialogue, dialogue.feed(data))

    async def _say(self, dialogue: Dialogue, pieces: Iterable[bytes]) -> None:
        """Send small pieces together, and no more at a time than the client takes."""
        gathered = bytearray()
        for piece in pieces:
            if dialogue.delay or len(gathered) > _CHUNK:
                await self._send(dialogue, gathered)
                await asyncio.sleep(dialogue.delay)
                dialogue.delay = 0
                gathered = bytearray()
            gathered += piece
        await self._send(dialogue, gathered)

    async def _send(self, dialogue: Dialogue, data: bytearray) -> None:
        self.writer.write(data)
        async with asyncio.timeout(dialogue.patience):
            await self.writer.drain()

    async def _heard(self, dialogue: Dialogue) -> bytes:
        while dialogue.is_idling:
            try:
                async with asyncio.timeout(_NEWS):
                    return await self.reader.read(_ALL)
            except TimeoutError:
                self.writer.write(dialogue.news())
        return await self.reader.read(_ALL)
