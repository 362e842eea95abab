"""What is sent and what comes back, as HTTP labels it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import unquote, urlencode, urlsplit

from ..runner.task import TaskError
from .clients.safe_names import safe_name

if TYPE_CHECKING:
    from email.message import Message

    from .clients.http import Answer

Format: TypeAlias = Literal["form-urlencoded", "json", "raw"]

_TYPES = {"form-urlencoded": "application/x-www-form-urlencoded", "json": "application/json"}
_OURS = {
    *("changed", "failed", "msg", "skipped", "diff", "warnings", "results", "attempts"),
    *("content", "json", "path"),
}
"""What results tell themselves; no header may say it for them."""
_JSON = ("json", "javascript")


# To the server ------------------------------------------------------------------------------


def packed(body: object, how: Format) -> bytes | None:
    """The body as bytes; a text is taken as it is, whatever the format."""
    if body is None or isinstance(body, str):
        return None if body is None else body.encode("utf-8", "surrogateescape")
    if how == "json":
        return json.dumps(body).encode()
    if how == "form-urlencoded" and isinstance(body, Mapping | Sequence):
        pairs = body.items() if isinstance(body, Mapping) else map(tuple, body)
        try:
            return urlencode(list(pairs), doseq=True).encode()
        except (TypeError, ValueError) as error:
            raise TaskError("body: a form is a mapping, or a list of [name, value]") from error
    raise TaskError("body is no text; set `body_format: json` or `form-urlencoded`")


def label(how: Format) -> dict[str, str]:
    """The header that says what the body is."""
    return {"Content-Type": _TYPES[how]} if how in _TYPES else {}


# From the server ----------------------------------------------------------------------------


def limited(answer: Answer, most: int, hint: str) -> bytes:
    """The whole body. Raises TaskError if it is larger than is sensible to keep in memory."""
    body = bytearray()
    for block in answer.blocks():
        body += block
        if len(body) > most:
            raise TaskError(
                f"{answer.url} has sent more than {most // 1024**2} MiB; {hint}", url=answer.url
            )
    return bytes(body)


def told(headers: Message) -> dict[str, str]:
    """The headers by names that a template can say: `content_type`."""
    named: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower().replace("-", "_")
        if key not in _OURS:
            named[key] = f"{named[key]}, {value}" if key in named else str(value)
    return named


def text(body: bytes, headers: Message) -> str:
    try:
        return body.decode(headers.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def parsed(content: str, headers: Message) -> dict[str, Any]:
    """What the body says, as `json`; of what only calls itself JSON, nothing."""
    kind = headers.get_content_type() if "Content-Type" in headers else ""
    if kind.startswith("application/") and any(word in kind for word in _JSON):
        with suppress(ValueError, RecursionError):
            return {"json": json.loads(content)}
    return {}


def file_name(answer: Answer) -> str:
    """What the server, or its address, calls the file. Raises TaskError for no proper name."""
    name = answer.headers.get_filename()
    return safe_name(name or unquote(urlsplit(answer.url).path.rpartition("/")[2]) or "index.html")
