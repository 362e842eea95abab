"""What steps that write mails are told about the letter, and the letter made from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

from ..runner.task import Alias, Context, TaskError
from .message import addresses
from .message.addresses import Address
from .message.compose import File, Letter


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    name: Annotated[str, "The name that is shown."] = ""
    address: Annotated[str, "The address, as in ann@example.com."]


@dataclass(frozen=True, kw_only=True)
class Attachment:
    path: Annotated[str | None, "The file to attach."] = None
    content: Annotated[str | None, "The text to attach, in place of a file."] = None
    name: Annotated[str | None, "The file's name for the receivers; left out, that of `path`."] = (
        None
    )
    content_type: Annotated[
        str | None, "The type, as in text/csv; left out, by the name's suffix."
    ] = None
    charset: Annotated[
        str | None, "How `content` is written, or which charset a text file is said to have."
    ] = None


People = str | Mailbox | list[str | Mailbox]


@dataclass(frozen=True, kw_only=True)
class LetterParams:
    sender: Annotated[
        str | Mailbox | None,
        "Who the mail is from; left out, `user`.",
        Alias("from"),
    ] = None
    to: Annotated[
        People, "The receivers: `ann@example.com`, `Ann <ann@example.com>`, {name, address}."
    ] = field(default_factory=list)
    cc: Annotated[People, "Receivers of a copy."] = field(default_factory=list)
    bcc: Annotated[People, "Receivers that the others do not see."] = field(default_factory=list)
    reply_to: Annotated[People, "Where answers go."] = field(default_factory=list)
    subject: Annotated[str, "The subject."] = ""
    body: Annotated[str, "The text.", Alias("text")] = ""
    html: Annotated[str, "The same as HTML."] = ""
    inline: Annotated[
        dict[str, str], "Pictures for `html`: each file by the name that `<img src=cid:…>` has."
    ] = field(default_factory=dict)
    attachments: Annotated[
        list[str | Attachment], "Files to attach, as paths or in detail.", Alias("attach")
    ] = field(default_factory=list)
    filename_encoding: Annotated[
        str,
        "How names beyond ASCII are written: `rfc2231` (the standard), `rfc2047`, or a charset such"
        " as `gbk` for an encoded word in it, as Outlook, Foxmail and QQ Mail write and read it.",
    ] = "rfc2231"
    headers: Annotated[dict[str, str], "Further headers."] = field(default_factory=dict)
    message_id: Annotated[str | None, "The Message-ID; left out, one is made."] = None
    charset: Annotated[str, "The charset of text and subject."] = "utf-8"


def make_letter(params: LetterParams, ctx: Context, sender: str) -> Letter:
    """Make the letter that a playbook asks for; `sender` is whom it is from if nobody is named."""
    letter = Letter(
        sender=_sender(params.sender or sender),
        to=people("to", params.to),
        cc=people("cc", params.cc),
        reply_to=people("reply_to", params.reply_to),
        subject=params.subject,
        text=params.body,
        html=params.html,
        inline=[replace(_read(path, ctx), cid=cid) for cid, path in params.inline.items()],
        attachments=[_attached(given, ctx) for given in params.attachments],
        headers=list(params.headers.items()),
        message_id=_in_brackets(params.message_id or ""),
        date=datetime.now().astimezone(),
        charset=params.charset,
        filename_encoding=params.filename_encoding,
    )
    return letter if params.message_id else replace(letter, message_id=_made_id(letter, ctx))


def _sender(given: str | Mailbox) -> Address:
    found = people("from", given)
    if len(found) != 1 or "@" not in found[0].address:
        raise TaskError("from: give the one address that the mail is from, as in me@example.com")
    return found[0]


def people(field: str, given: People) -> list[Address]:
    """Bring the ways to name people into one; raises TaskError, which names the field."""
    found: list[Address] = []
    for entry in given if isinstance(given, list) else [given]:
        if isinstance(entry, Mailbox):
            found.append(addresses.checked(field, entry.name, entry.address))
        else:
            found += addresses.parse(field, entry)
    return found


def _attached(given: str | Attachment, ctx: Context) -> File:
    wanted = Attachment(path=given) if isinstance(given, str) else given
    if (wanted.path is None) == (wanted.content is None):
        raise TaskError("attachments: give each either `path` or `content`")
    file = _written(wanted) if wanted.path is None else _read(wanted.path, ctx)
    return replace(
        file,
        name=wanted.name or file.name,
        type=wanted.content_type or "",
        charset=wanted.charset or file.charset,
    )


def _written(wanted: Attachment) -> File:
    if not wanted.name:
        raise TaskError("attachments: what is given as `content` needs a `name`")
    charset = wanted.charset or "utf-8"
    try:
        content = (wanted.content or "").encode(charset)
    except (UnicodeError, LookupError) as error:
        raise TaskError(f"attachments: {wanted.name} cannot be written as {charset}") from error
    return File(name=wanted.name, content=content, charset=charset)


def _read(text: str, ctx: Context) -> File:
    path: Path = ctx.find(text)
    try:
        return File(name=path.name, content=path.read_bytes())
    except OSError as error:
        raise TaskError(f"cannot read {path}: {error.strerror}") from error


def _in_brackets(message_id: str) -> str:
    return message_id if message_id.startswith("<") else f"<{message_id}>"


def _made_id(letter: Letter, ctx: Context) -> str:
    """Name the mail by what is in it and by the run, so that a retry is no second mail."""
    content = (letter.sender, letter.to, letter.cc, letter.subject, letter.text, letter.html)
    digest = hashlib.sha256(f"{ctx.temp_dir()} {content} {letter.headers}".encode())
    for file in (*letter.inline, *letter.attachments):
        digest.update(file.content)
    domain = letter.sender.address.rpartition("@")[2]
    return f"<{digest.hexdigest()[:32]}@{domain}>"
