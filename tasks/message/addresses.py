"""Addresses: what a person or a header says, taken apart; and the way back into a header."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from ...runner.dataclasses import dataclass
from ...runner.task import TaskError
from ..clients.lines import one_line
from . import charsets, words
from .plain import PLAIN

_PIECE = re.compile(
    r"""(?P<word>=\?[^?\s]*\?[bBqQ]\?[^?]*\?=)
      | "(?P<quoted>(?:[^"\\]|\\.){0,500}+)"
      | <+(?P<angle>[^<>]*)>*
      | \((?P<comment>(?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+)\)?
      | (?P<end>[,;])
      | (?P<group>:)
      | (?P<text>[^\s"<(,;:=]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)")
_MAILBOX = re.compile(
    r"""(?: [^\s<>()\[\],:;\\"@\x00-\x1f\x7f]+ | "(?:[^"\\\r\n]|\\.)*" )
        (?: @ (?: [^\s<>()\[\],:;\\"@\x00-\x1f\x7f]+ | \[[^\[\]\s]+\] ) )?\Z""",
    re.VERBOSE,
)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_PRINTABLE = re.compile(r"[\x20-\x7e]*\Z")
_ROUTE = re.compile(r"\A@[^:]*:")
_COMMENT = re.compile(r"\([^()]*\)")
_AROUND_SIGNS = re.compile(r"(?<![ \t])[ \t]*+@[ \t]*|(?<![ \t])[ \t]++\.[ \t]+")
# Not all that Unicode calls space: of a text in UTF-8, read byte by byte, that takes halves away.
_BLANKS = " \t"
_NO_BLANKS = str.maketrans("", "", _BLANKS)
_LONGEST_NAME = 60
_LONGEST_ADDRESS = 254
_LONGEST_HEADER = 200


@dataclass(frozen=True)
class Address:
    """Someone who writes or receives mail."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def read(raw: bytes, likely: str = "") -> list[Address]:
    """Take the value of an address header apart; whatever it holds, nothing is raised."""
    return [*_read(raw, likely)] if len(raw) <= _LONGEST_HEADER else _read_anew(raw, likely)


def _read_anew(raw: bytes, likely: str) -> list[Address]:
    value = raw.replace(b"\r", b"").replace(b"\n", b"").decode("latin-1")
    found = _split(value, lambda name: words.decode(name.encode("latin-1"), likely))
    return [
        Address(one.name or words.decode(name.encode("latin-1"), likely), _beyond_ascii(address))
        for one in found
        for name, address in _apart(one.address)
    ]


# In a mailbox the same people write and are written to.
_read = lru_cache(maxsize=256)(_read_anew)


def _apart(address: str) -> list[tuple[str, str]]:
    """Tell addresses from a name before them, where brackets and commas are missing."""
    if " " not in address or '"' in address:
        return [("", address)]
    words = _AROUND_SIGNS.sub(lambda sign: sign[0].strip(_BLANKS), address).split(" ")
    found = [word.rstrip(">") for word in words if "@" in word]
    name = " ".join(word for word in words if "@" not in word)
    return [(name, found[0]), *(("", other) for other in found[1:])]


def _beyond_ascii(address: str) -> str:
    """Read an address as RFC 6532 has it, in UTF-8."""
    return address if address.isascii() else charsets.decode(address.encode("latin-1"))[0]


@lru_cache(maxsize=1024)  # a thousand mails are from one
def parse(field: str, text: str) -> tuple[Address, ...]:
    """Take what a person wrote apart; raises TaskError, which names the field."""
    if PLAIN.fullmatch(text):
        return (Address("", text),)
    found = _split(one_line(field, text), str.strip)
    return tuple(checked(field, address.name, address.address) for address in found)


def only(field: str, found: Sequence[Address]) -> Address:
    """Give the one that a mail may be from; raises TaskError for none or several."""
    if len(found) != 1 or "@" not in found[0].address:
        raise TaskError(
            f"{field}: give the one address that the mail is from, as in me@example.com"
        )
    return found[0]


def checked(field: str, name: str, address: str) -> Address:
    """Make an address that a mail server will understand, or raise TaskError."""
    one_line(field, name)
    one_line(field, address)
    if not _MAILBOX.match(address):
        msg = f"{field}: {address or name!r} is no mail address; write ann@example.com"
        several = ", with a comma between several" if address.count("@") > 1 else ""
        raise TaskError(f"{msg} or Ann <ann@example.com>{several}")
    if not address.isprintable():
        raise TaskError(f"{field}: {address!r} is no mail address: not all of it can be seen")
    local, at, domain = address.rpartition("@")
    whole = f"{local}{at}{ascii_domain(field, domain) if at else domain}"
    if len(whole.encode()) > _LONGEST_ADDRESS:
        msg = f"{field}: {whole[:_LONGEST_NAME]}… is longer than the {_LONGEST_ADDRESS} bytes that"
        raise TaskError(f"{msg} an address may have")
    return Address(name, whole)


def ascii_domain(field: str, domain: str) -> str:
    """Write a domain as the DNS knows it (IDNA), or raise TaskError."""
    if domain.isascii():
        return domain
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError as error:
        raise TaskError(f"{field}: {domain!r} is no name of a domain: {error}") from error


def pieces(address: Address, charset: str = "utf-8") -> list[str]:
    """Write an address for a header, as pieces between which it may be folded."""
    if not address.name:
        return [address.address]
    return [*_name_pieces(address.name, charset), f"<{address.address}>"]


def _name_pieces(name: str, charset: str) -> list[str]:
    if "=?" in name or not _PRINTABLE.match(name) or len(name) > _LONGEST_NAME:
        return words.encode(name, charset)
    if _ATOMS.match(name):
        return [name]
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def _split(value: str, decoded: Callable[[str], str]) -> list[Address]:
    found: list[Address] = []
    entry = _Entry()
    for match in _PIECE.finditer(value):
        if match["end"]:
            found += entry.addresses(decoded)
            entry = _Entry()
        elif match["group"]:
            entry = _Entry()
        else:
            if match["angle"] is not None and entry.has_angle:  # a comma is missing
                entry, before = entry.begun_anew(), entry
                found += before.addresses(decoded)
            entry.take(match)
    return found + entry.addresses(decoded)


class _Entry:
    """What was met so far between two commas."""

    def __init__(self) -> None:
        self._phrase: list[str] = []
        self._angle: str | None = None
        self._comment = ""
        self._words = 0
        """How many pieces of the phrase came before the angle brackets."""

    @property
    def has_angle(self) -> bool:
        return self._angle is not None

    def begun_anew(self) -> _Entry:
        """Let go of what came behind the angle brackets: it names someone else."""
        other = _Entry()
        other._phrase, self._phrase = self._phrase[self._words :], self._phrase[: self._words]
        return other

    def take(self, match: re.Match[str]) -> None:
        kind, text = str(match.lastgroup), match[str(match.lastgroup)]
        if kind == "angle":
            self._words = len(self._phrase)
            self._angle = _bare(text.strip(_BLANKS))
        elif kind == "comment":
            self._comment = text
        elif kind == "quoted" and match.string[match.end() : match.end() + 1] == "@":
            self._phrase.append(match[0])
        else:
            self._phrase.append(_ESCAPE.sub(r"\1", text) if kind == "quoted" else text)

    def addresses(self, decoded: Callable[[str], str]) -> list[Address]:
        phrase = "".join(self._phrase)
        if self._angle is not None:
            name = phrase.strip(_BLANKS) or self._comment
            return [Address(decoded(name), self._angle)] if self._angle or name else []
        phrase = phrase.strip(_BLANKS)
        if "=?" in phrase or ("@" not in phrase and " " in phrase):
            return [Address(decoded(phrase), "")]
        return [Address(decoded(self._comment), phrase)] if phrase else []


def _bare(address: str) -> str:
    """Take away what may stand in an address and is none of it: a route, comments, blanks."""
    if '"' in address:
        return address
    return _ROUTE.sub("", _COMMENT.sub("", address)).translate(_NO_BLANKS)
