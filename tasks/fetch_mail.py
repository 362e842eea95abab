"""Fetch mail over POP3 or IMAP, each exactly once if that is wanted.

Every message is read, whatever its encoding, and its attachments are saved. What arrives is data:
it is never rendered as a template. Nothing on disk is overwritten; a file that lies there already
with the same name and content is used as it is.

With `state` a message counts as fetched once it is on the disk (`save_to`), and is dealt with on
the server (`after`) only then. A run that is killed, at whatever moment, loses none and doubles
none: the next one goes on where it stopped.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Annotated

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, Range, Repeat, Result, TaskError
from . import mail_after, mail_amounts, mail_mailbox, mail_mark, mail_report, mail_state
from .mail_after import After
from .mail_attachments import AttachmentFolders, AttachmentsTo
from .mail_fetching import Plan, fetch
from .mail_login import NOT_EMPTY
from .mail_mailbox import Mailbox
from .mail_places import Format, Places, store
from .mail_select import Select, Selection
from .mail_state import StateName

SUPPORTS_CHECK = True
RETURNS = mail_report.RETURNS
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

- name: Take all new orders off the server, each exactly once
  fetch_mail:
    host: pop.example.com
    user: orders@example.com
    password: "{{ mail_password }}"
    state: orders
    save_to: orders
    after: delete

- name: File invoices by sender, and move their mails to a folder
  fetch_mail:
    protocol: imap
    host: imap.example.com
    user: accounts@example.com
    password: "{{ mail_password }}"
    folder: INBOX/Invoices
    state: invoices
    select:
      has_attachment: true
      subject: /invoice|发票/
      since: 2026-01-01
      larger: 1K
      smaller: 20M
    max_size: 20M
    save_to: invoices.mbox
    format: mbox
    attachments_to:
      path: invoices
      name: "{from}/{date}-{name}"
      include: ["*.pdf", "image/*"]
      exclude: logo*
    after:
      move: INBOX/Done

- name: Look at what lies in the mailbox before the shop is asked for a report
  fetch_mail:
    protocol: imap
    host: imap.example.com
    user: li@example.com
    password: "{{ mail_password }}"
    limit: 0
  register: before

- name: Wait for the report; older ones do not count
  fetch_mail:
    protocol: imap
    host: imap.example.com
    user: li@example.com
    password: "{{ mail_password }}"
    since_mark: "{{ before.mark }}"
    select:
      from: shop@example.com
      to: li@
      header:
        X-Report: daily
    wait: 300
    after: seen

- name: Read the answers to a mail that was sent before
  fetch_mail:
    host: pop.example.com
    port: 110
    tls: starttls
    auth: apop
    user: li@example.com
    password: "{{ mail_password }}"
    timeout: 60
    select:
      in_reply_to: "{{ sent.message_id }}"
      before: 1h

- name: Keep a copy of what nobody has read yet, as a maildir, from an account that wants OAuth2
  fetch_mail:
    protocol: imap
    host: outlook.office365.com
    user: li@example.com
    token_command: oauth2-token li@example.com
    select:
      unseen: true
    limit: 500
    save_to: archive
    format: maildir
    after: keep

- name: Mark one mail, on a server of our own that wants to see a certificate
  fetch_mail:
    protocol: imap
    host: mail.internal
    user: robot
    token: "{{ access_token }}"
    auth: oauthbearer
    ca_file: ca.pem
    client_cert: robot.pem
    client_key: robot.key
    select:
      message_id: "{{ wanted }}"
    after: flag

- name: Fetch one mail again by the server's id, from a server whose certificate is not checked
  fetch_mail:
    host: 192.0.2.7
    verify: false
    user: li
    password: "{{ mail_password }}"
    select:
      uid: "{{ mail.messages[0].uid }}"
"""


@dataclass(frozen=True, kw_only=True)
class Params(Mailbox):
    select: Annotated[Select, "Which mails to fetch; left out, all."] = field(
        default_factory=Select
    )
    limit: Annotated[
        int | None,
        "At most that many of those that are selected, the newest; 0 to look at the mailbox only.",
        Range(0, 1_000_000_000),
    ] = None
    max_size: Annotated[
        str, "Mails of more bytes are left on the server, with a warning.", mail_amounts.SIZE
    ] = "100M"
    state: Annotated[
        str | None,
        "A name under which it is remembered, on this machine and beyond the run, what was fetched:"
        " only what is new is fetched then. Give `save_to` too: what is kept nowhere is lost if the"
        " run is killed before a later task has made use of it.",
        NOT_EMPTY,
    ] = None
    since_mark: Annotated[
        dict[str, object] | None,
        "Only mails that were not there when an earlier fetch_mail looked: its result's `mark`.",
    ] = None
    wait: Annotated[
        float,
        "How many seconds to wait until there is a mail to fetch; if none comes, it fails.",
        Range(0),
    ] = 0
    save_to: Annotated[
        str | None, "Where to save each mail: a folder, or a file for `format: mbox`.", NOT_EMPTY
    ] = None
    format: Annotated[
        Format,
        "`eml` makes a file of each, the server's very bytes; `maildir` does in a maildir; `mbox`"
        " appends to one file.",
    ] = "eml"
    attachments_to: Annotated[
        str | AttachmentsTo | None,
        "A folder to save attachments in, or more about it; no file there is overwritten.",
    ] = None
    after: Annotated[
        After,
        "What becomes of the fetched mails on the server, once they are safe; `seen` and `flag`"
        " mark them, `move` puts them into another folder (IMAP).",
    ] = "keep"


def _repeat(params: Params) -> Repeat:
    """What a state remembers is fetched once; without one, a mail may be gone that nobody told."""
    return "safe" if params.state or params.after == "keep" else "unsafe"


REPEAT = _repeat


def run(params: Params, ctx: Context) -> Result:
    plan = _plan(params, ctx)
    alone = mail_state.held(plan.state, ctx) if plan.state and not ctx.check else nullcontext()
    with alone:
        catch = fetch(plan, ctx)
    if params.wait and not catch.messages:
        raise TaskError(
            f"no mail came within {params.wait:g} s (`wait`) that is selected; there are"
            f" {len(catch.entries)} in the mailbox",
            mailbox=mail_report.mailbox(catch),
        )
    return mail_report.report(params.after, catch)


def _plan(params: Params, ctx: Context) -> Plan:
    """Understand everything before anything is done."""
    mail_mailbox.check(params)
    mail_after.check(params.after, params)
    if params.select.unseen and params.protocol == "pop3":
        raise TaskError(
            "select: unseen needs `protocol: imap`; POP3 does not know what was read, but `state`"
            " fetches what was not fetched before"
        )
    if params.wait and params.limit == 0:
        raise TaskError("wait: with `limit: 0` nothing is fetched, so nothing can be waited for")
    return Plan(
        mailbox=params,
        selection=Selection(params.select, datetime.now(UTC)),
        limit=params.limit,
        max_size=mail_amounts.size(params.max_size),
        since=None if params.since_mark is None else mail_mark.read(params.since_mark),
        state=None if params.state is None else StateName(params.state, params.identity),
        wait=params.wait,
        places=_places(params, ctx),
        after=params.after,
    )


def _places(params: Params, ctx: Context) -> Places:
    to = params.attachments_to
    if isinstance(to, str):
        to = AttachmentsTo(path=to)
    kept = None
    if params.save_to:
        kept = store(params.format, ctx.path(params.save_to), ctx.cancellation.sleep)
    folders = AttachmentFolders(to, ctx.path(to.path if to else "."), check=ctx.check)
    return Places(store=kept, attachments=folders, check=ctx.check)
