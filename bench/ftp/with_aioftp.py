"""Copy a tree with aioftp over one connection."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import aioftp  # type: ignore[import-not-found]  # it has an environment of its own

BLOCK = 256 * 1024


async def main() -> None:
    options = parser().parse_args()
    login = options.host, options.port, options.user, options.password
    async with aioftp.Client.context(*login) as ftp:
        if options.direction == "up":
            await ftp.upload(options.local, options.remote, write_into=True, block_size=BLOCK)
        else:
            await ftp.download(options.remote, options.local, write_into=True, block_size=BLOCK)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("direction", choices=["up", "down"])
    made.add_argument("local", type=Path)
    made.add_argument("remote")
    for name in ("host", "user", "password"):
        made.add_argument(f"--{name}")
    made.add_argument("--port", type=int)
    return made


if __name__ == "__main__":
    asyncio.run(main())
