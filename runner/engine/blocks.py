"""A block, its rescue and its `always`, over the hosts that take part; the tasks of a role.

Whoever fails goes into the rescue. Another one may meanwhile fail for all: as in Ansible, each of
the others then fails at the last step that it took. If that lies in a block whose rescue others are
in already, it goes back there when all are through with the play.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..dataclasses import replace
from ..playbook import Block, Step

if TYPE_CHECKING:
    from ..errors import Place
    from ..playbook import Node
    from ..roles import Role
    from .hosts import Hosts
    from .walk import Walk
    from .where import Where


def enter(walk: Walk, block: Block, hosts: Hosts, where: Where) -> Hosts:
    """Walk through a block, its rescue and its `always`; gives the hosts that got through."""
    if block.role:
        return _role(walk, block, block.role, hosts, where)
    if block.loop:
        from . import looped

        return looped.enter(walk, block, block.loop, hosts, where)
    rescues = _chosen(walk, block.rescue)
    if where.outermost:
        where = replace(where, rescuable=rescues)
    inner = _awaited(walk, block, where)
    caught = block.place.file if rescues else inner.caught
    inner = replace(inner, rescued=where.rescued or rescues, caught=caught)
    through = _tasks(walk, block, hosts, inner)
    fallen = [host for host in hosts if host not in through and not host.away]
    lost = _lost(block, fallen, where)
    if rescues or inner.awaited:
        _sink(fallen, where)
    if fallen and rescues and not walk.stopped(where):
        through, lost = _rescued(walk, block, through, fallen, lost, where)
    else:
        lost = [host for host in fallen if host in lost or host.struck]
    behind = [host for host in hosts if host not in lost]
    tidied = _tidied(walk, block, behind, through, where)
    for host in lost:
        host.struck = 0
    has_more = rescues or _chosen(walk, block.always)
    for host in [host for host in hosts if host.failed and not where.outermost]:
        if host.behind is None or (has_more and host in fallen):
            host.behind = _end_of(block)
    return [host for host in tidied if host in through or host.forgiven]


def _end_of(block: Block) -> Place:
    """Where who has passed by is through with it."""
    last = (*block.block, *block.rescue, *block.always)[-1]
    return last.place if isinstance(last, Step) else _end_of(last)


def _tasks(walk: Walk, block: Block, hosts: Hosts, where: Where) -> Hosts:
    """Walk through the tasks; who comes back to its rescue did not get through them."""
    through = walk.nodes(block.block, hosts, where)
    if not walk.comes_back:
        return through
    return [host for host in through if not _holds(block.rescue, host.passing)]


def _home(block: Block, where: Where) -> str:
    """As in Ansible, what is imported is further in."""
    return where.home if where.outermost and block.place.file == where.home else ""


def _sink(hosts: Hosts, where: Where, *, sunk: bool = True) -> None:
    if where.outermost:
        for host in hosts:
            host.sunk = sunk


def _rescued(
    walk: Walk, block: Block, through: Hosts, fallen: Hosts, lost: Hosts, where: Where
) -> tuple[Hosts, Hosts]:
    """Walk through the rescue; gives who goes on behind it, and who has lost the `always`, too."""
    for host in fallen:
        host.handled, host.tidied_at, host.behind = host.failure, None, None
    left = [host for host in fallen if host not in lost]
    struck = _struck_in_rescue(left, block, where)
    inside = replace(_awaited(walk, block, where), rescuing=block.place.file)
    rescued = walk.nodes(block.rescue, [h for h in left if h not in struck], inside)
    late = _struck_beside(through, block, where)
    rescued = [*rescued, *walk.nodes(block.rescue, late, inside)]
    _sink(rescued, where, sunk=False)
    kept = [host for host in through if host not in late and not host.lost]
    again = [host for host in left if host not in rescued]
    lost = [*(host for host in lost if host.struck), *_lost(block, again, where)]
    return [*kept, *rescued], lost


def _awaited(walk: Walk, block: Block, where: Where) -> Where:
    inside = replace(where.inside, home=_home(block, where))
    if not _chosen(walk, block.always):
        return inside
    return replace(inside, awaited=True, caught=block.place.file)


def _struck_in_rescue(fallen: Hosts, block: Block, where: Where) -> Hosts:
    """Those that waited for the rescue when another one failed for all: it is not for them."""
    struck = [host for host in fallen if host.struck and _has(block.block, host.at)]
    for host in struck:
        host.failed = host.failed or not where.rescued
        host.lost = block.place.file if host.struck > 1 else None
    for host in fallen:
        host.struck = 0
    return struck


def _struck_beside(waiting: Hosts, block: Block, where: Where) -> Hosts:
    """Of those that waited behind the block for its rescue, who is rescued now.

    As in Ansible, others go back to where they were when all are through with the play.
    """
    late = []
    for host in [host for host in waiting if host.struck]:
        if host.struck > 1 and _has(block.block, host.at):
            host.fall(host.struck, rescued=where.rescued)
        elif _holds(block.block, host.at):
            host.leave()
        else:
            host.struck = 0
            late.append(host)
    return late


def _lost(block: Block, fallen: Hosts, where: Where) -> Hosts:
    """Those for which the first has failed: with no rescue further out that is the end.

    As in Ansible, a step of another file, which is included or imported, does not count here.
    """
    lost = [host for host in fallen if host.lost == block.place.file]
    for host in lost:
        host.failed = host.failed or not where.rescued
    for host in fallen:
        host.lost = None
    return lost


def _tidied(walk: Walk, block: Block, hosts: Hosts, through: Hosts, where: Where) -> Hosts:
    """Walk through `always`, which the Ctrl-C that stopped the rest does not."""
    fallen = [host for host in hosts if host not in through and not host.tidying]
    for host in fallen:
        host.tidying, host.forgiven = True, False
    inside = replace(where.inside, home=_home(block, where), endures=1)
    tidied = walk.nodes(block.always, hosts, inside)
    for host in fallen:
        host.tidying = False
        is_left = host.failed and host in tidied and block.always
        host.tidied_at = host.at if is_left else None
    for host in hosts:
        host.lost = None
    return tidied


def _chosen(walk: Walk, nodes: Iterable[Node]) -> bool:
    """Whether tags let anything of them through: as in Ansible, nothing rescues nobody.

    As there, too, a role ends with a step that is tagged `always`, whatever else it is tagged.
    """
    admits = walk.run.selection.admits
    return any(
        _chosen(walk, (*node.block, *node.rescue, *node.always))
        or (node.role is not None and admits(node.inherited.tags | {"always"}))
        if isinstance(node, Block)
        else admits(node.inherited.tags)
        for node in nodes
    )


def _role(walk: Walk, block: Block, role: Role, hosts: Hosts, where: Where) -> Hosts:
    """The tasks of a role, for the hosts on which nothing of the kind has run yet."""
    done = [] if role.repeats else [h for h in hosts if role.identity in h.roles_done]
    inside = [host for host in hosts if host not in done]
    if where.outermost and block.block:
        where = replace(where, home=block.block[-1].place.file)
    through = walk.nodes(block.block, inside, where)
    # As in Ansible, a role that it imports is no part of it.
    again = walk.nodes(_roles_in(block.block), done, where)
    back = [host for host in inside if host in through or host.leaving]
    for host in back:
        host.leaving = False
        if walk.closes and role.identity in host.roles_begun:
            host.roles_done.add(role.identity)
    return [host for host in hosts if host in again or host in back]


def _roles_in(nodes: Iterable[Node]) -> Iterator[Block]:
    """The roles among the nodes, each in the blocks around it."""
    for node in nodes:
        if isinstance(node, Block) and node.role:
            yield node
        elif isinstance(node, Block):
            block, rescue, always = map(
                tuple, map(_roles_in, (node.block, node.rescue, node.always))
            )
            if block or rescue or always:
                yield replace(node, block=block, rescue=rescue, always=always)


def _holds(nodes: Iterable[Node], place: Place | None) -> bool:
    """Whether a step at this place is one of them, or lies in one of them."""
    return place is not None and any(
        node.place == place
        if isinstance(node, Step)
        else _holds((*node.block, *node.rescue, *node.always), place)
        for node in nodes
    )


def _has(nodes: Iterable[Node], place: Place | None) -> bool:
    """Whether a step at this place is one of them."""
    return any(isinstance(node, Step) and node.place == place for node in nodes)
