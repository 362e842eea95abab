"""Python files of users, imported under names of their own; their mistakes and lines."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, TracebackType

from .errors import Place


def files_in(folder: Path) -> Iterator[Path]:
    """The plugins of a folder, those with `_` before their names last; none if it is not there."""
    try:
        found = sorted(folder.iterdir(), key=lambda path: (path.name[0] == "_", path))
    except OSError:
        return
    yield from (path for path in found if path.suffix == ".py" and path.stem != "__init__")


def names_of(path: Path) -> list[str]:
    """The names of what lies in a file; as in Ansible, `_` before them says that it is of old."""
    return list(dict.fromkeys([path.stem, path.stem.removeprefix("_")]))


def import_file(path: Path, package: str) -> ModuleType:
    """Raises whatever the file raises."""
    from importlib.util import module_from_spec, spec_from_file_location

    name = f"{package}.{path.stem}"
    if name in sys.modules:
        # Two roles or playbooks may each have a plugin of this name.
        name = f"{package}.{re.sub(r'[^A-Za-z0-9]', '_', str(path.resolve()))}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = module_from_spec(spec)
    # A dataclass looks its own module up there.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def in_words(error: BaseException) -> str:
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {words}"


def place_of(error: BaseException, origin: str) -> Place:
    """Where the plugin itself failed: the last of its own lines in the traceback."""
    if isinstance(error, SyntaxError) and error.filename:
        file = origin if error.filename == str(Path(origin).absolute()) else error.filename
        return Place(file, error.lineno or 1, error.offset or 1)
    own = str(Path(origin).absolute())
    lines = [tb.tb_lineno for tb in _walk(error.__traceback__) if _file(tb) == own]
    return Place(origin, lines[-1] if lines else 1, 1)


def _walk(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback:
        yield traceback
        traceback = traceback.tb_next


def _file(traceback: TracebackType) -> str:
    return traceback.tb_frame.f_code.co_filename
