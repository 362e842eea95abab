"""Secret variables are set aside while a command works, and are there again afterwards."""

from __future__ import annotations

import os

import pytest

from opsplay.runner.environment import set_aside, whole


def test_what_is_named_is_set_aside_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB_PASSWORD", "API_TOKEN", "OTHER"):
        monkeypatch.setenv(name, f"of {name}")
    with set_aside(["*_PASSWORD", "API_TOKEN"]) as found:
        assert dict(found) == {"DB_PASSWORD": "of DB_PASSWORD", "API_TOKEN": "of API_TOKEN"}
        assert found.keys().isdisjoint(os.environ)
        assert found.items() <= whole().items()
        assert os.environ["OTHER"]
    assert os.environ["DB_PASSWORD"] == "of DB_PASSWORD"
    assert whole() == dict(os.environ)


def test_a_command_that_fails_gives_them_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "x")
    with pytest.raises(ValueError, match="no"), set_aside(["DB_*"]):
        raise ValueError("no")
    assert os.environ["DB_PASSWORD"] == "x"
