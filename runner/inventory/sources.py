"""Where an inventory comes from: files, folders of files, programs, `a,b,`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import source
from ..errors import Place, PlaybookError, Problem
from ..vault.envelope import is_encrypted
from . import folders
from .draft import Draft, OddNames, Where
from .freeze import freeze
from .model import Inventory
from .ranges import RangeError, expand
from .vars_plugins import VarsPlugins

if TYPE_CHECKING:
    from ..vault.opening import Vault

_MAX_BYTES = 16 * 1024 * 1024
_YAML_ENDINGS = (".yml", ".yaml", ".json")
_YAML_START = r"---|%YAML|\{|[\"'\w.-]+:(?:\s|$)"
_IGNORED = (
    r"\..*|(?:group_vars|host_vars|vars_plugins)"
    r"|.*(?:~|\.(?:bak|cfg|md|orig|pyc|pyo|retry|rpm|rst|swp|txt))"
)


def load(
    sources: Sequence[str],
    playbook_dir: Path,
    vault: Vault | None = None,
    *,
    odd_names: OddNames = "ignore",
    all_there: bool = False,
    vars_plugins: Sequence[str] = (),
) -> Inventory:
    """Read all sources, and the folders of variables beside them and beside the playbook.

    A source is a file, a folder or a list of names with a comma. Raises PlaybookError with all
    that is wrong. Without a source there is nothing but the implicit localhost. `odd_names` says
    what is done about names of groups; with `all_there`, a source that is missing is an error;
    `vars_plugins` are more folders of such.
    """
    draft = Draft(vault, odd_names=odd_names, all_there=all_there)
    bases = tuple(dict.fromkeys(base for text in sources if (base := _read_source(draft, text))))
    plugins = VarsPlugins(draft, [*map(Path, vars_plugins), playbook_dir / "vars_plugins"])
    read_more = partial(_read_variables, bases=bases, plugins=plugins)
    read_more(draft, playbook_dir)
    if draft.problems:
        raise PlaybookError(draft.problems)
    reload = partial(
        load,
        sources,
        playbook_dir,
        vault,
        odd_names=odd_names,
        all_there=all_there,
        vars_plugins=vars_plugins,
    )
    return replace(freeze(draft), beside=playbook_dir, reload=reload, read_more=read_more)


def _read_variables(
    draft: Draft, playbook_dir: Path, bases: Sequence[Path], plugins: VarsPlugins
) -> None:
    """Read the folders of variables beside the inventories and beside a playbook."""
    places = [(base, Where.BESIDE_INVENTORY) for base in bases]
    if playbook_dir.absolute() not in bases:
        places.append((playbook_dir, Where.BESIDE_PLAYBOOK))
    for base, where in places:
        folders.read(draft, base, where)
        plugins.read(draft, base, where)


def _read_source(draft: Draft, text: str) -> Path | None:
    """Read one source; gives the folder beside which variables lie."""
    path = Path(os.path.expanduser(text))  # noqa: PTH111  # this one never fails
    if "," in text and not _is_there(path):
        _read_list(draft, text)
        return None
    if path.is_dir():
        _read_folder(draft, path)
        return path.absolute()
    _read_file(draft, path)
    return path.absolute().parent


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _read_list(draft: Draft, text: str) -> None:
    for name in filter(None, map(str.strip, text.split(","))):
        try:
            hosts, port = expand(name)
        except RangeError as error:
            draft.problem(None, f"-i {text}: {error}")
            continue
        for host in hosts:
            entity = draft.host(host, draft.group("ungrouped"))
            if port is not None:
                place = Place("-i", 1, text.index(name) + 1)
                entity.layer(Where.INVENTORY).put("ansible_port", place, port, place)


def _read_folder(draft: Draft, folder: Path) -> None:
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        draft.problem(None, f"the inventory {folder} cannot be read: {error.strerror}")
        return
    for path in paths:
        if re.fullmatch(_IGNORED, path.name):
            continue
        if path.is_dir():
            _read_folder(draft, path)
        else:
            _read_file(draft, path)


def _read_file(draft: Draft, path: Path) -> None:
    data = _data(draft, path)
    if data is None:
        return
    if _is_program(path, data):
        from . import scripts

        scripts.read(draft, path)
    elif is_encrypted(data):
        _read_encrypted(draft, path, data)
    else:
        _read_text(draft, path, data)


def _is_program(path: Path, data: bytes) -> bool:
    return (data.startswith(b"#!") or b"\0" in data[:1024]) and os.access(path, os.X_OK)


def _read_encrypted(draft: Draft, path: Path, data: bytes) -> None:
    from ..vault.contents import unshown

    try:
        opened = draft.vault.open_file(data, path)
    except PlaybookError as error:
        draft.problems += error.problems
        return
    if opened is None:
        return
    known = len(draft.problems)
    _read_text(draft, path, opened)
    draft.problems[known:] = map(unshown, draft.problems[known:])
    draft.hide(str(path))


def _read_text(draft: Draft, path: Path, data: bytes) -> None:
    text = _decoded(draft, path, data)
    if text is None:
        return
    if path.suffix == ".toml":
        from . import toml

        toml.read(draft, text, path)
    elif _is_yaml(path, text):
        from . import yaml

        try:
            yaml.read(draft, source.parse(text, str(path)))
        except PlaybookError as error:
            draft.problems += error.problems
    else:
        from . import ini

        ini.read(draft, text, str(path))


def _data(draft: Draft, path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        hint = f"a list of hosts needs a comma: -i {path},"
        message = f"Unable to parse {path.absolute()} as an inventory source: it is not there"
        draft.missing(Problem(None, message, hint))
        return None
    except OSError as error:
        draft.problem(None, f"the inventory {path} cannot be read: {error.strerror}")
        return None
    if len(data) > _MAX_BYTES:
        draft.problem(None, f"the inventory {path} is larger than {_MAX_BYTES // 2**20} MB")
        return None
    return data


def _decoded(draft: Draft, path: Path, data: bytes) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        draft.problem(Place(str(path), line, 1), message, "save the file as UTF-8")
        return None
    if "\0" in text:
        draft.problem(None, f"the inventory {path} is a binary file")
        return None
    return text


def _is_yaml(path: Path, text: str) -> bool:
    if path.suffix in _YAML_ENDINGS:
        return True
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    return path.suffix != ".ini" and bool(re.match(_YAML_START, first))
