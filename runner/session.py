"""From paths and switches to plays that are ready to run: reading, checking, building."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .builder import Builder, Built
from .dataclasses import replace
from .defaults import identity
from .early import Early, Switches, magic
from .errors import PlaybookError, Problem
from .inventory import load as load_inventory
from .inventory.reading import NOTHING_READ
from .known import Known
from .nodes import Document, MapNode, variables_in
from .playbook import Block, Inherited, Node, Play, Step
from .plugins import Plugins
from .registry import FOLDERS, Registry
from .roles import RolePlaces, merged
from .settings import Settings
from .template import Templates
from .vault.opening import Vault
from .whole_paths import whole_path

if TYPE_CHECKING:
    from .inventory import Inventory
    from .nodes import ListKind
    from .roles.uses import RoleUse
    from .validate.findings import Around


_NOBODY = (
    "provided hosts list is empty, only localhost is available. Note that the implicit localhost"
    " does not match 'all'"
)


class Session:
    """The playbooks of one command, checked; everything is read once."""

    def __init__(
        self,
        playbooks: Sequence[str],
        extra_vars: Sequence[str],
        settings: Settings,
        vault: Vault | None = None,
        *,
        check_mode: bool = False,
    ) -> None:
        self.places = RolePlaces.of(settings)
        self.paths = [self.places.playbook(name, Path()) or Path(name) for name in playbooks]
        self.folder = self.paths[0].parent
        folders = list(dict.fromkeys(path.parent for path in self.paths))
        of_playbooks = [root for folder in folders for root in self.places.collections_of(folder)]
        self.warnings: list[Problem] = []
        self.registry = _registry(settings, self.folder, of_playbooks, self.warnings.append)
        self.vault = vault or Vault()
        plugins = _plugins(settings, folders, of_playbooks, self.warnings.append)
        self.templates = _templates(settings, plugins, self.vault)
        self.templates.folder = self.folder
        self._early = Early(self.templates, self.folder, self.vault, settings)
        self.templates.early_lookups = partial(self._early.lookups, lambda: self.inventory)
        self.documents: dict[Path, Document] = {}
        self._began = time.time_ns()
        self._read_at: dict[Path, int] = {}
        """When files of variables were read that have changed since the session began."""
        self._extra_vars = extra_vars
        self.settings = settings
        self._check_mode = check_mode
        self._builder = Builder(
            self.registry,
            self.document,
            self.places,
            self.templates,
            public=not settings.private_role_vars,
            included_public=settings.private_role_vars is False,
        )
        self._checked_tasks: set[object] = set()

    @cached_property
    def inventory(self) -> Inventory:
        of_roles = [str(owner / "vars_plugins") for owner in self.templates.plugins.owners]
        reading = self.settings.of_inventories
        reading = replace(
            reading,
            expressions=lambda: self._early,
            extra_vars=lambda: self.extra_vars,
            vars_plugins=[*reading.vars_plugins, *of_roles],
        )
        inventory = load_inventory(self.settings.inventory, self.folder, self.vault, reading)
        problems = map(self.templates.check_template, inventory.templates)
        if found := [problem for problem in problems if problem]:
            raise PlaybookError(found)
        self.warnings.extend(inventory.warnings)
        self.warnings.extend(_reserved(_layers(inventory)))
        if not inventory.hosts and self.settings.shows_as_ansible:
            self.warnings.extend(_alone(self.settings))
        return inventory

    @cached_property
    def extra_vars(self) -> Mapping[str, object]:
        from .extra_vars import read

        layers = [read(text, self.vault, self.warnings.append) for text in self._extra_vars]
        self.warnings.extend(_reserved(layers))
        return merged(layers, deep=self.templates.merges_hashes)

    def document(self, path: Path) -> Document:
        """A file; what a template names differently in another place is read here."""
        key = whole_path(path)
        if key not in self.documents:
            from .source import load

            self.documents[key] = load(path, self.vault)
        return self.documents[key]

    @property
    def plays(self) -> list[Play]:
        """Every play; raises PlaybookError with all that is wrong in all files."""
        return [play for _, plays in self.by_playbook for play in plays]

    @cached_property
    def by_playbook(self) -> list[tuple[Path, list[Play]]]:
        """The plays of each of the playbooks, with those it imports."""
        from .validate import check

        switches = Switches(self.settings, lambda: self.inventory, self._check_mode)
        public = not self.settings.private_role_vars
        known = Known(extra=self.extra_vars, public=public, early=magic(switches))
        checked = check(
            self.paths,
            self.registry,
            self.templates,
            self.places,
            known=known,
            strict_handlers=self.settings.error_on_missing_handler,
        )
        self._take(checked)
        flags: dict[str, object] = {"no_log": True} if self.settings.no_log else {}
        if self.settings.task_timeout:
            flags["timeout"] = self.settings.task_timeout
        outermost = Inherited(flags=flags, known=known)
        return [(path, list(self._of(path, outermost, n))) for n, path in enumerate(self.paths)]

    def _of(self, path: Path, outermost: Inherited, turn: int) -> Iterator[Play]:
        for play in self._builder.plays(path, outermost):
            yield replace(play, playbook=str(path), turn=turn)

    def check_tasks(self, path: Path, around: Inherited, base: Path, kind: ListKind) -> None:
        """Read and check a file of tasks that is included while the run goes on, once."""
        from .validate import check_tasks

        checked = (whole_path(path), kind, *_told_apart_by(around))
        if checked not in self._checked_tasks:
            parts = (self.registry, self.templates, self.places)
            self._take(check_tasks(kind, path, *parts, _around(around, base)))
            self._checked_tasks.add(checked)

    def tasks_of(self, path: Path, inherited: Inherited, base: Path) -> Built:
        return self._builder.tasks(path, inherited, base)

    def check_role(self, use: RoleUse, around: Inherited, base: Path) -> None:
        """Read and check a role that is included while the run goes on, once."""
        from .validate import check_role

        checked = (use.name, tuple(use.files.items()), base, *_told_apart_by(around))
        if checked not in self._checked_tasks:
            parts = (self.registry, self.templates, self.places)
            self._take(check_role(use, *parts, _around(around, base)))
            self._checked_tasks.add(checked)

    def role_of(self, use: RoleUse, inherited: Inherited, base: Path) -> Built:
        return self._builder.role(use, inherited, base)

    def variables_of(self, path: Path) -> Mapping[str, object]:
        """A file of variables as it is now; raises PlaybookError."""
        from .engine.variable_files import TICK, changed_at

        key = whole_path(path)
        if changed_at(path) + TICK > self._read_at.get(key, self._began):
            self._read_at[key] = time.time_ns()
            self.documents.pop(key, None)
        value = variables_in(self.document(path).value)
        if not isinstance(value, MapNode | None):
            told = f"Invalid variable file contents: {path} must hold a mapping of names to values"
            raise PlaybookError([Problem(None, told)])
        return cast("Mapping[str, object]", value or {})

    def _take(self, checked: Any) -> None:
        self.documents.update({whole_path(path): doc for path, doc in checked.documents.items()})
        wanted = self.settings.deprecation_warnings
        self.warnings.extend(each for each in checked.warnings if wanted or not each.deprecation)


def _registry(
    settings: Settings,
    folder: Path,
    collections: Sequence[Path],
    warn: Callable[[Problem], None],
) -> Registry:
    registry = Registry(
        *(folder / name for name in FOLDERS),
        more=map(Path, settings.task_modules),
        collections=collections,
        rejected=_rejected(settings, warn),
    )
    registry.strict_keywords = settings.invalid_task_attribute_failed
    return registry


def _rejected(settings: Settings, warn: Callable[[Problem], None]) -> frozenset[str]:
    """The names of steps that nobody may use."""
    if settings.plugin_filters_cfg is None:
        return frozenset()
    from . import step_filter

    return step_filter.rejected(settings.plugin_filters_cfg, warn)


def _alone(settings: Settings) -> Iterator[Problem]:
    """What Ansible warns of where there is no host but localhost: scripts may look for it."""
    if settings.inventory_unparsed_warning and not settings.inventory:
        yield Problem(None, NOTHING_READ)
    if settings.localhost_warning:
        yield Problem(None, _NOBODY)


def _layers(inventory: Inventory) -> Iterator[Mapping[Any, object]]:
    for group in inventory.groups.values():
        yield from group.layers
    for host in inventory.hosts.values():
        yield from host.layers


def _reserved(layers: Iterable[Mapping[Any, object]]) -> Iterator[Problem]:
    """What is said of names that mean something else already, once each."""
    from .validate import reserved

    found = (name for layer in layers for name in sorted(layer.keys() & reserved.names()))
    return (Problem(None, reserved.in_words(name)) for name in dict.fromkeys(found))


def _plugins(
    settings: Settings,
    folders: Iterable[Path],
    collections: Sequence[Path],
    warn: Callable[[Problem], None],
) -> Plugins:
    return Plugins(
        folders,
        collections,
        warn,
        filter=settings.filter_plugins,
        test=settings.test_plugins,
        lookup=settings.lookup_plugins,
    )


def _templates(settings: Settings, plugins: Plugins, vault: Vault) -> Templates:
    templates = Templates(lambda: _lookups(plugins), vault, plugins)
    templates.merges_hashes = settings.hash_behaviour == "merge"
    templates.lenient_conditions = settings.allow_broken_conditionals
    templates.opens_texts = settings.allow_embedded_templates
    templates.managed = settings.managed
    return templates


def early(settings: Settings, vault: Vault, warn: Callable[[Problem], None]) -> Early:
    """What an inventory may use that is read for no playbook."""
    folder = Path(settings.playbook_dir or "")
    plugins = _plugins(settings, [folder], (), warn)
    return Early(_templates(settings, plugins, vault), folder, vault, settings)


def _lookups(plugins: Plugins) -> Collection[str]:
    from .lookups import LOOKUPS

    return plugins.over("lookup", LOOKUPS)


def _told_apart_by(around: Inherited) -> tuple[object, ...]:
    """What makes a difference to the check of what is included."""
    role = around.role.named if around.role else None
    # What is imported there may be named by what the include gives.
    given = repr(around.known.params)
    return (identity(around.defaults), role, around.collections, given)


def _around(inherited: Inherited, base: Path) -> Around:
    """As in Ansible, what would only fail a step fails it when it runs."""
    from .validate.findings import Around

    role = inherited.role.named if inherited.role else None
    known = inherited.all_known()
    return Around(
        defaults=inherited.defaults,
        base=base,
        role=role,
        known=known,
        may_fail=True,
        collections=inherited.collections,
    )


def all_steps(plays: Iterable[Play]) -> Iterable[Step]:
    """Every step that is known before the run, in order."""
    for play in plays:
        yield from steps_in((*play.pre_tasks, *play.tasks, *play.post_tasks))


def steps_in(nodes: Iterable[Node]) -> Iterable[Step]:
    for node in nodes:
        if isinstance(node, Block):
            yield from steps_in((*node.block, *node.rescue, *node.always))
        else:
            yield node
