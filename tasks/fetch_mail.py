"""Fetch mail over POP3 or IMAP, each exactly once if that is wanted.

Every message is read, whatever its encoding, and its attachments are saved. What arrives is data:
it is never rendered as a template. Nothing on disk is overwritten; a file that lies there already
with the same name and content is used as it is.

With `state` a message counts as fetched once it is on the disk (`save_to`), and is dealt with on
the server (`after`) only then. A run that is killed, at whatever moment, loses none and doubles
none: the next one goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from ..runner.task import Context, Range, Result, TaskError
from . import mail_after, mail_amounts, mail_facts, mail_mailbox, mail_mark, mail_state
from .mail_after import After
from .mail_attachments import AttachmentFolders, AttachmentsTo
from .mail_fetching import Catch, Plan, fetch
from .mail_mailbox import Mailbox
from .mail_places import Format, Places, store
from .mail_select import Select, Selection
from .mail_state import StateName

SUPPORTS_CHECK = True
RETURNS = {
    "mailbox": "The server's `welcome` and `capabilities`, the `count` and the `bytes` of all mails"
    " in the folder, and the `list` of them: number, uid, size and flags (IMAP).",
    **mail_facts.RETURNS,
    "mark": "What lay in the folder, for `since_mark` of a later task.",
    "deleted": "How many mails were deleted on the server.",
    "moved": "How many were moved to another folder there.",
    "marked": "How many were marked there.",
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


@dataclass(frozen=True, kw_only=True)
class Params(Mailbox):
    select: Annotated[Select, "Which mails to fetch; left out, all."] = field(
        default_factory=Select
    )
    limit: Annotated[
        int | None,
        "At most that many of those that are selected, the newest; 0 to look at the mailbox only.",
        Range(0),
    ] = None
    max_size: Annotated[
        str, "Mails of more bytes are left on the server, with a warning.", mail_amounts.SIZE
    ] = "100M"
    state: Annotated[
        str | None,
        "A name under which it is remembered, on this machine and beyond the run, what was fetched:"
        " only what is new is fetched then.",
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
        str | None, "Where to save each mail: a folder, or a file for `format: mbox`."
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


def run(params: Params, ctx: Context) -> Result:
    plan = _plan(params, ctx)
    alone = mail_state.held(plan.state, ctx) if plan.state and not ctx.check else nullcontext()
    with alone:
        catch = fetch(plan, ctx)
    if params.wait and not catch.messages:
        raise TaskError(
            f"no mail came within {params.wait:g} s (`wait`) that is selected; there are"
            f" {len(catch.entries)} in the mailbox",
            mailbox=_mailbox(catch),
        )
    return _result(params, catch)


def _plan(params: Params, ctx: Context) -> Plan:
    """Understand everything before anything is done."""
    mail_mailbox.check(params)
    mail_after.check(params.after, params.protocol)
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


def _result(params: Params, catch: Catch) -> Result:
    filed = mail_after.outcome(params.after, catch.filed)
    told = [f"{len(catch.messages)} of {len(catch.entries)} mails fetched"]
    told += [f"{count} {word}" for word, count in filed.items() if count]
    return Result(
        changed=catch.changed,
        msg=", ".join(told),
        data={
            "mailbox": _mailbox(catch),
            "messages": catch.messages,
            "mark": mail_mark.take(catch.entries, catch.space).data,
            **filed,
        },
        warnings=catch.warnings,
    )


def _mailbox(catch: Catch) -> Mapping[str, Any]:
    return {
        "welcome": catch.welcome,
        "capabilities": list(catch.capabilities),
        "count": len(catch.entries),
        "bytes": sum(entry.size for entry in catch.entries),
        "list": [
            {
                "number": entry.number,
                "uid": entry.uid,
                "size": entry.size,
                "flags": sorted(entry.flags),
            }
            for entry in catch.entries
        ],
    }
