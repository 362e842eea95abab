"""Gather facts about this machine, as a play does at its beginning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..runner.task import Context, Result
from . import setup

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = setup.RETURNS
EXAMPLES = """\
- name: What this machine is
  gather_facts:
"""


@dataclass(frozen=True, kw_only=True)
class Params(setup.Params):
    parallel: Annotated[
        bool | None, "Means something where several modules gather; here it is one."
    ] = None


def run(params: Params, ctx: Context) -> Result:
    return setup.run(params, ctx)
