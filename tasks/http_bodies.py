"""What is sent and what comes back, as HTTP labels it."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from mimetypes import guess_type
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import unquote, urlencode, urlsplit

from ..runner.task import TaskError
from .clients.safe_names import safe_name

if TYPE_CHECKING:
    from email.message import Message

    from .clients.http import Answer

Format: TypeAlias = Literal["form-multipart", "form-urlencoded", "json", "raw"]

_TYPES = {"form-urlencoded": "application/x-www-form-urlencoded", "json": "application/json"}
_OURS = {
    *("changed", "failed", "msg", "skipped", "diff", "warnings", "results", "attempts"),
    *("content", "json", "path", "ansible_facts"),
}
"""What results tell themselves; no header may say it for them."""
_JSON = ("json", "javascript")
_AS_IT_IS, _BASE64 = "7or8bit", "base64"


# To the server ------------------------------------------------------------------------------


def packed(
    body: object, how: Format, read: Callable[[str], bytes]
) -> tuple[bytes | None, dict[str, str]]:
    """The body as bytes, and the header that says what it is; a text is taken as it is.

    `read` gives what is in a file that a form names.
    """
    if how == "form-multipart":
        if not isinstance(body, Mapping):
            raise TaskError(f"body must be mapping, cannot be type {type(body).__name__}")
        try:
            kind, whole = multipart(body, read)
        except (TypeError, ValueError) as error:
            raise TaskError(f"failed to parse body as form-multipart: {error}") from error
        return whole, {"Content-Type": kind}
    if isinstance(body, str):
        return body.encode("utf-8", "surrogateescape"), label(how)
    if body is None and how != "json":
        return None, label(how)
    if how == "json":
        # As in Ansible, nothing is null, too.
        return json.dumps(body).encode(), label(how)
    if how == "form-urlencoded" and isinstance(body, Mapping | Sequence):
        pairs = body.items() if isinstance(body, Mapping) else map(tuple, body)
        try:
            return urlencode(list(pairs), doseq=True).encode(), label(how)
        except (TypeError, ValueError) as error:
            hint = "a form is a mapping, or a list of [name, value]"
            msg = f"failed to parse body as form_urlencoded: {error}"
            raise TaskError(msg, hint=hint) from error
    raise TaskError("body is no text; set `body_format: json` or `form-urlencoded`")


def label(how: Format) -> dict[str, str]:
    """The header that says how a body is written, which is in a file, too."""
    return {"Content-Type": _TYPES[how]} if how in _TYPES else {}


def multipart(fields: object, read: Callable[[str], bytes]) -> tuple[str, bytes]:
    """What says what a form is, and the form. Raises TypeError and ValueError."""
    if not isinstance(fields, Mapping):
        raise TypeError(f"Mapping is required, cannot be type {type(fields).__name__}")
    boundary = secrets.token_hex(16)
    # As in Ansible, by their names.
    parts = [_part(str(name), fields[name], read) for name in sorted(fields, key=str)]
    whole = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return f"multipart/form-data; boundary={boundary}", whole + f"--{boundary}--\r\n".encode()


def _part(name: str, value: object, read: Callable[[str], bytes]) -> bytes:
    """A text, or a file: `filename`, `content`, `mime_type` and `multipart_encoding`."""
    if not isinstance(value, str | Mapping):
        wrong = f"value must be a string, or mapping, cannot be type {type(value).__name__}"
        raise TypeError(f"{wrong} (in the part {name})")
    if isinstance(value, str):
        head = f'Content-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'
        return head.encode() + value.encode("utf-8", "surrogateescape")
    file, content = value.get("filename"), value.get("content")
    if not (file or content):
        wrong = "at least one of filename or content must be provided"
        raise ValueError(f"{wrong} (in the part {name})")
    kind = value.get("mime_type") or guess_type(str(file))[0] or "application/octet-stream"
    shown = f'; filename="{_quoted(PurePath(str(file)).name)}"' if file is not None else ""
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"{shown}\r\n'
    head += f"Content-Type: {_quoted(str(kind))}\r\n"
    if content or not file:
        return f"{head}\r\n".encode() + str(content).encode("utf-8", "surrogateescape")
    how = value.get("multipart_encoding") or _BASE64
    if how not in (_AS_IT_IS, _BASE64):
        raise ValueError(f"multipart_encoding must be one of {_BASE64}, {_AS_IT_IS}")
    if how == _AS_IT_IS:
        return f"{head}\r\n".encode() + read(str(file))
    lines = base64.encodebytes(read(str(file))).rstrip(b"\n").replace(b"\n", b"\r\n")
    return f"{head}Content-Transfer-Encoding: {how}\r\n\r\n".encode() + lines


def _quoted(text: str) -> str:
    """A name as browsers write it into a form: nothing in it can end the line."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


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
    except (LookupError, ValueError):  # None that there is, or none of a text.
        return body.decode("utf-8", "replace")


def parsed(content: str, headers: Message) -> dict[str, Any]:
    """What the body says, as `json`; of what only calls itself JSON, nothing."""
    # Of a kind like application/hal+json, what stands behind the plus counts.
    kind = headers.get_content_subtype() if "Content-Type" in headers else ""
    if kind[kind.find("+") + 1 :] in _JSON:
        with suppress(ValueError, RecursionError):
            return {"json": json.loads(content)}
    return {}


def file_name(answer: Answer, *, as_written: bool = False) -> str:
    """What the server, or its address, calls the file; `as_written`: `a%20b` stays.

    Raises TaskError for no proper name.
    """
    in_address = urlsplit(answer.url).path.rpartition("/")[2]
    name = in_address if as_written else unquote(in_address)
    return safe_name(answer.headers.get_filename() or name or "index.html")
