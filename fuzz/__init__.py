"""Throws bytes at all that reads what others wrote: `python -m fuzz inventory --seconds 60`."""

from __future__ import annotations

TARGETS = {
    **dict.fromkeys(("playbook", "template", "inventory", "vault"), "language"),
    **dict.fromkeys(("ftp_lists", "ftp_replies", "ftp"), "ftp"),
    **dict.fromkeys(("smtp", "pop3", "imap", "message"), "mail"),
}
"""The module in which each lies."""
