"""What a scripted IMAP server tells about a mail when it is asked by FETCH."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from imap_faults_mailbox import Stored

_SECTION = re.compile(r"BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?", re.IGNORECASE)


def fetched(number: int, mail: Stored, items: Sequence[str], *, marks_seen: bool) -> bytes:
    """Make the untagged reply about a mail; raises ValueError for items that are not known."""
    told = b" ".join(_item(mail, item, marks_seen=marks_seen) for item in items)
    return b"* %d FETCH (%s)\r\n" % (number, told)


def _item(mail: Stored, item: str, *, marks_seen: bool) -> bytes:
    if section := _SECTION.fullmatch(item):
        if marks_seen and not section[1]:
            mail.flags.add(r"\Seen")
        return _section(mail, section)
    if item.upper() not in _ITEMS:
        raise ValueError(item)
    return f"{item.upper()} {_ITEMS[item.upper()](mail)}".encode()


def _section(mail: Stored, section: re.Match[str]) -> bytes:
    data = _data(mail, section[2])
    label = f"BODY[{section[2]}]"
    if section[3]:
        start = int(section[3])
        data = data[start : start + int(section[4])]
        label += f"<{start}>"
    return f"{label} {{{len(data)}}}\r\n".encode() + data


def _data(mail: Stored, name: str) -> bytes:
    if name.upper() in _SECTIONS:
        return _SECTIONS[name.upper()](mail)
    what, _, names = name.upper().partition(" ")
    if what != "HEADER.FIELDS":
        raise ValueError(name)
    asked = names.strip("()").split()
    lines = re.findall(rb"^[^\s:]+:.*\r\n(?:[ \t].*\r\n)*", mail.head, re.MULTILINE)
    kept = [line for line in lines if line.partition(b":")[0].decode().upper() in asked]
    return b"".join(kept) + b"\r\n"


_ITEMS: Mapping[str, Callable[[Stored], str]] = {
    "UID": lambda mail: str(mail.uid),
    "FLAGS": lambda mail: f"({' '.join(sorted(mail.flags))})",
    "RFC822.SIZE": lambda mail: str(len(mail.data)),
    "INTERNALDATE": lambda mail: f'"{mail.received:%d-%b-%Y %H:%M:%S +0000}"',
}
_SECTIONS: Mapping[str, Callable[[Stored], bytes]] = {
    "": lambda mail: mail.data,
    "HEADER": lambda mail: mail.head,
    "TEXT": lambda mail: mail.text,
}
