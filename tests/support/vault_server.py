"""A small HashiCorp Vault: KV stores of both versions, a token, and what may be wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opsplay.tasks.servers.certificate import Certificate
from web_serving import Asked, Reply, Web, serving

TOKEN = "hvs.CAESIJtoken"


def replied(answer: Mapping[str, Any], status: int = 200) -> Reply:
    return Reply(json.dumps(answer).encode(), status, {"Content-Type": "application/json"})


def refused(status: int, *errors: str) -> Reply:
    return replied({"errors": list(errors)}, status)


def of_version_1(**values: Any) -> Reply:
    return replied({"request_id": "1", "lease_duration": 2764800, "data": values})


def of_version_2(**values: Any) -> Reply:
    metadata = {"version": 1, "destroyed": False, "deletion_time": ""}
    return replied({"request_id": "2", "data": {"data": values, "metadata": metadata}})


def deleted() -> Reply:
    metadata = {"version": 1, "destroyed": False, "deletion_time": "2026-11-25T15:00:00Z"}
    return replied({"data": {"data": None, "metadata": metadata}}, 404)


@contextmanager
def vault_serving(
    kept: Mapping[str, Reply], certificate: Certificate | None = None
) -> Iterator[Web]:
    """Give what is kept at a path to whoever has the token."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("x-vault-token") != TOKEN:
            return refused(403, "permission denied")
        return kept.get(asked.path.removeprefix("/v1/"), refused(404))

    with serving(answer, certificate) as web:
        yield web
