"""Runs a module that is written with AnsibleModule: `python -m … MODULE ARGUMENTS`."""

from __future__ import annotations

import importlib
import json
import runpy
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

from . import ansible_names
from .collection_files import root_of

_ANSIBLE_MODULE = "opsplay.tasks.ansible_module"
_SHARED = "ansible.module_utils."


def main() -> None:
    path, arguments = sys.argv[1:]
    ansible_names.provide()
    basic = importlib.import_module("ansible.module_utils.basic")
    ours = importlib.import_module(_ANSIBLE_MODULE)
    ours.GIVEN.update(json.loads(Path(arguments).read_text("utf-8")))
    vars(basic).update(vars(ours))
    sys.meta_path.insert(0, _Shared(Path(path).parent.parent / "module_utils"))
    if root := root_of(Path(path)):
        sys.path.append(str(root))
    sys.argv = [path]
    try:
        runpy.run_path(path, run_name="__main__")
    except Exception as error:  # noqa: BLE001  # whatever a module does, its result says so
        told = {"failed": True, "msg": f"Task failed: Module failed: {error}"}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.exit(1)


class _Shared(MetaPathFinder):
    """Finds what modules share in `module_utils/` beside their folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        name = fullname.removeprefix(_SHARED).replace(".", "/")
        file = self._folder / f"{name}.py"
        found = fullname.startswith(_SHARED) and file.is_file()
        return spec_from_file_location(fullname, file) if found else None


if __name__ == "__main__":
    main()
