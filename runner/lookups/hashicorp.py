"""The lookup `hashi_vault`: what HashiCorp's Vault, or OpenBao, keeps in a KV store of any version.

The switches are those of Ansible's `community.hashi_vault`; who logs in is told by a token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from ..dataclasses import dataclass
from ..environment import whole
from ..errors import LookupFailed
from . import LookupContext
from .inline import split
from .web import NoRedirects, tls

_LARGEST = 16 * 2**20
_GONE = 404


def hashi_vault(
    terms: list[Any],
    _: Mapping[str, Any],
    *,
    context: LookupContext,
    url: str | None = None,
    token: str | None = None,
    token_file: str | None = None,
    namespace: str | None = None,
    ca_cert: str | None = None,
    validate_certs: bool = True,
    timeout: float = 30,
) -> list[Any]:
    """What lies at each path, as a mapping; of `PATH:FIELD` the value of that field.

    Without `url` and `token`, `VAULT_ADDR` and `VAULT_TOKEN` count, or `~/.vault-token`.
    """
    given = {
        "url": url,
        "token": token,
        "token_file": token_file,
        "namespace": namespace,
        "ca_cert": ca_cert,
        "validate_certs": validate_certs,
        "timeout": timeout,
    }
    return [_found(term, given, context) for term in terms]


def _found(term: object, given: Mapping[str, Any], context: LookupContext) -> Any:
    rest, inline = split(term, [*given, "secret"])
    server = _server({**given, **inline}, context)
    path, _, field = (inline.get("secret") or rest).strip().partition(":")
    value = server.read(path.strip("/"))
    context.vault.hide_all(value)
    if not field:
        return value
    if field not in value:
        names = ", ".join(map(str, value)) or "none"
        raise LookupFailed(f"{path} has no field {field}; there are: {names}")
    return value[field]


def _server(wanted: Mapping[str, Any], context: LookupContext) -> _Server:
    variables = whole()
    url = wanted["url"] or variables.get("VAULT_ADDR", "")
    if urlsplit(url).scheme not in {"http", "https"}:
        raise LookupFailed("no address of a server is given: url, or the variable VAULT_ADDR")
    token = wanted["token"] or variables.get("VAULT_TOKEN") or _kept(wanted["token_file"])
    context.vault.hide(token)
    namespace = wanted["namespace"] or variables.get("VAULT_NAMESPACE")
    verified = str(wanted["validate_certs"]).lower() not in {"false", "no", "0"}
    _warn_of(url, context, verified=verified)
    return _Server(
        url=url.rstrip("/"),
        headers={
            "X-Vault-Token": token,
            "X-Vault-Request": "true",
            **({"X-Vault-Namespace": str(namespace)} if namespace else {}),
        },
        ca=wanted["ca_cert"] or variables.get("VAULT_CACERT"),
        verified=verified,
        timeout=float(wanted["timeout"]),
    )


def _kept(file: str | None) -> str:
    path = Path(file or "~/.vault-token").expanduser()
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        words = "no token is given: token, the variable VAULT_TOKEN"
        raise LookupFailed(f"{words}, or the file {path}, which `vault login` writes") from None
    except OSError as error:
        raise LookupFailed(f"the token in {path} cannot be read: {error.strerror}") from error


def _warn_of(url: str, context: LookupContext, *, verified: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        context.warn(f"{url} is not encrypted: token and secrets cross the network in clear")
    elif not verified:
        context.warn(f"whether {url} is the right server is not checked: validate_certs is off")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, kw_only=True)
class _Server:
    url: str
    headers: Mapping[str, str]
    ca: str | None
    verified: bool
    timeout: float

    def read(self, path: str) -> Mapping[str, Any]:
        """What lies there; raises LookupFailed."""
        answer = self._answer(path)
        data = answer.get("data")
        # The second version of KV puts its own around it.
        if isinstance(data, dict) and {"data", "metadata"} <= data.keys():
            data = data["data"]
        if not isinstance(data, dict):
            raise LookupFailed(f"{self.url} has no secret at {path}")
        return data

    def _answer(self, path: str) -> Mapping[str, Any]:
        address = f"{self.url}/v1/{quote(path)}"
        request = Request(address, headers=dict(self.headers))  # noqa: S310  # looked at by _server
        handlers = [HTTPSHandler(context=tls(self.ca, verified=self.verified)), NoRedirects()]
        if _is_here(urlsplit(self.url).hostname or ""):
            handlers.append(ProxyHandler({}))
        try:
            with build_opener(*handlers).open(request, timeout=self.timeout) as answer:
                found = json.loads(answer.read(_LARGEST))
        except HTTPError as error:
            with error:
                raise LookupFailed(self._refusal(error, path)) from None
        except (URLError, TimeoutError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise LookupFailed(f"{self.url} cannot be reached: {reason!s:.200}") from None
        except ValueError as error:
            raise LookupFailed(f"{self.url} is no server of Vault: no JSON comes back") from error
        return found if isinstance(found, dict) else {}

    def _refusal(self, error: HTTPError, path: str) -> str:
        said = _errors(error)
        if error.code == _GONE and not said:
            mount, _, rest = path.partition("/")
            hint = f"; in the second version of KV it would be {mount}/data/{rest}"
            return f"{self.url} has no secret at {path}" + ("" if "/data/" in path else hint)
        words = {
            400: f"{self.url} does not understand what is asked of {path}",
            403: f"{self.url} lets this token not read {path}",
            429: f"{self.url} is a standby; ask the active server",
            503: f"{self.url} is sealed, or being looked after",
        }.get(error.code, f"{self.url} answered {error.code} {error.reason}")
        if "Location" in error.headers:
            words += f", and names {error.headers['Location']}; the token goes nowhere but to url"
        return f"{words}: {said}" if said else words


def _errors(error: HTTPError) -> str:
    try:
        told = json.loads(error.read(_LARGEST))
        return "; ".join(map(str, told.get("errors") or told.get("warnings") or ()))
    except (ValueError, AttributeError, OSError):
        return ""
