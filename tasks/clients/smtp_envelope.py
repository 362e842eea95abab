"""A mail and its envelope, and the commands that tell a server about it, apart from sockets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

from ...runner.dataclasses import dataclass, field
from .lines import one_line
from .smtp_reply import Reply

Extensions = Mapping[str, str]
"""What the server offers, by name (RFC 5321, 2.2)."""


@dataclass(frozen=True, kw_only=True)
class Dsn:
    """Which notices about its delivery a mail asks for (RFC 3461)."""

    notify: tuple[Literal["never", "success", "failure", "delay"], ...] = ()
    ret: Literal["full", "headers", ""] = ""
    envid: str = ""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    sender: str
    """Empty for a mail that must not be answered by another."""
    receivers: Sequence[str]
    pieces: Sequence[bytes] = field(repr=False)
    """Their join is the mail; each ends in CRLF."""
    needs_smtputf8: bool = False
    """Its headers hold more than ASCII; addresses that do are seen without."""
    dsn: Dsn | None = None

    @cached_property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    # To keep these takes longer than to find out anew.

    @property
    def is_international(self) -> bool:
        addresses = (self.sender, *self.receivers)
        return self.needs_smtputf8 or not all(map(str.isascii, addresses))

    @property
    def is_8bit(self) -> bool:
        return not all(map(bytes.isascii, self.pieces))


@dataclass(frozen=True)
class Delivery:
    """What became of a mail: who gets it, and who was refused with which reply."""

    accepted: tuple[str, ...]
    refused: Mapping[str, Reply]
    reply: Reply
    warnings: tuple[str, ...] = ()


def hindrance(envelope: Envelope, extensions: Extensions) -> str:
    """Say why the server cannot take the mail; empty if nothing is known that speaks against it."""
    limit = extensions.get("SIZE", "").strip()
    if limit.isdecimal() and 0 < int(limit) < envelope.size:
        return (
            f"it has {envelope.size:,} bytes and the server takes {int(limit):,}; send less or"
            " smaller attachments"
        )
    if envelope.is_international and "SMTPUTF8" not in extensions:
        return (
            "an address before its @, or a header, needs more than ASCII, and the server does not"
            " offer SMTPUTF8; use another address, or another server"
        )
    return ""


def warnings(envelope: Envelope, extensions: Extensions) -> tuple[str, ...]:
    """Say what the server does not offer, though the mail goes without it."""
    said = []
    if envelope.dsn and "DSN" not in extensions:
        said.append("the server does not offer DSN: it may send no notices about the delivery")
    if "8BITMIME" not in extensions and envelope.is_8bit:
        said.append("the server does not offer 8BITMIME: what is not ASCII may arrive damaged")
    return tuple(said)


def opening(envelope: Envelope, extensions: Extensions) -> list[bytes]:
    """MAIL, and RCPT for each receiver; raises TaskError for an address that would end a line."""
    return [
        _command("MAIL FROM", "from", envelope.sender, _of_mail(envelope, extensions)),
        *(
            _command("RCPT TO", "to", address, _of_receiver(envelope, extensions))
            for address in envelope.receivers
        ),
    ]


def _command(verb: str, field: str, address: str, parameters: str) -> bytes:
    return f"{verb}:<{one_line(field, address)}>{parameters}\r\n".encode()


def _of_mail(envelope: Envelope, extensions: Extensions) -> str:
    """RFC 1870, 6152, 6531 and 3461."""
    words = [f"SIZE={envelope.size}"] if "SIZE" in extensions else []
    if "8BITMIME" in extensions and envelope.is_8bit:
        words.append("BODY=8BITMIME")
    if envelope.is_international:
        words.append("SMTPUTF8")
    if envelope.dsn and "DSN" in extensions:
        ret = {"full": "RET=FULL", "headers": "RET=HDRS", "": ""}[envelope.dsn.ret]
        envid = f"ENVID={_xtext(envelope.dsn.envid)}" if envelope.dsn.envid else ""
        words += filter(None, [ret, envid])
    return "".join(f" {word}" for word in words)


def _of_receiver(envelope: Envelope, extensions: Extensions) -> str:
    if envelope.dsn and envelope.dsn.notify and "DSN" in extensions:
        return f" NOTIFY={','.join(envelope.dsn.notify).upper()}"
    return ""


def _xtext(text: str) -> str:
    """RFC 3461, 4."""
    plain = (
        chr(byte) if 0x21 <= byte <= 0x7E and byte not in b"+=" else f"+{byte:02X}"  # noqa: PLR2004
        for byte in text.encode()
    )
    return "".join(plain)
