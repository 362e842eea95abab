"""What send_mail is told about a letter. What is made of it is the affair of `mail_letter`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import Alias, Check, Pattern, Range, Secret
from . import mail_checks
from .mail_login import NOT_EMPTY, MailLogin

InDoubt: TypeAlias = Literal["search", "resend", "skip", "fail"]


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    name: Annotated[str, "The name that is shown."] = ""
    address: Annotated[str, "The address, as in ann@example.com.", Check(mail_checks.people)]


People: TypeAlias = Annotated[str | Mailbox | list[str | Mailbox], Check(mail_checks.people)]


@dataclass(frozen=True, kw_only=True)
class Attachment:
    path: Annotated[str | None, "The file to attach, or a pattern such as `reports/*.pdf`."] = None
    content: Annotated[str | None, "The text to attach, in place of a file."] = None
    name: Annotated[str | None, "The file's name for the receivers; left out, that of `path`."] = (
        None
    )
    content_type: Annotated[
        str | None, "The type, as in text/csv; left out, by the name's suffix."
    ] = None
    charset: Annotated[
        str | None,
        "How `content` is written, or which charset a text file is said to have.",
        Check(mail_checks.charset),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Notify:
    notify: Annotated[
        list[Literal["success", "failure", "delay"]] | Literal["never"],
        "When the receivers' servers are to report to the sender.",
    ] = field(default_factory=lambda: ["failure"])
    returned: Annotated[
        Literal["headers", "full"] | None,
        "What of the mail comes back with a report; left out, as the server likes.",
        Alias("return"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Bodies:
    body: Annotated[str, "The text.", Alias("text")] = ""
    body_template: Annotated[
        str | None, "The text as a template; looked for in `templates/` and beside the playbook."
    ] = None
    html: Annotated[
        str, "The same as HTML; without `body`, the text is made from it. Write `{{ name | e }}`."
    ] = ""
    html_template: Annotated[
        str | None, "The HTML as a template, in which every value is escaped by itself."
    ] = None
    markdown: Annotated[
        str, "Text in Markdown: sent as it is, and as HTML. HTML inside it is shown, not obeyed."
    ] = ""
    markdown_template: Annotated[str | None, "The Markdown as a template."] = None


@dataclass(frozen=True, kw_only=True)
class DkimKey:
    domain: Annotated[str | None, "The domain that signs; left out, that of `from`."] = None
    selector: Annotated[
        str,
        "Where the public key stands in the DNS: at `selector`._domainkey.`domain`.",
        Pattern(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", "a selector, as in mail2026"),
    ]
    key: Annotated[str, "PEM file with the private key, RSA or Ed25519."]
    passphrase: Annotated[Secret | None, "What opens the key."] = None


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    cert: Annotated[str, "PEM file with the certificate of the sender."]
    key: Annotated[str, "PEM file with its private key, RSA or on an elliptic curve."]
    chain: Annotated[
        str | None, "PEM file with the certificates between that one and the authority."
    ] = None
    passphrase: Annotated[Secret | None, "What opens the key."] = None


@dataclass(frozen=True, kw_only=True)
class Protection:
    dkim: Annotated[DkimKey | None, "Sign for the sender's domain (DKIM)."] = None
    sign: Annotated[SigningKey | None, "Sign with S/MIME, so that a change is seen."] = None
    encrypt: Annotated[
        list[str] | None,
        "Encrypt with S/MIME for these certificates (PEM files), one for each who may read it. The"
        " subject and the other headers stay in clear.",
    ] = None


@dataclass(frozen=True, kw_only=True)
class LetterParams(Bodies, Protection):
    sender: Annotated[
        str | Mailbox | None,
        "Who the mail is from; left out, `user`.",
        Alias("from"),
        Check(mail_checks.sender),
    ] = None
    to: Annotated[
        People,
        "The receivers: `ann@example.com`, `Ann <ann@example.com>`, {name, address}; of an answer"
        " whom it answers.",
        NOT_EMPTY,
    ] = field(default_factory=list)
    cc: Annotated[People, "Receivers of a copy."] = field(default_factory=list)
    bcc: Annotated[People, "Receivers that the others do not see."] = field(default_factory=list)
    reply_to: Annotated[People, "Where answers go."] = field(default_factory=list)
    subject: Annotated[str, "The subject; of an answer `Re:` and the subject it answers."] = ""
    inline: Annotated[
        dict[str, str], "Pictures for the HTML: each file by the name that `<img src=cid:…>` has."
    ] = field(default_factory=dict)
    attachments: Annotated[
        list[str | Attachment],
        "Files to attach, as paths, as patterns such as `reports/*.pdf`, or in detail.",
        Alias("attach"),
    ] = field(default_factory=list)
    filename_encoding: Annotated[
        str,
        "How names beyond ASCII are written: `rfc2231` (the standard), `rfc2047`, or a charset such"
        " as `gbk` for an encoded word in it, as Outlook, Foxmail and QQ Mail write and read it.",
        Check(mail_checks.filename_encoding),
    ] = "rfc2231"
    headers: Annotated[dict[str, str], "Further headers."] = field(default_factory=dict)
    priority: Annotated[
        Literal["high", "normal", "low"] | None, "How mail programs are to mark it."
    ] = None
    in_reply_to: Annotated[
        str | dict[str, object] | None,
        "What this answers: a message that `fetch_mail` gave, or a Message-ID.",
        Check(mail_checks.identifiers),
    ] = None
    quote: Annotated[bool, "Whether the text of the answered message goes below this one."] = True
    references: Annotated[
        list[str],
        "The Message-IDs of the thread; of an answer to a message, they are known.",
        Check(mail_checks.identifiers),
    ] = field(default_factory=list)
    message_id: Annotated[
        str | None, "The Message-ID; left out, one is made.", Check(mail_checks.identifiers)
    ] = None
    date: Annotated[
        str | None,
        "When it was written, as in 2026-11-25T08:30:00+08:00; left out, now.",
        Check(mail_checks.date),
    ] = None
    charset: Annotated[
        str, "The charset of text, subject and names.", Check(mail_checks.charset)
    ] = "utf-8"
    request_receipt: Annotated[
        bool | str,
        "Ask to be told when the mail is read; or the address that is to be told.",
        Check(mail_checks.people),
    ] = False
    dsn: Annotated[
        Notify | None, "Which reports of delivery to ask for, where servers offer them (DSN)."
    ] = None


@dataclass(frozen=True, kw_only=True)
class SearchIn(MailLogin):
    port: Annotated[
        int | None,
        "The IMAP server's port; left out, 993 with `tls: implicit`, else 143.",
        Range(1, 65535),
    ] = None
    tls: Annotated[Literal["implicit", "starttls", "none"], "How the connection is protected."] = (
        "implicit"
    )
    folder: Annotated[str, "The folder to look in, the receiver's inbox or one of sent mail."] = (
        "INBOX"
    )


@dataclass(frozen=True, kw_only=True)
class SendParams(LetterParams, MailLogin):
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
    auth: Annotated[
        Literal["plain", "login", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer"] | None,
        "How to log in; left out, the best way that the server offers.",
    ] = None
    helo: Annotated[
        str | None,
        "How we call ourselves to the server; left out, the machine's own name.",
        Pattern(r"[!-~]*", "a name in ASCII without blanks"),
    ] = None
    retries: Annotated[
        int,
        "How many times to try again after a fault that may pass, as long as nothing can be sent"
        " twice by that: a lost connection, silence, a reply of the kind 4.",
        Range(0),
    ] = 3
    retry_delay: Annotated[
        float,
        "Seconds before the first further attempt; before each other one twice as many, a minute"
        " at most, and some less by chance.",
        Range(0),
    ] = 1
    on_refused: Annotated[
        Literal["fail", "warn"],
        "What to do, after the others were served, if the server refuses some receivers.",
    ] = "fail"
    once: Annotated[
        str | None,
        "A name for this mail, such as `invoice-{{ number }}`: whoever has got the mail of this"
        " name does not get it again, by no run of this user.",
        NOT_EMPTY,
    ] = None
    in_doubt: Annotated[
        InDoubt,
        "What to do if a mail may have been sent or not, as its connection or its run ended between"
        " its last byte and the server's reply. `search` looks for it in `search_in` and sends it"
        " again if it is not there.",
    ] = "fail"
    search_in: Annotated[SearchIn | None, "The mailbox to look in, by IMAP."] = None
    probe: Annotated[
        bool,
        "Whether check mode asks the server if it would take the mail: it logs in and names sender"
        " and receivers, and sends nothing.",
    ] = False
    eml: Annotated[str | None, "A file to write the message to as well, as it is sent."] = None
    preview: Annotated[
        str | None, "A file to write the mail to as well, as an HTML page to look at."
    ] = None
