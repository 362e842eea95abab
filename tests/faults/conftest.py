"""Servers with faults for the steps that move files and mail."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ftp_exchange import Exchange, Way
from ftp_faults import Fault, Options
from mail_faults import Fault as MailFault
from mail_faults import S, Serve
from mail_fetching import Mailbox, Open, Protocol
from opsplay.runner.task import Context


@pytest.fixture(name="start")
def _start(ctx: Context) -> Iterator[Callable[..., Exchange]]:
    """Start a server with these faults, and options that it is not to have by default.

    What it heard is shown beside a failure.
    """
    with ExitStack() as stack:

        def start(*faults: Fault, way: Way = "up", **options: Any) -> Exchange:
            exchange = Exchange(faults, Options(**options), way, ctx)
            stack.enter_context(exchange.server)
            stack.callback(lambda: sys.stdout.write("\n".join(map(str, exchange.server.commands))))
            return exchange

        yield start


@pytest.fixture(name="serve")
def _serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def serve(server: S) -> S:
            stack.callback(lambda: sys.stdout.write("\n".join(map(str, server.commands))))
            stack.enter_context(server)
            return server

        yield serve


@pytest.fixture(name="open_mailbox")
def _open_mailbox(ctx: Context, serve: Serve) -> Open:
    def start(protocol: Protocol, *faults: MailFault, **options: Any) -> Mailbox:
        mailbox = Mailbox(ctx, protocol, faults, **options)
        serve(mailbox.server)
        return mailbox

    return start
