"""Lookups of variables, hosts and the environment by name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from ..errors import LookupFailed
from ..spelling import did_you_mean
from . import LookupContext

Variables = Mapping[str, Any]


def vars_(
    terms: list[Any], variables: Variables, *, context: LookupContext, default: Any = None
) -> list[Any]:
    """The values of variables; for those that are not defined, the default."""
    values = []
    for term in terms:
        if not isinstance(term, str):
            raise TypeError(f"the name of a variable is a text, not {type(term).__name__}")
        if term not in variables and default is None:
            hint = did_you_mean(term, variables)
            raise LookupFailed(f"{term} is not defined" + (f"; {hint}" if hint else ""))
        values.append(context.templar.render(variables[term]) if term in variables else default)
    return values


def varnames(terms: list[Any], variables: Variables, *, context: LookupContext) -> list[str]:
    """The names of the variables that the regular expressions find."""
    return [name for term in terms for name in variables if re.search(term, name)]


def env(terms: list[Any], _: Variables, *, context: LookupContext, default: Any = "") -> list[Any]:
    """The values of variables of the environment."""
    return [os.environ.get(str(term).split()[0], default) for term in terms]


def inventory_hostnames(terms: list[Any], _: Variables, *, context: LookupContext) -> list[str]:
    """The hosts that a pattern selects."""
    return list(context.inventory.resolve([str(term) for term in terms]).hosts)
