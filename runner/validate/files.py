"""Follows what files name to other files, until every one has been looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..ansible_words import unheard
from ..collection_files import collection_around, named_in
from ..dataclasses import dataclass, replace
from ..defaults import identity
from ..errors import Place, PlaybookError, Problem
from ..known import Known, Layer
from ..nodes import Document, MapNode
from ..registry import FOLDERS
from ..roles import (
    Part,
    RolePlaces,
    argument_specs_of,
    collection_of,
    files_of,
    has_part,
    merged,
    named_file,
    no_such_part,
    title,
    vars_files,
)
from ..source import load
from ..spelling import did_you_mean
from ..whole_paths import whole_path
from . import naming_roles
from .findings import Around, FileKind, Handlers, Import, RoleNamed, entries, entries_or_one
from .structure import check_file

if TYPE_CHECKING:
    from ..registry import Registry
    from ..template import Templates
    from .cycles import Edge


# In Ansible's words, as others here: scripts look for them.
_NO_FILE = "Could not find or access '{}' on the Ansible Controller."
_KINDS: Mapping[Part, FileKind] = {
    "meta": "role_meta",
    "defaults": "variables",
    "vars": "variables",
    "tasks": "tasks",
    "handlers": "handlers",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Visit:
    """A file to look at, for those who named it."""

    path: Path
    kind: FileKind
    around: Around
    place: Place | None = None
    width: int = 1
    static: bool = True


class Files:
    """Every file is read once, and looked at once for each play and the defaults around it."""

    def __init__(
        self,
        registry: Registry,
        templates: Templates,
        places: RolePlaces,
        *,
        strict_handlers: bool = True,
    ) -> None:
        self.documents: dict[Path, Document] = {}
        """By the paths under which they are named."""
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._registry = registry
        self._templates = templates
        self._places = places
        self._strict_handlers = strict_handlers
        self._read: dict[Path, Document | None] = {}
        self._seen: set[tuple[object, ...]] = set()
        self._plays: list[Handlers] = []
        self._imports: dict[Path, list[Edge]] = {}

    def check(self, kind: FileKind, paths: Sequence[Path], around: Around) -> None:
        """Look at these files and all that they lead to."""
        self._all(_Visit(path, kind, around) for path in paths)

    def check_role(self, named: RoleNamed) -> None:
        """Look at a role and all that it leads to."""
        self._all(self._role(named, None))

    def _all(self, visits: Iterable[_Visit]) -> None:
        pending = deque(visits)
        while pending:
            pending.extend(self._visit(pending.popleft()))
        in_vain = [told for handlers in self._plays for told in _notified_in_vain(handlers)]
        (self.problems if self._strict_handlers else self.warnings).extend(in_vain)
        if self._imports:
            from .cycles import cycles

            self.problems += cycles(self._imports)

    def _visit(self, visit: _Visit) -> Sequence[_Visit]:
        document = self._load(visit)
        real = _identity(visit.path)
        around = visit.around
        scope = (identity(around.defaults), around.role, around.collections, around.by_item)
        seen = (real, visit.kind, id(around.handlers), *scope)
        if document is None or document.sealed or seen in self._seen:
            return ()
        self._seen.add(seen)
        if visit.kind == "playbook":
            self._take_collections(document)
            self._take_plugins_of(visit.path.parent)
            self._take_plugins_of_imported(document)
        base = visit.path.parent if visit.kind == "playbook" else around.base
        for name in naming_roles.named(document.value):
            if folder := self._places.find(name, base, around.role):
                self._take_plugins_of(folder)
        found = check_file(
            document, visit.kind, around, self._registry, self._templates, self._places
        )
        self._told(visit).extend(found.problems)
        self.warnings += found.warnings
        self._plays += found.plays
        if not visit.static:
            # What an include imports is read when the step runs, and may be there by then.
            found.imports = [replace(named, static=False) for named in found.imports]
            found.roles = [replace(named, static=False) for named in found.roles]
        followed = [self._follow(named, document, real) for named in found.imports]
        return followed + [each for named in found.roles for each in self._role(named, real)]

    def _told(self, visit: _Visit) -> list[Problem]:
        """Where problems of a file belong: an include may fail when a step may."""
        is_expected = visit.around.may_fail and not visit.static
        return self.warnings if is_expected else self.problems

    def _take_collections(self, document: Document) -> None:
        """Look for steps and roles also where a playbook says, or lies."""
        if own := collection_around(document.path.absolute()):
            self._search(own)
        for play, _ in entries(document.value):
            if isinstance(play, MapNode):
                self._search_named(play)

    def _search(self, *collections: str) -> None:
        """Look in these collections, too, for what nobody else has."""
        self._registry.search(collections)
        self._places.searched.update(dict.fromkeys(collections))

    def _search_named(self, node: MapNode) -> None:
        """Look in the collections that a play or the meta of a role names."""
        named = entries_or_one(node.get("collections"), node.place)
        self._search(*(str(name) for name, _ in named if name))

    def _take_plugins_of(self, owner: Path) -> None:
        """Of the folder of a role or a playbook."""
        if collection := collection_of(owner.absolute()):
            self._search(collection)
        self._templates.plugins.add(owner)
        for folder in FOLDERS:
            self._registry.add(owner / folder)

    def _take_plugins_of_imported(self, document: Document) -> None:
        """As in Ansible, what lies beside an imported playbook is there for the importer, too."""
        beside = document.path.parent
        for name in naming_roles.playbooks(document.value):
            path = self._places.playbook(name, beside) or beside / name
            self._take_plugins_of(path.parent)

    def _follow(self, named: Import, document: Document, importer: Path) -> _Visit:
        around = named.around
        role, base, static = around.role, around.base, named.static
        paths = [named_file(document.path, name, role, base, static=static) for name in named.names]
        if named.kind == "variables":
            found_there = filter(_exists, vars_files(document.path.parent, named.names))
            paths = [*found_there] or paths
        elif named.kind == "playbook":
            found = self._places.playbook(named.names[0], document.path.parent)
            paths = [found] if found else paths
        path = next(filter(_exists, paths), paths[0])
        width = len(named.names[0])
        if named.static and named.kind != "variables":
            self._import(importer, path, named.place, width)
        if named.static and named.kind in ("tasks", "handlers"):
            self._warn_if_empty(path, named.place, width)
        return _Visit(path, named.kind, named.around, named.place, width, named.static)

    def _warn_if_empty(self, path: Path, place: Place, width: int) -> None:
        if path.is_file() and not path.stat().st_size:
            # In Ansible's words: scripts look for them.
            message = f"file {path} is empty and had no tasks to include"
            self.warnings.append(Problem(place, message, "", width))

    def _import(self, importer: Path, path: Path, place: Place, width: int) -> None:
        from .cycles import Edge

        self._imports.setdefault(importer, []).append(Edge(_identity(path), place, width))

    def _role(self, named: RoleNamed, importer: Path | None) -> Iterator[_Visit]:
        """The files of a role."""
        from .roles import like_keywords

        use, around = named.use, named.around
        folder = self._places.find(use.name, around.base, around.role, around.collections)
        if folder is None:
            around.handlers.all_known = False
            problem = self._places.missing(use.name, around.base, around.role, use.place)
            (self.problems if named.static else self.warnings).append(problem)
            return
        self._take_plugins_of(folder)
        searched: tuple[str, ...] = ()
        for path in files_of(folder, "meta"):
            meta = self._load(_Visit(path, "role_meta", around, use.place))
            if meta and isinstance(meta.value, MapNode):
                self._search_named(meta.value)
                searched = named_in(meta.value)
        self.warnings += like_keywords(use, folder)
        known = self._known(named, folder)
        inside = replace(around, role=folder, known=known, collections=searched)
        for kind, path in self._parts(named, folder):
            if importer and named.static and kind in ("tasks", "role_meta"):
                self._import(importer, path, use.place or Place(str(path), 1, 1), len(use.name))
            yield _Visit(path, kind, inside, use.place, len(use.name), named.static)

    def _known(self, named: RoleNamed, folder: Path) -> Known:
        """What is known of variables in a role."""
        use, known = named.use, named.around.known
        name = folder.name if collection_of(folder.absolute()) else use.name
        whole = title(use.name, folder.absolute())
        place = str(whole_path(folder))
        facts = {"role_name": name, "ansible_role_name": whole, "role_path": place}
        return replace(
            known,
            magic={**known.magic, **facts},
            params={**use.params, **known.params},
            inner=(use.vars, *known.inner),
            role=self._variables(named, folder, "vars"),
            defaults=self._variables(named, folder, "defaults"),
        )

    def _variables(self, named: RoleNamed, folder: Path, part: Part) -> Layer:
        paths = files_of(folder, part, named.use.files.get(part))
        visits = (_Visit(path, "variables", named.around, named.use.place) for path in paths)
        documents = [document for visit in visits if (document := self._load(visit))]
        return merged(cast("Layer", d.value) for d in documents if isinstance(d.value, MapNode))

    def _parts(self, named: RoleNamed, folder: Path) -> Iterator[tuple[FileKind, Path]]:
        for part, kind in _KINDS.items():
            wanted = named.use.files.get(part)
            paths = files_of(folder, part, wanted)
            if wanted and not paths:
                problem = no_such_part(folder, part, wanted, named.use.place)
                is_error = named.static and has_part(folder, part)
                (self.problems if is_error else self.warnings).append(problem)
            for path in paths:
                yield kind, path
        if specs := argument_specs_of(folder):
            yield "argument_specs", specs

    def _load(self, visit: _Visit) -> Document | None:
        real = _identity(visit.path)
        if real not in self._read:
            self._read[real] = None
            if _exists(visit.path) or visit.place is None:
                self._read[real] = self._load_new(visit)
        document = self._read[real]
        if document is not None:
            self.documents[visit.path] = document
        elif not _exists(visit.path) and visit.place is not None:
            # A file that an earlier step makes may be included later.
            (self.problems if visit.static else self.warnings).append(_missing(visit))
        return document

    def _load_new(self, visit: _Visit) -> Document | None:
        try:
            return load(visit.path, self._templates.vault)
        except PlaybookError as error:
            if visit.place is None and not _exists(visit.path):
                self.problems.append(_missing(visit))
                return None
            if visit.place is None and visit.path.is_dir():
                told = f"the playbook: {visit.path} does not appear to be a file"
                self.problems.append(Problem(None, told, missing=True))
                return None
            self._told(visit).extend(
                found if found.place else replace(found, place=visit.place)
                for found in error.problems
            )
        return None


def _notified_in_vain(handlers: Handlers) -> Iterator[Problem]:
    if not handlers.all_known:
        return
    for name, place in handlers.notified:
        if name not in handlers.names:
            hint = did_you_mean(name, sorted(handlers.names))
            hint = hint or ("" if handlers.names else "this play has no handlers")
            yield Problem(place, unheard(name), hint, len(name), missing=True)


def _missing(visit: _Visit) -> Problem:
    folder, name = visit.path.parent, visit.path.name
    try:
        files = {path.stem: path.name for path in sorted(folder.iterdir())}
    except (OSError, ValueError):
        hint = f"there is no folder {folder} for the file {name}"
        return Problem(visit.place, _NO_FILE.format(visit.path), hint, visit.width, missing=True)
    hint = did_you_mean(visit.path.stem, files)
    for stem, file in files.items():
        hint = hint.replace(f" {stem}?", f" {file}?")
    message = _NO_FILE.format(visit.path)
    if visit.place is None:
        message = f"the playbook: {visit.path} could not be found"
        if visit.kind != "playbook":
            message = _NO_FILE.format(visit.path.absolute())
    return Problem(visit.place, message, hint, visit.width, missing=True)


def _exists(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):
        return True


def _identity(path: Path) -> Path:
    """One path for one file, however it is named."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path
