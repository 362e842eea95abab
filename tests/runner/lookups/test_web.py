"""The lookup `url`."""

from __future__ import annotations

import base64
import gzip
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .conftest import VARIABLES, Look, fail

pytestmark = pytest.mark.slow


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        login = base64.b64encode(b"bob:pw").decode()
        wanted = f"Basic {login}"
        if self.path == "/moved":
            self._answer(302, b"", {"Location": "/lines"})
        elif self.path == "/secret" and self.headers["Authorization"] != wanted:
            self._answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        elif self.path == "/packed":
            self._answer(200, gzip.compress(b"eins"), {"Content-Encoding": "gzip"})
        elif self.path == "/nosuch":
            self._answer(404, b"", {})
        else:
            self._answer(200, f"{self.headers['X-Test']}\nzwei\n".encode(), {})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_address_may_be_that_of_a_file(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\ntwo\n")
    assert look("url", f"file://{tmp_path}/a") == ["one", "two"]
    (tmp_path / "no-utf-8").write_bytes(b"\xfc\n")
    assert look("url", f"file://{tmp_path}/no-utf-8") == ["\udcfc"]


def test_variables_may_say_how_an_address_is_asked(
    look: Look, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VARIABLES, "ansible_lookup_url_follow_redirects", "no")
    assert "302" in fail(look, "url", f"http://{address}/moved")
    assert look("url", f"http://{address}/moved", follow_redirects="all") == ["None", "zwei"]
    monkeypatch.setenv("ANSIBLE_LOOKUP_URL_TIMEOUT", "soon")
    assert "Invalid value provided for 'float': 'soon'" in fail(look, "url", f"http://{address}/")
    assert look("url", f"http://{address}/lines", timeout=9) == ["None", "zwei"]


def test_a_login_may_stand_in_a_file_of_logins(
    look: Look, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logins").write_text("machine 127.0.0.1 login bob password pw\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "logins"))
    assert look("url", f"http://{address}/secret") == ["None", "zwei"]
    assert "401" in fail(look, "url", f"http://{address}/secret", use_netrc=False)
    assert "401" in fail(look, "url", f"http://{address}/secret", username="ann", password="pw")
    (tmp_path / "logins").write_text("nonsense\n")
    assert fail(look, "url", f"http://{address}/") == (
        f"{tmp_path}/logins cannot be read; use_netrc=false does without it"
    )


def test_what_lies_at_an_address(look: Look, address: str) -> None:
    web = f"http://{address}"
    assert look("url", f"{web}/lines", headers={"X-Test": "eins"}) == ["eins", "zwei"]
    assert look("url", f"{web}/moved", split_lines=False) == ["None\nzwei\n"]
    test = {"headers": {"X-Test": "eins"}}
    assert look("url", f"{web}/moved", **test) == ["eins", "zwei"]
    assert look("url", f"{web}/moved", **test, unredirected_headers=["x-test"]) == ["None", "zwei"]
    assert look("url", f"{web}/lines", **test, unredirected_headers=["x-test"]) == ["eins", "zwei"]
    assert look("url", f"{web}/secret", username="bob", password="pw") == ["None", "zwei"]
    assert look("url", f"http://bob:pw@{address}/secret", use_proxy=False) == ["None", "zwei"]
    login = {"username": "bob", "password": "pw", "force_basic_auth": True}
    assert look("url", f"{web}/secret", **login) == ["None", "zwei"]
    assert fail(look, "url", f"{web}/nosuch") == (
        f"Received HTTP error for {web}/nosuch: HTTP Error 404: Not Found"
    )
    assert "401" in fail(look, "url", f"http://x:secret@{address}/secret")
    assert "secret@" not in fail(look, "url", f"http://x:secret@{address}/secret")
    assert "302" in fail(look, "url", f"{web}/moved", follow_redirects="no")
    assert look("url", f"{web}/packed") == ["eins"]
    assert fail(look, "url", f"{web}/moved", follow_redirects="perhaps").startswith(
        "Invalid value 'perhaps' for config 'follow_redirects'"
    )


def test_an_address_where_nobody_answers(look: Look) -> None:
    assert "Failed lookup url for http://127.0.0.1:9/: <urlopen error [Errno" in fail(
        look, "url", "http://127.0.0.1:9/"
    )


def test_a_password_in_what_is_no_address_is_not_shown(look: Look) -> None:
    told = fail(look, "url", "http://li:ge/heim@127.0.0.1/")
    assert told == "this is no address that can be read"
