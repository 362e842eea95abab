"""Fetch mail over POP3.

Every message is read, whatever its encoding, and its attachments are saved. What arrives is data:
it is never rendered as a template. Nothing on disk is overwritten; a file that lies there already
with the same name and content is used as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from typing import Annotated, Literal

from ..runner.task import Context, Range, Result, TaskError
from .clients.mail_words import MailError
from .clients.mailbox import Entry
from .clients.pop3 import Pop3Session
from .mail_login import MailLogin, account
from .message.attachments import Attachment
from .message.filing import Folder, safe_name
from .message.head import head as head_of
from .message.read import Mail, read

SUPPORTS_CHECK = True
RETURNS = {
    "mailbox": "The server's `welcome`, the `count` and the `bytes` of all mails, and the `list` of"
    " them: number, uid and size.",
    "messages": "The selected mails, newest first: number, uid, size, message_id, subject, from,"
    " to, cc, reply_to (each with name and address), date (UTC) and date_as_written, text,"
    " html, attachments (name, path, type, bytes, sha256, cid), headers (lists of values by name in"
    " lower case), path (of the saved .eml file) and defects.",
    "deleted": "How many mails were deleted on the server.",
}
EXAMPLES = """\
- name: Fetch the newest mail and save what is attached to it
  fetch_mail:
    host: pop.example.com
    user: li@example.com
    password: "{{ mail_password }}"
    select:
      newest: 1
    attachments_to: inbox
  register: mail

- name: Show it
  debug:
    msg: "{{ mail.messages[0].from.name }}: {{ mail.messages[0].subject }}"
  when: mail.messages | length > 0

- name: File all orders, and take them off the server
  fetch_mail:
    host: pop.example.com
    user: orders@example.com
    password: "{{ mail_password }}"
    select:
      subject: order
    save_to: orders
    after: delete
"""

_PORTS = {"implicit": 995, "starttls": 110, "none": 110}
_LARGEST_HEAD = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Select:
    newest: Annotated[int | None, "Only that many, the newest.", Range(1)] = None
    subject: Annotated[
        str | None, "Only those whose subject holds this text; case does not matter."
    ] = None


@dataclass(frozen=True, kw_only=True)
class Params(MailLogin):
    protocol: Annotated[Literal["pop3"], "How to talk to the server."] = "pop3"
    port: Annotated[
        int | None,
        "The server's port; left out, 995 with `tls: implicit`, else 110.",
        Range(1, 65535),
    ] = None
    tls: Annotated[
        Literal["implicit", "starttls", "none"],
        "`implicit` speaks TLS from the first byte, `starttls` switches to it before the login"
        " (STLS), `none` sends the password for all to read.",
    ] = "implicit"
    select: Annotated[Select, "Which mails to fetch; left out, all."] = field(
        default_factory=Select
    )
    limit: Annotated[
        int | None, "At most that many of those that are selected, the newest.", Range(1)
    ] = None
    max_size: Annotated[
        int, "Mails of more bytes are left on the server, with a warning.", Range(1)
    ] = 100 * 1024 * 1024
    attachments_to: Annotated[
        str | None, "A folder to save attachments in; no file there is overwritten."
    ] = None
    save_to: Annotated[
        str | None, "A folder to save each mail in, as the server's very bytes (.eml)."
    ] = None
    after: Annotated[
        Literal["keep", "delete"], "What becomes of the fetched mails on the server."
    ] = "keep"


def run(params: Params, ctx: Context) -> Result:
    with _session(params, ctx) as session:
        entries = session.entries()
        fetched, too_big = _fetch(params, ctx, session, entries)
        filing = _Filing(params, ctx)
        messages = [filing.filed(entry, raw, read(raw)) for entry, raw in fetched]
        deleted = _deleted(params, ctx, session, [entry for entry, _ in fetched])
    listed = [{"number": entry.number, "uid": entry.uid, "size": entry.size} for entry in entries]
    mailbox = {
        "welcome": session.welcome,
        "count": len(entries),
        "bytes": sum(entry.size for entry in entries),
        "list": listed,
    }
    return Result(
        changed=filing.changed or bool(deleted),
        msg=f"{len(messages)} of {len(entries)} mails fetched",
        data={"mailbox": mailbox, "messages": messages, "deleted": deleted},
        warnings=[
            f"mail {entry.number} was left on the server: it has {entry.size:,} bytes, more than"
            f" max_size ({params.max_size:,})"
            for entry in too_big
        ],
    )


@contextmanager
def _session(params: Params, ctx: Context) -> Iterator[Pop3Session]:
    """Log in for this step alone: a POP3 server lets one client at a time into a mailbox."""
    if params.user is None:
        raise TaskError("user is missing: a mailbox is opened with `user` and `password`")
    port = params.port or _PORTS[params.tls]
    session = Pop3Session(account(params, ctx, port=port, tls=params.tls))
    try:
        with ctx.cancellation.calling(session.abort):
            session.open()
            try:
                yield session
            except BaseException:
                session.hang_up()
                raise
            session.close()
    except MailError:
        # Whoever wants to stop closes the sockets: that the server is gone is no error then.
        ctx.cancellation.check()
        raise


def _fetch(
    params: Params, ctx: Context, session: Pop3Session, entries: list[Entry]
) -> tuple[list[tuple[Entry, bytes]], list[Entry]]:
    """Fetch what is selected, newest first; tells also what was too big."""
    fetched: list[tuple[Entry, bytes]] = []
    too_big: list[Entry] = []
    for entry in entries[::-1][: params.select.newest]:
        if len(fetched) == params.limit:
            break
        if not _is_selected(params.select, session, entry):
            continue
        if entry.size > params.max_size:
            too_big.append(entry)
            continue
        # A server may count line ends as one byte each.
        for _, message in session.messages([entry], 2 * params.max_size, BytesIO):
            fetched.append((entry, message if isinstance(message, bytes) else message.read()))
        ctx.progress("fetching", len(fetched), unit="mails")
    return fetched, too_big


def _is_selected(select: Select, session: Pop3Session, entry: Entry) -> bool:
    if select.subject is None:
        return True
    subject = select.subject.casefold()
    heads = session.heads([entry], _LARGEST_HEAD)
    return any(subject in head_of(head).subject.casefold() for _, head in heads)


def _deleted(params: Params, ctx: Context, session: Pop3Session, entries: list[Entry]) -> int:
    if params.after != "delete":
        return 0
    if not ctx.check:
        session.delete(entries)
    return len(entries)


class _Filing:
    """Saves mails and attachments as asked, and tells what it did in JSON types."""

    def __init__(self, params: Params, ctx: Context) -> None:
        self.changed = False
        self._check = ctx.check
        self._attachments = (
            Folder(ctx.path(params.attachments_to)) if params.attachments_to else None
        )
        self._mails = Folder(ctx.path(params.save_to)) if params.save_to else None

    def filed(self, entry: Entry, raw: bytes, mail: Mail) -> dict[str, object]:
        uid = entry.uid or hashlib.sha256(raw).hexdigest()[:32]
        return {
            "number": entry.number,
            "uid": entry.uid,
            "size": len(raw),
            "message_id": mail.message_id,
            "subject": mail.subject,
            "from": asdict(mail.sender[0]) if mail.sender else {"name": "", "address": ""},
            "to": [asdict(person) for person in mail.to],
            "cc": [asdict(person) for person in mail.cc],
            "reply_to": [asdict(person) for person in mail.reply_to],
            "date": mail.date,
            "date_as_written": mail.date_as_written,
            "text": mail.text,
            "html": mail.html,
            "attachments": [self._attachment(each) for each in mail.attachments],
            "headers": mail.headers,
            "path": self._saved(self._mails, safe_name(f"{uid}.eml", "mail.eml"), raw),
            "defects": mail.defects,
        }

    def _attachment(self, attachment: Attachment) -> dict[str, object]:
        name = safe_name(attachment.name, "attachment")
        return {
            "name": attachment.name,
            "path": self._saved(self._attachments, name, attachment.content),
            "type": attachment.type,
            "bytes": len(attachment.content),
            "sha256": hashlib.sha256(attachment.content).hexdigest(),
            "cid": attachment.cid,
        }

    def _saved(self, folder: Folder | None, name: str, data: bytes) -> str | None:
        if folder is None:
            return None
        if self._check:
            self.changed = True
            return None
        path, is_new = folder.store(name, data)
        self.changed = self.changed or is_new
        return str(path)
