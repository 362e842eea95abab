"""Starting TLS on an IMAP server, and logging in.

* What the server offers before TLS is forgotten after it, and PREAUTH before it is not believed.
* The command LOGIN is a way to log in like those of SASL, and the last to be chosen: it needs no
  offer, only that LOGINDISABLED is not there.
"""

from __future__ import annotations

from . import sasl
from .imap_command import argument
from .imap_dialogue import ImapDialogue
from .imap_reply import Continuation, Status
from .mail_words import MailError

_CAPABILITY = "ask what the server can do", b"CAPABILITY"


def log_in(dialogue: ImapDialogue, greeting: Status) -> None:
    """Start TLS as the account wants it, and log in unless the server knows us already."""
    _start_tls(dialogue, greeting)
    _learn(dialogue)
    if greeting.word != "PREAUTH":
        before = dialogue.capabilities
        _authenticate(dialogue)
        if dialogue.capabilities is before:
            dialogue.ask(*_CAPABILITY)
    if "ID" in dialogue.capabilities:
        # 163.com and its like open no folder for who does not say what they are.
        dialogue.begin("introduce ourselves", b'ID ("name" "opsplay")')


def _learn(dialogue: ImapDialogue) -> None:
    if not dialogue.capabilities:
        dialogue.ask(*_CAPABILITY)


def _start_tls(dialogue: ImapDialogue, greeting: Status) -> None:
    wanted = dialogue.account.tls
    if wanted not in {"starttls", "opportunistic"}:
        return
    _learn(dialogue)
    if wanted == "opportunistic" and "STARTTLS" not in dialogue.capabilities:
        return
    if greeting.word == "PREAUTH":
        raise _impossible(
            dialogue,
            "the server, or somebody on the way, says that we are logged in before TLS is on; do"
            " not use this connection",
        )
    dialogue.ask("start TLS", b"STARTTLS", "set `tls: implicit` (port 993 as a rule)")
    dialogue.wire.secure()
    dialogue.capabilities = frozenset()


def _impossible(dialogue: ImapDialogue, why: str) -> MailError:
    return MailError(dialogue.account, f"cannot start TLS ({dialogue.account}): {why}")


def _authenticate(dialogue: ImapDialogue) -> None:
    offered = [name[5:] for name in sorted(dialogue.capabilities) if name.startswith("AUTH=")]
    if "LOGINDISABLED" not in dialogue.capabilities:
        offered.append("LOGIN")
    exchange = sasl.choose(dialogue.account, offered, is_secure=dialogue.wire.is_secure)
    if exchange.name == "LOGIN" and offered[-1] == "LOGIN":
        _login(dialogue, _hint(exchange))
        return
    opening = exchange.begin(with_initial="SASL-IR" in dialogue.capabilities)
    tag = dialogue.begin("log in", b"AUTHENTICATE " + opening.encode())
    for response in dialogue.responses(tag):
        if isinstance(response, Continuation):
            dialogue.wire.send(f"{exchange.answer(response.text)}\r\n".encode())
        dialogue.expect_ok(response, _hint(exchange))
    exchange.finish()


def _login(dialogue: ImapDialogue, hint: str) -> None:
    account = dialogue.account
    words = argument("user", account.user), argument("password", account.password)
    dialogue.ask("log in", b"LOGIN %b %b" % words, hint)


def _hint(exchange: sasl.Exchange) -> str:
    return f"{exchange.hint}; many providers also want IMAP to be allowed in the mailbox's settings"
