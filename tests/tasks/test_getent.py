from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks import getent

if TYPE_CHECKING:
    from pathlib import Path

    from opsplay.runner.task import Context


def test_an_entry_becomes_a_fact(ctx: Context) -> None:
    result = getent.run(getent.Params(database="passwd", key="root"), ctx)
    entry = result.facts["getent_passwd"]["root"]  # type: ignore[index]
    assert entry[1:3] == ["0", "0"]
    assert not result.changed


def test_without_a_key_all_entries_do(ctx: Context) -> None:
    result = getent.run(getent.Params(database="group"), ctx)
    assert "root" in result.facts["getent_group"]  # type: ignore[operator]


def test_entries_of_one_name_are_a_list_of_what_each_has(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "getent"
    program.write_text("#!/bin/sh\nprintf '1.1.1.1 a b\n1.1.1.1 c\n2.2.2.2 d\n'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    result = getent.run(getent.Params(database="hosts"), ctx)
    assert result.facts == {"getent_hosts": {"1.1.1.1": [["a", "b"], ["c"]], "2.2.2.2": ["d"]}}


def test_fields_may_be_split_elsewhere(ctx: Context) -> None:
    result = getent.run(getent.Params(database="passwd", key="root", split="/"), ctx)
    assert list(result.facts["getent_passwd"]) == ["root:x:0:0:root:"]  # type: ignore[call-overload]


def test_an_entry_that_is_not_there_fails_or_is_null(ctx: Context) -> None:
    key = "nobody-of-this-name"
    with pytest.raises(TaskError, match="One or more supplied key could not be found"):
        getent.run(getent.Params(database="passwd", key=key), ctx)
    result = getent.run(getent.Params(database="passwd", key=key, fail_key=False), ctx)
    assert result.facts == {"getent_passwd": {"nobody-of-this-name": None}}


def test_a_database_that_is_not_there_fails(ctx: Context) -> None:
    with pytest.raises(TaskError, match="database unknown"):
        getent.run(getent.Params(database="nowhere"), ctx)
