"""The lookup `url`: what lies at an address of the web, or in a file by its address."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping, Sequence
from functools import partial
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
    variables: Mapping[str, Any],
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
    force: bool | None = None,
    follow_redirects: bool | str | None = None,
    http_agent: str | None = None,
    timeout: float | None = None,
    unredirected_headers: Sequence[str] | None = None,
) -> list[str]:
    """The lines at each address or, with `split_lines: false`, the whole text.

    A login is sent at once, as `force_basic_auth` asks for. Some options may be variables, too:
    `ansible_lookup_url_timeout`.
    """
    if not validate_certs:
        context.warn("the lookup url does not check who answers: validate_certs is off")
    chosen = partial(_chosen, variables)
    sent = {"User-Agent": chosen("agent", http_agent, "ansible-httpget"), **(headers or {})}
    if chosen("force", force, default=False):
        sent["Cache-Control"] = "no-cache"
    context_of_tls = tls(chosen("ca_path", ca_path, None), verified=validate_certs)
    redirects = chosen("follow_redirects", follow_redirects, default=True) not in _NO
    handlers = _handlers(context_of_tls, use_proxy=use_proxy, redirects=redirects)
    seconds = float(chosen("timeout", timeout, 10))
    kept = chosen("unredir_headers", unredirected_headers, ())
    requests = [_request(str(term), sent, kept, username, password) for term in terms]
    texts = [_fetched(request, handlers, seconds) for request in requests]
    return [line for text in texts for line in text.splitlines()] if split_lines else texts


def _handlers(context: ssl.SSLContext, *, use_proxy: bool, redirects: bool) -> list[BaseHandler]:
    proxies = [] if use_proxy else [ProxyHandler({})]
    return [HTTPSHandler(context=context), *proxies, *([] if redirects else [NoRedirects()])]


def _chosen(variables: Mapping[str, Any], name: str, option: Any, default: Any) -> Any:
    """An option that a variable may give as well."""
    return variables.get(f"ansible_lookup_url_{name}", default) if option is None else option


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
    address: str,
    headers: Mapping[str, str],
    kept: Sequence[str],
    username: str | None,
    password: str | None,
) -> Request:
    """`kept` are the headers that are not sent to where the answer redirects to."""
    parts = urlsplit(address)
    # What is asked for, and may be shown, holds no login.
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.scheme not in {"http", "https", "file"}:
        raise ValueError(f"{bare} is no address that begins with http://, https:// or file://")
    request = Request(bare)  # noqa: S310  # the scheme is looked at above
    secret = {name.lower() for name in kept}
    for header, value in headers.items():
        add = request.add_unredirected_header if header.lower() in secret else request.add_header
        add(header, value)
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
        raise LookupFailed(f"Failed lookup url for {shown}: {error}") from None
    except HTTPException as error:
        why = f"{type(error).__name__}: {error}"
        raise LookupFailed(f"{shown} does not answer as a web server does: {why:.200}") from None
    return data.decode("utf-8")
