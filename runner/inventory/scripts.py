"""Programs that print an inventory: `--list` gives JSON, `--host NAME` a host's variables.

As in Ansible, `_meta.hostvars` in the first answer spares the others; it makes no hosts.
What such a program prints is an inventory like any other: texts with braces are templates.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..ansible_words import ending
from ..errors import Place, Problem
from ..source import MapNode, SeqNode, Template
from ..template_text import Vaulted, has_marks
from .draft import Draft, GroupDraft, HostDraft

_MAX_BYTES = 64 * 1024 * 1024
# In Ansible's words: scripts look for them.
_NO_JSON = "Unable to get JSON decoder for inventory script result"
_NO_META = (
    "Inventory scripts should always provide 'meta.hostvars'. Host variables will be collected by"
    " running the inventory script with the '--host' option for each host."
)
_ALONE = (
    "Treating malformed group {!r} as the sole host of that group. Variables provided in this"
    " manner cannot be templated."
)
_UNTIL = ending(source="inventory plugin 'script'")
_SECTIONS = ("hosts", "vars", "children")


class ScriptError(Exception):
    """The program did not print an inventory."""


def read(draft: Draft, path: Path) -> None:
    """Add what the program prints; what is wrong with it becomes problems."""
    reader = _Reader(draft, path)
    try:
        reader.read()
    except ScriptError as error:
        draft.problem(None, f"the inventory script {path}: {error}")


class _Reader:
    def __init__(self, draft: Draft, path: Path) -> None:
        self._draft = draft
        self._path = path
        self._place = Place(str(path), 1, 1)
        self._listed: dict[str, HostDraft] = {}
        self._said: dict[str, None] = {}
        """What it wrote to its standard error though all went well."""

    def read(self) -> None:
        listed = self._printed("--list")
        meta = listed.pop("_meta", None)
        if meta is not None:
            meta = _mapping(_mapping(meta, "_meta").get("hostvars"), "_meta.hostvars")
        for name, content in listed.items():
            self._group(self._draft.group(name), content)
        if meta is None:
            self._deprecated(_NO_META)
        for name, host in self._listed.items():
            known = self._printed("--host", name) if meta is None else meta.get(name)
            self._draft.set(host, self._variables(known, f"the host {name}"))
        self._draft.warnings += [Problem(self._place, said) for said in self._said]

    def _group(self, group: GroupDraft, content: object) -> None:
        if isinstance(content, list):
            content = {"hosts": content}
            self._deprecated(f"Group {group.name!r} was converted to 'dict' from 'list'.")
        parts = _mapping(content, f"the group {group.name}")
        if not any(section in parts for section in _SECTIONS):
            # Of old, a host of its own could be told so.
            parts = {"hosts": [group.name], "vars": parts}
            self._deprecated(_ALONE.format(group.name))
        for name in _names(parts.get("hosts"), f"the hosts of {group.name}"):
            self._listed[name] = self._draft.host(name, group, str(self._path))
        self._draft.set(group, self._variables(parts.get("vars"), f"the vars of {group.name}"))
        for name in _names(parts.get("children"), f"the children of {group.name}"):
            self._draft.add_child(group, self._draft.group(name))

    def _deprecated(self, what: str) -> None:
        self._draft.deprecated(self._place, f"{what} {_UNTIL}")

    def _variables(self, value: object, what: str) -> MapNode:
        node = self._node(_mapping({} if value is None else value, what))
        if not isinstance(node, MapNode):
            raise ScriptError(f"{what} must be a mapping, not a single value")
        return node

    def _node(self, value: Any) -> Any:
        """The value as if it had been read from a file."""
        if isinstance(value, dict):
            if "__ansible_vault" in value:
                return Vaulted(str(value["__ansible_vault"]), self._place)
            if "__ansible_unsafe" in value:
                return value["__ansible_unsafe"]
            mapping = MapNode(self._place)
            for key, inner in value.items():
                mapping.put(key, self._place, self._node(inner), self._place)
            return mapping
        if isinstance(value, list):
            items = SeqNode(self._place)
            items.extend(map(self._node, value))
            items.places.extend(self._place for _ in value)
            return items
        if isinstance(value, str) and has_marks(value):
            self._draft.templates.append(Template(value, self._place))
            return self._draft.templates[-1]
        return value

    def _printed(self, *arguments: str) -> dict[str, Any]:
        argv = [str(self._path.absolute()), *arguments]
        try:
            done = subprocess.run(argv, capture_output=True, check=False)
        except OSError as error:
            raise ScriptError(f"cannot be run: {error.strerror}") from error
        said = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode:
            words = said.rpartition("\n")[2]
            told = f"Inventory script returned non-zero exit code {done.returncode}"
            raise ScriptError(f"{told}: {words}" if words else told)
        if len(done.stdout) > _MAX_BYTES:
            raise ScriptError(f"printed more than {_MAX_BYTES // 2**20} MB")
        # Of a host there may be nothing to say; an inventory of nothing is a program gone wrong.
        nothing = b"{}" if arguments[0] == "--host" else b""
        try:
            printed = json.loads(done.stdout.strip() or nothing)
        except (ValueError, RecursionError) as error:
            asked = " ".join(arguments)
            told = f"{_NO_JSON}: Value could not be parsed as JSON: {error}"
            raise ScriptError(f"{told}; it was asked for {asked}") from error
        if not isinstance(printed, dict):
            what = type(printed).__name__
            raise ScriptError(f"{_NO_JSON}: Value is {what!r} instead of 'dict'")
        if said:
            self._said[said] = None
        return printed


def _mapping(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ScriptError(f"{what} must be a mapping, not {json.dumps(value):.40}")
    return value


def _names(value: object, what: str) -> Iterable[str]:
    names = [] if value is None else value
    if not isinstance(names, list | Mapping) or not all(isinstance(name, str) for name in names):
        raise ScriptError(f"{what} must be a list of names")
    return names
