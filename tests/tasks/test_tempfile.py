from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner import params
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import tempfile


def run(ctx: Context, **arguments: Any) -> Result:
    return tempfile.run(params.build(tempfile.Params, {"path": ".", **arguments}), ctx)


@pytest.mark.parametrize(("state", "mode"), [("file", "0600"), ("directory", "0700")])
def test_each_is_new_and_ours_alone(ctx: Context, tmp_path: Path, state: str, mode: str) -> None:
    results = [run(ctx, state=state, prefix="work-", suffix=".d") for _ in range(2)]
    made = {Path(str(result.data["path"])) for result in results}
    assert len(made) == 2
    assert all(path.parent == tmp_path and path.exists() for path in made)
    assert all(path.name.startswith("work-") and path.name.endswith(".d") for path in made)
    assert all(result.changed for result in results)
    assert all((result.data["state"], result.data["mode"]) == (state, mode) for result in results)


def test_it_lies_where_the_system_keeps_such_files(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = Path(str(run(ctx, path=None).data["path"]))
    assert path.parent == tmp_path
    assert path.name.startswith("ansible.")


@pytest.mark.parametrize("part", ["prefix", "suffix"])
@pytest.mark.parametrize("text", ["../x", "x\0"])
def test_a_part_of_a_name_leads_to_no_other_folder_and_ends_at_its_end(
    ctx: Context, part: str, text: str
) -> None:
    words = re.escape(f"{part} must be a valid file name component, got {text!r}")
    with pytest.raises(TaskError, match=f"^{words}$"):
        run(ctx, **{part: text})


def test_a_folder_that_is_not_there_is_told(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"temporary file in .*nowhere: No such file"):
        run(ctx, path="nowhere")
