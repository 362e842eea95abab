"""What IMAP tells of a message without sending it: ENVELOPE, BODYSTRUCTURE (RFC 3501, 7.4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..message import addresses, words
from ..message.addresses import Address
from .entity import Entity, parameters
from .imap_syntax import string

_ADDRESSES = (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc")
_USUALLY_FROM = {b"sender", b"reply-to"}
_NIL = b"NIL"


def envelope(entity: Entity) -> bytes:
    """The header in ten fields, encoded words and all."""
    people = [
        _people(entity.values(name) or (entity.values(b"from") if name in _USUALLY_FROM else []))
        for name in _ADDRESSES
    ]
    return _listed(
        _text(entity.value(b"date")),
        _text(entity.value(b"subject")),
        *people,
        _text(entity.value(b"in-reply-to")),
        _text(entity.value(b"message-id")),
    )


def structure(entity: Entity, *, extended: bool = True) -> bytes:
    """The tree of parts; `extended` is what BODYSTRUCTURE tells and BODY does not."""
    main, sub = entity.type
    if entity.parts:
        parts = b"".join(structure(part, extended=extended) for part in entity.parts)
        more = [_parameters(entity.parameters), *_extension(entity)] if extended else []
        return b"(%b %b)" % (parts, b" ".join([string(sub.upper()), *more]))
    if main == b"multipart":  # one that holds nothing is a text that looks odd
        main, sub = b"text", b"plain"
    lines = b"%d" % entity.body.count(b"\n")
    more = []
    if entity.message:
        inner = entity.message
        more = [envelope(inner), structure(inner, extended=extended), lines]
    elif main == b"text":
        more = [lines]
    if extended:
        more += [_text(entity.value(b"content-md5")), *_extension(entity)]
    return _listed(
        string(main.upper()),
        string(sub.upper()),
        _parameters(entity.parameters),
        _text(entity.value(b"content-id")),
        _text(entity.value(b"content-description")),
        string((entity.value(b"content-transfer-encoding") or b"7BIT").upper()),
        b"%d" % len(entity.body),
        *more,
    )


def _extension(entity: Entity) -> list[bytes]:
    disposition = entity.value(b"content-disposition")
    kind = (disposition or b"").partition(b";")[0].strip()
    return [
        _listed(string(kind), _parameters(parameters(disposition or b""))) if kind else _NIL,
        _text(entity.value(b"content-language")),
        _text(entity.value(b"content-location")),
    ]


def _people(values: Iterable[bytes]) -> bytes:
    people = [_person(address) for value in values for address in addresses.read(value)]
    return b"(%b)" % b"".join(people) if people else _NIL


def _person(person: Address) -> bytes:
    mailbox, _, host = person.address.rpartition("@")
    name = person.name if person.name.isascii() else " ".join(words.encode(person.name))
    shown = [_text(text.encode() or None) for text in (name, mailbox, host)]
    return _listed(shown[0], _NIL, *shown[1:])


def _parameters(given: Sequence[tuple[bytes, bytes]]) -> bytes:
    written = [string(word) for pair in given for word in pair]
    return _listed(*written) if written else _NIL


def _text(value: bytes | None) -> bytes:
    return _NIL if value is None else string(value)


def _listed(*items: bytes) -> bytes:
    return b"(%b)" % b" ".join(items)
