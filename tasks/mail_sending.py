"""The work of send_mail: from its parameters to a mail, and from what became of it to a result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Context, Diff, Result, TaskError
from . import mail_delivery, mail_login, mail_once
from .clients.mail_account import MailAccount
from .clients.mail_words import advice
from .clients.smtp_envelope import Delivery, Dsn, Envelope
from .mail_delivery import Departures
from .mail_letter import make_letter, people
from .mail_once import Known
from .mail_parameters import InDoubt, SendParams
from .mail_turn import Outcome, Outgoing
from .message.addresses import Address
from .message.compose import compose
from .message.letter import Letter

_PORTS = {"implicit": 465, "starttls": 587}
_RESUMED: Mapping[str, InDoubt] = {"repeat": "resend", "skip": "skip"}


@dataclass(frozen=True, kw_only=True)
class Ready(Outgoing):
    """A mail with what is to be told of it."""

    params: SendParams
    receivers: Sequence[str]
    told: Mapping[str, object]
    diff: Sequence[Diff]


def prepare(params: SendParams, ctx: Context) -> Ready | Result:
    letter = make_letter(params, ctx, sender=params.user or "", once=_once(params, ctx) or "")
    bcc = people("bcc", params.bcc)
    pieces = compose(letter)
    _write_copies(params, ctx, letter, bcc, pieces)
    ready = _ready(params, ctx, letter, bcc, pieces)
    return _checked(ready) if ctx.check else ready


def run_all(mails: Iterator[Ready]) -> Iterator[Result | TaskError]:
    for mail, outcome in Departures(mails):
        yield _told(mail, outcome)  # type: ignore[arg-type]  # as they were given


# Before it leaves -----------------------------------------------------------------------------


def _ready(
    params: SendParams, ctx: Context, letter: Letter, bcc: list[Address], pieces: list[bytes]
) -> Ready:
    receivers = _receivers(letter, bcc)
    return Ready(
        ctx=ctx,
        account=_account(params, ctx),
        envelope=_envelope(params, letter, receivers, pieces),
        message_id=letter.message_id,
        retries=params.retries,
        retry_delay=params.retry_delay,
        once=_once(params, ctx),
        in_doubt=_in_doubt(params, ctx),
        has_arrived=_has_arrived(params, ctx, letter.message_id),
        params=params,
        receivers=receivers,
        told={"message_id": letter.message_id, "size": sum(map(len, pieces))},
        diff=[_diff(letter, bcc)] if ctx.diff else [],
    )


def _once(params: SendParams, ctx: Context) -> str | None:
    """The text it is remembered by: its own name, or that of its place in the run."""
    if params.once:
        return params.once.encode(errors="backslashreplace").decode()  # names of files may be none
    return ctx.once


def _in_doubt(params: SendParams, ctx: Context) -> InDoubt:
    """What the playbook says, and otherwise what whoever resumes the run says."""
    if params.in_doubt != "fail":
        return params.in_doubt
    return _RESUMED.get(ctx.in_doubt or "", "fail")


def _account(params: SendParams, ctx: Context) -> MailAccount:
    port = params.port or _PORTS.get(params.tls or "", 25)
    by_port = {number: name for name, number in _PORTS.items()}
    tls = params.tls or by_port.get(port, "opportunistic")
    auth, helo = (params.auth or "").upper(), params.helo or ""
    return mail_login.account(params, ctx, port=port, tls=tls, auth=auth, helo=helo)  # type: ignore[arg-type]  # names of TLS


def _envelope(
    params: SendParams, letter: Letter, receivers: list[str], pieces: list[bytes]
) -> Envelope:
    return Envelope(
        sender=letter.sender.address,
        receivers=receivers,
        pieces=pieces,
        needs_smtputf8=letter.needs_smtputf8,
        dsn=_dsn(params, letter),
    )


def _dsn(params: SendParams, letter: Letter) -> Dsn | None:
    wanted = params.dsn
    if wanted is None:
        return None
    notify = ("never",) if wanted.notify == "never" else tuple(wanted.notify)
    return Dsn(notify=notify, ret=wanted.returned or "", envid=letter.message_id.strip("<>"))  # type: ignore[arg-type]  # words of DSN


def _receivers(letter: Letter, bcc: Iterable[Address]) -> list[str]:
    everyone = [*letter.to, *letter.cc, *bcc]
    if not everyone:
        raise TaskError("nobody would get the mail; give `to`, `cc` or `bcc`")
    return list(dict.fromkeys(person.address for person in everyone))


def _has_arrived(params: SendParams, ctx: Context, message_id: str) -> Callable[[], bool]:
    where = params.search_in
    if where is None:
        if params.in_doubt == "search":
            raise TaskError("search_in is missing: `in_doubt: search` needs a mailbox to look in")
        return lambda: False
    from . import mail_search

    return lambda: mail_search.has_arrived(where, ctx, message_id)


def _write_copies(
    params: SendParams, ctx: Context, letter: Letter, bcc: list[Address], pieces: list[bytes]
) -> None:
    if params.eml and not ctx.check:
        _write(params.eml, b"".join(pieces), ctx)
    if params.preview:
        from .message.preview_page import preview_page

        # In check mode too: to look at a mail before it is sent is what a preview is for.
        _write(params.preview, preview_page(letter, bcc).encode(), replace(ctx, check=False))


def _write(path: str, data: bytes, ctx: Context) -> None:
    from . import files
    from .content import Content

    files.place(Content.of_bytes(data, "mail"), ctx.path(path), files.Manner(), ctx)


def _diff(letter: Letter, bcc: list[Address]) -> Diff:
    from .message.preview import preview

    return Diff(before="", after=preview(letter, bcc), before_header="", after_header="mail")


def _checked(mail: Ready) -> Result:
    """Say what would be sent; with `probe`, ask the server."""
    known = mail_once.look(mail.ctx, mail.once) if mail.once else None
    if known and set(mail.receivers) <= set(known.accepted):
        return _sent_before(mail, known)
    msg = f"would send {mail.told['size']:,} bytes to {', '.join(mail.receivers)}"
    if not mail.params.probe:
        return Result(changed=True, msg=msg, data=mail.told, diff=mail.diff)
    with mail_delivery.session(mail.ctx, mail.account) as session:
        delivery = session.probe(mail.envelope)
    return _verdict(mail, delivery, f"{msg}; the server takes them")


# Afterwards -----------------------------------------------------------------------------------


def _told(mail: Ready, outcome: Outcome) -> Result | TaskError:
    if isinstance(outcome, Known):
        return _sent_before(mail, outcome)
    if isinstance(outcome, TaskError):
        outcome.data = {**mail.told, **outcome.data}
        return outcome
    try:
        return _verdict(mail, outcome, f"sent to {', '.join(outcome.accepted)}")
    except TaskError as error:
        return error


def _sent_before(mail: Ready, known: Known) -> Result:
    told = {**mail.told, "accepted": list(known.accepted), "refused": {}, "reply": known.reply}
    if known.is_in_doubt:
        warning = f"{mail.name} may have been sent or not; it was left so"
        return Result(msg="in doubt, and not sent again", data=told, warnings=[warning])
    # What the run has sent before it was killed, it has sent.
    by_this_run = known.place is not None and known.place == mail.ctx.once
    return Result(changed=by_this_run, msg=f"was sent before, at {known.at}", data=told)


def _verdict(mail: Ready, delivery: Delivery, msg: str) -> Result:
    told = {
        **mail.told,
        "accepted": list(delivery.accepted),
        "refused": {
            address: {"code": reply.code, "text": reply.text}
            for address, reply in delivery.refused.items()
        },
        "reply": delivery.reply.text if delivery.accepted else "",
    }
    complaint = _complaint(mail.account, delivery)
    if complaint and (mail.params.on_refused == "fail" or not delivery.accepted):
        raise TaskError(complaint, changed=bool(delivery.accepted), **told)
    warnings = [*delivery.warnings, *filter(None, [complaint])]
    return Result(changed=True, msg=msg, data=told, diff=mail.diff, warnings=warnings)


def _complaint(account: MailAccount, delivery: Delivery) -> str:
    if not delivery.refused:
        return ""
    lines = [
        f"  {address}: {reply.code} {reply.text}; "
        + (advice(account, "RCPT", reply.code) or "ask its owner")
        for address, reply in delivery.refused.items()
    ]
    others = f"sent to {', '.join(delivery.accepted)}" if delivery.accepted else "nothing was sent"
    return "\n".join([f"{account} refuses receivers ({others}):", *lines])
