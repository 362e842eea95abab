"""A lookup, called as a template does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner.errors import LookupFailed
from opsplay.runner.inventory import load
from opsplay.runner.lookups import LOOKUPS, LookupContext, look_up
from opsplay.runner.testing import make_context

Look = Callable[..., list[Any]]


VARIABLES: dict[str, Any] = {"port": 80, "name": "Li", "qz_1": "a", "qz_2": "b"}


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Call a lookup as a template of a playbook in the test's folder does."""
    (tmp_path / "role").mkdir()
    context = LookupContext(
        playbook_dir=tmp_path,
        search_path=(tmp_path / "role", tmp_path),
        templar=make_context(tmp_path, variables=VARIABLES).templar,
        inventory=load(["web1,web2,db"], tmp_path),
    )

    def call(name: str, *terms: Any, **options: Any) -> list[Any]:
        return look_up(LOOKUPS[name], terms, VARIABLES, context, options)

    return call


def fail(look: Look, name: str, *terms: Any, **options: Any) -> str:
    with pytest.raises(LookupFailed) as caught:
        look(name, *terms, **options)
    return str(caught.value)
