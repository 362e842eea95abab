"""Every parameter of the mail steps stands in an example that a test runs.

The playbooks are run by the tests beside this one, the blocks of docs/mail.md by test_docs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsplay.runner.commands import doc
from opsplay.runner.dataclasses import fields
from opsplay.runner.registry import Registry
from opsplay.tasks.mail_login import MailLogin

ROOT = Path(__file__).parents[2]
STEPS = ("send_mail", "fetch_mail", "mail_server")
LOGIN = {field.name for field in fields(MailLogin)}
"""What all that log in to a mail server have in common; one example will do for all."""


def examples() -> Iterator[Any]:
    for path in (ROOT / "playbooks").glob("mail_*.yml"):
        yield yaml.safe_load(path.read_text("utf-8"))
    page = (ROOT / "docs" / "mail.md").read_text("utf-8")
    for block in re.findall(r"^```yaml.*?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        yield yaml.safe_load(block)


def given(example: Any, *steps: str) -> Iterator[str]:
    """Find the arguments that are given to steps, wherever these stand."""
    if isinstance(example, list):
        for item in example:
            yield from given(item, *steps)
    elif isinstance(example, Mapping):
        for key, value in example.items():
            yield from names(value) if key in steps else given(value, *steps)


def names(arguments: Any, above: str = "") -> Iterator[str]:
    """Give the name of each argument, of those inside others as `select.newest`."""
    for each in arguments if isinstance(arguments, list) else [arguments]:
        if isinstance(each, Mapping):
            for name, value in each.items():
                yield f"{above}{name}"
                yield from names(value, f"{above}{name}.")


def parameters(step: str) -> Iterator[set[str]]:
    """Give each parameter of a step, by all its names."""
    task_type = Registry().find(step)
    assert task_type
    path: list[str] = []
    for argument in doc.arguments(task_type):
        if not argument.name.startswith("("):
            path[argument.depth :] = [argument.name.partition(",")[0]]
            yield {".".join([*path[:-1], name]) for name in argument.name.split(", ")}


@pytest.mark.parametrize("step", STEPS)
def test_every_parameter_stands_in_an_example(step: str) -> None:
    shown = {name for example in examples() for name in given(example, step, "group/mail")}
    logins = {name for example in examples() for name in given(example, *STEPS)} & LOGIN
    missing = [
        each
        for each in parameters(step)
        if not each & shown and not {name.rpartition(".")[2] for name in each} & logins
    ]
    assert not missing
