"""What an IMAP session changes in a folder: marks, messages that go, or go elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .imap_command import uid_sets
from .imap_dialogue import ImapDialogue, Refused
from .imap_folders import server_name
from .imap_search import Criteria, search


def mark(dialogue: ImapDialogue, uids: Iterable[str], flag: str) -> None:
    """Set a flag, as IMAP calls it."""
    _store(dialogue, "mark mails", uids, flag)


def _store(dialogue: ImapDialogue, doing: str, uids: Iterable[str], flag: str) -> None:
    for part in uid_sets(uids):
        command = b"UID STORE %b +FLAGS.SILENT (%b)" % (part, flag.encode())
        dialogue.ask(doing, command, "the account may not change this folder")


def delete(dialogue: ImapDialogue, uids: Iterable[str]) -> None:
    """Delete messages, and none that somebody else has marked as deleted."""
    going = set(uids)
    _store(dialogue, "delete mails", going, "\\Deleted")
    if "UIDPLUS" in dialogue.capabilities:
        for part in uid_sets(going):
            dialogue.ask("delete mails", b"UID EXPUNGE " + part)
    elif going:
        _expunge(dialogue, going)


def _expunge(dialogue: ImapDialogue, going: set[str]) -> None:
    if not search(dialogue, Criteria(deleted=True)) - going:
        dialogue.ask("delete mails", b"EXPUNGE")
        return
    why = "the server cannot delete single mails, and what others have marked would go with it"
    dialogue.refusals += [
        f"the mail with the id {uid} is marked as deleted, but still there ({dialogue.account}):"
        f" {why}; let a mail program clear the folder of deleted mails"
        for uid in sorted(going, key=int)
    ]


def move(
    dialogue: ImapDialogue, uids: Iterable[str], folder: str, copied: Collection[str] = ()
) -> None:
    """Move messages to a folder, which is made if it is not there; it has those `copied`."""
    moving = set(uids)
    if not moving:
        return
    verb = b"MOVE" if "MOVE" in dialogue.capabilities else b"COPY"
    name = server_name(dialogue, folder)
    for part in uid_sets(moving.difference(copied)):
        _into(dialogue, b"UID %b %b " % (verb, part), name, folder)
    if verb == b"COPY":
        delete(dialogue, moving)


def _into(dialogue: ImapDialogue, command: bytes, name: bytes, folder: str) -> None:
    doing = f"move mails to the folder {folder}"
    try:
        dialogue.ask(doing, command + name)
    except Refused as refusal:
        if refusal.status.code != "TRYCREATE":
            raise
        dialogue.ask(f"create the folder {folder}", b"CREATE " + name)
        dialogue.ask(doing, command + name)
