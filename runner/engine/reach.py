"""Whether a step can be done for a host: everything is done on this machine, as its user.

A host that an inventory says is reached in another way is out of reach. Steps that would not go to
the host with Ansible either (`debug`, `set_fact`, mail, FTP) do not mind.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import TaskError

if TYPE_CHECKING:
    from ..registry import TaskType
    from ..variables import Scope

_LOCAL = frozenset({"local", "ansible.builtin.local", "ansible.legacy.local"})
_OF_ANSIBLE = r"(ansible\.(builtin|legacy)\.)?(ssh|smart|paramiko|paramiko_ssh|psrp|winrm)"
ON_THE_HOST = frozenset(
    {
        *("archive", "assemble", "async_status", "blockinfile", "command", "copy", "cron"),
        *("fetch", "file", "find", "gather_facts", "get_url", "getent", "git", "lineinfile"),
        *("ping", "raw", "replace", "script", "setup", "shell", "slurp", "stat", "tempfile"),
        *("template", "unarchive", "uri", "wait_for", "wait_for_connection"),
    }
)


def is_needed(step: TaskType) -> bool:
    """Whether the step is done on the host; modules in Ansible's form always are."""
    return step.name in ON_THE_HOST or step.is_program


class Unreachable(TaskError):
    """The step would have to go to a host that cannot be reached."""

    def waited_for(self) -> TaskError:
        """As in Ansible, whoever waits for that has failed; here without the wait."""
        reason = self.msg.removeprefix("Task failed: ")
        return TaskError(f"timed out waiting for ping module test: {reason}", elapsed=0)


def check_user(name: str) -> None:
    """Raises TaskError for another user than the one who runs opsplay."""
    import getpass

    own = getpass.getuser()
    if name != own:
        msg = f"become_user: steps run as {own}, who runs opsplay, and as nobody else"
        raise TaskError(msg)


def check(host: str, scope: Scope, otherwise: str) -> None:
    """Raises Unreachable; `otherwise` is the connection of a host that does not say.

    As in Ansible, a way that does not exist fails the step. Collections may bring others.
    """
    connection = str(scope.get("ansible_connection", otherwise))
    if connection not in _LOCAL:
        # In Ansible's words, as far as they go: scripts look for them.
        if "." not in connection and not re.fullmatch(_OF_ANSIBLE, connection):
            raise TaskError(f"Task failed: the connection plugin {connection!r} was not found")
        msg = (
            f"Task failed: Failed to connect to the host via {connection}: {host} is another"
            " machine, and every step runs on this one: only the connection local is supported"
        )
        raise Unreachable(msg)
