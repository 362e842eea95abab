"""Settings of Ansible that mean nothing any more, or soon will; in its words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from ..ansible_words import ending
from . import ansible_cfg

_UNUSED = "This option is no longer used in the Ansible Core code base."
_NO_OTHER = (
    "There is no alternative at the moment. A different mechanism would have to be implemented in"
    " the current code base."
)


class _Old(NamedTuple):
    name: str
    variable: str
    key: str
    why: str
    instead: str


_DEFAULTS = "defaults"
_OLD = (
    _Old(
        "DEFAULT_ALLOW_UNSAFE_LOOKUPS",
        "",
        "allow_unsafe_lookups",
        _UNUSED,
        "Lookup plugins are responsible for tagging strings containing templates to allow"
        " evaluation as a template.",
    ),
    _Old(
        "DEFAULT_JINJA2_EXTENSIONS",
        "ANSIBLE_JINJA2_EXTENSIONS",
        "jinja2_extensions",
        "Jinja2 extensions have been deprecated",
        "Ansible-supported Jinja plugins (tests, filters, lookups).",
    ),
    _Old(
        "DEFAULT_JINJA2_NATIVE",
        "ANSIBLE_JINJA2_NATIVE",
        "jinja2_native",
        _UNUSED,
        "Jinja2 native mode is now the default and only option.",
    ),
    _Old(
        "DEFAULT_MANAGED_STR",
        "",
        "ansible_managed",
        "The `ansible_managed` variable can be set just like any other variable, or a different"
        " variable can be used.",
        "Set the `ansible_managed` variable, or use any custom variable in templates.",
    ),
    _Old(
        "DEFAULT_NULL_REPRESENTATION",
        "ANSIBLE_NULL_REPRESENTATION",
        "null_representation",
        _UNUSED,
        _NO_OTHER,
    ),
    _Old(
        "DEFAULT_UNDEFINED_VAR_BEHAVIOR",
        "ANSIBLE_ERROR_ON_UNDEFINED_VARS",
        "error_on_undefined_vars",
        _UNUSED,
        _NO_OTHER,
    ),
)


def told() -> Iterator[str]:
    """What to say of those that are set."""
    path = ansible_cfg.find(os.environ)
    entries = ansible_cfg.entries(path) if path else ()
    keys = {key for section, key, _ in entries if section == _DEFAULTS}
    for old in _OLD:
        if old.variable in os.environ or old.key in keys:
            reason = f"{old.name} option. Reason: {old.why}\nAlternatives: {old.instead}"
            yield f"{reason} {ending()}"
