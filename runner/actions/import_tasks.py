"""Put the tasks of a file here, before the run begins.

The file is checked with the playbook. Everything that stands on the import, `when` and `tags` too,
is inherited by each of its tasks.
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass
from ..task import Context, FreeForm, Result

SUPPORTS_CHECK = True
REPEAT = "always"
EXAMPLES = """
- import_tasks: publish.yml
  tags: publish
"""
RETURNS: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Params:
    file: Annotated[str, "The file of tasks, relative to the file with the import.", FreeForm()]


def run(params: Params, ctx: Context) -> Result:
    msg = "import_tasks is resolved before a run"
    raise AssertionError(msg)
