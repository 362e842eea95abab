"""The lookup `password`: one that is made up once and kept in a file."""

from __future__ import annotations

import fcntl
import os
import random
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..filters.passwords import new_salt, password_hash
from . import LookupContext
from .inline import split, whole_number

_NOWHERE = Path(os.devnull)
_UNKNOWN = "Unrecognized parameter(s) given to password lookup: {}"
_IMPLIED = {"bcrypt": "2b"}
"""The variants that are kept in the file though nobody has asked for one."""
_SETS = frozenset(
    {
        "ascii_letters",
        "ascii_lowercase",
        "ascii_uppercase",
        "digits",
        "hexdigits",
        "octdigits",
        "printable",
        "punctuation",
        "whitespace",
    }
)


def password(
    terms: list[Any],
    _: Mapping[str, Any],
    *,
    context: LookupContext,
    length: int | str = 20,
    chars: Sequence[str] | str = ("ascii_letters", "digits", ".,:-_"),
    seed: Any = None,
    encrypt: str | None = None,
    ident: str | None = None,
) -> list[str]:
    """The password in each file, made up if the file is not there; hashed if asked for."""
    options = {
        "length": length,
        "chars": chars.split(",") if isinstance(chars, str) else chars,
        "seed": seed,
        "encrypt": encrypt,
        "ident": ident,
    }
    return [_password(term, options, context) for term in terms]


class _Entry(NamedTuple):
    """A line of a password's file."""

    plain: str
    salt: str = ""
    ident: str = ""

    def __str__(self) -> str:
        parts = {"salt": self.salt, "ident": self.ident}
        return self.plain + "".join(f" {name}={part}" for name, part in parts.items() if part)


def _password(term: Any, options: Mapping[str, Any], context: LookupContext) -> str:
    # As in Ansible, the first word is the file, whatever it looks like.
    first, _, rest = term.partition(" ")
    more, inline = split(rest, options, _UNKNOWN)
    name = f"{first} {more}".rstrip()
    if not term.startswith(name):
        raise ValueError("Unrecognized value after key=value parameters given to password lookup")
    chosen = {**options, **inline}
    path = context.playbook_dir / Path(name).expanduser()
    entry = _completed(None, chosen) if path == _NOWHERE else _kept(path, chosen)
    if not (scheme := chosen["encrypt"]):
        return entry.plain
    return password_hash(entry.plain, scheme, entry.salt, ident=entry.ident or None)


def _completed(stored: _Entry | None, chosen: Mapping[str, Any]) -> _Entry:
    """What is stored, with what it lacks made up."""
    entry = stored or _Entry(_made_up(chosen))
    if scheme := chosen["encrypt"]:
        salt = entry.salt or new_salt(scheme)
        entry = entry._replace(salt=salt, ident=_ident(entry, chosen))
    return entry


def _ident(entry: _Entry, chosen: Mapping[str, Any]) -> str:
    """The variant of a scheme that has several: that of the file, which nobody may contradict."""
    given = chosen["ident"] or ""
    if entry.ident and given and given != entry.ident:
        words = f"The ident parameter provided ({entry.ident}) does not match the stored one"
        raise ValueError(f"{words} ({given}).")  # the two the other way round, as in Ansible
    return entry.ident or given or _IMPLIED.get(chosen["encrypt"], "")


def _kept(path: Path, chosen: Mapping[str, Any]) -> _Entry:
    """The entry of a file; what it lacks is written there, by one thread of one run at a time."""
    stored = _stored(path.read_text("utf-8")) if path.exists() else None
    entry = _completed(stored, chosen)
    if entry == stored:
        return entry  # the file may be one that cannot be written
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with open(descriptor, "r+", encoding="utf-8") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        stored = _stored(opened.read())
        entry = _completed(stored, chosen)
        if entry != stored:
            # Never empty meanwhile: on a full disk the old password would be lost.
            opened.seek(0)
            opened.write(f"{entry}\n")
            opened.truncate()
    return entry


def _stored(text: str) -> _Entry | None:
    """What a file says; an empty one has lost its password, or another run is just beginning it."""
    if not text.strip():
        return None
    plain, found, rest = text.rstrip().rpartition(" salt=")
    if not found:
        return _Entry(text.rstrip())
    salt, _, ident = rest.partition(" ident=")
    return _Entry(plain, salt, ident)


def _made_up(chosen: Mapping[str, Any]) -> str:
    seed = chosen["seed"]
    source = random.SystemRandom() if seed is None else random.Random(str(seed))  # noqa: S311
    characters = _characters(chosen["chars"])
    length = whole_number("length", chosen["length"], "password")
    return "".join(source.choice(characters) for _ in range(length))


def _characters(wanted: Sequence[str] | str) -> str:
    """All characters of the sets that the names stand for; what is no name stands for itself."""
    if isinstance(wanted, str):
        comma = [","] if ",," in wanted else []
        wanted = [*comma, *(part for part in wanted.split(",") if part)]
    sets = [vars(string)[name] if name in _SETS else name for name in wanted]
    return "".join(sets).replace('"', "").replace("'", "")
