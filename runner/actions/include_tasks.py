"""Go on with the tasks of a file, found while the run goes on.

The file's name may hold templates, and the include may be repeated by `loop`. `when` and `tags`
belong to the include itself; `apply` says what its tasks get.
"""

from __future__ import annotations

from typing import Annotated

from ..dataclasses import dataclass
from ..task import Context, FreeForm, TaskError
from .orders import Include, Ordered

SUPPORTS_CHECK = True
REPEAT = "always"
EXAMPLES = """
- include_tasks: "partner-{{ partner }}.yml"
  vars:
    folder: /incoming

- include_tasks:
    file: "{{ report }}.yml"
    apply:
      tags: publish
  tags: publish
"""
RETURNS = {
    "include": "The file, as it was named.",
    "include_args": "What else it was given.",
}
# A list is what `first_found` with `skip` gives, if it finds nothing.
_NOTHING = ("", "[]")


@dataclass(frozen=True, kw_only=True)
class Params:
    file: Annotated[
        str,
        "The file of tasks, relative to the file in which the include stands.",
        FreeForm(),
    ]
    apply: Annotated[dict[str, object] | None, "Keywords for its tasks."] = None


def run(params: Params, ctx: Context) -> Ordered:
    if params.file in _NOTHING:
        raise TaskError("No include file was specified to the include")
    given = {} if params.apply is None else {"apply": params.apply}
    data: dict[str, object] = {"include": params.file, "include_args": given}
    return Ordered(data=data, order=Include(file=params.file, applied=params.apply))
