"""Runs a module that is written with AnsibleModule: `python -m … ROOTS MODULE ARGUMENTS`.

The roots are the folders in which collections lie.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import runpy
import sys
import traceback
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

from ..collection_files import root_of
from .base import AnsibleError
from .moved import Moved
from .names import SHARED, SHARED_NAMES, give, provide

_ANSIBLE_MODULE = "opsplay.tasks.ansible_module"
_SHARED_PLACES = (SHARED, "ansible_collections.")
_COLLECTION = re.compile(r"ansible_collections\.\w+\.\w+")
_OF_ANSIBLE = {
    *("_internal", "_text", "ansible_release", "api", "basic", "common", "compat", "connection"),
    *("distro", "errors", "facts", "json_utils", "parsing", "powershell", "pycompat24"),
    *("service", "six", "splitter", "testing", "urls", "yumdnf"),
}
"""What lies in Ansible's own `module_utils`: it has parts that we do not have."""
# The oldest way to ask for AnsibleModule, and what stands for it.
_OLD_WAY = b"#<<INCLUDE_ANSIBLE_MODULE_COMMON>>"
_IMPORT = b"from ansible.module_utils.basic import *"


def main() -> None:
    roots, path, arguments = sys.argv[1:]
    provide()
    basic = importlib.import_module("ansible.module_utils.basic")
    ours = importlib.import_module(_ANSIBLE_MODULE)
    ours.GIVEN.update(json.loads(Path(arguments).read_text("utf-8")))
    vars(basic).update(vars(ours))
    for place, names in importlib.import_module(SHARED_NAMES).NAMES.items():
        give(f"{SHARED}{place}", names)
    more = os.environ.get("ANSIBLE_MODULE_UTILS", "").split(os.pathsep)
    # A module is started in the folder of the playbook, whose files come first, as with Ansible.
    beside = [Path.cwd() / "module_utils", Path(path).parent.parent / "module_utils"]
    sys.meta_path.insert(0, _Shared([*beside, *map(Path, filter(None, more))]))
    root = root_of(Path(path))
    places = [*filter(None, [root]), *map(Path, filter(None, roots.split(os.pathsep)))]
    sys.path += map(str, places)
    sys.meta_path.insert(0, Moved(places, ours.deprecate))
    sys.argv = [path]
    try:
        _run(Path(path), root)
        raise RuntimeError("New-style module did not handle its own exit.")  # noqa: TRY301
    except Exception as error:  # noqa: BLE001  # whatever a module does, its result says so
        words = f"Task failed: {_words(error, Path(path), root)}"
        told = {"failed": True, "msg": words, "exception": traceback.format_exc()}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.exit(1)


def _words(error: Exception, path: Path, root: Path | None) -> str:
    """What Ansible says, which reads a module and all that it imports before it is run."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"Unable to compile '{path.stem}': {error}"
    if isinstance(error, AnsibleError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and str(error.name).startswith(_SHARED_PLACES):
        if _COLLECTION.fullmatch(str(error.name)):
            return f"unable to locate collection {str(error.name).partition('.')[2]}"
        whose = _in_collection(path, root) if root else f"ansible.legacy.{path.stem}"
        asked = f"Could not find imported module support code for {whose}."
        return f"{asked} Looked for (['{error.name}'])"
    return f"Module failed: {error}"


def _in_collection(path: Path, root: Path) -> str:
    return ".".join(path.absolute().relative_to(root).with_suffix("").parts)


def _run(path: Path, root: Path | None) -> None:
    """One of a collection may name what lies beside it by its place from there."""
    text = path.read_bytes()
    if _OLD_WAY in text:
        code = compile(text.replace(_OLD_WAY, _IMPORT), str(path), "exec")
        exec(code, {"__name__": "__main__", "__file__": str(path)})  # noqa: S102  # as runpy does
    elif root:
        runpy.run_module(_in_collection(path, root), run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(str(path), run_name="__main__")


class _Shared(MetaPathFinder):
    """Finds what modules share: files and packages in `module_utils/` of playbook and role."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if not fullname.startswith(SHARED):
            return None
        name = fullname.removeprefix(SHARED).replace(".", "/")
        files = [f / part for f in self._folders for part in (f"{name}.py", f"{name}/__init__.py")]
        file = next(filter(Path.is_file, files), None)
        if not file and name.partition("/")[0] not in _OF_ANSIBLE:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return spec_from_file_location(fullname, file) if file else None


if __name__ == "__main__":
    main()
