"""Where an inventory comes from: files, folders of files, programs, `a,b,`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import source
from ..dataclasses import replace
from ..errors import ExitCode, Place, PlaybookError, Problem
from ..vault.envelope import is_encrypted
from ..whole_paths import whole_path
from . import folders
from .draft import Draft, Spot, Where
from .freeze import freeze
from .model import Inventory
from .reading import ALL_KINDS, AS_USUAL, NOTHING_READ, ORDER, Reading
from .vars_plugins import VarsPlugins

if TYPE_CHECKING:
    from ..vault.opening import Vault

_MAX_BYTES = 16 * 1024 * 1024
_YAML_ENDINGS = (".yml", ".yaml", ".json")
_YAML_START = r"---|%YAML|\{|[\"'\w.-]+:(?:\s|$)"
# In Ansible's words: scripts look for them.
_NO_PLUGINS = (
    "No inventory plugins available to generate inventory, make sure you have at least one enabled."
)
_NEVER = r"\..*|group_vars|host_vars|vars_plugins"


def load(
    sources: Sequence[str],
    playbook_dir: Path,
    vault: Vault | None = None,
    reading: Reading = AS_USUAL,
) -> Inventory:
    """Read all sources, and the folders of variables beside them and beside the playbook.

    A source is a file, a folder or a list of names with a comma. Raises PlaybookError with all
    that is wrong. Without a source there is nothing but the implicit localhost.
    """
    if not reading.takes(*ALL_KINDS):
        raise PlaybookError([Problem(None, _NO_PLUGINS, status=ExitCode.ERROR)])
    draft = Draft(vault, reading)
    for unknown in dict.fromkeys(entry for entry in reading.order if entry not in ORDER):
        told = f"Ignoring unknown variable precedence entry: {unknown}"
        draft.warnings.append(Problem(None, told))
    for text in sources:
        if base := _read_source(draft, text):
            draft.bases[base] = None
    if not draft.any_read and (sources or reading.needs_one):
        _miss_all(draft)
    folders = map(Path, reading.vars_plugins)
    plugins = VarsPlugins(draft, folders, reading.vars_plugins_of_collections(playbook_dir))
    read_more = partial(_read_variables, bases=tuple(draft.bases), plugins=plugins)
    read_more(draft, playbook_dir)
    inventory = freeze(draft)
    if draft.problems:
        raise PlaybookError(draft.problems)
    reload = partial(load, sources, playbook_dir, vault, reading)
    return replace(inventory, beside=playbook_dir, reload=reload, read_more=read_more)


def _miss_all(draft: Draft) -> None:
    """No source could be read."""
    if draft.reading.needs_one:
        message = "No inventory was parsed, please check your configuration and options."
        wrong = [problem for problem in draft.warnings if problem.missing]
        draft.problems += [*wrong, Problem(None, message, missing=True)]
    elif draft.reading.warns:
        draft.warnings.append(Problem(None, NOTHING_READ))


def _read_variables(
    draft: Draft, playbook_dir: Path, bases: Sequence[Path], plugins: VarsPlugins
) -> None:
    """Read the folders of variables beside the inventories and beside a playbook."""
    places = [(base, Spot(Where.BESIDE_INVENTORY, n)) for n, base in enumerate(bases)]
    # What has the last word there has it here.
    if draft.reading.beside_playbook and playbook_dir.absolute() not in bases[-1:]:
        places.append((playbook_dir, Spot(Where.BESIDE_PLAYBOOK)))
    for base, spot in places:
        plugins.read(draft, base, spot, later=False)
        folders.read(draft, base, spot)
        plugins.read(draft, base, spot, later=True)


def _read_source(draft: Draft, text: str) -> Path | None:
    """Read one source; gives the folder beside which variables lie."""
    path = Path(os.path.expanduser(text))  # noqa: PTH111  # this one never fails
    if "," in text and not _is_there(path):
        _read_list(draft, text)
        return None
    if path.is_dir():
        _read_folder(draft, path)
        return whole_path(path)
    _read_file(draft, path)
    return whole_path(path).parent


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _read_list(draft: Draft, text: str) -> None:
    with draft.source(text, "host_list"):
        if draft.reading.takes("host_list", "advanced_host_list"):
            _read_names(draft, text)
        else:
            _refuse(draft, text)


def _refuse(draft: Draft, source: str) -> None:
    kinds = ", ".join(draft.reading.kinds)
    draft.problem(None, f"{source}: inventory_enabled has nothing for it, only {kinds}")


def _read_names(draft: Draft, text: str) -> None:
    from .ranges import RangeError, expand

    for name in filter(None, map(str.strip, text.split(","))):
        try:
            hosts, port = expand(name)
        except RangeError as error:
            draft.problem(None, f"-i {text}: {error}")
            continue
        place = Place("-i", 1, text.index(name) + 1)
        for host in hosts:
            if host not in draft.hosts:
                draft.host(host, draft.group("ungrouped"), text, (port, place))


def _read_folder(draft: Draft, folder: Path) -> None:
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        draft.problem(None, f"the inventory {folder} cannot be read: {error.strerror}")
        return
    others, draft.any_read = draft.any_read, False
    for path in paths:
        if _is_ignored(path.name, draft.reading):
            continue
        if path.is_dir():
            _read_folder(draft, path)
        else:
            _read_file(draft, path)
    if not draft.any_read:
        _miss(draft, folder)
    draft.any_read |= others


def _miss(draft: Draft, path: Path, why: str = "", hint: str = "") -> None:
    """Tell of a source that is not there, or of a folder without one that can be read."""
    message = f"Unable to parse {whole_path(path)} as an inventory source{why}"
    if draft.reading.all_there:
        message = f"{message}: Completely failed to parse inventory source {whole_path(path)}"
    draft.missing(Problem(None, message, hint, missing=True))


def _is_ignored(name: str, reading: Reading) -> bool:
    if re.fullmatch(_NEVER, name) or name.endswith(tuple(reading.ignored_endings)):
        return True
    return any(re.search(pattern, name) for pattern in reading.ignored_patterns)


def _read_file(draft: Draft, path: Path) -> None:
    data = _data(draft, path)
    if data is not None:
        with draft.source(str(whole_path(path)), "ini"):
            _read_data(draft, path, data)


def _read_data(draft: Draft, path: Path, data: bytes) -> None:
    if _is_program(path, data):
        from . import scripts

        draft.kind = "script"
        if draft.reading.takes("script"):
            scripts.read(draft, path)
        else:
            _refuse(draft, str(path))
    elif is_encrypted(data):
        _read_encrypted(draft, path, data)
    else:
        _read_text(draft, path, data)


def _is_program(path: Path, data: bytes) -> bool:
    return (data.startswith(b"#!") or b"\0" in data[:1024]) and os.access(path, os.X_OK)


def _read_encrypted(draft: Draft, path: Path, data: bytes) -> None:
    from ..vault.contents import unshown

    try:
        draft.kind = "yaml"
        opened = draft.vault.open_file(data, path)
    except PlaybookError as error:
        draft.wrong(*error.problems)
        return
    if opened is None:
        return
    known = len(draft.problems)
    try:
        _read_text(draft, path, opened)
    finally:
        draft.problems[known:] = map(unshown, draft.problems[known:])
        draft.hide(str(path))


def _read_text(draft: Draft, path: Path, data: bytes) -> None:
    text = _decoded(draft, path, data)
    if text is None:
        return
    kinds = _kinds(path, text)
    draft.kind = kinds[0]
    if not draft.reading.takes(*kinds):
        _refuse(draft, str(path))
    elif "toml" in kinds:
        from . import toml

        toml.read(draft, text, path)
    elif "yaml" in kinds:
        from . import yaml

        try:
            document = source.parse(text, str(path))
        except PlaybookError as error:
            draft.wrong(*error.problems)
        else:
            yaml.read(draft, document)
    else:
        from . import ini

        ini.read(draft, text, str(path))


def _data(draft: Draft, path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        _miss(draft, path, ": it is not there", f"a list of hosts needs a comma: -i {path},")
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


def _kinds(path: Path, text: str) -> tuple[str, ...]:
    """What the text of a file may be."""
    if path.suffix == ".toml":
        return ("toml",)
    return ("yaml", "auto", "constructed", "generator") if _is_yaml(path, text) else ("ini",)


def _is_yaml(path: Path, text: str) -> bool:
    if path.suffix in _YAML_ENDINGS:
        return True
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    return path.suffix != ".ini" and bool(re.match(_YAML_START, first))
