"""Settings: one table, from which the checks, `opsplay settings` and the docs come.

What stands further down wins: the default, `opsplay.toml` beside the playbook, the `ANSIBLE_…`
variable of the same meaning, `OPSPLAY_…`, the command line.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from .errors import Place, PlaybookError, Problem, UsageError
from .kinds.compound import ListOf
from .kinds.kind import Wrong
from .params import record
from .spelling import did_you_mean
from .task import Range

if TYPE_CHECKING:
    from .kinds.record import Field

FILE = "opsplay.toml"
OWN = "OPSPLAY_"
ANSIBLE = "ANSIBLE_"


@dataclass(frozen=True)
class Ansible:
    """Marks a setting that Ansible has too: `ANSIBLE_` and this name."""

    name: str


@dataclass(frozen=True)
class Paths:
    """Marks a setting of paths: in opsplay.toml they count from its folder."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting. Those that are switches too are called as what they set here."""

    inventory: Annotated[
        list[str], Ansible("INVENTORY"), Paths(), "where the hosts are told: files, folders, `a,b,`"
    ] = field(default_factory=list)
    forks: Annotated[int, Range(1), Ansible("FORKS"), "hosts at a time"] = 5
    force_handlers: Annotated[
        bool, Ansible("FORCE_HANDLERS"), "run handlers though a task failed"
    ] = False
    error_on_missing_handler: Annotated[
        bool,
        Ansible("ERROR_ON_MISSING_HANDLER"),
        "whether it is an error to notify a handler that is not there",
    ] = True
    any_errors_fatal: Annotated[
        bool, Ansible("ANY_ERRORS_FATAL"), "end a play for all hosts when one fails"
    ] = False
    strategy: Annotated[
        Literal["linear", "free", "host_pinned"],
        Ansible("STRATEGY"),
        "how hosts go through a play that does not say",
    ] = "linear"
    gathering: Annotated[
        Literal["implicit", "explicit", "smart"],
        Ansible("GATHERING"),
        "facts of plays that do not say: collected, not collected, or only once a run",
    ] = "explicit"
    show_custom_stats: Annotated[
        bool, Ansible("SHOW_CUSTOM_STATS"), "show at the end of a run what set_stats kept"
    ] = False
    roles_path: Annotated[
        list[str],
        Ansible("ROLES_PATH"),
        Paths(),
        "folders of roles, beside `roles/` of the playbook; else those that Ansible has",
    ] = field(default_factory=list)
    private_role_vars: Annotated[
        bool, Ansible("PRIVATE_ROLE_VARS"), "whether a role's variables are hidden from other tasks"
    ] = False
    verbosity: Annotated[
        int, Range(0), Ansible("VERBOSITY"), "how much is told: 1 as with -v, 2 as with -vv"
    ] = 0
    output: Annotated[Literal["text", "json", "quiet"], "how a run is told"] = "text"
    inject_fact_vars: Annotated[
        bool, Ansible("INJECT_FACT_VARS"), "whether facts are variables, not in ansible_facts only"
    ] = True
    no_log: Annotated[
        bool, Ansible("NO_LOG"), "show neither arguments nor results, unless a task says otherwise"
    ] = False
    host_pattern_mismatch: Annotated[
        Literal["error", "warning", "ignore"],
        Ansible("HOST_PATTERN_MISMATCH"),
        "what a play is whose pattern matches no host",
    ] = "error"
    hash_behaviour: Annotated[
        Literal["replace", "merge"],
        Ansible("HASH_BEHAVIOUR"),
        "`merge`: mappings that are set in several places are put together",
    ] = "replace"
    transform_invalid_group_chars: Annotated[
        Literal["never", "ignore", "always", "silently"],
        Ansible("TRANSFORM_INVALID_GROUP_CHARS"),
        "`always` or `silently`: what cannot be in a variable's name becomes _ in a group's",
    ] = "never"
    filter_plugins: Annotated[
        list[str], Ansible("FILTER_PLUGINS"), Paths(), "more folders of filters"
    ] = field(default_factory=list)
    test_plugins: Annotated[
        list[str], Ansible("TEST_PLUGINS"), Paths(), "more folders of tests"
    ] = field(default_factory=list)
    lookup_plugins: Annotated[
        list[str], Ansible("LOOKUP_PLUGINS"), Paths(), "more folders of lookups"
    ] = field(default_factory=list)
    task_modules: Annotated[list[str], Ansible("LIBRARY"), Paths(), "more folders of steps"] = (
        field(default_factory=list)
    )
    callback_result_format: Annotated[
        Literal["text", "json", "yaml"],
        Ansible("CALLBACK_RESULT_FORMAT"),
        "how results are shown: as text for people, or whole as Ansible shows them",
    ] = "text"
    state_dir: Annotated[
        str | None, Paths(), "where to remember runs, and what was sent and fetched"
    ] = None
    no_journal: Annotated[bool, "run without remembering it for `opsplay runs`"] = False
    vault_password_file: Annotated[
        str | None,
        Ansible("VAULT_PASSWORD_FILE"),
        Paths(),
        "a file with the vault password, or a script that prints it",
    ] = None
    vault_identity_list: Annotated[
        list[str], Ansible("VAULT_IDENTITY_LIST"), "vault passwords: `ID@FILE` or `ID@prompt`"
    ] = field(default_factory=list)
    vault_encrypt_identity: Annotated[
        str | None,
        Ansible("VAULT_ENCRYPT_IDENTITY"),
        "the id of the vault password to encrypt with, if there are several",
    ] = None

    @property
    def transforms_group_names(self) -> bool:
        return self.transform_invalid_group_chars in ("always", "silently")


@dataclass(frozen=True)
class Setting:
    """One line of the table."""

    field: Field
    ansible: str
    """The variable of the same meaning that Ansible has; empty where it has none."""
    paths: bool

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def own(self) -> str:
        return OWN + self.name.upper()

    def from_text(self, text: str) -> object:
        """What a variable of the environment gives."""
        if not isinstance(self.field.kind, ListOf):
            return text
        # `a,b,` is one inventory: a list of hosts.
        if self.paths and (self.name != "inventory" or text.endswith(",")):
            return [part for part in text.split(os.pathsep) if part]
        return [part.strip() for part in text.split(",") if part.strip()]

    def below(self, folder: Path, value: object) -> object:
        """The value of a file in this folder; relative paths count from there."""
        if not self.paths or folder == Path():
            return value
        if isinstance(value, list):
            return [self.below(folder, part) for part in value]
        is_path = isinstance(value, str) and "," not in value
        return str(folder / Path(str(value)).expanduser()) if is_path else value


@cache
def table() -> Mapping[str, Setting]:
    """All settings, by name."""
    hints = get_type_hints(Settings, include_extras=True)
    found = (_setting(field, hints[field.name].__metadata__) for field in record(Settings).fields)
    return {setting.name: setting for setting in found}


def _setting(field: Field, markers: Sequence[object]) -> Setting:
    ansible = (ANSIBLE + marker.name for marker in markers if isinstance(marker, Ansible))
    return Setting(field, next(ansible, ""), Paths() in markers)


@dataclass(frozen=True)
class Resolved:
    """The settings of one command, and where those that are set are set."""

    settings: Settings
    origins: Mapping[str, str]


_Said = tuple[Setting, object, str]
"""A value of a setting, and where it comes from."""


def resolve(folder: Path, environ: Mapping[str, str], switches: Mapping[str, Any]) -> Resolved:
    """Ask all sources; raises PlaybookError or UsageError for what they say wrongly.

    A switch that is not given is empty, or not there.
    """
    known = table()
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    given = ((known[name], value) for name, value in switches.items() if value and name in known)
    for setting, value, origin in (
        *_of_file(folder / FILE, known),
        *_of_environment(environ, known),
        *((setting, value, "the command line") for setting, value in given),
    ):
        values[setting.name], origins[setting.name] = value, origin
    return Resolved(Settings(**values), origins)


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
        hint = f" ({error.hint})" if error.hint else ""
        raise UsageError(f"{variable}: {error.message}{hint}") from error
    yield setting, value, variable


# Telling --------------------------------------------------------------------------------------


def text(resolved: Resolved) -> str:
    """All settings and what sets them, in the form of an opsplay.toml."""
    return "\n".join(_told(setting, resolved) for setting in table().values())


def _told(setting: Setting, resolved: Resolved) -> str:
    name = setting.name
    value = getattr(resolved.settings, name)
    names = ", ".join(filter(None, [setting.own, setting.ansible]))
    line = f"# {name} =" if value is None else f"{name} = {_as_toml(value)}"
    origin = resolved.origins.get(name, "the default")
    return f"# {setting.field.doc} ({names})\n{line}  # {origin}\n"


def default(setting: Setting) -> str:
    """The default as opsplay.toml would have it; nothing where there is none."""
    value = setting.field.default
    return "" if value in (None, []) else _as_toml(value)


def _as_toml(value: object) -> str:
    # Of the kinds that settings have, TOML and JSON write all alike.
    return json.dumps(value, ensure_ascii=False)
