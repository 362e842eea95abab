"""The steps that move files, called as tests like it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from opsplay.runner.task import Context, Result
from opsplay.tasks import ftp_download, ftp_list, ftp_upload

Arguments: TypeAlias = Mapping[str, Any]


def upload(ctx: Context, login: Arguments, **given: Any) -> Result:
    return ftp_upload.run(ftp_upload.Params(**{**login, **given}), ctx)


def download(ctx: Context, login: Arguments, **given: Any) -> Result:
    return ftp_download.run(ftp_download.Params(**{**login, **given}), ctx)


def listed(ctx: Context, login: Arguments, **given: Any) -> list[dict[str, Any]]:
    entries = ftp_list.run(ftp_list.Params(**{**login, **given}), ctx).data["entries"]
    assert isinstance(entries, list)
    return entries
