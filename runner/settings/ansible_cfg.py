"""ansible.cfg: what it says of the settings that Ansible and opsplay have in common.

It is looked for where Ansible does: the file, or folder, that ANSIBLE_CONFIG names; else the
current folder, the home folder, /etc/ansible. As in Ansible, the current folder does not count if
everybody may write to it: what it says would be anybody's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import UsageError

_NAME = "ansible.cfg"
_NONE = "No config file found; using defaults"


class Entry(NamedTuple):
    """One line: a section, a key, what is said."""

    section: str
    key: str
    text: str


def find(environ: Mapping[str, str]) -> Path | None:
    """The file that counts, if there is one."""
    if named := environ.get("ANSIBLE_CONFIG"):
        path = Path(named).expanduser()
        path = path / _NAME if path.is_dir() else path
        if path.exists():
            return path
    home = Path(environ.get("HOME") or "/nonexistent", f".{_NAME}")
    here = [] if _is_anybodys(Path()) else [Path(_NAME)]
    return next(
        (path for path in (*here, home, Path("/etc/ansible", _NAME)) if path.exists()), None
    )


def told(environ: Mapping[str, str]) -> str:
    """Which file counts, in Ansible's words."""
    path = find(environ)
    return f"Using {path.absolute()} as config file" if path else _NONE


def passed_over(environ: Mapping[str, str]) -> str:
    """What is said, in Ansible's words, of a file here that does not count; mostly nothing."""
    here = Path(_NAME)
    named = environ.get("ANSIBLE_CONFIG")
    if named or not here.exists() or not _is_anybodys(Path()):
        return ""
    return (
        f"Ansible is being run in a world writable directory ({Path.cwd()}), ignoring it as an"
        " ansible.cfg source."
    )


def _is_anybodys(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return True


def unquoted(text: str) -> str:
    """A text, or a part of a list, as it is meant: quotes around it are taken off."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def entries(path: Path) -> Iterator[Entry]:
    """All that the file says; raises UsageError, in the words of Ansible."""
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(inline_comment_prefixes=(";",), allow_no_value=True)
    try:
        parser.read_string(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"Error reading config file ({path}): {error.strerror}") from error
    except (Error, UnicodeDecodeError) as error:
        words = " ".join(str(error).split())
        raise UsageError(f"Error reading config file ({path}): {words}") from error
    here = str(Path.cwd())
    for section in parser.sections():
        for key, text in parser.items(section):
            if text:
                yield Entry(section, key, os.path.expandvars(text.replace("{{CWD}}", here)))
