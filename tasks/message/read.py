"""Read a message, whatever it looks like; it never raises, and lists what was wrong.

The bytes may be a mapped file of any size. They are never changed nor written anew: what is saved
and forwarded is what the server sent.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass

from . import attachments, delivery_status, head, parts, winmail
from .attachments import Attachment
from .bodies import Letter, is_body
from .delivery_status import Bounce
from .head import Head
from .parts import Part
from .source import Raw

_SMALL = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Mail(Head):
    """A message in words."""

    text: str
    """Made from the HTML if there is none."""
    html: str
    attachments: list[Attachment]
    bounce: Bounce | None
    """What a server tells about a mail that it could not deliver, if that is what this is."""
    defects: list[str]


def read(raw: Raw) -> Mail:
    """Read a message from the bytes as the server sent them.

    A mapped file must stay mapped as long as the contents of attachments are asked for.
    """
    raw = _in_memory_if_small(raw)
    defects: list[str] = []
    root = parts.parse(raw, defects)
    leaves = list(root.leaves())
    likely = _likely_charset(root, leaves)
    letter, files = _sorted_out(root, leaves, likely, defects)
    fields = head.fields(root.headers, likely)
    return Mail(
        **fields,
        text=letter.text,
        html=letter.html,
        attachments=files,
        bounce=delivery_status.bounce(fields["headers"], leaves, letter.text),
        defects=list(dict.fromkeys(defects)),
    )


def _in_memory_if_small(raw: Raw) -> Raw:
    if isinstance(raw, mmap.mmap):
        if len(raw) > _SMALL:
            return raw
        raw = raw[:]
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


def _likely_charset(root: Part, leaves: list[Part]) -> str:
    """Tell which charset the sender writes in: the text's own is the best witness."""
    texts = (part.charset for part in leaves if part.type.startswith("text/"))
    return next(filter(None, texts), "") or head.likely_charset(root.headers)


def _sorted_out(
    root: Part, leaves: list[Part], likely: str, defects: list[str]
) -> tuple[Letter, list[Attachment]]:
    """Part the letter from what is attached to it."""
    letter = Letter(defects, likely)
    attached: list[Attachment] = []
    for part in leaves:
        if is_body(part, is_root=part is root) and letter.add(part):
            continue
        package = winmail.unpack(part, likely)
        if package is None:
            attached.append(attachments.of_part(part, len(attached) + 1, likely))
        else:
            letter.add_package(package)
            attached += winmail.files(package)
    attached += (attachments.of_uuencode(file, likely) for file in letter.files)
    return letter, attached
