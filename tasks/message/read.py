"""Read a message, whatever it looks like; it never raises, and lists what was wrong.

The bytes may be a mapped file of any size. They are never changed nor written anew: what is saved
and forwarded is what the server sent.
"""

from __future__ import annotations

import mmap

from ...runner.dataclasses import dataclass
from . import attachments, delivery_status, head, parts, winmail
from .attachments import Attachment
from .bodies import Letter, is_body, is_shown
from .delivery_status import Bounce
from .head import Head
from .part import Part
from .source import Raw

_DEEPEST = 10
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
    is_report = any(part.type == "message/delivery-status" for part in leaves)
    contents = _Contents(likely, defects, opens_mails=not is_report)
    for part in leaves:
        contents.add(part, is_root=part is root)
    contents.show_named()
    text = contents.letter.text
    fields = head.fields(root.headers, likely)
    return Mail(
        **fields,
        text=text,
        html=contents.letter.html,
        attachments=contents.attached(),
        bounce=delivery_status.bounce(fields["headers"], leaves, text),
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


class _Contents:
    """What the parts of a mail turn out to be: the letter, and what is attached to it."""

    def __init__(self, likely: str, defects: list[str], *, opens_mails: bool) -> None:
        self.letter = Letter(defects, likely)
        self._likely = likely
        self._opens_mails = opens_mails
        self._attached: list[Attachment] = []
        self._named: list[Part] = []

    def add(self, part: Part, *, is_root: bool) -> None:
        if is_body(part, is_root=is_root):
            is_whole = self.letter.add(part)
            if is_whole and not attachments.file_name(part, self._likely):
                return
        elif is_shown(part):
            self._named.append(part)
        self._attach(part)

    def show_named(self) -> None:
        """Where nothing else is the letter, files of text are: some programs name all parts."""
        if self.letter.is_empty:
            for part in self._named:
                self.letter.add(part)

    def attached(self) -> list[Attachment]:
        found = (attachments.of_uuencode(file, self._likely) for file in self.letter.files)
        return [*self._attached, *found]

    def _attach(self, part: Part, depth: int = 0) -> None:
        package = winmail.unpack(part, self._likely)
        if package is None:
            number = len(self._attached) + 1
            self._attached.append(attachments.of_part(part, number, self._likely))
        else:
            self.letter.add_package(package)
            self._attached += winmail.files(package)
        if part.is_mail and self._opens_mails and depth < _DEEPEST:
            self._attach_those_of(parts.parse_inner(part), depth + 1)

    def _attach_those_of(self, inner: Part, depth: int) -> None:
        """What is attached to a mail that is attached counts as attached, too."""
        for part in inner.leaves():
            if not is_body(part, is_root=part is inner):
                self._attach(part, depth)
