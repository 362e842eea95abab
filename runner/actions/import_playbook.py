"""Put the plays of another playbook here, before the run begins.

Stands in the list of plays, in the place of a play. `when`, `tags` and `vars` are inherited.
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass
from ..task import Context, FreeForm, Result

SUPPORTS_CHECK = True
REPEAT = "always"
EXAMPLES = """
- import_playbook: mail_text.yml
"""
RETURNS: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Params:
    file: Annotated[str, "The playbook, relative to the one with the import.", FreeForm()]


def run(params: Params, ctx: Context) -> Result:
    msg = "import_playbook is resolved before a run"
    raise AssertionError(msg)
