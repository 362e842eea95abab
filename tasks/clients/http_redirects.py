"""Where a server may send a request on to, and what goes along."""

from __future__ import annotations

from email.message import Message
from typing import IO, Literal, TypeAlias
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request

Rule: TypeAlias = Literal["all", "none", "safe", "urllib2"]

_READING = ("GET", "HEAD")
_CONFIDENTIAL = {"authorization", "cookie", "proxy-authorization"}
_ABOUT_THE_BODY = {"content-length", "content-type", "content-encoding", "transfer-encoding"}
_SAME_METHOD = (307, 308)
_SEE_OTHER = 303


class Redirects(HTTPRedirectHandler):
    """Follows as the rule says; passwords are told to nobody but the server they were meant for."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,  # noqa: ARG002
        headers: Message,  # noqa: ARG002
        newurl: str,
    ) -> Request | None:
        """Give the request that follows; with none, the redirect itself is the answer."""
        method = req.get_method()
        if not self._follows(method, code):
            return None
        # What it says is read by nobody, and might never end.
        fp.close()
        keeps_body = code in _SAME_METHOD
        dropped = set() if keeps_body else _ABOUT_THE_BODY
        if origin(newurl) != origin(req.full_url):
            dropped = dropped | _CONFIDENTIAL
        return Request(  # noqa: S310  # the opener knows http and https only
            newurl.replace(" ", "%20"),
            data=req.data if keeps_body else None,
            headers={
                name: text for name, text in req.headers.items() if name.lower() not in dropped
            },
            method=_method(method, code),
            origin_req_host=req.origin_req_host,
            unverifiable=True,
        )

    def _follows(self, method: str, code: int) -> bool:
        if self._rule == "urllib2":
            return method in _READING or (method == "POST" and code not in _SAME_METHOD)
        return self._rule == "all" or (self._rule == "safe" and method in _READING)


def _method(method: str, code: int) -> str:
    """Only two statuses promise that the method stays; browsers have made a GET of the others."""
    if code in _SAME_METHOD or method in _READING:
        return method
    return "GET" if code == _SEE_OTHER or method == "POST" else method


def origin(url: str) -> tuple[str, str]:
    """The server that an address means: who has another one is somebody else."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
