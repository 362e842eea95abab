"""What modules in Python ask the web with, by Ansible's names: `open_url` and `fetch_url`.

Few modules do: what that takes is imported where it is used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..runner.task import Cancellation, TaskError
from .clients.http_address import Login, masked, parted

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from .ansible_module import AnsibleModule
    from .clients.http import Request
    from .clients.http_redirects import Rule

_AGENT = "ansible-httpget"
_ARGUMENTS = (
    *("url_username", "url_password", "force_basic_auth", "http_agent", "use_proxy"),
    *("follow_redirects", "validate_certs", "client_cert", "client_key"),
)
_BLOCK = 64 * 1024
_ERROR = 400
_RULES: Mapping[object, Rule] = {
    "all": "all",
    "yes": "all",
    True: "all",
    "safe": "safe",
    "none": "none",
    "no": "none",
    False: "none",
}


class ConnectionError(Exception):  # noqa: A001  # as Ansible has it
    """What modules expect to be raised where there is no connection."""


class SSLValidationError(ConnectionError):
    """The same for TLS."""


def open_url(
    url: str,
    data: Any = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
    **more: Any,
) -> Any:
    """Give the response. Raises urllib's HTTPError for a status that tells of an error."""
    from http.cookiejar import CookieJar
    from urllib.error import HTTPError

    from .clients.http import opened
    from .clients.http_links import Links

    body = data.encode() if isinstance(data, str) else data
    method = (method or ("POST" if data else "GET")).upper()
    try:
        request = _request(url, method, body, headers or {}, more)
    except TaskError as error:
        raise ValueError(str(error)) from None
    links = Links(request.tls, Cancellation(), request.unix_socket)
    cookies = more.get("cookies")
    # An empty jar is false, and yet to be filled.
    response: Any = opened(request, CookieJar() if cookies is None else cookies, links)[0]
    if isinstance(response, HTTPError):
        raise response
    return _unpacked(response) if more.get("decompress", True) else response


def _request(
    url: str, method: str, body: bytes | None, headers: Mapping[str, str], more: Mapping[str, Any]
) -> Request:
    from urllib.request import getproxies

    from .clients.http import Request

    address, login = parted(url)
    once = {name.lower() for name in more.get("unredirected_headers") or ()}
    sent = _headers(headers, more)
    socket = more.get("unix_socket")
    return Request(
        url=address,
        method=method,
        headers={name: text for name, text in sent.items() if name.lower() not in once},
        unredirected_headers={name: text for name, text in sent.items() if name.lower() in once},
        body=body,
        login=_login(login, more),
        timeout=more.get("timeout") or 10,
        tls=_tls(more),
        proxies=getproxies() if more.get("use_proxy", True) else {},
        redirects=_RULES.get(more.get("follow_redirects", "urllib2"), "urllib2"),
        unix_socket=Path(socket) if socket else None,
    )


def _login(in_address: Login | None, more: Mapping[str, Any]) -> Login | None:
    """What is said beside the address counts more than what stands in it."""
    own = in_address or Login("", "")
    user = more.get("url_username") or own.user
    password = more.get("url_password") or own.password
    return Login(user, password, bool(more.get("force_basic_auth"))) if user else in_address


def _tls(more: Mapping[str, Any]) -> Callable[[], SSLContext]:
    from .clients.tls import client_context

    files = {"ca_file": "ca_path", "client_cert": "client_cert", "client_key": "client_key"}
    given: dict[str, Any] = {
        ours: Path(more[name]) for ours, name in files.items() if more.get(name)
    }
    return partial(client_context, verify=more.get("validate_certs") is not False, **given)


def _headers(headers: Mapping[str, str], more: Mapping[str, Any]) -> dict[str, str]:
    from email.utils import format_datetime

    sent: dict[str, str] = {}
    if agent := more.get("http_agent"):
        sent["User-agent"] = agent
    if more.get("force"):
        sent["Cache-control"] = "no-cache"
    elif isinstance(newer := more.get("last_mod_time"), datetime):
        sent["If-modified-since"] = format_datetime(newer).replace("-0000", "GMT")
    return {**sent, **{name.capitalize(): text for name, text in headers.items()}}


def _unpacked(response: Any) -> Any:
    from copy import copy
    from gzip import GzipFile

    if response.headers.get("content-encoding", "").lower() == "gzip":
        # Length and chunks are of what was packed: whoever unpacks it reads by them.
        packed = copy(response)
        response.fp, response.length, response.chunked = GzipFile(fileobj=packed), None, False
    return response


def fetch_url(
    module: AnsibleModule,
    url: str,
    data: Any = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
    **more: Any,
) -> tuple[Any, dict[str, Any]]:
    """Give the response and what there is to tell; what the module was given says how to ask."""
    from http.cookiejar import CookieJar
    from urllib.error import HTTPError, URLError

    given = {name: module.params[name] for name in _ARGUMENTS if name in module.params}
    cookies = more.pop("cookies", None)
    cookies = CookieJar() if cookies is None else cookies
    asked = {"http_agent": _AGENT, **given, **more, "cookies": cookies}
    info: dict[str, Any] = {"url": masked(url), "status": -1}
    response = None
    try:
        response = open_url(url, data, headers, method, **asked)
        info |= _told_by(response)
        info["cookies"] = {cookie.name: cookie.value for cookie in cookies}
        info["cookies_string"] = "; ".join(f"{key}={text}" for key, text in info["cookies"].items())
        length = response.headers.get("Content-Length", "unknown")
        info |= {"msg": f"OK ({length} bytes)", "url": masked(response.geturl())}
        info["status"] = response.status
    except (ConnectionError, ValueError) as error:
        module.fail_json(msg=str(error), **info)
    except HTTPError as error:
        response = error
        told = {"msg": str(error), "body": error.read(), "status": error.code}
        info |= {**_told_by(error), **told}
    except URLError as error:
        info["msg"] = f"Request failed: {error}"
    except OSError as error:
        info["msg"] = f"Connection failure: {error}"
    except Exception as error:  # noqa: BLE001  # as Ansible has it
        info["msg"] = f"An unknown error occurred: {error}"
    return response, info


def _told_by(response: Any) -> dict[str, str]:
    names = dict.fromkeys(name.lower() for name in response.headers)
    return {name: ", ".join(response.headers.get_all(name)) for name in names}


def fetch_file(module: AnsibleModule, url: str, *args: Any, **more: Any) -> str:
    """Give the file that holds what came, which is gone when the module ends."""
    with tempfile.NamedTemporaryFile(dir=module.tmpdir, delete=False) as file:
        module.add_cleanup_file(file.name)
        response, info = fetch_url(module, url, *args, **more)
        if response is None or info["status"] >= _ERROR:
            module.fail_json(msg=f"Failure downloading {masked(url)}, {info['msg']}")
        while block := response.read(_BLOCK):
            file.write(block)
    return file.name


def url_argument_spec() -> dict[str, dict[str, Any]]:
    return {
        "url": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "http_agent": {"type": "str", "default": _AGENT},
        "use_proxy": {"type": "bool", "default": True},
        "validate_certs": {"type": "bool", "default": True},
        "url_username": {"type": "str"},
        "url_password": {"type": "str", "no_log": True},
        "force_basic_auth": {"type": "bool", "default": False},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path"},
        "use_gssapi": {"type": "bool", "default": False},
    }


def url_redirect_argument_spec() -> dict[str, dict[str, Any]]:
    choices = ["all", "no", "none", "safe", "urllib2", "yes"]
    return {"follow_redirects": {"type": "str", "default": "safe", "choices": choices}}


def basic_auth_header(username: str, password: str) -> bytes:
    return Login(username, password or "").basic.encode()


def prepare_multipart(fields: Mapping[str, Any]) -> tuple[str, bytes]:
    """Give the header that says what a form is, and the form."""
    from .http_bodies import multipart

    return multipart(fields, lambda name: Path(name).read_bytes())


NAMES = {
    each.__name__: each
    for each in (
        *(ConnectionError, SSLValidationError, open_url, fetch_url, fetch_file),
        *(url_argument_spec, url_redirect_argument_spec, basic_auth_header, prepare_multipart),
    )
}
