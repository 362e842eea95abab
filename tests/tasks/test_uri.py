from __future__ import annotations

import gzip
import json
import socket
import threading
from contextlib import closing
from email.parser import BytesParser
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner import params
from opsplay.runner.params import ParamsError
from opsplay.runner.task import Cancelled, Context, Result, TaskError
from opsplay.tasks import uri
from web_serving import Asked, Reply, Web, echo, serving, serving_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def run(ctx: Context, url: str, **arguments: Any) -> Result:
    return uri.run(params.build(uri.Params, {"url": url, **arguments}), ctx)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(echo) as web:
        yield web


def heard(result: Result) -> Any:
    return result.data["json"]


# The request --------------------------------------------------------------------------------


def test_a_page_is_asked_for(ctx: Context, web: Web) -> None:
    result = run(ctx, f"{web.url}/报告 1?a=b%20c#part", headers={"X-Own": "1"}, http_agent="me")
    assert heard(result)["path"] == "/%E6%8A%A5%E5%91%8A%201?a=b%20c"
    assert (heard(result)["method"], heard(result)["body"]) == ("GET", "")
    sent = heard(result)["headers"]
    assert (sent["x-own"], sent["user-agent"]) == ("1", "me")
    assert (result.changed, result.data["status"], result.data["redirected"]) == (False, 200, False)
    assert "content" not in result.data


@pytest.mark.parametrize(
    ("arguments", "body", "content_type"),
    [
        ({"body": "text 李"}, "text 李", "application/x-www-form-urlencoded"),
        (
            {"body": {"a": [1, "李"]}, "body_format": "json"},
            r'{"a": [1, "\u674e"]}',
            "application/json",
        ),
        ({"body": "[1]", "body_format": "json"}, "[1]", "application/json"),
        ({"body_format": "json"}, "null", "application/json"),
        (
            {"body": {"a": "b c", "d": [1, 2]}, "body_format": "form-urlencoded"},
            "a=b+c&d=1&d=2",
            "application/x-www-form-urlencoded",
        ),
        (
            {"body": [["a", 1], ["a", 2]], "body_format": "form-urlencoded"},
            "a=1&a=2",
            "application/x-www-form-urlencoded",
        ),
        (
            {"body": [1], "body_format": "json", "headers": {"content-type": "text/odd"}},
            "[1]",
            "text/odd",
        ),
    ],
)
def test_a_body_is_sent(
    ctx: Context, web: Web, arguments: dict[str, Any], body: str, content_type: str
) -> None:
    said = heard(run(ctx, web.url, method="post", **arguments))
    assert (said["method"], said["body"]) == ("POST", body)
    assert said["headers"]["content-type"] == content_type


def test_a_form_with_files_is_sent(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("of a file")
    body = {
        "text": "李",
        'odd"\r\n': "1",
        "file": {"filename": "a.txt"},
        "plain": {"filename": "a.txt", "multipart_encoding": "7or8bit"},
        "made": {"filename": "b", "content": "<b>", "mime_type": "text/html"},
    }
    with serving(lambda _: Reply()) as web:
        run(ctx, web.url, method="POST", body=body, body_format="form-multipart")
    (asked,) = web.asked
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=default).parsebytes(head + asked.body)
    assert [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type(),
            part["content-transfer-encoding"],
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ] == [
        ("file", "a.txt", "text/plain", "base64", b"of a file"),
        ("made", "b", "text/html", None, b"<b>"),
        ("odd%22%0D%0A", None, "text/plain", None, b"1"),
        ("plain", "a.txt", "text/plain", None, b"of a file"),
        ("text", None, "text/plain", None, "李".encode()),
    ]


def test_a_file_is_sent(ctx: Context, web: Web, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").write_text("of a file")
    assert heard(run(ctx, web.url, method="PUT", src="a"))["body"] == "of a file"
    said = heard(run(ctx, web.url, method="PUT", src="a", body_format="json"))
    assert said["headers"]["content-type"] == "application/json"


def test_a_cache_on_the_way_is_passed_by(ctx: Context, web: Web) -> None:
    assert heard(run(ctx, web.url, force=True))["headers"]["cache-control"] == "no-cache"


@pytest.mark.parametrize("reason", ["creates", "removes"])
def test_what_is_done_already_is_not_asked_for(
    ctx: Context, web: Web, tmp_path: Path, reason: str
) -> None:
    path = tmp_path / "there" if reason == "creates" else tmp_path / "gone"
    (tmp_path / "there").touch()
    assert run(ctx, web.url, **{reason: str(path)}).msg.startswith("skipped, since")
    assert not web.asked


# The answer ---------------------------------------------------------------------------------


def test_headers_and_content_are_told(ctx: Context, web: Web) -> None:
    result = run(ctx, web.url, return_content=True)
    assert json.loads(str(result.data["content"]))["method"] == "GET"
    assert (result.data["x_number"], result.data["content_type"]) == ("7", "application/json")


def test_no_header_makes_a_result_of_its_own(ctx: Context, web: Web) -> None:
    assert "failed" not in run(ctx, web.url).data


def test_no_header_tells_facts(ctx: Context) -> None:
    with serving_at({"/": Reply(b"", 200, {"Ansible-Facts": "evil"})}) as web:
        assert "ansible_facts" not in run(ctx, f"{web.url}/").data


def test_where_something_new_lies_may_be_no_address(ctx: Context) -> None:
    with serving_at({"/": Reply(b"", 201, {"Location": "http://[there"})}) as web:
        data = run(ctx, f"{web.url}/", status_code=201).data
    assert data["location"] == "http://[there"


@pytest.mark.parametrize("expected", [404, [200, 404], "200, 404"])
def test_a_status_that_is_expected_is_right(ctx: Context, expected: object) -> None:
    with serving_at({}) as web:
        data = run(ctx, web.url, status_code=expected).data
    assert (data["status"], data["body"]) == (404, "nowhere")


def test_another_status_fails_with_what_the_server_says(ctx: Context) -> None:
    with serving_at({}) as web, pytest.raises(TaskError) as caught:
        run(ctx, web.url)
    assert caught.value.msg == "Status code was 404 and not [200]: HTTP Error 404: Not Found"
    assert caught.value.data["status"] == 404
    assert caught.value.data.keys().isdisjoint({"body", "content", "cookies", "cookies_string"})
    with serving_at({}) as web, pytest.raises(TaskError) as caught:
        run(ctx, web.url, return_content=True)
    assert caught.value.data["content"] == "nowhere"


def test_no_answer_may_be_what_is_expected(ctx: Context) -> None:
    result = run(ctx, "http://127.0.0.1:1/", status_code=[-1])
    assert (result.data["status"], result.changed) == (-1, False)
    assert "Connection refused" in result.msg


@pytest.mark.parametrize(
    ("method", "reply", "words"),
    [
        ("GET", Reply(b"hello"), "OK (5 bytes)"),
        ("HEAD", Reply(b"hello"), "OK (5 bytes)"),
        ("GET", Reply(raw=b"HTTP/1.1 204 No Content\r\n\r\n"), "OK (unknown bytes)"),
    ],
)
def test_the_message_tells_what_the_server_has_promised(
    ctx: Context, method: str, reply: Reply, words: str
) -> None:
    with serving_at({"/": reply}) as web:
        assert run(ctx, f"{web.url}/", method=method, status_code=[200, 204]).msg == words


def test_where_a_redirect_leads_is_told_in_full(ctx: Context) -> None:
    with serving_at({"/": Reply(b"", 302, {"Location": "/there"})}) as web:
        url = web.url
        data = run(ctx, f"{url}/", follow_redirects="none", status_code=302).data
    assert data["location"] == f"{url}/there"


def test_text_in_another_charset(ctx: Context) -> None:
    reply = Reply("李".encode("gbk"), 200, {"Content-Type": "text/plain; charset=gbk"})
    with serving_at({"/": reply}) as web:
        assert run(ctx, f"{web.url}/", return_content=True).data["content"] == "李"


@pytest.mark.parametrize("charset", ["nowhere", "hex", "idna", "punycode", "undefined", "a\0b"])
def test_what_is_no_charset_of_texts_is_passed_by(ctx: Context, charset: str) -> None:
    reply = Reply("李".encode(), 200, {"Content-Type": f'text/plain; charset="{charset}"'})
    with serving_at({"/": reply}) as web:
        assert run(ctx, f"{web.url}/", return_content=True).data["content"] == "李"


@pytest.mark.parametrize(
    ("kind", "is_json"),
    [
        ("application/json; charset=utf-8", True),
        ("Text/JSON", True),
        ("application/javascript", True),
        ("application/vnd.api+json", True),
        ("application/json-seq", False),
        ("text/plain", False),
    ],
)
def test_what_calls_itself_json_is_read(ctx: Context, kind: str, is_json: bool) -> None:  # noqa: FBT001
    with serving_at({"/": Reply(b'{"a": 1}', 200, {"Content-Type": kind})}) as web:
        assert run(ctx, f"{web.url}/").data.get("json") == ({"a": 1} if is_json else None)


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_none(ctx: Context, body: bytes) -> None:
    with serving_at({"/": Reply(body, 200, {"Content-Type": "application/json"})}) as web:
        assert "json" not in run(ctx, f"{web.url}/").data


@pytest.mark.parametrize(
    ("name", "decompress", "content"),
    [
        ("gzip", True, "packed"),
        ("GZIP", True, "packed"),
        ("gzip", False, "\x1f"),
        ("x-gzip", True, "\x1f"),
    ],
)
def test_what_is_packed_is_unpacked(
    ctx: Context,
    name: str,
    decompress: bool,  # noqa: FBT001
    content: str,
) -> None:
    reply = Reply(gzip.compress(b"packed"), 200, {"Content-Encoding": name})
    with serving_at({"/": reply}) as web:
        result = run(ctx, f"{web.url}/", return_content=True, decompress=decompress)
    assert str(result.data["content"]).startswith(content)


def test_cookies_are_told(ctx: Context) -> None:
    with serving_at({"/": Reply(b"", 200, {"Set-Cookie": "session=a1; Path=/"})}) as web:
        data = run(ctx, f"{web.url}/").data
    assert (data["cookies"], data["cookies_string"]) == ({"session": "a1"}, "session=a1")


def test_the_body_is_written_into_a_file(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with serving_at({"/a/b.txt": Reply(b"text")}) as web:
        url = f"{web.url}/a/b.txt"
        first, second = (run(ctx, url, dest="folder", mode="0600") for _ in range(2))
    # As in Ansible: whatever was there before.
    assert (first.changed, second.changed) == (True, True)
    assert first.data["path"] == f"{tmp_path}/folder/b.txt"
    told = [first.data[name] for name in ("mode", "size", "state")]
    assert told == ["0600", 4, "file"]
    assert (tmp_path / "folder" / "b.txt").read_bytes() == b"text"


def test_what_was_answered_is_told_also_if_it_cannot_be_written(ctx: Context) -> None:
    with (
        serving_at({"/": Reply(b"text")}) as web,
        pytest.raises(TaskError, match="does not exist") as error,
    ):
        run(ctx, f"{web.url}/", dest="nowhere/a")
    assert error.value.data["status"] == 200


def test_what_is_there_already_is_asked_for_only_if_it_is_newer(
    ctx: Context, tmp_path: Path
) -> None:
    def answers(asked: Asked) -> Reply:
        return Reply(status=304) if "if-modified-since" in asked.headers else Reply(b"hello")

    with serving(answers) as web:
        arguments = {"dest": "a", "status_code": [200, 304]}
        first, second = (run(ctx, web.url, **arguments) for _ in range(2))
        assert (first.data["status"], second.data["status"]) == (200, 304)
        assert (first.changed, second.changed) == (True, False)
        assert (second.data["path"], second.data["size"]) == (str(tmp_path / "a"), 5)
        with pytest.raises(TaskError, match=r"Status code was 304 and not \[200\]"):
            run(ctx, web.url, dest="a")
        assert run(ctx, web.url, dest="a", force=True).changed
    assert (tmp_path / "a").read_text() == "hello"


def test_a_body_that_never_ends_is_given_up(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uri, "_MOST", 1024 * 1024)
    with (
        serving_at({"/": Reply(b"x" * 1024 * 1025)}) as web,
        pytest.raises(TaskError, match="more than 1 MiB; get_url writes"),
    ):
        run(ctx, f"{web.url}/")


# What goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
            "Incomplete read, failed to read remaining 5 bytes",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "IncompleteRead"),
        (b"SSH-2.0-odd\r\n", "SSH-2.0-odd"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            "Not a gzipped file",
        ),
    ],
)
def test_an_answer_that_is_none_is_told(ctx: Context, raw: bytes, words: str) -> None:
    with serving(lambda _: Reply(raw=raw)) as web, pytest.raises(TaskError, match=words) as caught:
        run(ctx, web.url)
    assert caught.value.data["status"] == -1
    assert caught.value.msg.startswith(
        f"Status code was -1 and not [200]: Request failed: {web.url} cannot be had: "
    )


def test_a_server_of_this_machine_may_be_asked_by_its_socket(ctx: Context, tmp_path: Path) -> None:
    with serving(echo, file=tmp_path / "s"):
        data = run(ctx, "http://docker/info", unix_socket="s").data
    assert (data["status"], data["url"]) == (200, "http://docker/info")
    with pytest.raises(TaskError, match="http://docker/ cannot be had: No such file or directory"):
        run(ctx, "http://docker/", unix_socket="nowhere")


def test_nobody_listens(ctx: Context) -> None:
    with pytest.raises(TaskError, match="cannot be had: Connection refused") as caught:
        run(ctx, "http://127.0.0.1:1/")
    assert caught.value.data["status"] == -1


def test_a_silent_server_is_given_up(ctx: Context) -> None:
    done = threading.Event()

    def wait(_: Asked) -> Reply:
        done.wait(30)
        return Reply()

    with serving(wait) as web:
        with pytest.raises(TaskError, match=r"timed out, .*`timeout` says how long"):
            run(ctx, web.url, timeout=0.1)
        done.set()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": "ftp://example.com/"}, "unknown url type: ftp; an address begins"),
        ({"url": "http://a:geheim@[/"}, "no address that can be read"),
        ({"url": "http://a:b/geheim@127.0.0.1/"}, "no address that can be read"),
        ({"body": {"a": 1}}, "`body_format: json`"),
        ({"body": 5, "body_format": "form-urlencoded"}, "`body_format: json`"),
        (
            {"body": [5], "body_format": "form-urlencoded"},
            "failed to parse body as",
        ),
        (
            {"body": "a", "body_format": "form-multipart"},
            "body must be mapping, cannot be type str",
        ),
        (
            {"body": {"a": {}}, "body_format": "form-multipart"},
            "failed to parse body as form-multipart: at least one of filename or content must be",
        ),
        (
            {
                "body": {"a": {"filename": "c", "multipart_encoding": "zip"}},
                "body_format": "form-multipart",
            },
            "multipart_encoding must be one of base64, 7or8bit",
        ),
        (
            {"body": {"a": 5}, "body_format": "form-multipart"},
            r"value must be a string, or mapping, cannot be type int \(in the part a\)",
        ),
        ({"body": ["ab"], "src": "a"}, r"mutually exclusive: body\|src"),
        ({"headers": {"X": "a\r\nY: b"}}, "'X' holds a line break"),
        ({"src": "nowhere"}, "Could not find or access"),
    ],
)
def test_what_cannot_be_asked_is_said(ctx: Context, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words) as caught:
        run(ctx, **{"url": "http://127.0.0.1:1/", **arguments})
    assert "geheim" not in f"{caught.value} {caught.value.data}"


@pytest.mark.parametrize("url", ["nowhere", "ftp://example.com/", "http://[/"])
def test_what_is_no_address_has_a_status_for_until_to_look_at(ctx: Context, url: str) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, url)
    assert caught.value.data == {"status": -1, "url": url}


@pytest.mark.parametrize("wrong", [{"status_code": "2xx"}, {"method": "GET /"}])
def test_what_is_no_argument_is_refused(ctx: Context, wrong: dict[str, Any]) -> None:
    with pytest.raises(ParamsError):
        run(ctx, "http://127.0.0.1:1/", **wrong)


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n\r\nbegun"])
def test_a_step_that_waits_can_be_stopped(ctx: Context, begun: bytes) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def stop() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(begun)
                ctx.cancellation.cancel()
                connection.recv(1000)

        thread = threading.Thread(target=stop)
        thread.start()
        with pytest.raises(Cancelled):
            run(ctx, f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()
