"""Put the host into a group that is named by a value, for the plays that follow."""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass, field
from ..task import Context, TaskError
from .orders import AddGroup, Ordered

SUPPORTS_CHECK = True
REPEAT = "always"
LACKING = "the 'key' param is required when using group_by"
EXAMPLES = """
- group_by:
    key: "protocol_{{ protocol }}"
    parents: [servers]
"""
RETURNS = {
    "add_group": "The group; blanks in its name are turned into `-`.",
    "parent_groups": "The groups it lies in.",
}


@dataclass(frozen=True, kw_only=True)
class Params:
    key: Annotated[
        str | list[object] | dict[str, object],
        "The name of the group, a text; it is made if there is none.",
    ]
    parents: Annotated[list[str], "The groups it lies in."] = field(default_factory=lambda: ["all"])


def run(params: Params, ctx: Context) -> Ordered:
    if not params.key or not isinstance(params.key, str):
        raise TaskError(f"key must be the name of one group, not {params.key!r}")
    group = params.key.replace(" ", "-")
    parents = tuple(name.replace(" ", "-") for name in params.parents)
    data = {"add_group": group, "parent_groups": list(parents)}
    return Ordered(data=data, order=AddGroup(host=ctx.host, group=group, parents=parents))
