"""The folders of an IMAP server, and what they are called there."""

from __future__ import annotations

from .imap_command import folder_name
from .imap_dialogue import ImapDialogue
from .imap_reply import Folder

_DOING = "list the folders"


def server_name(dialogue: ImapDialogue, folder: str) -> bytes:
    """Write a folder's name; `/` parts folders, whatever the server's own sign for that is."""
    if "/" in folder:
        signs = [found.delimiter for found in _listed(dialogue, b'LIST "" ""')]
        folder = folder.replace("/", signs[0] or "/") if signs else folder
    return folder_name(folder)


def names(dialogue: ImapDialogue) -> list[str]:
    """Give the names of all folders."""
    return [found.name for found in _listed(dialogue, b'LIST "" "*"')]


def _listed(dialogue: ImapDialogue, command: bytes) -> list[Folder]:
    return [found for found in dialogue.ask(_DOING, command) if isinstance(found, Folder)]
