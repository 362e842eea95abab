"""Programs that a machine need not have."""

from __future__ import annotations

import shutil

import pytest


def needs(program: str) -> pytest.MarkDecorator:
    """Leave a test out where there is no such program."""
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")
