"""YAML files as documents: read once, bounded, every node with its place."""

from __future__ import annotations

import gc
import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import Place, PlaybookError, Problem
from .loader.compose import Composer, fastest_parser
from .nodes import Document, MapNode, SeqNode
from .read_texts import remember
from .template_text import Template
from .vault.envelope import is_encrypted

if TYPE_CHECKING:
    from .vault.opening import Vault

__all__ = ["Document", "MapNode", "SeqNode", "Template", "load", "parse"]

MAX_BYTES = 16 * 1024 * 1024

# As one set it takes Python 5 ms to compile; most files hold nothing that it may find.
_UNPRINTABLE = "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|[\ud800-\udfff]|[\ufffe\uffff]"
_BIG = 20_000


def load(path: Path, vault: Vault | None = None) -> Document:
    """Read a YAML file, also an encrypted one; raises PlaybookError."""
    data = _read(path)
    if is_encrypted(data):
        return _load_encrypted(data, path, vault)
    return _compose(_decode(data, path), path)


def _load_encrypted(data: bytes, path: Path, vault: Vault | None) -> Document:
    from .vault.contents import hide, unshown
    from .vault.opening import Vault

    vault = vault or Vault()
    opened = vault.open_file(data, path)
    if opened is None:
        return Document(path=path, text="", value=None, sealed=True)
    try:
        document = _compose(_decode(opened, path), path)
    except PlaybookError as error:
        raise PlaybookError(map(unshown, error.problems)) from None
    hide(document.value, vault)
    return document


def parse(text: str, name: str) -> Document:
    """Read YAML that is at hand as a text; `name` stands where a file's name would.

    What has none was written by nobody who may write expressions.
    """
    return _compose(text.removeprefix("\ufeff"), Path(name))


def _compose(text: str, path: Path) -> Document:
    _check_characters(text, path)
    composer = Composer(text, str(path), fastest_parser())
    with _no_collector(text):
        composer.compose()
    if path.name:
        remember(composer.value, Place(str(path), 1, 1), composer.unsafe)
    return Document(
        path=path,
        text=text,
        value=composer.value,
        templates=tuple(composer.templates),
        warnings=tuple(composer.findings.warnings),
        words=composer.findings.words,
    )


@contextmanager
def _no_collector(text: str) -> Iterator[None]:
    # The collector walks a growing tree again and again; without it a big file loads twice as fast.
    pause = len(text) > _BIG and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


def _read(path: Path) -> bytes:
    try:
        # Opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            os.set_blocking(descriptor, True)
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        missing = isinstance(error, FileNotFoundError | IsADirectoryError)
        raise _failure(path, f"cannot be read: {reason}", missing=missing) from None
    if len(data) > MAX_BYTES:
        raise _failure(path, f"is larger than {MAX_BYTES // 1024 // 1024} MB")
    return data


def _failure(path: Path, what: str, *, missing: bool = False) -> PlaybookError:
    return PlaybookError([Problem(None, f"{path} {what}", missing=missing)])


def _decode(data: bytes, path: Path) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _failure(path, "is UTF-16; save it as UTF-8")
    if b"\0" in data:
        raise _failure(path, "is a binary file, not YAML")
    try:
        # The codec `utf-8-sig` is a module of its own.
        return data.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        msg = f"the byte 0x{error.object[error.start]:02x} is not UTF-8"
        place = _place_after(before, path)
        raise PlaybookError([Problem(place, msg, "save the file as UTF-8")]) from None


def _check_characters(text: str, path: Path) -> None:
    if text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
        return
    found = re.search(_UNPRINTABLE, text)
    if found:
        place = _place_after(text[: found.start()], path)
        msg = f"the control character U+{ord(found[0]):04X} must not stand in YAML"
        hint = 'remove it, or write it as an escape in double quotes ("\\x1b")'
        raise PlaybookError([Problem(place, msg, hint)])


def _place_after(before: str, path: Path) -> Place:
    line = before.count("\n") + 1
    return Place(str(path), line, len(before) - before.rfind("\n"))
