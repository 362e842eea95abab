"""Tests of paths and addresses."""

from __future__ import annotations

import os.path
from collections.abc import Container
from typing import Any
from urllib.parse import urlparse

abs_ = os.path.isabs
directory = os.path.isdir
exists = os.path.exists
file = os.path.isfile
link = os.path.islink
link_exists = os.path.lexists
mount = os.path.ismount
same_file = os.path.samefile

is_abs = abs_
is_dir = directory
is_file = file
is_link = link
is_mount = mount
is_same_file = same_file


def uri(value: Any, schemes: Container[str] | None = None) -> bool:
    """Whether it can be an address; with `schemes`, whether it is one of those."""
    try:
        scheme = urlparse(value).scheme
    except (ValueError, AttributeError, TypeError):
        return False
    return not schemes or scheme in schemes


def url(value: Any, schemes: Container[str] | None = None) -> bool:
    """Whether it is an address with a host, or of a file."""
    if not uri(value, schemes):
        return False
    parts = urlparse(value)
    return bool(parts.netloc) or parts.scheme == "file"


def urn(value: Any) -> bool:
    return uri(value, ("urn",))
