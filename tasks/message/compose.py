"""Make a message: right to the last byte, for any server, whatever it holds.

    multipart/mixed              if there are attachments
      multipart/alternative      if there is text and HTML
        text/plain
        multipart/related        if there are inline pictures
          text/html
          image/…                by its Content-ID
      application/…              an attachment each

Around that goes S/MIME: what is signed, then what is encrypted. DKIM comes last: it signs the
very bytes that leave.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from ...runner.task import TaskError
from . import entity
from .entity import Entity
from .letter import Letter
from .letter_head import letter_head

_CID = r"[^\s<>\x00-\x20\x7f-\U0010ffff]+\Z"
_CID_IN_HTML = r"""(?i)["'(=]\s*cid:([^"'\s>)]+)"""


def compose(letter: Letter) -> list[bytes]:
    """Make the bytes of a letter, in pieces that end in CRLF; the first is its header.

    Raises TaskError for what no mail can hold.
    """
    entity.checked_charset("charset", letter.charset)
    entity.checked_filename_encoding("filename_encoding", letter.filename_encoding)
    if letter.html or letter.inline:
        _check_pictures(letter)
    about, *body = letter.smime.protected(_content(letter)) if letter.smime else _content(letter)
    whole_head = letter_head(letter).encode() + about
    if letter.dkim:
        whole_head = letter.dkim.signature(whole_head, body) + whole_head
    return [whole_head, *body]


def _content(letter: Letter) -> Entity:
    files = [entity.of_file(file, letter.filename_encoding) for file in letter.attachments]
    return _joined("mixed", [_joined("alternative", _bodies(letter)), *files])


def _bodies(letter: Letter) -> list[Entity]:
    bodies = []
    if letter.text or not letter.html:
        bodies.append(entity.of_text("body", letter.text, "plain", letter.charset))
    if letter.html:
        page = entity.of_text("html", letter.html, "html", letter.charset)
        pictures = [entity.of_file(file, letter.filename_encoding) for file in letter.inline]
        bodies.append(_joined("related", [page, *pictures]))
    return bodies


def _joined(kind: str, parts: Sequence[Entity]) -> Entity:
    return parts[0] if len(parts) == 1 else entity.joined(kind, parts)


def _check_pictures(letter: Letter) -> None:
    wanted = {unquote(cid) for cid in re.findall(_CID_IN_HTML, letter.html)}
    given = [picture.cid for picture in letter.inline]
    for cid in given:
        if not re.match(_CID, cid):
            raise TaskError(f"inline: {cid!r} is no Content-ID; use letters and digits")
        if cid not in wanted:
            raise TaskError(f'inline: nothing in html shows {cid}; write <img src="cid:{cid}">')
    for cid in sorted(wanted.difference(given)):
        raise TaskError(f"html shows cid:{cid}, and inline gives no file for it")
