"""How the arguments of ftp_upload and ftp_download may be written."""

from __future__ import annotations

from typing import Any

import pytest

from opsplay.runner import params
from opsplay.runner.task import TaskError
from opsplay.tasks import ftp_download, ftp_upload
from opsplay.tasks.clients.path_filter import PathFilter
from opsplay.tasks.ftp_transfer import Move, Transfer

steps = pytest.mark.parametrize("step", [ftp_upload.Params, ftp_download.Params])


def built(step: type[Transfer], **given: Any) -> Transfer:
    made = params.build(step, {"host": "h", "src": "a", "dest": "b", **given})
    assert isinstance(made, Transfer)
    return made


@steps
def test_after_is_a_word_or_a_folder(step: type[Transfer]) -> None:
    assert built(step, after="delete").after == "delete"
    assert built(step, after={"move": "done"}).after == Move(move="done")


@steps
def test_patterns_are_one_or_a_list(step: type[Transfer]) -> None:
    wanted = built(step, include="*.txt", exclude=["a", "b"]).wanted
    assert wanted == PathFilter(("*.txt",), ("a", "b"))


@steps
@pytest.mark.parametrize("limit", [500_000, "500000", "500K", "2.5M"])
def test_a_rate_is_a_number_or_has_a_unit(step: type[Transfer], limit: object) -> None:
    assert built(step, limit_rate=limit).limit_rate == limit


@steps
@pytest.mark.parametrize(
    "given",
    [
        {"after": "burn"},
        {"after": {"copy": "done"}},
        {"compare": "time"},
        {"verify_transfer": "hope"},
        {"connections": 0},
        {"connections": 65},
        {"retries": -1},
        {"mode": 420},
        {"tls": "yes"},
        {"src": ""},
        {"dest": ""},
        {"cwd": ""},
        {"manifest": ""},
        {"after": {"move": ""}},
    ],
    ids=str,
)
def test_anything_else_is_refused(step: type[Transfer], given: dict[str, Any]) -> None:
    with pytest.raises(TaskError):
        built(step, **given)
