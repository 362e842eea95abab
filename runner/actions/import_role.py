"""Put the tasks of a role here, before the run begins.

The role is checked with the playbook. Everything that stands on the import, `when` and `tags` too,
is inherited by each of its tasks.
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass
from ..task import Alias, Context, Result

SUPPORTS_CHECK = True
REPEAT = "always"
EXAMPLES = """
- import_role:
    name: partner
    tasks_from: upload
  vars:
    folder: /incoming
"""
RETURNS: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Params:
    name: Annotated[str, "The role.", Alias("role")]
    tasks_from: Annotated[str | None, "The file in its `tasks/` to begin with."] = None
    vars_from: Annotated[str | None, "The file in its `vars/` to read."] = None
    defaults_from: Annotated[str | None, "The file in its `defaults/` to read."] = None
    handlers_from: Annotated[str | None, "The file in its `handlers/` to read."] = None
    allow_duplicates: Annotated[bool, "Run it again even if nothing about it differs."] = True
    public: Annotated[
        bool | None, "Let all of the play see its variables; otherwise a setting decides."
    ] = None
    rolespec_validate: Annotated[bool, "Check its arguments, if it says which it takes."] = True


def run(params: Params, ctx: Context) -> Result:
    msg = "import_role is resolved before a run"
    raise AssertionError(msg)
