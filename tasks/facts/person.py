"""Who runs this, in which surroundings, and when."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def user() -> dict[str, Any]:
    try:
        found = pwd.getpwuid(os.geteuid())
    except KeyError:
        found = pwd.struct_passwd((str(os.geteuid()), "", os.geteuid(), os.getegid(), "", "", ""))
    return {
        "user_id": found.pw_name,
        "user_uid": found.pw_uid,
        "user_gid": found.pw_gid,
        "user_gecos": found.pw_gecos,
        "user_dir": found.pw_dir,
        "user_shell": found.pw_shell,
        "real_user_id": os.getuid(),
        "effective_user_id": os.geteuid(),
        "real_group_id": os.getgid(),
        "effective_group_id": os.getegid(),
    }


def env(added: Mapping[str, str]) -> dict[str, Any]:
    return {"env": {**os.environ, **added}}


def date_time() -> dict[str, Any]:
    now = datetime.now().astimezone()
    utc = now.astimezone(UTC)
    standard, summer = time.tzname
    told = {
        "year": "%Y",
        "month": "%m",
        "weekday": "%A",
        "weekday_number": "%w",
        "weeknumber": "%W",
        "day": "%d",
        "hour": "%H",
        "minute": "%M",
        "second": "%S",
        "date": "%Y-%m-%d",
        "time": "%H:%M:%S",
        "iso8601_basic": "%Y%m%dT%H%M%S%f",
        "iso8601_basic_short": "%Y%m%dT%H%M%S",
        "tz": "%Z",
        "tz_offset": "%z",
    }
    return {
        "date_time": {
            **{name: now.strftime(form) for name, form in told.items()},
            "epoch": str(int(now.timestamp())),
            "epoch_int": str(int(now.timestamp())),
            "iso8601": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "iso8601_micro": utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "tz_dst": summer or standard,
        }
    }
