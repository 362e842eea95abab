"""`plugin: constructed`: variables and groups made of what the hosts' variables say.

    plugin: constructed
    compose: {region: zone[:2]}               # a variable: an expression
    groups: {web: "'web' in inventory_hostname"}   # a group: what must hold
    keyed_groups: [{key: region, prefix: region}]  # a group for each value

The sources before it count, so its file comes last: in a folder, by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..dataclasses import replace
from ..errors import Place, Problem, TemplateError
from ..kinds.kind import describe
from ..source import MapNode, SeqNode
from ..spelling import did_you_mean
from ..whole_paths import whole_path
from . import folders
from .draft import Draft, HostDraft, Spot, Where, safe
from .freeze import freeze
from .model import merged

if TYPE_CHECKING:
    from .model import Inventory

_Known: TypeAlias = Mapping[str, Any]
"""What the expressions of one host may use."""
NAMES = ("constructed", "ansible.builtin.constructed", "ansible.legacy.constructed")
_OPTIONS = (
    *("plugin", "strict", "compose", "groups", "keyed_groups", "leading_separator"),
    *("use_vars_plugins", "use_extra_vars"),
)
_EMPTY = (None, "")
"""In place of these is the default."""
_NO_NAME = "Invalid group name format, expected a string or a list of them or dictionary"
_KEYED = ("key", "prefix", "separator", "parent_group", "default_value", "trailing_separator")


def construct(draft: Draft, options: MapNode) -> None:
    """Add to the draft what the options say of its hosts; what is wrong becomes problems."""
    _check(draft, options, "constructed", _OPTIONS)
    constructor = _Constructor(draft, options)
    if options.get("use_vars_plugins") is True:
        beside = whole_path(Path(options.place.file)).parent
        for number, base in enumerate(dict.fromkeys([*draft.bases, beside])):
            folders.read(draft, base, Spot(Where.BESIDE_INVENTORY, number))
    if draft.problems:
        return
    known, inventory = _reached(draft)
    extra = draft.reading.extra_vars() if options.get("use_extra_vars") is True else {}
    for name in inventory.hosts:
        magic = {"inventory_hostname": name, "group_names": list(inventory.hosts[name].groups)}
        constructor.host(draft.hosts[name], {**known[name], **extra, **magic}, inventory)


def _reached(draft: Draft) -> tuple[dict[str, Mapping[str, object]], Inventory]:
    """The variables that reach each host by now, and the inventory as it will be.

    As in Ansible, a group is put under `all` with the others at the end, if no source has put it
    there: until then the variables of `all` do not reach its hosts.
    """
    under = [draft.groups[name] for name in ("all", *draft.below("all"))]
    early = {name for group in under for name in group.hosts}
    inventory = freeze(draft.copied())
    of_all = set(map(id, draft.groups["all"].layers.values()))
    known = {
        name: host.variables
        if name in early
        else merged([layer for layer in host.layers if id(layer) not in of_all], deep=host.deep)
        for name, host in inventory.hosts.items()
    }
    return known, inventory


def _check(draft: Draft, options: MapNode, what: str, known: tuple[str, ...]) -> None:
    """Warn of options that nobody knows; as in Ansible the others count."""
    for key in options:
        if key not in known:
            hint = did_you_mean(key, known) or f"there are: {', '.join(known)}"
            message = f"{what} has no option {key}"
            problem = Problem(options.key_places[key], message, hint, len(str(key)))
            draft.warnings.append(problem)


class _Constructor:
    def __init__(self, draft: Draft, options: MapNode) -> None:
        self._draft = draft
        self._expressions = draft.reading.expressions()
        self._templates = self._expressions.templates
        self._strict = options.get("strict") is True
        self._leading = options.get("leading_separator", True) is True
        self._compose = self._section(options, "compose")
        self._groups = self._section(options, "groups")
        self._keyed = list(self._keyed_groups(options))

    def host(self, host: HostDraft, layer: dict[str, object], inventory: Inventory) -> None:
        variables = self._expressions.knowing(layer, lambda: inventory)
        for name, (expression, place) in self._compose.items():
            what = f"Could not set {name} for host {host.name}"
            found, value = self._value(expression, place, variables, what)
            if found:
                made = MapNode(place)
                made.put(name, place, value, place)
                layer[name] = value
                variables = self._expressions.knowing(layer, lambda: inventory)
                self._draft.set(host, made)
        for name, (expression, place) in self._groups.items():
            what = f"Could not add host {host.name} to group {name}"
            if self._holds(expression, place, variables, what):
                self._draft.host(host.name, self._draft.group(safe(name)))
        for keyed, place in self._keyed:
            self._key(host, keyed, place, variables)

    def _key(self, host: HostDraft, keyed: MapNode, place: Place, variables: _Known) -> None:
        key, where = keyed["key"], keyed.value_places["key"]
        what = f"Could not generate group for host {host.name} from {key} entry"
        found, value = self._value(key, where, variables, what)
        if not found:
            return
        uses_default = value in _EMPTY and keyed.get("default_value") is not None
        if not value and not uses_default:
            if self._strict and value not in ([], {}):
                told = f"No key or key resulted empty for {key} in host {host.name}, invalid entry"
                self._draft.problem(where, told)
            return
        if not isinstance(value, str | list | Mapping | None):
            told = f"{_NO_NAME}, got: {describe(value)}"
            self._draft.problem(where, told, f"write ({key}) | string")
            return
        parent = keyed.get("parent_group")
        if parent:
            what = f"Could not generate parent group {parent} for group {key}"
            found, parent = self._rendered(what, lambda: self._templates.render(parent, variables))
            if not found:
                return
        separator = str(keyed.get("separator", "_"))
        prefix = str(keyed.get("prefix") or "")
        before = prefix + separator if prefix or self._leading else ""
        for name in _bare_names(value, separator, keyed):
            if not before and not name:
                self._draft.problem(where, "Invalid empty/false group name provided")
                return
            group = self._draft.group(safe(f"{before}{name}"))
            self._draft.host(host.name, group)
            if parent:
                self._draft.add_child(self._draft.group(safe(str(parent))), group, place)

    def _holds(self, expression: object, place: Place, variables: _Known, what: str) -> bool:
        """Like any condition, one that is neither true nor false is a mistake."""
        found, value = self._value(expression, place, variables, what)
        if found and not isinstance(value, bool) and self._strict:
            message = f"Conditionals must have a boolean result, not {describe(value)}"
            self._draft.problem(place, message, "write a comparison")
        return value is True

    def _value(
        self, expression: object, place: Place, variables: _Known, what: str
    ) -> tuple[bool, Any]:
        """Whether the expression came to something, and to what; `what` could not be done else."""
        return self._rendered(
            what, lambda: self._templates.evaluate(str(expression), place, variables)
        )

    def _rendered(self, what: str, render: Callable[[], Any]) -> tuple[bool, Any]:
        try:
            return True, render()
        except TemplateError as error:
            if self._strict:
                told = f"{what}: {error.problem.message}"
                self._draft.wrong(replace(error.problem, message=told))
            return False, None

    def _section(self, options: MapNode, name: str) -> dict[str, tuple[object, Place]]:
        section = options.get(name)
        if section is None:
            return {}
        if not isinstance(section, MapNode):
            hint = "write `name: expression`"
            self._draft.problem(options.value_places[name], f"{name} must be a mapping", hint)
            return {}
        places = section.value_places
        kinds = (str, bool) if name == "groups" else (str,)
        return {
            str(key): (value, places[key])
            for key, value in section.items()
            if self._usable(value, places[key], kinds)
        }

    def _keyed_groups(self, options: MapNode) -> Iterator[tuple[MapNode, Place]]:
        listed = options.get("keyed_groups")
        entries = listed if isinstance(listed, SeqNode) else SeqNode(options.place)
        if listed is not None and not isinstance(listed, SeqNode):
            place = options.value_places["keyed_groups"]
            self._draft.problem(place, "keyed_groups must be a list", "begin each with -")
        for entry, place in zip(entries, entries.places, strict=True):
            hint = "write `- key: expression`"
            if not isinstance(entry, MapNode):
                told = f"Invalid keyed group entry, it must be a dictionary: {entry}"
                self._draft.problem(place, told, hint)
                continue
            if "key" not in entry:
                if self._strict:
                    told = "No key or key resulted empty in a keyed group, invalid entry"
                    self._draft.problem(place, told, hint)
                continue
            _check(self._draft, entry, "a keyed group", _KEYED)
            if entry.get("default_value") is not None and "trailing_separator" in entry:
                message = "parameters are mutually exclusive for keyed groups: default_value|"
                self._draft.problem(place, f"{message}trailing_separator", "leave one of them out")
            if self._usable(entry["key"], entry.value_places["key"], (str,)):
                yield entry, place

    def _usable(self, expression: object, place: Place, kinds: tuple[type, ...]) -> bool:
        """Whether it is an expression; as in Ansible one that is none is left out if not strict."""
        problem = None
        if not isinstance(expression, kinds):
            message = f"an expression is a text, not {describe(expression)}"
            problem = Problem(place, message, "of a text write \"'text'\"")
        elif isinstance(expression, str):
            problem = self._templates.check_expression(expression, place)
        if problem and self._strict:
            self._draft.wrong(problem)
        elif problem:
            self._draft.warnings.append(problem)
        return problem is None


def _bare_names(value: Any, separator: str, keyed: MapNode) -> Iterator[str]:
    default = keyed.get("default_value")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if inner not in _EMPTY or default is not None or keyed.get("trailing_separator", True):
                yield f"{key}{separator}{_or_default(inner, default)}"
            else:
                yield str(key)
        return
    for name in value if isinstance(value, list) else [value]:
        yield str(_or_default(name, default))


def _or_default(value: object, default: object) -> object:
    return default if value in _EMPTY and default is not None else value
