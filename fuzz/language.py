"""What people write in files.

Each target takes bytes and raises nothing, unless there is something to mend. What a user would be
told is caught here: the errors that are ours, with their words.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from opsplay.runner import source, validate
from opsplay.runner.errors import OpsplayError, Place
from opsplay.runner.inventory import ini, ranges
from opsplay.runner.inventory import yaml as yaml_inventory
from opsplay.runner.inventory.draft import Draft
from opsplay.runner.inventory.freeze import freeze
from opsplay.runner.registry import Registry
from opsplay.runner.template import Templates
from opsplay.runner.template_text import Template
from opsplay.runner.vault import envelope

# Hosts that somebody wants take their time: a hundred thousand are a second's work.
ranges.MAX_HOSTS = 1_000


def playbook(data: bytes) -> None:
    """A file is loaded and validated, or refused with places."""
    path = _folder() / "site.yml"
    path.write_bytes(data)
    with suppress(OpsplayError):
        validate.check([path], _registry(), Templates())


def template(data: bytes) -> None:
    """A template is compiled or refused; the same text from outside is never one."""
    text, templates = _text(data), Templates()
    place = Place("site.yml", 1, 1)
    templates.check_expression(text, place)
    with suppress(OpsplayError):
        document = source.parse(f"- {text!r}", "site.yml").value
        for value in document if isinstance(document, list) else ():
            if isinstance(value, Template):
                templates.check_template(value)
    assert templates.render({"from outside": [text]}, {}) == {"from outside": [text]}


def inventory(data: bytes) -> None:
    """An inventory in either form is read or refused."""
    text = _text(data)
    with suppress(OpsplayError):
        draft = Draft()
        ini.read(draft, text, "hosts")
        freeze(draft)
    with suppress(OpsplayError):
        draft = Draft()
        yaml_inventory.read(draft, source.parse(text, "hosts.yml"))
        freeze(draft)


def vault(data: bytes) -> None:
    """An encrypted text is read or refused; none of these opens."""
    with suppress(OpsplayError):
        assert envelope.decrypt(envelope.parse(data), b"no password of these") is None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@cache
def _registry() -> Registry:
    return Registry()


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="opsplay-fuzz-"))
