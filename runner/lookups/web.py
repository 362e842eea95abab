"""The lookup `url`: what lies at an address of the web, or in a file by its address."""

from __future__ import annotations

import base64
import gzip
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit
from urllib.request import (
    BaseHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from ..environment import whole
from ..errors import LookupFailed
from ..hearer import deprecate
from . import LookupContext, flag, lines_of

_NO = (False, "no", "none")
_YES = (True, "yes", "all", "safe", "urllib2")


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
    use_netrc: bool | None = None,
) -> list[str]:
    """The lines at each address or, with `split_lines: false`, the whole text.

    A login is sent at once, as `force_basic_auth` asks for. Some options may be variables, too, of
    the play (`ansible_lookup_url_timeout`) or the environment (`ANSIBLE_LOOKUP_URL_TIMEOUT`).
    """
    if not validate_certs:
        context.warn("the lookup url does not check who answers: validate_certs is off")
    chosen = partial(_chosen, variables)
    agent = chosen("agent", http_agent, "ansible-httpget")
    sent = _headers(agent, headers or {}, anew=flag(chosen("force", force, default=False)))
    context_of_tls = tls(chosen("ca_path", ca_path, None), verified=validate_certs)
    redirects = _redirects(chosen("follow_redirects", follow_redirects, default=True))
    handlers = _handlers(context_of_tls, use_proxy=use_proxy, redirects=redirects)
    seconds = _seconds(chosen("timeout", timeout, 10))
    kept = _words(chosen("unredir_headers", unredirected_headers, ()))
    requests = [_request(str(term), sent, kept, username, password) for term in terms]
    if flag(chosen("use_netrc", use_netrc, default=True)):
        _log_in_by_netrc(requests)
    texts = [_fetched(request, handlers, seconds) for request in requests]
    return [line for text in texts for line in lines_of(text)] if split_lines else texts


def _headers(agent: str, headers: Mapping[str, str], *, anew: bool) -> dict[str, str]:
    """What is sent; `anew`: no cache on the way may answer."""
    return {"User-Agent": agent, **headers, **({"Cache-Control": "no-cache"} if anew else {})}


def _handlers(context: ssl.SSLContext, *, use_proxy: bool, redirects: bool) -> list[BaseHandler]:
    proxies = [] if use_proxy else [ProxyHandler({})]
    return [HTTPSHandler(context=context), *proxies, *([] if redirects else [NoRedirects()])]


def _chosen(variables: Mapping[str, Any], name: str, option: Any, default: Any) -> Any:
    """An option that a variable may give as well."""
    if option is not None:
        return option
    variable = f"ansible_lookup_url_{name}"
    return variables[variable] if variable in variables else whole().get(variable.upper(), default)


def _words(value: Any) -> Sequence[str]:
    return value.split(",") if isinstance(value, str) else value


def _seconds(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        where = "Config 'timeout' for 'url' lookup plugin from 'Direct' has an invalid value"
        raise ValueError(f"{where}: Invalid value provided for 'float': {value!r}") from None


def _redirects(wanted: Any) -> bool:
    """Whether to go where an answer redirects to."""
    if wanted in ("yes", "no"):
        words = "Using 'yes' or 'no' for 'follow_redirects' parameter is deprecated."
        deprecate(words, "2.22")
    if wanted not in (*_NO, *_YES):
        where = "config 'follow_redirects' for 'url' lookup plugin."
        raise ValueError(f"Invalid value {wanted!r} for {where}")
    return wanted not in _NO


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
    parts = _parted(address)
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
        _log_in(request, f"{name}:{password or unquote(parts.password or '')}")
    return request


def _parted(address: str) -> SplitResult:
    """Raises ValueError for what is no address: it may hold a password, and is not repeated."""
    with suppress(ValueError):
        parts = urlsplit(address)
        if parts.port != 0:
            return parts
    raise ValueError("this is no address that can be read")


def _log_in_by_netrc(requests: Sequence[Request]) -> None:
    """Without another login, take that of the host from `~/.netrc`, or the file NETRC names."""
    from netrc import NetrcParseError, netrc

    file = Path(whole().get("NETRC") or "~/.netrc").expanduser()
    without = [request for request in requests if not request.has_header("Authorization")]
    if not without or not file.is_file():
        return
    try:
        logins = netrc(file).hosts
    except (NetrcParseError, OSError, UnicodeDecodeError):
        # The words of the parser may hold what stands there.
        raise LookupFailed(f"{file} cannot be read; use_netrc=false does without it") from None
    for request in without:
        if found := logins.get(urlsplit(request.full_url).hostname or ""):
            _log_in(request, f"{found[0]}:{found[2] or ''}")


def _log_in(request: Request, login: str) -> None:
    word = base64.b64encode(login.encode()).decode("ascii")
    # Where the answer redirects to is not told the login.
    request.add_unredirected_header("Authorization", f"Basic {word}")


def _fetched(request: Request, handlers: list[BaseHandler], timeout: float) -> str:
    shown = request.full_url
    try:
        with build_opener(*handlers).open(request, timeout=timeout) as answer:
            data: bytes = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                data = gzip.decompress(data)
    except HTTPError as error:
        with error:
            said = f"HTTP Error {error.code}: {error.reason}"
            raise LookupFailed(f"Received HTTP error for {shown}: {said}") from None
    except URLError as error:
        raise LookupFailed(f"Failed lookup url for {shown}: {error}") from None
    except HTTPException as error:
        why = f"{type(error).__name__}: {error}"
        raise LookupFailed(f"{shown} does not answer as a web server does: {why:.200}") from None
    return data.decode("utf-8", "surrogateescape")
