"""Talk to a web service: send a request, and look at the answer."""

from __future__ import annotations

import time
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urljoin

from ..runner.dataclasses import dataclass, field, replace
from ..runner.task import Cancelled, Commas, Context, Mode, Pattern, Repeat, Result, TaskError
from . import files, http_bodies, http_request, paths, permissions
from .clients.http_address import NO_ANSWER, masked
from .content import Content
from .files import Manner, Placed
from .http_bodies import Format

if TYPE_CHECKING:
    from .clients.http import Answer, Request
    from .clients.http_redirects import Rule

RETURNS = {
    "status": "The status of the answer; -1 if none came.",
    "url": "The address that has answered, after redirects.",
    "redirected": "Whether it is another than the one that was asked.",
    "content": "The body as a text, with `return_content` or a status that is not expected.",
    "body": "The same, of an answer whose status is an error.",
    "json": "What the body says, if it is JSON.",
    "cookies": "The cookies that the server has set, by name.",
    "cookies_string": "The same as the header `Cookie` takes it.",
    "elapsed": "How many seconds it took.",
    "path": "Where the body was written, with `dest`.",
    "content_type …": "Every header of the answer, in small letters, `_` for `-`.",
}
EXAMPLES = """\
- name: Is the service up?
  uri:
    url: https://reports.example.com/health
    return_content: true
  register: health
  until: health.status == 200
  retries: 5
  delay: 2

- name: Something new, as JSON
  uri:
    url: https://reports.example.com/api/reports
    method: POST
    url_username: reporter
    url_password: "{{ lookup('env', 'REPORTS_PASSWORD') }}"
    force_basic_auth: true
    body_format: json
    body: {name: may, pages: 12}
    status_code: [200, 201]
  register: made

- name: Its number
  debug:
    msg: "{{ made.json.id }}"
"""
_METHOD = "a single word in uppercase, like GET or POST"
_MOST = 64 * 1024 * 1024
_COOKIES = ("cookies", "cookies_string")
_ERROR = "HTTP Error"
"""How the reason begins that the library gives of an answer that is none of what was asked for."""


@dataclass(frozen=True, kw_only=True)
class Params(permissions.Ownership, http_request.HttpRequest):
    method: Annotated[str, "What is asked for.", Pattern("[A-Za-z]+", _METHOD)] = "GET"
    body: Annotated[object, "What is sent: a text, or with `body_format` any value."] = None
    body_format: Annotated[
        Format,
        "How a body that is no text is written; in `form-multipart` a part is a text, or a mapping "
        "with `filename`, `content`, `mime_type` and, for a file, `multipart_encoding`, which is "
        "`base64`, or `7or8bit` for servers that do not decode it.",
    ] = "raw"
    src: Annotated[str | None, "A file that is sent, in place of `body`."] = None
    remote_src: Annotated[bool, "Look for `src` beside the playbook only, not in `files/`."] = False
    status_code: Annotated[
        list[int],
        "The statuses that are right: one, a list, or a text with commas.",
        Commas(),
    ] = field(default_factory=lambda: [200])
    return_content: Annotated[bool, "Give the body as `content`."] = False
    follow_redirects: Annotated[
        Literal["all", "none", "safe", "urllib2", "yes", "no"],
        "Which redirects are followed: `safe` is those of GET and HEAD, `urllib2` also most of "
        "POST, as a GET.",
    ] = "safe"
    dest: Annotated[str | None, "A file, or folder, in which the body is written."] = None
    creates: Annotated[str | None, "A file; when it is there, the step has nothing to do."] = None
    removes: Annotated[str | None, "A file; when it is not there, the step has nothing to do."] = (
        None
    )
    mode: Annotated[Mode | None, "Permissions of `dest`."] = None
    unix_socket: Annotated[
        str | None, "The socket of a server of this machine, in place of the host in `url`."
    ] = None


_RULES: dict[str, Rule] = {"yes": "all", "no": "none"}


# What HTTP says of its methods; what was deleted before cannot be again.
_REPEAT: dict[str, Repeat] = {
    **dict.fromkeys(("GET", "HEAD", "OPTIONS"), "harmless"),
    "PUT": "safe",
}


def _repeat(params: Params) -> Repeat:
    if params.creates or params.removes:
        return "safe"
    kind = _REPEAT.get(params.method.upper(), "unsafe")
    return "safe" if kind == "harmless" and params.dest else kind


REPEAT = _repeat


def run(params: Params, ctx: Context) -> Result:
    from .clients import http

    if reason := _needless(params, ctx):
        told = f"skipped, since {reason}"
        return Result(msg=told, data={"stdout": told, "stdout_lines": [told]})
    started = time.monotonic()
    asked = _asked(params, ctx)
    try:
        with http.asked(asked, ctx.cancellation) as answer:
            body = http_bodies.limited(answer, _MOST, "get_url writes what is so large into a file")
    except Cancelled:
        raise
    except TaskError as error:
        asked_for = {"status": NO_ANSWER, "url": masked(params.url), "redirected": False}
        elapsed = int(time.monotonic() - started)
        data = {**error.data, **asked_for, "elapsed": elapsed}
        return _judged(NO_ANSWER, error.msg, data, params)
    content = http_bodies.text(body, answer.headers)
    data = _told(answer, asked.url, content, started)
    if params.return_content:
        data["content"] = content
    if answer.reason.startswith(_ERROR):
        data = _as_error(data, content, params)
    result = _judged(answer.status, _words(answer), data, params)
    if not params.dest:
        return result
    if answer.status == HTTPStatus.NOT_MODIFIED:
        dest = ctx.path(params.dest)
        return replace(result, data={**data, "path": str(dest), **paths.describe(dest)})
    try:
        placed = _written(body, answer, params, ctx)
    except TaskError as error:
        raise TaskError(error.msg, **{**data, **error.data}) from error
    about = {"path": str(placed.path), **paths.describe(placed.path)}
    # As in Ansible, also if the same was there before.
    return replace(result, changed=True, data={**data, **about}, diff=placed.diff)


def _as_error(data: dict[str, object], content: str, params: Params) -> dict[str, object]:
    """As in Ansible, of what went wrong the address is that which was asked for.

    What came with it is told once, and not at all if it went wrong unexpectedly.
    """
    told = {name: value for name, value in data.items() if name not in _COOKIES}
    told |= {"url": masked(params.url), "redirected": False}
    is_told = "content" in data or "json" in data or data["status"] not in params.status_code
    return told if is_told else {**told, "body": content}


def _judged(status: int, words: str, data: dict[str, object], params: Params) -> Result:
    expected = params.status_code
    if status not in expected:
        raise TaskError(f"Status code was {status} and not {expected}: {words}", **data)
    return Result(msg=words, data=data)


def _words(answer: Answer) -> str:
    """In Ansible's words, who tells how many bytes the server has said that it would send."""
    if answer.reason.startswith(_ERROR):
        return answer.reason
    return f"OK ({answer.headers.get('Content-Length', 'unknown')} bytes)"


def _needless(params: Params, ctx: Context) -> str:
    if params.creates and paths.status(ctx.path(params.creates), follow=True):
        return f"'{params.creates}' exists"
    if params.removes and not paths.status(ctx.path(params.removes), follow=True):
        return f"'{params.removes}' does not exist"
    return ""


def _asked(params: Params, ctx: Context) -> Request:
    body, label = _body(params, ctx)
    asked = http_request.request(
        params,
        ctx,
        method=params.method.upper(),
        body=body,
        headers={**label, **_news(params, ctx)},
        redirects=_rule(params),
    )
    if not params.unix_socket:
        return asked
    return replace(asked, unix_socket=ctx.path(params.unix_socket), proxies={})


def _news(params: Params, ctx: Context) -> dict[str, str]:
    """What is there already is not wanted again, unless it must be."""
    is_kept = params.dest and not params.force
    return http_request.newer_than(ctx.path(params.dest or "")) if is_kept else {}


def _body(params: Params, ctx: Context) -> tuple[bytes | None, dict[str, str]]:
    def read(name: str) -> bytes:
        path = ctx.path(name) if params.remote_src else paths.find(name, ctx)
        try:
            return path.read_bytes()
        except OSError as error:
            why = error.strerror or error
            raise TaskError(f"Unable to open source file {path}: {why}") from error

    if params.src is None:
        return http_bodies.packed(params.body, params.body_format, read)
    if params.body is not None:
        raise TaskError("parameters are mutually exclusive: body|src")
    return read(params.src), http_bodies.label(params.body_format)


def _rule(params: Params) -> Rule:
    return _RULES.get(params.follow_redirects, params.follow_redirects)  # type: ignore[arg-type]


def _told(answer: Answer, asked: str, content: str, started: float) -> dict[str, object]:
    cookies, headers = answer.cookies, http_bodies.told(answer.headers)
    if "location" in headers:
        with suppress(ValueError):  # What is no address is told as it is.
            headers["location"] = urljoin(asked, headers["location"])
    return {
        **headers,
        "status": answer.status,
        "url": answer.url,
        "redirected": answer.url != asked,
        "cookies": dict(cookies),
        "cookies_string": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "elapsed": int(time.monotonic() - started),
        **http_bodies.parsed(content, answer.headers),
    }


def _written(body: bytes, answer: Answer, params: Params, ctx: Context) -> Placed:
    dest = ctx.path(params.dest or "")
    if paths.is_folder(dest):
        dest /= http_bodies.file_name(answer)
    manner = Manner(access=permissions.wanted(params.mode, params), unsafe=params.unsafe_writes)
    return files.place(Content.of_bytes(body, answer.url), dest, manner, ctx)
