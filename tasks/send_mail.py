"""Send a mail over SMTP.

Text, HTML with pictures, and attachments, to any number of receivers. Everything is checked before
anything is sent; mails to one server share one login. A password is never sent in clear to another
machine, unless `tls: none` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..runner.task import Context, Result, TaskError
from .mail_parameters import SendParams

if TYPE_CHECKING:
    from .mail_sending import Ready

SUPPORTS_CHECK = True
REPEAT = "safe"
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


Params = SendParams

# What a playbook only names, as in a `rescue`, is not imported: a mail takes many modules.


def run(params: Params, ctx: Context) -> Result:
    from . import mail_sending

    ready = mail_sending.prepare(params, ctx)
    if isinstance(ready, Result):
        return ready
    [outcome] = mail_sending.run_all(iter([ready]))
    if isinstance(outcome, TaskError):
        raise outcome
    return outcome


def prepare(params: Params, ctx: Context) -> Ready | Result:
    """Do all that needs no server; in check mode that is everything, unless it is to `probe`."""
    from . import mail_sending

    return mail_sending.prepare(params, ctx)


def run_all(mails: Iterator[Ready]) -> Iterator[Result | TaskError]:
    """Send mails in their order; those that follow each other to one server share one login."""
    from . import mail_sending

    return mail_sending.run_all(mails)
