"""`opsplay vault`: what ansible-vault does, with its switches.

All files are read, opened or encrypted, and laid down, before the first one is replaced.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..errors import ExitCode, UsageError, VaultError
from ..settings import Settings
from ..terminal import printable
from . import files
from .editing import edited
from .envelope import DEFAULT_LABEL, Envelope, encrypt, is_encrypted, parse
from .keyring import Keyring
from .passwords import asked, sources
from .strings import Text


def do(wanted: Namespace) -> int:
    """Do one of the seven; raises VaultError or UsageError."""
    _ACTIONS[wanted.action](wanted)
    return ExitCode.OK


def keyring(wanted: Namespace, *, new: bool = False) -> Keyring:
    """The passwords that were named; without any, the user is asked."""
    settings = wanted.resolved.settings
    return Keyring(
        sources(wanted, settings, new=new) or [asked(DEFAULT_LABEL, new=new)],
        by_label=settings.vault_id_match,
    )


class Lock:
    """Encrypts with one password."""

    def __init__(self, keys: Keyring, label: str | None, salt: bytes = b"") -> None:
        """Without a label, there must be one only. Raises UsageError or VaultError."""
        for wrong in keys.read():
            sys.stderr.write(f"[WARNING]: Error getting vault password file: {wrong}\n")
        if label is None:
            label, *others = keys.there
            if others:
                names = ",".join(keys.there)
                raise UsageError(
                    f"The vault-ids {names} are available to encrypt."
                    " Specify the vault-id to encrypt with --encrypt-vault-id"
                )
        self._label = label
        self._salt = salt
        self._password = keys.password(label)

    def __call__(self, plaintext: bytes) -> bytes:
        return encrypt(plaintext, self._password, self._label, self._salt).encode()


def _lock(wanted: Namespace, keys: Keyring) -> Lock:
    return Lock(keys, _label(wanted), _salt(wanted))


def _label(wanted: Namespace) -> str | None:
    """The id to encrypt with, if one is named."""
    named: str | None = wanted.encrypt_vault_id or wanted.resolved.settings.vault_encrypt_identity
    return named


def _salt(wanted: Namespace) -> bytes:
    """What the settings say; otherwise it is made up."""
    return (wanted.resolved.settings.vault_encrypt_salt or "").encode()


# In an editor ---------------------------------------------------------------------------------


def _create(wanted: Namespace) -> None:
    (name,) = wanted.files
    if not sys.stdout.isatty() and not wanted.skip_tty_check:
        raise UsageError("not a tty, editor cannot be opened; --skip-tty-check tries it anyway")
    if os.path.lexists(name):
        raise VaultError(f"{name} exists, please use 'edit' instead", f"opsplay vault edit {name}")
    lock = _lock(wanted, keyring(wanted, new=True))
    files.make_folder(Path(name).parent)
    _save(name, None, lock(edited(b"", name, wanted.resolved.settings.editor)))


def _edit(wanted: Namespace) -> None:
    keys = keyring(wanted)
    for name in wanted.files:
        written, envelope = files.read(name), _envelope(name)
        before, password = _unlocked(keys, envelope, name)
        after = edited(before, name, wanted.resolved.settings.editor)
        if after != before:
            text = encrypt(after, password, envelope.label, _salt(wanted))
            _save(name, written, text.encode())


def _save(name: str, before: bytes | None, text: bytes) -> None:
    """Write what was edited, if nobody else has written meanwhile; otherwise it is set aside."""
    try:
        _write_over(name, before, text)
    except VaultError as error:
        hint = f"what you wrote is in {files.set_aside(text)}, encrypted"
        raise VaultError(error.message, hint) from error


def _write_over(name: str, before: bytes | None, text: bytes) -> None:
    if (files.read(name) if os.path.lexists(name) else None) != before:
        raise VaultError(f"{name} was changed by somebody else meanwhile")
    files.write(name, text, keep_mode=True)


# Whole files ----------------------------------------------------------------------------------


def _view(wanted: Namespace) -> None:
    keys = keyring(wanted)
    for name in wanted.files:
        opened, _ = _unlocked(keys, _envelope(name), name)
        if sys.stdout.isatty():
            # A terminal obeys what it is sent.
            opened = printable(opened.decode("utf-8", "backslashreplace")).encode()
        files.write(files.STDIO, opened)


def _encrypt(wanted: Namespace) -> None:
    _check_output(wanted)
    plain = {name: files.read(name) for name in wanted.files}
    for name, data in plain.items():
        if is_encrypted(data):
            raise VaultError(f"{name}: input is already encrypted")
    lock = _lock(wanted, keyring(wanted, new=True))
    files.write_all({wanted.output or name: lock(data) for name, data in plain.items()})
    _say("Encryption successful")


def _decrypt(wanted: Namespace) -> None:
    _check_output(wanted)
    files.write_all({wanted.output or name: data for name, data in _opened(wanted).items()})
    _say("Decryption successful")


def _opened(wanted: Namespace) -> dict[str, bytes]:
    """What is in each of the files."""
    envelopes = {name: _envelope(name) for name in wanted.files}
    keys = keyring(wanted)
    return {name: _unlocked(keys, one, name)[0] for name, one in envelopes.items()}


def _rekey(wanted: Namespace) -> None:
    opened = _opened(wanted)
    lock = _lock(wanted, _new_keyring(wanted))
    files.write_all({name: lock(data) for name, data in opened.items()}, keep_mode=True)
    sys.stderr.write("Rekey successful\n")


def _new_keyring(wanted: Namespace) -> Keyring:
    new = Namespace(
        vault_ids=[wanted.new_vault_id] if wanted.new_vault_id else [],
        vault_password_files=list(filter(None, [wanted.new_vault_password_file])),
        ask_vault_pass=False,
    )
    known = wanted.resolved.settings.vault_identity_list if _label(wanted) else []
    found = sources(new, Settings(vault_identity_list=known), new=True)
    return Keyring(found or [asked(DEFAULT_LABEL, new=True)])


def _check_output(wanted: Namespace) -> None:
    if wanted.output and len(wanted.files) > 1:
        raise UsageError("At most one input file may be used with the --output option")


def _envelope(name: str) -> Envelope:
    try:
        return parse(files.read(name))
    except VaultError as error:
        raise _about(name, error) from error


def _unlocked(keys: Keyring, envelope: Envelope, name: str) -> tuple[bytes, bytes]:
    try:
        return keys.unlock(envelope)
    except VaultError as error:
        raise _about(name, error) from error


def _about(name: str, error: VaultError) -> VaultError:
    known = error.message.startswith(name)
    return error if known else VaultError(f"{name}: {error.message}", error.hint)


def _say(what: str) -> None:
    if sys.stdout.isatty():
        sys.stderr.write(f"{what}\n")


# Texts ----------------------------------------------------------------------------------------


def _encrypt_string(wanted: Namespace) -> None:
    from .strings import texts

    found = texts(wanted)
    lock = _lock(wanted, keyring(wanted, new=True))
    blocks: list[str] = []
    for number, text in enumerate(found, start=1):
        if len(found) > 1:
            sys.stderr.write(_told(text, number))
        blocks.append(_as_yaml(lock(text.plain).decode(), text.name))
    files.write(wanted.output or files.STDIO, "".join(blocks).encode())
    _say("Encryption successful")


def _told(text: Text, number: int) -> str:
    source = f"the string #{number} from {text.source}"
    named = f'variable ("{text.name}", {source})' if text.name else source
    return f"# The encrypted version of {named}.\n"


def _as_yaml(text: str, name: str | None) -> str:
    lines: Sequence[str] = text.splitlines()
    head = f"{name}: !vault |" if name else "!vault |"
    return "\n".join([head, *(f"{'':10}{line}" for line in lines), ""])


_ACTIONS: Mapping[str, Callable[[Namespace], None]] = {
    "create": _create,
    "edit": _edit,
    "view": _view,
    "encrypt": _encrypt,
    "decrypt": _decrypt,
    "rekey": _rekey,
    "encrypt_string": _encrypt_string,
}
