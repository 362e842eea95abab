"""`plugin: generator`: hosts out of layers of words, each combination one host.

plugin: generator
layers: {stage: [test, prod], role: [web, db]}
hosts:
  name: "{{ role }}-{{ stage }}"
  parents: [{name: "{{ stage }}", vars: {stage: "{{ stage }}"}, parents: [{name: all_stages}]}]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from ..errors import TemplateError
from ..source import MapNode, SeqNode
from ..template import Templates
from .draft import Draft, GroupDraft

NAMES = ("generator", "ansible.builtin.generator", "ansible.legacy.generator")
_FORMS = {
    "layers": "a mapping of names to lists",
    "hosts": "a mapping with a name, and parents",
}


def generate(draft: Draft, options: MapNode) -> None:
    """Add the hosts that the options tell of; what is wrong becomes problems."""
    layers, hosts = (options.get(name) for name in _FORMS)
    if not isinstance(layers, MapNode) or not isinstance(hosts, MapNode):
        wanted = "; ".join(f"{name} must be {form}" for name, form in _FORMS.items())
        draft.problem(options.place, f"the generator has a form that cannot be read: {wanted}")
        return
    generator = _Generator(draft)
    for values in _combinations(layers):
        try:
            generator.host(hosts, values)
        except TemplateError as error:
            draft.wrong(error.problem)
            return


def _combinations(layers: MapNode) -> Iterator[dict[str, object]]:
    words = [value if isinstance(value, SeqNode) else [value] for value in layers.values()]
    for combination in product(*words):
        yield dict(zip(map(str, layers), combination, strict=True))


class _Generator:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._templates = Templates(vault=draft.vault)

    def host(self, written: MapNode, values: Mapping[str, object]) -> None:
        name = self._rendered(written.get("name"), values)
        ungrouped = self._draft.group("ungrouped")
        host = self._draft.host(name, ungrouped, written.place.file)
        for parent in self._parents(written, values):
            self._draft.host(host.name, parent)

    def _parents(self, written: MapNode, values: Mapping[str, object]) -> Iterator[GroupDraft]:
        parents = written.get("parents")
        for raw in parents if isinstance(parents, SeqNode) else ():
            if not isinstance(raw, MapNode):
                message = "a parent of the generator is a mapping with a name"
                self._draft.problem(written.value_places["parents"], message)
                continue
            group = self._draft.group(self._rendered(raw.get("name"), values))
            self._draft.set(group, self._variables(raw, values))
            for parent in self._parents(raw, values):
                self._draft.add_child(parent, group, raw.place)
            yield group

    def _variables(self, raw: MapNode, values: Mapping[str, object]) -> MapNode:
        node, written = MapNode(raw.place), raw.get("vars")
        for name, value in written.items() if isinstance(written, MapNode) else ():
            place = raw.value_places["vars"]
            node.put(name, place, self._templates.render(value, self._known(values)), place)
        return node

    def _rendered(self, written: object, values: Mapping[str, object]) -> str:
        return str(self._templates.render(written, self._known(values)))

    def _known(self, values: Mapping[str, object]) -> dict[str, Any]:
        return {**self._templates.functions, **values}
