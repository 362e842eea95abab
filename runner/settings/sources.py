"""Where settings come from: who is asked, and who wins.

What stands further down wins: the default, `ansible.cfg`, `opsplay.toml` beside the playbook, the
`ANSIBLE_…` variable of the same meaning, `OPSPLAY_…`, the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..dataclasses import dataclass, fields
from ..errors import Place, PlaybookError, Problem, UsageError
from ..kinds.kind import Wrong
from ..spelling import did_you_mean
from . import ANSIBLE, FILE, OWN, Settings, ansible_cfg

if TYPE_CHECKING:
    from .table import Setting


@dataclass(frozen=True, eq=False, repr=False)
class Resolved:
    """The settings of one command, and where those that are set are set."""

    settings: Settings
    origins: Mapping[str, str]


_SWITCHES = "the command line"
_NAMES = frozenset(field.name for field in fields(Settings))

_Said: TypeAlias = "tuple[Setting, object, str]"
"""A value of a setting, and where it comes from."""


def resolve(folder: Path, environ: Mapping[str, str], switches: Mapping[str, Any]) -> Resolved:
    """Ask all sources; raises PlaybookError or UsageError for what they say wrongly.

    A switch that is not given is empty, or not there.
    """
    cfg = ansible_cfg.find(environ)
    if not cfg and not (folder / FILE).exists() and not any(map(_is_of_settings, environ)):
        # Mostly nobody says anything, and the table need not be made.
        own = {name: value for name, value in switches.items() if value and name in _NAMES}
        return Resolved(Settings(**own), dict.fromkeys(own, _SWITCHES))
    from .table import table

    known = table()
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    given = ((known[name], value) for name, value in switches.items() if value and name in known)
    for setting, value, origin in (
        *(_of_ansible_cfg(cfg, known) if cfg else ()),
        *_of_file(folder / FILE, known),
        *_of_environment(environ, known),
        *((setting, value, _SWITCHES) for setting, value in given),
    ):
        added = values.get(setting.name, []) if setting.adds_up and origin == _SWITCHES else None
        values[setting.name] = value if added is None else [*added, *value]
        origins[setting.name] = origin
    return Resolved(Settings(**values), origins)


def _is_of_settings(variable: str) -> bool:
    return variable.startswith((OWN, ANSIBLE))


# ansible.cfg ----------------------------------------------------------------------------------


def _of_ansible_cfg(path: Path, known: Mapping[str, Setting]) -> Iterator[_Said]:
    """What it says of our settings; the rest is Ansible's."""
    at = {(setting.section, setting.key): setting for setting in known.values() if setting.ansible}
    for section, key, text in ansible_cfg.entries(path):
        if setting := at.get((section, key)):
            try:
                said = setting.from_text(text)
                said = ansible_cfg.unquoted(said) if isinstance(said, str) else said
                value = setting.field.kind.convert(said)
            except Wrong as error:
                where = f"{path}: [{section}] {key}"
                raise _invalid(where, error) from error
            yield setting, setting.below(path.parent, value), str(path)


# opsplay.toml ---------------------------------------------------------------------------------


def _of_file(path: Path, known: Mapping[str, Setting]) -> Sequence[_Said]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PlaybookError([Problem(None, f"{path} cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise PlaybookError([Problem(Place(str(path), 1, 1), "this is not UTF-8")]) from error
    said: list[_Said] = []
    problems: list[Problem] = []
    for name, value in _parsed(path, text).items():
        place = _place(path, text, name)
        if name not in known:
            hint = did_you_mean(name, known) or "opsplay settings lists them"
            problems.append(Problem(place, f"there is no setting named {name}", hint, len(name)))
            continue
        try:
            right = known[name].field.kind.convert(value)
        except Wrong as error:
            message = f"{name}: {error.message}"
            problems.append(Problem(place, message, error.hint, len(name)))
        else:
            said.append((known[name], known[name].below(path.parent, right), str(place)))
    if problems:
        raise PlaybookError(problems)
    return said


def _parsed(path: Path, text: str) -> Mapping[str, object]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words, _, rest = str(error).partition(" (at ")
        spot = re.match(r"line (\d+), column (\d+)", rest)
        line, column = (int(spot[1]), int(spot[2])) if spot else (text.count("\n") + 1, 1)
        problem = Problem(Place(str(path), line, column), f"this is not TOML: {words}")
        raise PlaybookError([problem]) from error


def _place(path: Path, text: str, name: str) -> Place:
    """Where a name stands; tomllib does not tell."""
    found = re.search(rf"^[ \t]*\[?[ \t]*[\"']?({re.escape(name)})\b", text, re.MULTILINE)
    if not found:
        return Place(str(path), 1, 1)
    start = found.start(1)
    return Place(str(path), text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))


# The environment ------------------------------------------------------------------------------


def _of_environment(environ: Mapping[str, str], known: Mapping[str, Setting]) -> Iterator[_Said]:
    for setting in known.values():
        yield from _of_variable(setting, setting.ansible, environ)
    for variable in sorted(name for name in environ if name.startswith(OWN)):
        name = variable.removeprefix(OWN).lower()
        if name in known:
            yield from _of_variable(known[name], variable, environ)
        elif hint := did_you_mean(name, known):
            # What is like none is somebody's own business.
            raise UsageError(f"there is no setting named {variable}; of {name}: {hint}")


def _of_variable(setting: Setting, variable: str, environ: Mapping[str, str]) -> Iterator[_Said]:
    text = environ.get(variable, "")
    if not text:
        return
    try:
        value = setting.field.kind.convert(setting.from_text(text))
    except Wrong as error:
        raise _invalid(variable, error) from error
    yield setting, value, variable


def _invalid(where: str, error: Wrong) -> UsageError:
    hint = f" ({error.hint})" if error.hint else ""
    return UsageError(f"{where} has an invalid value: {error.message}{hint}")


# Telling --------------------------------------------------------------------------------------


def text(resolved: Resolved) -> str:
    """All settings and what sets them, in the form of an opsplay.toml."""
    from .table import table

    return "\n".join(_told(setting, resolved) for setting in table().values())


def _told(setting: Setting, resolved: Resolved) -> str:
    from .table import as_toml

    name = setting.name
    value = getattr(resolved.settings, name)
    if name == "journal" and value:
        from ..journal.address import shown

        value = shown(value)
    names = ", ".join(filter(None, [setting.own, setting.ansible]))
    line = f"# {name} =" if value is None else f"{name} = {as_toml(value)}"
    origin = resolved.origins.get(name, "the default")
    return f"# {setting.field.doc} ({names})\n{line}  # {origin}\n"
