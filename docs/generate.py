"""Write what is made from the code: docs/steps.md, docs/settings.md, schema/opsplay.schema.json."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from opsplay.runner.commands import doc, editor_schema
from opsplay.runner.kinds.plain import Choice
from opsplay.runner.registry import ACTIONS, STEPS, Registry, TaskType
from opsplay.runner.settings.table import table as known_settings

ROOT = Path(__file__).parent.parent
HEAD = """\
<!-- Made by `make docs` from the modules in tasks/ and runner/actions/; do not edit. -->

# The steps

A name may be written bare (`copy`) or in full (`ansible.builtin.copy`, `opsplay.ftp_upload`).
`opsplay doc STEP` prints the same in a terminal, also for steps of your own.

Every argument may be a template, and its value is checked again once it is rendered. Where a whole
number or a boolean is wanted, a text that reads as one will do; where a list is wanted, one lone
value stands for a list of one.

What `register` keeps has, beside the values listed here: `changed`, `failed`, `skipped`, `msg`.
"""
SETTINGS_HEAD = """\
<!-- Made by `make docs` from runner/settings/; do not edit. -->

# Settings

A setting may be written into `opsplay.toml` beside the playbook, with its name here; into the
environment, as `OPSPLAY_` and its name in capitals, or as Ansible's variable of the same meaning;
and many are switches of the command line. What comes later in this sentence wins, but for Ansible's
variables, which give way to opsplay's own. `opsplay settings` shows what is set, and where.
"""


def pages(registry: Registry) -> dict[Path, str]:
    """Every file that is made from the code, with its content."""
    return {
        ROOT / "docs" / "steps.md": steps(registry),
        ROOT / "docs" / "settings.md": all_settings(),
        ROOT / "schema" / "opsplay.schema.json": editor_schema.text(registry),
    }


def steps(registry: Registry) -> str:
    found = [task_type for name in (*STEPS, *ACTIONS) if (task_type := registry.find(name))]
    contents = (f"- [{one.name}](#{one.name}): {one.summary}" for one in found)
    return "\n".join([HEAD, *contents, *(line for one in found for line in section(one))]) + "\n"


def all_settings() -> str:
    rows = (
        (
            f"`{setting.name}`",
            kind.expected if isinstance(kind := setting.field.kind, Choice) else kind.label,
            f"`{setting.ansible}`" if setting.ansible else "",
            setting.default,
            setting.field.doc,
        )
        for setting in known_settings().values()
    )
    head = ["Setting", "Takes", "Ansible's variable", "Default", "Meaning"]
    return "\n".join([SETTINGS_HEAD.rstrip("\n"), *table(head, rows)]) + "\n"


def section(task_type: TaskType) -> Iterator[str]:
    yield from ("", f"## {task_type.name}", "", task_type.doc, "")
    yield from ("```yaml", task_type.examples, "```")
    yield from table(["Argument", "Takes", "Meaning"], arguments(task_type))
    returns = ((f"`{name}`", meaning) for name, meaning in task_type.returns.items())
    yield from table(["Returned", "Meaning"], returns)
    yield from ("", doc.in_check_mode(task_type))


def arguments(task_type: TaskType) -> Iterator[tuple[str, ...]]:
    above: list[str] = []
    for argument in doc.arguments(task_type):
        above = above[: argument.depth]
        names = ", ".join(f"`{'.'.join([*above, name])}`" for name in argument.name.split(", "))
        above.append(argument.name.partition(",")[0])
        name = argument.name if argument.name.startswith("(") else names
        yield f"**{name}**" if argument.required else name, "; ".join(argument.facts), argument.doc


def table(head: list[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    if lines:
        yield from ("", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}")
        yield from (f"| {line} |" for line in lines)


if __name__ == "__main__":
    for path, content in pages(Registry()).items():
        path.write_text(content, "utf-8")
