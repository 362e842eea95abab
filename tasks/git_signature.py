"""Whether a commit or a tag has been signed, by one whose key counts."""

from __future__ import annotations

from collections.abc import Collection

from ..runner.task import TaskError
from .git_repository import Repository

_SIGNED = "[GNUPG:] VALIDSIG "


def verify(repository: Repository, version: str, allowed: Collection[str]) -> None:
    """Raises TaskError unless gpg finds the signature good."""
    is_tag = repository.ask("cat-file", "-t", f"refs/tags/{version}") == "tag"
    what, name = ("tag", version) if is_tag else ("commit", "HEAD")
    done = repository.attempt("-C", str(repository.path), f"verify-{what}", "--raw", name)
    if done.code:
        msg = f'Failed to verify GPG signature of commit/tag "{name}"'
        raise TaskError(msg, rc=done.code, stdout=done.stdout, stderr=done.stderr)
    signed = [line for line in done.stderr.splitlines() if line.startswith(_SIGNED)]
    keys = {word for line in signed for word in line.split()[2:]}
    if allowed and keys.isdisjoint(allowed):
        raise TaskError(f"The gpg_allowlist does not include the public key of this {what}.")
