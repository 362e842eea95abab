"""A site made by chance: a playbook with its inventory, roles and files to include.

What is made uses what the language and the quickest steps have, in all combinations, and often
fails. Each class makes something of what the one before it makes: `Chance`, `Words`, `Steps`,
`Keywords`, `Includes`, `Tasks`, `Roles`, `Inventory`, `Plays`, `CommandLine`, `Site`.
"""

from __future__ import annotations

from pathlib import Path

from .chance import VARIABLES, Task
from .command_line import CommandLine
from .inventory import PASSWORD

VALUES = """\
{% for host in groups.work + ['extra'] if host in hostvars %}
{% for name in names if name in hostvars[host] %}
{{ [host, name, hostvars[host][name]] | to_json }}
{% endfor %}
{% endfor %}
"""
SETTINGS = (
    "any_errors_fatal = true",
    "force_handlers = true",
    "hash_behaviour = merge",
    "private_role_vars = true",
    "inject_facts_as_vars = false",
    "display_skipped_hosts = false",
    "display_ok_hosts = false",
    "display_failed_stderr = true",
    "show_custom_stats = true",
    "allow_broken_conditionals = true",
    "error_on_undefined_vars = true",
    "forks = 1",
)


class Site(CommandLine):
    """Writes itself to a folder; `arguments` are those to run it with."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        self._files()
        sources = self._inventory()
        for _ in range(self._chance.randint(0, 3)):
            self._role()
        plays = self._playbook()
        self._settings()
        self.arguments = [*self._listing(), *sources, *self._switches(plays)]

    def _playbook(self) -> list[Task]:
        # opsplay refuses tags that nobody has.
        tasks = [
            {"debug": {"msg": "tagged"}, "tags": ["red", "blue"]},
            {"debug": {"msg": "untagged"}},
            {"debug": {"msg": "never"}, "tags": ["never"]},
        ]
        plays: list[Task] = [{"hosts": "work", "gather_facts": False, "tasks": tasks}]
        plays += [self._play() for _ in range(self._chance.randint(1, 3))]
        imported = [self._import("more.yml")] if self._now_and_then(0.3) else []
        telling = {
            "hosts": "scribe",
            "gather_facts": False,
            "tags": "always",
            "vars": {"names": [*self._registered, *VARIABLES, "trace", "included", "result"]},
            "tasks": [{"template": {"src": "values.j2", "dest": "{{ playbook_dir }}/values"}}],
        }
        self._write("values.j2", VALUES)
        self._write("site.yml", [*plays, *imported, telling])
        return plays

    def _import(self, name: str) -> Task:
        playbook = [self._play()]
        if self._now_and_then(0.2):
            playbook.insert(self._one(0, 1), self._import(f"yet_{name}"))
        imported: Task = {"import_playbook": self._write(name, playbook)}
        self._maybe(imported, 0.4, "when", self._condition)
        self._maybe(imported, 0.4, "vars", lambda: self._variables("import_playbook"))
        self._maybe(imported, 0.2, "tags", lambda: ["red"])
        return imported

    def _settings(self) -> None:
        self._write("password.txt", PASSWORD)
        chosen = [line for line in SETTINGS if self._now_and_then(0.03)]
        lines = ["[defaults]", "vault_password_file = password.txt", *chosen]
        self._write("ansible.cfg", "\n".join(lines))
