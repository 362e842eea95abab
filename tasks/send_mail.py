"""Send a mail over SMTP.

Text, HTML with pictures, and attachments, to any number of receivers. Everything is checked before
anything is sent; mails to one server share one login. A password is never sent in clear to another
machine, unless `tls: none` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from ..runner.task import Context, Diff, Range, Result, TaskError
from .clients.mail_account import MailAccount
from .clients.mail_words import MailError, advice
from .clients.smtp import Delivery, SmtpSession
from .mail_letter import LetterParams, make_letter, people
from .mail_login import MailLogin, account
from .message.addresses import Address
from .message.compose import compose
from .message.letter import Letter
from .message.preview import preview

SUPPORTS_CHECK = True
RETURNS = {
    "message_id": "The mail's Message-ID, the same for the same mail within a run.",
    "accepted": "The addresses that the server took the mail for.",
    "refused": "By address, the code and the text with which the server refused it.",
    "size": "How many bytes the mail has.",
    "reply": "What the server said when it took the mail, often with its queue number.",
}
EXAMPLES = """\
- name: Tell the people on duty
  send_mail:
    host: smtp.example.com
    port: 587
    user: robot@example.com
    password: "{{ mail_password }}"
    from: 值班机器人 <robot@example.com>
    to: [li@example.com, 王芳 <wang@example.com>]
    subject: 备份完成
    body: |
      All is well.

- name: Send the weekly report with its chart and two files
  send_mail:
    host: smtp.example.com
    tls: starttls
    user: robot@example.com
    password: "{{ mail_password }}"
    from: robot@example.com
    to: team@example.com
    bcc: boss@example.com
    subject: Weekly report
    body: The report is in the HTML part.
    html: <h1>Report</h1><img src="cid:chart">
    inline:
      chart: chart.png
    attachments:
      - report.pdf
      - content: "a,b\\n1,2\\n"
        name: 测试.csv
    filename_encoding: gbk
"""

_PORTS = {"implicit": 465, "starttls": 587}


@dataclass(frozen=True, kw_only=True)
class Params(LetterParams, MailLogin):
    port: Annotated[
        int | None,
        "The server's port; left out, 465 with `tls: implicit`, 587 with `tls: starttls`, else 25.",
        Range(1, 65535),
    ] = None
    tls: Annotated[
        Literal["starttls", "implicit", "none"] | None,
        "`starttls` switches to TLS before the login, `implicit` speaks it from the first byte."
        " Left out: `implicit` on port 465, `starttls` on 587, else STARTTLS if it is offered.",
    ] = None
    on_refused: Annotated[
        Literal["fail", "warn"],
        "What to do, after the others were served, if the server refuses some receivers.",
    ] = "fail"


def run(params: Params, ctx: Context) -> Result:
    letter = make_letter(params, ctx, sender=params.user or "")
    bcc = people("bcc", params.bcc)
    receivers = _receivers(letter, bcc)
    data = b"".join(compose(letter))
    diff = [_diff(letter, bcc)] if ctx.diff else []
    told = {"message_id": letter.message_id, "size": len(data)}
    if ctx.check:
        msg = f"would send {len(data):,} bytes to {', '.join(receivers)}"
        return Result(changed=True, msg=msg, data=told, diff=diff)
    delivery = _deliver(_account(params, ctx), ctx, letter.sender.address, receivers, data)
    return _result(params, delivery, told, diff)


def _result(
    params: Params, delivery: Delivery, told: dict[str, object], diff: list[Diff]
) -> Result:
    told |= {
        "accepted": list(delivery.accepted),
        "refused": {
            address: {"code": reply.code, "text": reply.text}
            for address, reply in delivery.refused.items()
        },
        "reply": delivery.reply.text if delivery.accepted else "",
    }
    complaint = _complaint(params, delivery)
    if complaint and (params.on_refused == "fail" or not delivery.accepted):
        raise TaskError(complaint, changed=bool(delivery.accepted), **told)
    return Result(
        changed=True,
        msg=f"sent to {', '.join(delivery.accepted)}",
        data=told,
        diff=diff,
        warnings=[complaint] if complaint else [],
    )


def _complaint(params: Params, delivery: Delivery) -> str:
    if not delivery.refused:
        return ""
    lines = [
        f"  {address}: {reply.code} {reply.text}; {advice('RCPT', reply.code) or 'ask its owner'}"
        for address, reply in delivery.refused.items()
    ]
    others = f"sent to {', '.join(delivery.accepted)}" if delivery.accepted else "nothing was sent"
    return "\n".join([f"{params.host} refuses receivers ({others}):", *lines])


def _receivers(letter: Letter, bcc: Iterable[Address]) -> list[str]:
    everyone = [*letter.to, *letter.cc, *bcc]
    if not everyone:
        raise TaskError("nobody would get the mail; give `to`, `cc` or `bcc`")
    return list(dict.fromkeys(person.address for person in everyone))


def _diff(letter: Letter, bcc: list[Address]) -> Diff:
    return Diff(before="", after=preview(letter, bcc), before_header="", after_header="mail")


# The server -----------------------------------------------------------------------------------


def _account(params: Params, ctx: Context) -> MailAccount:
    port = params.port or _PORTS.get(params.tls or "", 25)
    by_port = {number: name for name, number in _PORTS.items()}
    tls = params.tls or by_port.get(port, "opportunistic")
    return account(params, ctx, port=port, tls=tls)  # type: ignore[arg-type]  # names of TLS


def _deliver(
    account: MailAccount, ctx: Context, sender: str, receivers: list[str], data: bytes
) -> Delivery:
    def connect() -> SmtpSession:
        session = SmtpSession(account)
        with ctx.cancellation.calling(session.abort):
            session.open()
        return session

    lease = ctx.pool.lease(
        ("smtp", account), connect, close=SmtpSession.close, alive=SmtpSession.alive
    )
    try:
        with lease as session, ctx.cancellation.calling(session.abort):
            return session.deliver(sender, receivers, data)
    except MailError:
        # Whoever wants to stop closes the sockets: that the server is gone is no error then.
        ctx.cancellation.check()
        raise
