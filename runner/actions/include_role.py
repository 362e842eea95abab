"""Go on with the tasks of a role, found while the run goes on.

The role's name may hold templates, and the include may be repeated by `loop`. `when` and `tags`
belong to the include itself; `apply` says what its tasks get.
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass, fields
from ..roles.uses import FROM, RoleUse
from ..task import Alias, Context
from .orders import IncludeRole, Ordered

SUPPORTS_CHECK = True
REPEAT = "always"
EXAMPLES = """
- include_role:
    name: "partner_{{ partner }}"
    apply:
      tags: partners
  vars:
    folder: /incoming
  tags: partners
"""
RETURNS = {"include_args": "What it was given."}


@dataclass(frozen=True, kw_only=True)
class Params:
    name: Annotated[str, "The role.", Alias("role")]
    tasks_from: Annotated[str | None, "The file in its `tasks/` to begin with."] = None
    vars_from: Annotated[str | None, "The file in its `vars/` to read."] = None
    defaults_from: Annotated[str | None, "The file in its `defaults/` to read."] = None
    handlers_from: Annotated[str | None, "The file in its `handlers/` to read."] = None
    apply: Annotated[dict[str, object] | None, "Keywords for its tasks."] = None
    allow_duplicates: Annotated[bool, "Run it again even if nothing about it differs."] = True
    public: Annotated[
        bool | None, "Let all of the play see its variables from now on; by default, no."
    ] = None
    rolespec_validate: Annotated[bool, "Check its arguments, if it says which it takes."] = True


def run(params: Params, ctx: Context) -> Ordered:
    named = ((part, getattr(params, word)) for word, part in FROM.items())
    use = RoleUse(
        name=params.name,
        files={part: name for part, name in named if name is not None},
        included=True,
        repeats=params.allow_duplicates,
        public=params.public,
        checked=params.rolespec_validate,
    )
    order = IncludeRole(use=use, applied=params.apply)
    return Ordered(data={"include_args": _given(params)}, order=order)


def _given(params: Params) -> dict[str, object]:
    values = {field.name: (getattr(params, field.name), field.default) for field in fields(Params)}
    return {name: value for name, (value, default) in values.items() if value != default}
