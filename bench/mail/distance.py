"""A server that is far away: what passes is as late as it would be over so many kilometres."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from .servers import HOST

BLOCK = 1 << 16


@contextmanager
def far(port: int, seconds: float) -> Iterator[int]:
    """Let a port seem to be so far away that a round trip takes so many seconds; gives its own."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        asyncio.start_server(partial(_join, port, seconds / 2), HOST, 0)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()


async def _join(
    port: int, seconds: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    far_reader, far_writer = await asyncio.open_connection(HOST, port)
    await asyncio.gather(_pass(reader, far_writer, seconds), _pass(far_reader, writer, seconds))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while block := await reader.read(BLOCK):
            loop.call_later(seconds, writer.write, block)
        loop.call_later(seconds, writer.close)
