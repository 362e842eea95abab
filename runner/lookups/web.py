"""The lookup `url`: what lies at an address of the web."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import (
    BaseHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from ..errors import LookupFailed
from . import LookupContext

_NO = (False, "no", "none")


def url(
    terms: list[Any],
    _: Mapping[str, Any],
    *,
    context: LookupContext,
    split_lines: bool = True,
    validate_certs: bool = True,
    ca_path: str | None = None,
    use_proxy: bool = True,
    username: str | None = None,
    password: str | None = None,
    force_basic_auth: bool = True,
    headers: Mapping[str, str] | None = None,
    force: bool = False,
    follow_redirects: bool | str = True,
    http_agent: str = "ansible-httpget",
    timeout: float = 10,
) -> list[str]:
    """The lines at each address or, with `split_lines: false`, the whole text.

    A login is sent at once, as `force_basic_auth` asks for.
    """
    if not validate_certs:
        context.warn("the lookup url does not check who answers: validate_certs is off")
    sent = {"User-Agent": http_agent, **(headers or {})}
    if force:
        sent["Cache-Control"] = "no-cache"
    handlers: list[BaseHandler] = [HTTPSHandler(context=tls(ca_path, verified=validate_certs))]
    if not use_proxy:
        handlers.append(ProxyHandler({}))
    if follow_redirects in _NO:
        handlers.append(NoRedirects())
    texts = [
        _fetched(_request(str(term), sent, username, password), handlers, timeout) for term in terms
    ]
    return [line for text in texts for line in text.splitlines()] if split_lines else texts


class NoRedirects(HTTPRedirectHandler):
    """Goes nowhere else than it was sent."""

    def redirect_request(self, *_: Any) -> None:
        """No other request is made; the answer counts as an error."""


def tls(ca_path: str | None, *, verified: bool) -> ssl.SSLContext:
    """TLS 1.2 or newer; unless told otherwise, with who we think answers."""
    context = ssl.create_default_context(cafile=ca_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _request(
    address: str, headers: Mapping[str, str], username: str | None, password: str | None
) -> Request:
    parts = urlsplit(address)
    # What is asked for, and may be shown, holds no login.
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"{bare} is no address that begins with http:// or https://")
    request = Request(bare, headers=dict(headers))  # noqa: S310  # the scheme is looked at above
    name = username or unquote(parts.username or "")
    if name:
        login = f"{name}:{password or unquote(parts.password or '')}".encode()
        word = base64.b64encode(login).decode("ascii")
        # Where the answer redirects to is not told the login.
        request.add_unredirected_header("Authorization", f"Basic {word}")
    return request


def _fetched(request: Request, handlers: list[BaseHandler], timeout: float) -> str:
    shown = request.full_url
    try:
        with build_opener(*handlers).open(request, timeout=timeout) as answer:
            data: bytes = answer.read()
    except HTTPError as error:
        with error:
            said = f"HTTP Error {error.code}: {error.reason}"
            raise LookupFailed(f"Received HTTP error for {shown}: {said}") from None
    except URLError as error:
        raise LookupFailed(f"Failed lookup url for {shown}: {error.reason}") from None
    except HTTPException as error:
        why = f"{type(error).__name__}: {error}"
        raise LookupFailed(f"{shown} does not answer as a web server does: {why:.200}") from None
    return data.decode("utf-8")
