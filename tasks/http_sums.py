"""The checksum that a download must have: given, or looked up in a list of sums on the web."""

from __future__ import annotations

import hashlib
import re
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Context, TaskError
from . import http_bodies, http_request
from .clients.http_address import masked
from .content import Content, digest
from .http_request import HttpRequest

if TYPE_CHECKING:
    from .clients.http import Answer

_MOST = 4 * 1024 * 1024
_OK = 200


@dataclass(frozen=True)
class Sum:
    algorithm: str
    value: str

    def check(self, content: Content, ctx: Context) -> None:
        """Raise TaskError for a file that does not have it."""
        came = digest(content, self.algorithm, ctx)
        if came != self.value:
            raise TaskError(
                f"The checksum for {content.name} did not match {self.value}; it was {came}.",
                checksum=came,
                expected_checksum=self.value,
            )


def wanted(text: str, params: HttpRequest, ctx: Context) -> Sum:
    """Read `sha256:…`."""
    algorithm, colon, value = text.strip().partition(":")
    if not colon:
        msg = "The checksum parameter has to be in format <algorithm>:<checksum>"
        raise TaskError(msg, hint="write it as sha256:…")
    algorithm, value = algorithm.strip().lower(), value.strip()
    if algorithm not in hashlib.algorithms_available or "shake" in algorithm:
        known = ", ".join(sorted(hashlib.algorithms_guaranteed))
        msg = f"Could not hash file {masked(params.url)!r} with algorithm {algorithm!r}."
        raise TaskError(f"{msg} Available algorithms: {known}", hint="write it as sha256:…")
    if re.match("(https?|file)://", value):
        value = _looked_up(value, params, ctx)
    value = value.lower()
    if not re.fullmatch("[0-9a-f]+", value):
        hint = f"what follows {algorithm}: is no sum in hexadecimal digits"
        raise TaskError("The checksum format is invalid", hint=hint)
    return Sum(algorithm, value)


def _looked_up(url: str, params: HttpRequest, ctx: Context) -> str:
    with _listed(url, params, ctx) as answer:
        if answer.status != _OK:
            told = {"status_code": answer.status, "response": answer.reason, "url": answer.url}
            hint = f"the checksums at {answer.url} cannot be had: {answer.reason}"
            raise TaskError("Request failed", **told, hint=hint)
        lines = http_bodies.text(
            http_bodies.limited(answer, _MOST, "that is no list of checksums"), answer.headers
        ).splitlines()
    name = unquote(urlsplit(params.url).path.rpartition("/")[2])
    sums = [found for line in lines if (found := _sum_of(name, line, alone=len(lines) == 1))]
    if not sums:
        raise TaskError(f"Unable to find a checksum for file '{name}' in '{masked(url)}'")
    return sums[0]


def _listed(url: str, params: HttpRequest, ctx: Context) -> AbstractContextManager[Answer]:
    from . import file_address
    from .clients import http

    if file_address.is_one(url):
        return nullcontext(file_address.answer(url))
    return http.asked(http_request.request(replace(params, url=url), ctx), ctx.cancellation)


def _sum_of(name: str, line: str, *, alone: bool) -> str | None:
    """Read `SUM  NAME`, as sha256sum writes it, `SHA256 (NAME) = SUM`, or the sum alone."""
    match line.split(maxsplit=1):
        case [value] if alone:
            return value
        case [value, named] if named.strip().removeprefix("*").removeprefix("./") == name:
            return value
    found = re.fullmatch(r"\S+ \((?P<name>.*)\) = (?P<value>[0-9A-Fa-f]+)", line.strip())
    return found["value"] if found and found["name"] == name else None
