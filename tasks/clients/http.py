"""HTTP requests by the standard library: with proxies, redirects, logins and cookies.

An answer of any status is an answer; what keeps one from coming is a TaskError in words. A login
goes to nobody but the server that it was given for, and no address that is shown holds one.
"""

from __future__ import annotations

import gzip
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from email.message import Message
from http.client import HTTPException, HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib import request as urllib_request
from urllib.error import HTTPError, URLError

from ...runner.dataclasses import dataclass, field
from ...runner.task import Cancellation, TaskError
from .http_address import NO_ANSWER, Login
from .http_links import Links, Proxies
from .http_redirects import Redirects, Rule, origin

_CHUNK = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked, and how."""

    url: str
    """Without a login in it."""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    unredirected_headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    login: Login | None = None
    timeout: float = 30
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    proxies: Mapping[str, str] = field(default_factory=dict)
    """The proxy for each kind of address, and with `no` the hosts that need none."""
    redirects: Rule = "urllib2"
    decompress: bool = True
    unix_socket: Path | None = None
    """Where the server listens, if it is not at the address."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server says; its body is read once, by `blocks`."""

    url: str
    status: int
    reason: str
    headers: Message
    cookies: Mapping[str, str]
    blocks: Callable[[], Iterator[bytes]]


@contextmanager
def asked(request: Request, cancellation: Cancellation) -> Iterator[Answer]:
    """Send a request; what the body of the `with` reads must be read in there."""
    cookies, links = CookieJar(), Links(request.tls, cancellation, request.unix_socket)
    with ExitStack() as stack:
        stack.callback(links.close)
        stack.enter_context(cancellation.calling(links.abort))
        with told(request.url, cancellation):
            response, reason = opened(request, cookies, links)
        yield Answer(
            url=response.geturl(),
            status=response.status,
            reason=reason,
            headers=response.headers,
            cookies={cookie.name: cookie.value or "" for cookie in cookies},
            blocks=lambda: _blocks(response, request, cancellation),
        )


class Passwords(urllib_request.HTTPPasswordMgr):
    """One login; urllib's own would give that of https:// to whoever answers at http://."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._request = request

    def find_user_password(self, realm: str, authuri: str) -> tuple[str | None, str | None]:  # noqa: ARG002
        login = self._request.login
        if login is None or origin(authuri) != origin(self._request.url):
            return None, None
        return login.user, login.password


def _opener(request: Request, cookies: CookieJar, links: Links) -> urllib_request.OpenerDirector:
    passwords = Passwords(request)
    # Others than these would let a redirect lead to local files.
    handlers: list[Any] = [
        Proxies(request.proxies),
        links,
        Redirects(request.redirects),
        urllib_request.HTTPDigestAuthHandler(passwords),
        urllib_request.HTTPBasicAuthHandler(passwords),
        urllib_request.HTTPCookieProcessor(cookies),
        urllib_request.HTTPErrorProcessor(),
        urllib_request.HTTPDefaultErrorHandler(),
        urllib_request.UnknownHandler(),
    ]
    opener = urllib_request.OpenerDirector()
    for handler in handlers:
        opener.add_handler(handler)
    opener.addheaders = []
    return opener


def opened(request: Request, cookies: CookieJar, links: Links) -> tuple[HTTPResponse, str]:
    """Give the response, of any status, and what it is in words."""
    asked = urllib_request.Request(  # noqa: S310  # the opener knows http and https only
        request.url, request.body, dict(request.headers), method=request.method
    )
    for name, value in request.unredirected_headers.items():
        asked.add_unredirected_header(name, value)
    if request.login and request.login.at_once:
        # It goes along when the same server redirects, and only then.
        asked.add_header("Authorization", request.login.basic)
    try:
        response: HTTPResponse = _opener(request, cookies, links).open(
            asked, timeout=request.timeout
        )
    except HTTPError as error:
        return error, str(error)  # type: ignore[return-value]  # it is a response, too
    return response, response.reason


# Bodies -------------------------------------------------------------------------------------


def _blocks(
    response: HTTPResponse, request: Request, cancellation: Cancellation
) -> Iterator[bytes]:
    """Give the body piece by piece. Raises TaskError for one that ends before its end."""
    # Not x-gzip: so servers of old call an archive that is meant to stay packed.
    packing = str(response.headers.get("Content-Encoding", "")).lower()
    is_packed = request.decompress and packing == "gzip"
    body: Any = gzip.GzipFile(fileobj=response) if is_packed else response
    with told(request.url, cancellation):
        if response.isclosed():
            return  # A redirect too many, of which nobody reads what it says.
        while block := body.read(_CHUNK):
            cancellation.check()
            yield block
        cancellation.check()
        left = getattr(response, "length", None) or 0
        if left:
            raise EOFError(f"Incomplete read, failed to read remaining {left} bytes")


@contextmanager
def told(url: str, cancellation: Cancellation) -> Iterator[None]:
    try:
        yield
    except TaskError:
        raise
    except (OSError, HTTPException, EOFError, zlib.error, ValueError) as error:
        # Of a connection that we have ended ourselves, the error says nothing.
        cancellation.check()
        msg = f"Request failed: {url} cannot be had: {_why(error)}"
        raise TaskError(msg, status=NO_ANSWER, url=url) from error


def _why(error: BaseException) -> str:
    if isinstance(error, URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"certificate verify failed: {error.verify_message.rstrip('.')}; name the"
            " authority that signed it with `ca_path`, or, if you know the server, set"
            " `validate_certs: false`"
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, TimeoutError):
        return "timed out, as the server was silent; `timeout` says how long it may be"
    if isinstance(error, OSError):
        return str(error.strerror or error)
    return str(error) or type(error).__name__
