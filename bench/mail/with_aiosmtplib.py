"""Send mails with aiosmtplib over one connection: each built, then sent."""

from __future__ import annotations

import asyncio

import aiosmtplib  # type: ignore[import-not-found]  # it has an environment of its own

from .programs import Given
from .servers import HOST


async def main() -> None:
    given = Given.from_command_line()
    async with aiosmtplib.SMTP(hostname=HOST, port=given.port, start_tls=False) as server:
        for number in range(given.mails.count):
            await server.send_message(given.mails.built(number))


if __name__ == "__main__":
    asyncio.run(main())
