"""Read variables from a file, or from all files of a folder, while the run goes on.

A file is looked for in `vars/` of the role, beside the file of the task, and beside the playbook.
The variables are the host's from then on; `set_fact` and registered results win over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from ..dataclasses import dataclass, field
from ..errors import OpsplayError, Place
from ..nodes import MapNode
from ..task import Context, FreeForm, NotDefined, Range, TaskError
from ..validate import reserved
from .orders import IncludeVars, Ordered

SUPPORTS_CHECK = True
REPEAT = "always"
_ENDINGS = ["yaml", "yml", "json"]
EXAMPLES = """
- include_vars: "partner-{{ partner }}.yml"

- include_vars:
    dir: partners
    extensions: [yml]
    name: partners
"""
RETURNS = {
    "ansible_facts": "The variables.",
    "ansible_included_var_files": "The files that were read.",
}


@dataclass(frozen=True, kw_only=True)
class Params:
    file: Annotated[str | None, "The file.", FreeForm()] = None
    dir: Annotated[str | None, "A folder, of which all files are read, in order."] = None
    depth: Annotated[int, "How many levels of folders to look into; 0: all.", Range(0)] = 0
    files_matching: Annotated[str | None, "Only files whose name this expression finds."] = None
    ignore_files: Annotated[
        str | list[str], "Expressions for ends of names to leave out; a text has spaces in between."
    ] = field(default_factory=list)
    extensions: Annotated[
        list[str] | str | None,
        "What the names of files in the folder end in: `[yaml, yml, json]`. A text alone is a list "
        "of its letters.",
    ] = None
    ignore_unknown_extensions: Annotated[bool, "Pass over files that end in anything else."] = False
    name: Annotated[str | None, "One variable that gets them all, as a mapping."] = None
    hash_behaviour: Annotated[
        Literal["replace", "merge"] | None, "merge: put mappings into those that are there already."
    ] = None


def run(params: Params, ctx: Context) -> Ordered:
    _check(params)
    found, files = _read(params, ctx)
    if params.name is not None:
        whole = MapNode(found.place)
        _take(whole, {params.name: found})
        found = whole
    if params.hash_behaviour == "merge":
        found = _merged({name: _value(name, ctx) for name in map(str, found)}, found)
    for name in filter(reserved.names().__contains__, found):
        ctx.on_warning(reserved.in_words(name))
    read = {str(name): value for name, value in found.items()}
    told = {"ansible_facts": read, "ansible_included_var_files": list(map(str, files))}
    return Ordered(data=told, order=IncludeVars(vars=read))


def _check(params: Params) -> None:
    if params.file is not None and _says_of_folder(params):
        msg = "Task failed: You are mixing file only and dir only arguments, these are incompatible"
        raise TaskError(msg)
    if params.file is None and params.dir is None:
        raise TaskError("write a file, or dir and a folder")


def _says_of_folder(params: Params) -> bool:
    of_folder = (params.dir, params.depth, params.files_matching, params.ignore_files)
    of_names = params.extensions is not None or params.ignore_unknown_extensions
    return any(of_folder) or of_names


def _read(params: Params, ctx: Context) -> tuple[MapNode, list[Path]]:
    """The variables of all files, and the files."""
    files: list[Path] = []
    found = MapNode(Place(params.file or str(params.dir), 1, 1))
    try:
        for file in _files(params, ctx):
            _take(found, ctx.read_variables(file))
            files.append(file)
    except OpsplayError as error:
        words, more = (error.msg, error.data) if isinstance(error, TaskError) else (str(error), {})
        told: dict[str, object] = {
            **more,
            "ansible_facts": {} if params.name is None else {params.name: {}},
            "ansible_included_var_files": list(map(str, files)),
        }
        raise TaskError(words, message=words, **told) from error
    return found, files


# Files ----------------------------------------------------------------------------------------


def _files(params: Params, ctx: Context) -> Iterator[Path]:
    if params.file is not None:
        yield ctx.find(params.file, "vars").absolute()
        return
    folder = _folder(str(params.dir), ctx)
    if not folder.exists():
        msg = f"{folder} directory does not exist"
        raise TaskError(msg)
    if not folder.is_dir():
        msg = f"{folder} is not a directory"
        raise TaskError(msg)
    for path in _below(folder, params.depth):
        if _is_wanted(path, params):
            yield path


def _folder(name: str, ctx: Context) -> Path:
    """It lies beside the file of the task, or in the `vars` of its role, and nowhere else."""
    of_role = ctx.templar.holds("role_path is defined") and Path(name).parts[:1] != ("vars",)
    return ctx.search_path[0].absolute() / ("vars" if of_role else "") / name


def _below(folder: Path, depth: int) -> Iterator[Path]:
    entries = sorted(folder.iterdir())
    yield from (path for path in entries if path.is_file())
    if depth != 1:
        for path in entries:
            if path.is_dir():
                yield from _below(path, depth - 1)


def _is_wanted(path: Path, params: Params) -> bool:
    name = path.name
    ignored = params.ignore_files
    endings = _ENDINGS if params.extensions is None else list(params.extensions)
    try:
        if params.files_matching and not re.search(params.files_matching, name):
            return False
        ends = ignored.split() if isinstance(ignored, str) else ignored
        if any(re.search(f"{end}$", name) for end in ends):
            return False
    except re.error as error:
        msg = f"{error.pattern!r} is no regular expression: {error}"
        raise TaskError(msg) from None
    if path.suffix.removeprefix(".") in endings:
        return True
    if params.ignore_unknown_extensions:
        return False
    hint = "list its ending in extensions, or set ignore_unknown_extensions"
    msg = f"{path} does not have a valid extension: {', '.join(endings)}"
    raise TaskError(msg, hint=hint)


# Variables ------------------------------------------------------------------------------------


def _take(node: MapNode, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        node.put(name, node.place, value, node.place)


def _value(name: str, ctx: Context) -> object:
    try:
        return ctx.templar.evaluate(name)
    except NotDefined:
        return None


def _merged(lower: Mapping[str, object], upper: MapNode) -> MapNode:
    """Mappings inside are put together, too; whatever else is above, wins."""
    whole = MapNode(upper.place)
    _take(whole, {name: value for name, value in lower.items() if value is not None})
    for key, value in upper.items():
        below = whole.get(key)
        if isinstance(below, dict) and isinstance(value, MapNode):
            _take(whole, {str(key): _merged(below, value)})
        else:
            _take(whole, {str(key): value})
    return whole
