"""Runs a module that is written with AnsibleModule: `python -m … MODULE ARGUMENTS`."""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

from . import ansible_names
from .ansible_names import SHARED
from .collection_files import root_of

_ANSIBLE_MODULE = "opsplay.tasks.ansible_module"
# The oldest way to ask for AnsibleModule, and what stands for it.
_OLD_WAY = b"#<<INCLUDE_ANSIBLE_MODULE_COMMON>>"
_IMPORT = b"from ansible.module_utils.basic import *"


def main() -> None:
    path, arguments = sys.argv[1:]
    ansible_names.provide()
    basic = importlib.import_module("ansible.module_utils.basic")
    ours = importlib.import_module(_ANSIBLE_MODULE)
    ours.GIVEN.update(json.loads(Path(arguments).read_text("utf-8")))
    vars(basic).update(vars(ours))
    for place, names in importlib.import_module(ansible_names.SHARED_NAMES).NAMES.items():
        ansible_names.give(f"{SHARED}{place}", names)
    more = os.environ.get("ANSIBLE_MODULE_UTILS", "").split(os.pathsep)
    folders = [Path(path).parent.parent / "module_utils", *map(Path, filter(None, more))]
    sys.meta_path.insert(0, _Shared(folders))
    if root := root_of(Path(path)):
        sys.path.append(str(root))
    sys.argv = [path]
    try:
        _run(Path(path), root)
        raise RuntimeError("New-style module did not handle its own exit.")  # noqa: TRY301
    except Exception as error:  # noqa: BLE001  # whatever a module does, its result says so
        told = {"failed": True, "msg": f"Task failed: Module failed: {error}"}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.exit(1)


def _run(path: Path, root: Path | None) -> None:
    """One of a collection may name what lies beside it by its place from there."""
    text = path.read_bytes()
    if _OLD_WAY in text:
        code = compile(text.replace(_OLD_WAY, _IMPORT), str(path), "exec")
        exec(code, {"__name__": "__main__", "__file__": str(path)})  # noqa: S102  # as runpy does
    elif root:
        name = ".".join(path.absolute().relative_to(root).with_suffix("").parts)
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(str(path), run_name="__main__")


class _Shared(MetaPathFinder):
    """Finds what modules share: files and packages in `module_utils/` beside their folder."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if not fullname.startswith(SHARED):
            return None
        name = fullname.removeprefix(SHARED).replace(".", "/")
        files = [f / part for f in self._folders for part in (f"{name}.py", f"{name}/__init__.py")]
        file = next(filter(Path.is_file, files), None)
        return spec_from_file_location(fullname, file) if file else None


if __name__ == "__main__":
    main()
