"""The letter that a playbook asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from ..runner.dataclasses import replace
from ..runner.task import Context, TaskError
from .mail_bodies import text_and_html
from .mail_files import attached, picture
from .mail_parameters import LetterParams, Mailbox, People
from .message import addresses, message_ids
from .message.addresses import Address
from .message.letter import Letter


def make_letter(params: LetterParams, ctx: Context, sender: str, once: str = "") -> Letter:
    """Make the letter that a playbook asks for; `sender` is whom it is from if nobody is named.

    With `once`, its Message-ID is that of this key, whatever the letter says.
    """
    who = addresses.only("from", people("from", params.sender or sender))
    text, html = text_and_html(params, ctx)
    letter = Letter(
        sender=who,
        to=people("to", params.to),
        cc=people("cc", params.cc),
        reply_to=people("reply_to", params.reply_to),
        receipt_to=_receipt_to(params.request_receipt, who),
        subject=params.subject,
        text=text,
        html=html,
        inline=[picture(cid, path, ctx) for cid, path in params.inline.items()],
        attachments=attached(params.attachments, ctx),
        headers=list(params.headers.items()),
        priority=params.priority or "",
        message_id=_name(params, who, once),
        references=_identifiers("references", params.references),
        date=_date(params.date),
        charset=params.charset,
        filename_encoding=params.filename_encoding,
    )
    answer = _answer(_protected(letter, params, ctx), params)
    return answer if answer.message_id else _named_by_content(answer, ctx)


def _protected(letter: Letter, params: LetterParams, ctx: Context) -> Letter:
    if not (params.sign or params.dkim) and params.encrypt is None:
        return letter
    from .mail_keys import dkim, smime

    return replace(letter, smime=smime(params, ctx), dkim=dkim(params, letter.sender, ctx))


def people(field: str, given: People) -> list[Address]:
    """Bring the ways to name people into one; raises TaskError, which names the field."""
    if isinstance(given, str):
        return [*addresses.parse(field, given)] if given else []
    found: list[Address] = []
    for entry in given if isinstance(given, list) else [given]:
        if isinstance(entry, Mailbox):
            found.append(addresses.checked(field, entry.name, entry.address))
        else:
            found += addresses.parse(field, entry)
    return found


def _receipt_to(wanted: bool | str, sender: Address) -> list[Address]:  # noqa: FBT001  # as given
    if not isinstance(wanted, str):
        return [sender] if wanted else []
    found = people("request_receipt", wanted)
    if not all("@" in person.address for person in found):
        raise TaskError("request_receipt: give true, false or an address, as in me@example.com")
    return found


def _identifiers(field: str, given: Sequence[str]) -> list[str]:
    return [message_ids.checked(field, each) for text in given for each in text.split()]


def _date(text: str | None) -> datetime:
    if text is None:
        return _second(int(time.time()))
    from .message import dates

    return dates.written("date", text)


@lru_cache(maxsize=8)
def _second(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()


def _answer(letter: Letter, params: LetterParams) -> Letter:
    """Put a letter into the thread of what it answers."""
    answered = params.in_reply_to
    if answered is None:
        return letter
    if isinstance(answered, str):
        known = _identifiers("in_reply_to", [answered])
        return replace(letter, in_reply_to=known, references=letter.references or known)
    from .mail_reply import original
    from .message.replying import quoted_html, quoted_text

    message = original(answered)
    to = [addresses.checked("in_reply_to", one.name, one.address) for one in message.receivers]
    quote = params.quote and message.text
    return replace(
        letter,
        to=letter.to or to,
        subject=letter.subject or message.reply_subject,
        in_reply_to=[message.message_id] if message.message_id else [],
        references=letter.references or message.thread,
        text=quoted_text(letter.text, message) if quote else letter.text,
        html=quoted_html(letter.html, message) if quote and letter.html else letter.html,
    )


def _content(letter: Letter) -> Iterator[str]:
    yield from map(str, (letter.sender, *letter.to, "", *letter.cc))
    yield from (letter.subject, letter.text, letter.html, str(letter.headers))
    yield from (file.content.digest.hex() for file in (*letter.inline, *letter.attachments))


def _name(params: LetterParams, sender: Address, once: str) -> str:
    """The Message-ID that is given, or that of the mail's key; empty without either."""
    if params.message_id:
        return message_ids.checked("message_id", params.message_id)
    return _stable_id(once, sender) if once else ""


def _named_by_content(letter: Letter, ctx: Context) -> Letter:
    """Name a mail by what is in it and the run: a retry is no second mail."""
    key = "\0".join([str(ctx.temp_dir()), *_content(letter)])
    return replace(letter, message_id=_stable_id(key, letter.sender))


def _stable_id(key: str, sender: Address) -> str:
    return message_ids.stable_id(key, sender.address.rpartition("@")[2])
