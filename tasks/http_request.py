"""What get_url and uri have in common: the request, as a playbook describes it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from ..runner.dataclasses import dataclass, field
from ..runner.task import Alias, Context, Range, Secret, TaskError
from . import paths
from .clients.http_address import Login, parted
from .tls_arguments import Authorities, ClientCert, ClientKey, Verify
from .word_list import Words

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from .clients.http import Request
    from .clients.http_redirects import Rule


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """The parameters."""

    url: Annotated[
        str, "The address; it begins with http:// or https://, for get_url also with file://."
    ]
    headers: Annotated[dict[str, str], "Headers to send."] = field(default_factory=dict)
    http_agent: Annotated[str, "How we call ourselves."] = "ansible-httpget"
    timeout: Annotated[float, "How many seconds the server may be silent.", Range(0.1)] = 30
    force: Annotated[
        bool,
        "Ask for no copy out of a cache on the way, and also for what is in `dest` already.",
        Alias("thirsty"),
    ] = False
    url_username: Annotated[
        str | None,
        "The name to log in with (Basic or Digest); it may also stand in the address.",
        Alias("username", "user"),
    ] = None
    url_password: Annotated[Secret | None, "The password to log in with.", Alias("password")] = None
    force_basic_auth: Annotated[
        bool, "Log in at once, for servers that do not say that they want a login."
    ] = False
    use_netrc: Annotated[
        bool, "Without a login, take that of the host from `~/.netrc`, or the file `NETRC` names."
    ] = True
    validate_certs: Verify = True
    ca_path: Authorities = None
    client_cert: ClientCert = None
    client_key: ClientKey = None
    ciphers: Annotated[
        Words, "The ciphers of TLS to choose from, in OpenSSL's words; by default the usual."
    ] = field(default_factory=list)
    use_proxy: Annotated[
        bool, "Go by the proxy that `http_proxy`, `https_proxy` and `no_proxy` tell of, if any."
    ] = True
    unredirected_headers: Annotated[
        Words, "Headers that only the first server gets, if it redirects to another address."
    ] = field(default_factory=list)
    decompress: Annotated[bool, "Unpack what the server has packed with gzip."] = True


def request(
    params: HttpRequest,
    ctx: Context,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    redirects: Rule = "urllib2",
) -> Request:
    """Bring together what is asked; what a playbook says of headers wins over `headers`."""
    from .clients.http import Request

    url, login = parted(params.url)
    first_only = {name.lower() for name in params.unredirected_headers}
    sent = _headers(params, headers or {})
    return Request(
        url=url,
        method=method,
        headers={name: text for name, text in sent.items() if name.lower() not in first_only},
        unredirected_headers={
            name: text for name, text in sent.items() if name.lower() in first_only
        },
        body=body,
        login=_login(params, login, url, ctx),
        timeout=params.timeout,
        tls=partial(_tls, params, ctx),
        proxies=_proxies(ctx) if params.use_proxy else {},
        redirects=redirects,
        decompress=params.decompress,
    )


def newer_than(file: Path) -> dict[str, str]:
    """Asks only for what is newer than the file that is there, if one is."""
    from email.utils import formatdate

    status = paths.status(file, follow=True)
    if status is None or not stat.S_ISREG(status.st_mode):
        return {}
    return {"If-Modified-Since": formatdate(status.st_mtime, usegmt=True)}


def _headers(params: HttpRequest, added: Mapping[str, str]) -> dict[str, str]:
    sent = {"User-Agent": params.http_agent, **added}
    if params.force:
        sent["Cache-Control"] = "no-cache"
    named = {name.lower() for name in params.headers}
    sent = {name: text for name, text in sent.items() if name.lower() not in named}
    for name, text in params.headers.items():
        if any(character in name + text for character in "\r\n"):
            raise TaskError(f"headers: {name!r} holds a line break")
        sent[name] = text
    return sent


def _login(params: HttpRequest, login: Login | None, url: str, ctx: Context) -> Login | None:
    if params.url_username is not None:
        return Login(params.url_username, params.url_password or "", params.force_basic_auth)
    if login:
        return Login(login.user, params.url_password or login.password, params.force_basic_auth)
    return _from_netrc(urlsplit(url).hostname or "", ctx) if params.use_netrc else None


def _from_netrc(host: str, ctx: Context) -> Login | None:
    from netrc import NetrcParseError, netrc

    file = ctx.path({**os.environ, **ctx.environment}.get("NETRC") or "~/.netrc")
    if not file.is_file():
        return None
    try:
        found = netrc(file).hosts.get(host)
    except (NetrcParseError, OSError, UnicodeDecodeError) as error:
        # The words of the parser may hold what stands there.
        raise TaskError(f"{file} cannot be read; `use_netrc: false` does without it") from error
    return Login(found[0], found[2] or "", at_once=True) if found else None


def _tls(params: HttpRequest, ctx: Context) -> ssl.SSLContext:
    from .clients.tls import client_context

    # That of the process is known without being asked for.
    authorities = params.ca_path or ctx.environment.get("SSL_CERT_FILE")
    ca, cert, key = (
        ctx.path(file) if file else None
        for file in (authorities, params.client_cert, params.client_key)
    )
    return client_context(
        verify=params.validate_certs,
        ca_file=ca,
        client_cert=cert,
        client_key=key,
        ciphers=params.ciphers,
    )


def _proxies(ctx: Context) -> dict[str, str]:
    known = {**os.environ, **ctx.environment}
    named = {kind: known.get(f"{kind}_proxy", "") for kind in ("http", "https", "no")}
    in_capitals = {kind: known.get(f"{kind.upper()}_PROXY", "") for kind in named}
    return {kind: text for kind in named if (text := named[kind] or in_capitals[kind])}
