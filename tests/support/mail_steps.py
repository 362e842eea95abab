"""The steps that move mail, called as tests like it."""

from __future__ import annotations

from typing import Any

from opsplay.runner import params as building
from opsplay.runner.task import Context, Result
from opsplay.tasks import fetch_mail, send_mail


def send(ctx: Context, port: int, **given: Any) -> Result:
    people = {"from": "王芳 <wang@example.com>", "to": ["li@example.com", "zhao@example.com"]}
    server = {"host": "127.0.0.1", "port": port, "timeout": 60, "retries": 0}
    return send_mail.run(building.build(send_mail.Params, {**server, **people, **given}), ctx)


def fetch(ctx: Context, port: int, **given: Any) -> Result:
    login = {"user": "li", "password": "geheim"}
    server = {"host": "127.0.0.1", "port": port, "timeout": 60, "tls": "none"}
    params = building.build(fetch_mail.Params, {**server, **login, **given})
    return fetch_mail.run(params, ctx)
