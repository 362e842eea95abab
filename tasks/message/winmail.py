"""winmail.dat in a mail: what is in it stands in its place."""

from __future__ import annotations

from collections.abc import Iterator

from . import tnef
from .attachments import Attachment, file_name
from .part import Part

_TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}
_LARGEST = 64 * 1024 * 1024
_DEEPEST = 5


def unpack(part: Part, likely: str) -> tnef.Package | None:
    """Unpack a part; None if it is none of this kind, or nothing is in it."""
    is_likely = part.type in _TYPES or (
        part.type == "application/octet-stream" and file_name(part, likely).lower() == "winmail.dat"
    )
    if not is_likely or part.end - part.start > _LARGEST:
        return None
    package = tnef.unpack(part.content())
    found = package and (package.files or package.text or package.html or package.rtf)
    return package if found else None


def files(package: tnef.Package, depth: int = 1) -> Iterator[Attachment]:
    """Give the files, those of mails in the mail as well."""
    for number, file in enumerate(package.files, 1):
        inner = tnef.unpack(file.content) if file.type in _TYPES and depth < _DEEPEST else None
        if inner and inner.files:
            yield from files(inner, depth + 1)
        else:
            name = file.name or f"part-{number}.bin"
            yield Attachment(name, file.type, file.cid, is_inline=bool(file.cid), body=file.content)
    if package.rtf and not (package.text or package.html):
        yield Attachment("message.rtf", "text/rtf", "", is_inline=False, body=package.rtf)
