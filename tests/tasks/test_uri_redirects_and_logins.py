"""uri: where it is sent on to, how it logs in, TLS and proxies."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner import params
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import uri
from opsplay.tasks.clients.http import Passwords, Request
from opsplay.tasks.clients.http_address import Login
from opsplay.tasks.servers.certificate import make_certificate
from web_serving import Asked, Reply, Web, echo, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def run(ctx: Context, url: str, **arguments: Any) -> Result:
    return uri.run(params.build(uri.Params, {"url": url, **arguments}), ctx)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(echo) as web:
        yield web


def heard(result: Result) -> Any:
    return result.data["json"]


# Redirects ----------------------------------------------------------------------------------


@pytest.fixture
def moved(web: Web) -> Iterator[Web]:
    """Serve redirects to the server that says what it heard."""

    def reply(asked: Asked) -> Reply:
        return Reply(b"moved", int(asked.path[1:]), {"Location": f"{web.url}/there"})

    with serving(reply) as moved:
        yield moved


@pytest.mark.parametrize(
    ("method", "rule", "status", "then"),
    [
        ("GET", "safe", 302, "GET"),
        ("POST", "safe", 302, None),
        ("GET", "none", 301, None),
        ("GET", "no", 301, None),
        ("POST", "urllib2", 302, "GET"),
        ("POST", "urllib2", 307, None),
        ("POST", "all", 303, "GET"),
        ("POST", "yes", 308, "POST"),
        ("PUT", "all", 307, "PUT"),
    ],
)
def test_redirects_are_followed_as_far_as_is_wanted(
    ctx: Context, moved: Web, method: str, rule: str, status: int, then: str | None
) -> None:
    result = run(
        ctx,
        f"{moved.url}/{status}",
        method=method,
        body="text" if method != "GET" else None,
        follow_redirects=rule,
        status_code=[200, status],
    )
    assert result.data["redirected"] == bool(then)
    if then:
        assert heard(result)["method"] == then
        assert heard(result)["body"] == ("text" if then == method != "GET" else "")
    else:
        assert (result.data["status"], str(result.data["location"])[-6:]) == (status, "/there")


def test_another_server_is_told_no_secrets(ctx: Context, moved: Web) -> None:
    said = heard(
        run(
            ctx,
            f"{moved.url}/302",
            headers={"Authorization": "Bearer geheim", "Cookie": "a=b", "X-One": "1", "X-All": "2"},
            unredirected_headers=["x-one"],
        )
    )["headers"]
    assert said["x-all"] == "2"
    assert not {"authorization", "cookie", "x-one"} & said.keys()


def test_a_login_stays_with_its_server(ctx: Context, moved: Web) -> None:
    arguments = {"url_username": "li", "url_password": "geheim", "force_basic_auth": True}
    said = heard(run(ctx, f"{moved.url}/302", **arguments))["headers"]
    assert moved.asked[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in said


def test_a_ring_of_redirects_ends(ctx: Context) -> None:
    ring = Reply(b"there", 302, {"Location": "/again"})
    with serving(lambda _: ring) as web, pytest.raises(TaskError, match="infinite loop"):
        run(ctx, web.url)


def test_a_redirect_never_leads_to_a_local_file(ctx: Context) -> None:
    here = Reply(b"", 302, {"Location": "file:///etc/passwd"})
    with serving(lambda _: here) as web, pytest.raises(TaskError, match="Status code was 302"):
        run(ctx, web.url)


# Logging in ---------------------------------------------------------------------------------


def guarded(asked: Asked) -> Reply:
    wanted = f"Basic {base64.b64encode(b'li:geheim').decode()}"
    if asked.headers.get("authorization") == wanted:
        return echo(asked)
    return Reply(b"who?", 401, {"WWW-Authenticate": 'Basic realm="here"'})


@pytest.mark.parametrize(("at_once", "times"), [(True, 1), (False, 2)])
def test_a_login_is_sent_when_it_is_wanted(ctx: Context, at_once: bool, times: int) -> None:  # noqa: FBT001
    with serving(guarded) as web:
        login = {"user": "li", "password": "geheim", "force_basic_auth": at_once}
        assert run(ctx, web.url, **login).data["status"] == 200
        assert len(web.asked) == times


def test_a_login_goes_along_to_another_address_of_the_same_server(ctx: Context) -> None:
    there = Reply(b"", 302, {"Location": "/there"})
    login = {"user": "li", "password": "geheim", "force_basic_auth": True}
    with serving(lambda asked: echo(asked) if asked.path == "/there" else there) as web:
        assert "authorization" in heard(run(ctx, web.url, **login))["headers"]


def test_a_login_for_https_is_not_given_in_clear() -> None:
    """Not even to who answers on the same machine."""
    passwords = Passwords(Request(url="https://here/a", login=Login("li", "geheim")))
    assert passwords.find_user_password("", "https://here/b") == ("li", "geheim")
    assert passwords.find_user_password("", "http://here/a") == (None, None)


def test_a_login_may_stand_in_the_address_and_is_not_shown(ctx: Context) -> None:
    with serving(guarded) as web:
        result = run(ctx, web.url.replace("//", "//li:geheim@"))
    assert result.data["url"] == web.url
    assert not result.data["redirected"]


def test_a_wrong_password_is_told_and_not_shown(ctx: Context) -> None:
    with serving(guarded) as web, pytest.raises(TaskError) as caught:
        run(ctx, web.url.replace("//", "//li:falsch@"))
    assert caught.value.data["status"] == 401
    assert caught.value.data["url"] == web.url.replace("//", "//****:****@")
    assert "falsch" not in f"{caught.value} {caught.value.data}"


def test_a_login_may_stand_in_netrc(
    ctx: Context, home: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ctx.playbook_dir
    monkeypatch.setenv("HOME", str(folder))
    (folder / ".netrc").write_text("machine 127.0.0.1 login li password geheim\n")
    (folder / ".netrc").chmod(0o600)
    assert "authorization" in heard(run(ctx, web.url))["headers"]
    assert "authorization" not in heard(run(ctx, web.url, use_netrc=False))["headers"]


def test_digest_logins_are_understood(ctx: Context) -> None:
    def reply(asked: Asked) -> Reply:
        if asked.headers.get("authorization", "").startswith('Digest username="li"'):
            return echo(asked)
        return Reply(b"", 401, {"WWW-Authenticate": 'Digest realm="here", nonce="1", qop="auth"'})

    with serving(reply) as web:
        assert run(ctx, web.url, url_username="li", url_password="geheim").data["status"] == 200


# TLS and proxies ----------------------------------------------------------------------------


def test_a_certificate_is_checked(ctx: Context, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with serving(echo, certificate) as web:
        with pytest.raises(
            TaskError, match=r"certificate verify failed: .*`validate_certs: false`"
        ):
            run(ctx, web.url)
        with pytest.raises(TaskError, match=r"nowhere\.pem: No such file") as caught:
            run(ctx, f"{web.url}/a", ca_path="nowhere.pem")
        assert (caught.value.data["status"], caught.value.data["url"]) == (-1, f"{web.url}/a")
        assert run(ctx, web.url, ca_path=str(certificate.ca_file)).data["status"] == 200
        assert run(ctx, web.url, validate_certs=False).data["status"] == 200


def test_the_environment_may_name_the_authorities(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    ctx = contexts(environment={"SSL_CERT_FILE": str(certificate.ca_file)})
    with serving(echo, certificate) as web:
        assert run(ctx, web.url).data["status"] == 200


def test_requests_go_by_the_proxy_that_is_named(contexts: Callable[..., Context], web: Web) -> None:
    ctx = contexts(environment={"http_proxy": web.url})
    assert heard(run(ctx, "http://reports.example/a"))["path"] == "http://reports.example/a"


@pytest.mark.parametrize("arguments", [{"use_proxy": False}, {}])
def test_requests_pass_the_proxy_by(
    contexts: Callable[..., Context], web: Web, arguments: dict[str, Any]
) -> None:
    no_proxy = "" if arguments else "example.com, 127.0.0.1"
    ctx = contexts(environment={"HTTP_PROXY": "http://127.0.0.1:1", "no_proxy": no_proxy})
    assert heard(run(ctx, f"{web.url}/a", **arguments))["path"] == "/a"
