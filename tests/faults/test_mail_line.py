"""A bad line between the mail steps and servers that do well: cut, silent, slow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mail_faults import Serve
from mail_fetching import Mailbox, Protocol, both_protocols
from mail_saved import Format, saved_mails
from mail_steps import send
from opsplay.runner.task import Context, TaskError
from powers import largest_file
from smtp_faults import SmtpFaults, SmtpOptions
from tcp_proxy import Line, TcpProxy

LARGE = [b"Subject: %d\r\n\r\n" % n + b"%d" % n * 60_000 + b"\r\n" for n in range(4)]
WAYS: Mapping[str, frozenset[str]] = {
    "chunks": frozenset(),
    "text": frozenset({"CHUNKING", "BDAT"}),
}


# Fetching -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["eml", "maildir", "mbox"])
@pytest.mark.parametrize("after", [1, 300, 1000, 50_000, 100_000, 200_000])
@both_protocols
def test_a_line_that_is_cut_loses_no_mail_and_doubles_none(
    ctx: Context, serve: Serve, protocol: Protocol, after: int, form: Format
) -> None:
    box = Mailbox(ctx, protocol, [])
    serve(box.server)
    box.put(*LARGE)
    with TcpProxy(down=Line(cut_after=after, times=1)) as proxy:
        port = proxy.forward(box.server.port)
        with pytest.raises(TaskError, match="closed the connection"):
            box.fetch(port=port, format=form)
        assert set(box.left()) | set(saved_mails(ctx.playbook_dir / "mails", form)) >= set(LARGE)
        box.fetch(port=port, format=form)
    assert (saved_mails(ctx.playbook_dir / "mails", form), box.left()) == (LARGE, [])


@both_protocols
def test_a_slow_line_is_no_silent_one(ctx: Context, serve: Serve, protocol: Protocol) -> None:
    """The timeout is for silence, not for the whole."""
    box = Mailbox(ctx, protocol, [])
    serve(box.server)
    box.put(*LARGE)
    with TcpProxy(down=Line(latency=0.01, block=1000)) as proxy:
        box.fetch(port=proxy.forward(box.server.port), timeout=1.5)
    assert (box.saved(), box.left()) == (LARGE, [])


@pytest.mark.parametrize("form", ["eml", "maildir", "mbox"])
@both_protocols
def test_a_full_disk_loses_no_mail_and_doubles_none(
    ctx: Context, serve: Serve, protocol: Protocol, form: Format
) -> None:
    box = Mailbox(ctx, protocol, [])
    serve(box.server)
    small = b"Subject: small\r\n\r\nx\r\n"
    box.put(small, *LARGE)
    with largest_file(50_000), pytest.raises(TaskError, match=r"cannot (save|write)"):
        box.fetch(format=form)
    assert set(box.left()) >= set(LARGE)
    box.fetch(format=form)
    assert (saved_mails(ctx.playbook_dir / "mails", form), box.left()) == (
        sorted([small, *LARGE]),
        [],
    )


# Sending --------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 100, 300, 1000, 50_000, 80_000])
@pytest.mark.parametrize("side", ["up", "down"])
@pytest.mark.parametrize("way", WAYS)
def test_a_mail_is_there_once_or_in_doubt_wherever_the_line_is_cut(
    ctx: Context, serve: Serve, way: str, side: str, after: int
) -> None:
    server = serve(SmtpFaults(options=SmtpOptions(without=WAYS[way])))
    letter: dict[str, Any] = {"tls": "none", "once": "a", "body": "x\n" * 30_000}
    told = ""
    with TcpProxy(**{side: Line(cut_after=after, times=1)}) as proxy:
        port = proxy.forward(server.port)
        for _ in range(2):
            try:
                send(ctx, port, **letter)
            except TaskError as error:
                told = error.msg
            ctx.pool.close()
    is_in_doubt = "nobody can know" in told or "may have been sent" in told
    assert len(server.mails) in ((0, 1) if is_in_doubt else (1,))
