"""Checks `module_defaults`: the steps and groups it names, and the arguments it gives them.

What is wrong with the names is told in Ansible's words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..defaults import GROUP, is_of_collection, known_to, plain
from ..errors import Place, Problem
from ..nodes import MapNode
from ..registry import GROUPS
from ..spelling import did_you_mean
from ..template_text import Template

if TYPE_CHECKING:
    from ..registry import Registry, TaskType
    from .findings import Findings
    from .texts import Texts

_ELSEWHERE = frozenset(
    {
        *("apt", "apt_key", "apt_repository", "deb822_repository", "debconf", "dnf", "dnf5"),
        *("dpkg_selections", "expect", "group", "hostname", "iptables", "known_hosts"),
        *("mount_facts", "package", "package_facts", "pip", "reboot", "rpm_key", "service"),
        *("service_facts", "subversion", "systemd", "systemd_service", "sysvinit", "user"),
        *("yum", "yum_repository"),
    }
)
"""Modules that Ansible has: who gives them something may mean it for a run of Ansible."""
_GROUPS_ELSEWHERE = frozenset(
    {"acme", "aws", "azure", "cpm", "docker", "gcp", "k8s", "os", "ovirt", "vmware"}
)
"""The same for its groups."""


class DefaultsCheck:
    """The `module_defaults` of one file."""

    def __init__(self, findings: Findings, texts: Texts, registry: Registry) -> None:
        self._findings = findings
        self._texts = texts
        self._registry = registry

    def check(self, defaults: MapNode) -> None:
        """Check all that a node says; what is no mapping has been complained about."""
        for key, given in defaults.items():
            place, name = defaults.key_places[key], plain(str(key))
            if is_of_collection(name):
                # The collection says what is in it.
                if not self._registry.knows_group(name.removeprefix(GROUP)):
                    self._unresolved(name.removeprefix(GROUP), place, "")
            elif isinstance(given, Template) and name.startswith(GROUP):
                message = f"the arguments for {key} must be known before the run"
                hint = "write them one by one; each may be a template"
                self._findings.problem(defaults.value_places[key], message, hint, len(given))
            elif name.startswith(GROUP):
                self._group(name.removeprefix(GROUP), place, given)
            else:
                self._step(str(key), place, given)

    def _group(self, name: str, place: Place, given: object) -> None:
        if name in _GROUPS_ELSEWHERE:
            self._elsewhere(f"group of steps named {name}", place, len(GROUP + name))
        elif name not in GROUPS:
            hint = did_you_mean(name, GROUPS) or f"there are: {', '.join(GROUPS)}"
            self._unresolved(name, place, hint)
        elif isinstance(given, MapNode):
            steps = [step for each in GROUPS[name] if (step := self._registry.find(each))]
            self._findings.problems += _unknown(name, given, steps)
            for step in steps:
                self._arguments(step, known_to(step, given), GROUP + name, place)

    def _unresolved(self, group: str, place: Place, hint: str) -> None:
        message = f"could not resolve the module_defaults group {group}"
        self._findings.problem(place, message, hint, len(GROUP + group))

    def _step(self, name: str, place: Place, given: object) -> None:
        step = self._registry.find(name)
        if step is None and plain(name) in _ELSEWHERE:
            self._elsewhere(f"step named {name}", place, len(name))
        elif step is None:
            hint = did_you_mean(plain(name), self._registry.names()) or "`opsplay doc` lists them"
            message = f"Could not resolve action {name} in module_defaults"
            self._findings.problem(place, message, hint, len(name))
        elif not step.takes_defaults:
            message = f"{name} takes no defaults: they have no effect"
            self._findings.warning(place, message, "", len(name))
        elif isinstance(given, MapNode):
            self._arguments(step, given, name, place)

    def _elsewhere(self, what: str, place: Place, width: int) -> None:
        self._findings.warning(
            place, f"there is no {what} here: its defaults have no effect", "", width
        )

    def _arguments(self, step: TaskType, given: MapNode, name: str, place: Place) -> None:
        from . import literals
        from .complaints import Subject, complaints

        words = self._findings.document.words
        subject = Subject(value=given, place=place, name=name, words=words)
        self._findings.problems += complaints(step.optional_schema, subject)
        self._findings.problems += literals.faults(step, given)
        for key in step.expressions & given.keys():
            self._texts.expressions(given[key], given.value_places[key], key)


def _unknown(name: str, given: MapNode, steps: list[TaskType]) -> Iterator[Problem]:
    known = {argument: None for step in steps for argument in step.schema["properties"]}
    for key in given:
        if key not in known:
            message = f"no step of {GROUP}{name} takes an argument named {key}"
            yield Problem(given.key_places[key], message, did_you_mean(key, known), len(str(key)))
