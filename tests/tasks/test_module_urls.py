"""Modules in Python that ask the web with Ansible's names."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsplay.tasks.servers.certificate import make_certificate
from played import Play, lay, result
from web_serving import Asked, Reply, Web, serving

ASKING = """
from urllib.error import HTTPError

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import (
    ConnectionError, fetch_file, fetch_url, open_url, prepare_multipart, url_argument_spec,
)

module = AnsibleModule({**url_argument_spec(), "data": {}, "follow_redirects": {}, "how": {}})
url = module.params["url"]
if module.params["how"] == "form":
    try:
        prepare_multipart({"who": 5})
    except TypeError as error:
        told = str(error)
    kind, form = prepare_multipart({"who": "ann", "f": {"filename": __file__, "content": "c"}})
    open_url(url, data=form, headers={"Content-Type": kind})
    module.exit_json(told=told)
if module.params["how"] == "open":
    try:
        module.exit_json(body=open_url(url, headers={"X-From": "ann"}).read().decode())
    except HTTPError as error:
        module.fail_json(msg=f"{error.code}: {error.read().decode()}")
if module.params["how"] == "file":
    with open(fetch_file(module, url)) as file:
        module.exit_json(body=file.read())
response, info = fetch_url(module, url, data=module.params["data"], force=module.params["force"])
whole = {**info, "body": info.get("body", b"").decode()}
if info["status"] == 200:
    whole["body"] = response.read().decode()
module.exit_json(info=whole)
"""

PACKED = gzip.compress(b"much" * 99)
IN_PIECES = b"".join(
    (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
        *(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (PACKED[:9], PACKED[9:])),
        b"0\r\n\r\n",
    )
)


def answers(asked: Asked) -> Reply:
    match asked.path:
        case "/missing":
            return Reply(b"no such page", status=404)
        case "/moved":
            return Reply(status=302, headers={"Location": "/page"})
        case "/packed":
            return Reply(PACKED, headers={"Content-Encoding": "gzip"})
        case "/packed/in/pieces":
            return Reply(raw=IN_PIECES)
        case "/cookie":
            return Reply(b"c", headers={"Set-Cookie": "taste=sweet"})
    return Reply(b"a page", headers={"X-Kind": "page"})


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    lay(tmp_path, "library/ask.py", ASKING)
    with serving(answers) as web:
        yield web


def asked(play: Play, url: str, **arguments: object) -> Any:
    return result(play, f"- {{name: it, ask: {{url: '{url}', {_words(arguments)}}}}}")


def _words(arguments: dict[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in arguments.items())


def test_a_page_is_asked_for_as_the_arguments_say(play: Play, web: Web) -> None:
    login = {"url_username": "ann", "url_password": "swan", "force_basic_auth": True}
    info = asked(play, f"{web.url}/page", http_agent="duck", force=True, **login)["info"]
    assert (info["status"], info["msg"], info["body"]) == (200, "OK (6 bytes)", "a page")
    assert (info["x-kind"], info["url"]) == ("page", f"{web.url}/page")
    (request,) = web.asked
    sent = {name: request.headers.get(name) for name in ("authorization", "cache-control")}
    assert sent == {"authorization": "Basic YW5uOnN3YW4=", "cache-control": "no-cache"}
    assert (request.method, request.headers["user-agent"]) == ("GET", "duck")


def test_data_is_posted(play: Play, web: Web) -> None:
    asked(play, f"{web.url}/page", data="a=1")
    assert [(request.method, request.body) for request in web.asked] == [("POST", b"a=1")]


@pytest.mark.parametrize(
    ("path", "arguments", "status", "body"),
    [
        ("missing", {}, 404, "no such page"),
        ("moved", {}, 200, "a page"),
        ("moved", {"follow_redirects": "none"}, 302, ""),
        ("packed", {}, 200, "much" * 99),
        ("packed/in/pieces", {}, 200, "much" * 99),
    ],
)
def test_whatever_the_server_says_is_told(
    play: Play, web: Web, path: str, arguments: dict[str, object], status: int, body: str
) -> None:
    info = asked(play, f"{web.url}/{path}", **arguments)["info"]
    assert (info["status"], info["body"]) == (status, body)


def test_a_login_in_an_address_logs_in_and_is_not_told(play: Play, web: Web) -> None:
    address = web.url.replace("//", "//ann:swan@") + "/page"
    info = asked(play, address, force_basic_auth=True)["info"]
    assert info["url"] == f"{web.url}/page"
    assert web.asked[0].headers["authorization"] == "Basic YW5uOnN3YW4="


@pytest.mark.parametrize("address", ["ftp://ann:swan@127.0.0.1/", "http://ann:swan@127.0.0.1:0/"])
def test_a_login_in_an_address_of_another_kind_is_not_told(
    play: Play, web: Web, address: str
) -> None:
    assert asked(play, address)["url"] == address.replace("ann:swan", "****:****")


def test_who_answers_is_checked_unless_that_is_off(play: Play, web: Web, tmp_path: Path) -> None:
    with serving(answers, make_certificate(tmp_path)) as secure:
        info = asked(play, f"{secure.url}/page")["info"]
        assert (info["status"], secure.asked) == (-1, [])
        assert "CERTIFICATE_VERIFY_FAILED" in info["msg"]
        assert asked(play, f"{secure.url}/page", validate_certs=False)["info"]["status"] == 200


def test_cookies_are_told(play: Play, web: Web) -> None:
    info = asked(play, f"{web.url}/cookie")["info"]
    assert (info["cookies"], info["cookies_string"]) == ({"taste": "sweet"}, "taste=sweet")


def test_a_server_that_cannot_be_reached_has_no_status(play: Play, web: Web) -> None:
    info = asked(play, "http://127.0.0.1:1/")["info"]
    assert info["status"] == -1
    assert info["msg"].startswith("Request failed: <urlopen error")


def test_what_is_no_address_fails(play: Play, web: Web) -> None:
    assert asked(play, "nowhere")["msg"].startswith("unknown url type")


@pytest.mark.parametrize(("how", "path"), [("open", "page"), ("file", "page"), ("open", "packed")])
def test_a_page_may_be_opened_or_kept_in_a_file(play: Play, web: Web, how: str, path: str) -> None:
    got = asked(play, f"{web.url}/{path}", how=how)["body"]
    assert got == ("much" * 99 if path == "packed" else "a page")


def test_what_opens_an_address_raises_what_the_server_refuses(play: Play, web: Web) -> None:
    assert asked(play, f"{web.url}/missing", how="open")["msg"] == "404: no such page"


def test_a_form_of_several_parts_is_prepared(play: Play, web: Web) -> None:
    got = asked(play, f"{web.url}/page", how="form")
    (form,) = web.asked
    assert form.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="who"\r\n\r\nann\r\n' in form.body
    assert b'name="f"; filename="ask.py"\r\n' in form.body
    assert got["told"].startswith("value must be a string, or mapping, cannot be type int")
