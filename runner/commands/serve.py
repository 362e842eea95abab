"""`opsplay serve`: a play of one step, made from a file of that step's arguments.

So what is checked, how mistakes are told, templates and secrets are those of any playbook.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from ..dataclasses import replace
from ..errors import Place, PlaybookError, UsageError
from ..nodes import Document, MapNode, SeqNode
from ..playbook import Play
from ..session import Session
from ..source import load
from ..vault.opening import Vault

# The engine ends a run when its last step ends; this one ends by Ctrl-C.
_FOR_EVER = {"minutes": 100 * 366 * 24 * 60}


def _ftp(wanted: Namespace) -> dict[str, object]:
    shared = None if wanted.config and wanted.folder is None else _shared(wanted.folder or ".")
    return {"anonymous": shared, "host": wanted.host, "port": wanted.port}


def _shared(folder: str) -> str:
    """A folder that everybody may read."""
    path = Path(folder).absolute()
    if not path.is_dir():
        raise UsageError(f"there is no folder {path}")
    return str(path)


def _mail(wanted: Namespace) -> dict[str, object]:
    return {
        "folder": str(Path(wanted.folder).absolute()) if wanted.folder else None,
        "host": wanted.host,
        "smtp_port": wanted.smtp_port,
        "pop3_port": wanted.pop3_port,
        "imap_port": wanted.imap_port,
    }


SERVERS: Mapping[str, tuple[str, Callable[[Namespace], dict[str, object]]]] = {
    "ftp": ("ftp_server", _ftp),
    "mail": ("mail_server", _mail),
}
"""What can be served: the step that does it, and its arguments from the command line."""


class Serving(Session):
    """The play of a server, checked.

    The file `--config` holds the arguments of its step; what the command line gives wins over them.
    """

    def __init__(self, wanted: Namespace, vault: Vault) -> None:
        step, arguments = SERVERS[wanted.server]
        given = {name: value for name, value in arguments(wanted).items() if value is not None}
        settings = replace(wanted.resolved.settings, inventory=[])
        document = _read(Path(wanted.config) if wanted.config else None, vault)
        super().__init__([str(document.path)], wanted.extra_vars, settings, vault)
        self._play = _as_playbook(document, step, given)

    @cached_property
    def by_playbook(self) -> list[tuple[Path, list[Play]]]:
        from ..validate import Checked
        from ..validate.findings import Around
        from ..validate.structure import check_file

        document = self._play
        found = check_file(document, "playbook", Around(), self.registry, self.templates)
        if found.problems:
            raise PlaybookError(found.problems)
        self._take(Checked({document.path: document}, tuple(found.warnings)))
        return [(document.path, list(self._builder.plays(document.path)))]


def _read(config: Path | None, vault: Vault) -> Document:
    return load(config, vault) if config else Document(path=Path("arguments"), text="", value=None)


def _as_playbook(document: Document, step: str, given: Mapping[str, object]) -> Document:
    place = Place(str(document.path), 1, 1)
    arguments = _mapping({}, place) if document.value is None else document.value
    if isinstance(arguments, MapNode):
        arguments.take(_mapping(given, place))
    tasks = [_mapping({step: arguments}, place), _mapping({"pause": _FOR_EVER}, place)]
    head = {"hosts": "localhost", "gather_facts": False}
    play = _mapping({**head, "tasks": _list(tasks, place)}, place)
    return Document(
        path=document.path,
        text=document.text,
        value=_list([play], place),
        templates=document.templates,
        warnings=document.warnings,
        words=document.words,
    )


def _mapping(values: Mapping[str, object], place: Place) -> MapNode:
    node = MapNode(place)
    for key, value in values.items():
        inner = _mapping(value, place) if type(value) is dict else value
        node.put(key, place, inner, getattr(inner, "place", place))
    return node


def _list(items: list[MapNode], place: Place) -> SeqNode:
    node = SeqNode(place)
    node.extend(items)
    node.places.extend(place for _ in items)
    return node
