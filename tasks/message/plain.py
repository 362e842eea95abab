"""An address as most are."""

from __future__ import annotations

import re

PLAIN = re.compile(
    r"(?=.{1,254}\Z)[A-Za-z0-9_-]+([.+][A-Za-z0-9_-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
)
