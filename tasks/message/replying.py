"""An answer: its subject, its place in the thread, and what it quotes.

What is answered came from outside. Identifiers that are none are left out, and text is quoted as
text, never as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape

from ...runner.dataclasses import dataclass
from .addresses import Address

# What mail programs put before the subject of an answer, with numbers as in Re[2]: and Re (3):.
_ANSWER = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|rif|odp|ynt|回复|回覆|答复|答覆|返信)"
    r"\s*(?:[\[(（]\d{1,4}[\])）])?\s*[:：]\s*",
    re.IGNORECASE,
)
_END_OF_PAGE = re.compile(r"</body\s*>", re.IGNORECASE)
# Servers refuse headers that are too long; the first names the thread, the last the place in it.
_MOST_REFERENCES = 30


@dataclass(frozen=True, kw_only=True)
class Original:
    """The message that is answered."""

    message_id: str = ""
    references: Sequence[str] = ()
    subject: str = ""
    sender: Address | None = None
    receivers: Sequence[Address] = ()
    """To whom an answer goes."""
    date: datetime | None = None
    text: str = ""

    @property
    def reply_subject(self) -> str:
        """The subject of an answer: one `Re:`, whatever stands there already."""
        subject = " ".join(self.subject.split())
        while found := _ANSWER.match(subject):
            subject = subject[found.end() :]
        return f"Re: {subject}"

    @property
    def thread(self) -> list[str]:
        """What the References of an answer are."""
        known = dict.fromkeys([*self.references, *filter(None, [self.message_id])])
        first, *others = known or [""]
        return [first, *others[1 - _MOST_REFERENCES :]] if first else []

    @property
    def attribution(self) -> str:
        when = f"On {self.date:%Y-%m-%d %H:%M}, " if self.date else ""
        who = " ".join(str(self.sender or "someone").split())
        return f"{when}{who} wrote:"


def quoted_text(body: str, original: Original) -> str:
    """Put what is answered below an answer."""
    lines = original.text.rstrip().splitlines()
    quoted = [f">{line}" if line.startswith(">") or not line else f"> {line}" for line in lines]
    return "\n".join([body.rstrip("\n"), "", original.attribution, *quoted, ""]).lstrip("\n")


def quoted_html(page: str, original: Original) -> str:
    """Put what is answered at the end of an answer that is a page."""
    lines = "<br>\n".join(map(escape, original.text.rstrip().splitlines()))
    style = "border-left: 2px solid #bbb; margin: 0; padding-left: 1em"
    quote = (
        f"<p>{escape(original.attribution)}</p>\n"
        f'<blockquote type="cite" style="{style}">{lines}</blockquote>\n'
    )
    end = max((found.start() for found in _END_OF_PAGE.finditer(page)), default=len(page))
    return f"{page[:end]}{quote}{page[end:]}"
