"""Take a host into the inventory, for the plays that follow.

It runs once, on behalf of all hosts of the play. Every other argument is a variable of the host; as
in Ansible, so are `host` and `group`.
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass, field
from ..task import Alias, Context, Rest, TaskError
from .orders import AddHost, Ordered

SUPPORTS_CHECK = True
REPEAT = "always"
LACKING = "name, host or hostname needs to be provided"
RUNS_ONCE = True
EXAMPLES = """
- add_host:
    name: "{{ partner.host }}"
    groups: [partners, north]
    folder: "{{ partner.folder }}"
  loop: "{{ partners }}"
  loop_control: {loop_var: partner}
"""
RETURNS = {"add_host": "`host_name`, `groups` and `host_vars`, as they were taken in."}


@dataclass(frozen=True, kw_only=True)
class Params:
    name: Annotated[str, "The host.", Alias("hostname", kept=("host",))]
    groups: Annotated[
        list[str] | None,
        "The groups it belongs to, as a list or a text with commas; new ones are made.",
        Alias("groupname", kept=("group",)),
    ] = None
    variables: Annotated[dict[str, object], "Variables of the host.", Rest()] = field(
        default_factory=dict
    )


def run(params: Params, ctx: Context) -> Ordered:
    name, port = _without_port(params.name)
    if not name:
        raise TaskError("Invalid empty host name provided", add_host={"host_name": name})
    variables = {**params.variables, **({"ansible_ssh_port": port} if port else {})}
    words = [word for entry in params.groups or () for word in entry.split(",")]
    groups = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
    told = {"host_name": name, "groups": list(groups), "host_vars": variables}
    order = AddHost(name=name, groups=groups, variables=variables)
    return Ordered(data={"add_host": told}, order=order)


def _without_port(name: str) -> tuple[str, int | None]:
    host, colon, port = name.rpartition(":")
    # With more than one colon it is an address of IPv6.
    if colon and port.isdigit() and ":" not in host:
        return host, int(port)
    return name, None
