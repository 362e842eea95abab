"""The filter `secret`: from then on nobody is shown the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import pass_environment

if TYPE_CHECKING:
    from ..jinja import Environment


@pass_environment
def secret(environment: Environment, value: Any) -> Any:
    """The value itself; its texts and numbers are covered wherever they are told."""
    if isinstance(value, str):
        environment.vault.hide(value)
    else:
        environment.vault.hide_all(value)
    return value
