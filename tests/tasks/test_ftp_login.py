from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opsplay.runner import params
from opsplay.runner.task import Context, Secret, TaskError
from opsplay.tasks.ftp_login import FtpLogin, account
from opsplay.tasks.ftp_site import FtpSite

# Passwords


def warned(ctx: Context, **given: Any) -> list[str]:
    needed = {"host": "ftp.example.com", "user": "li", "password": Secret("geheim")}
    return FtpSite(FtpLogin(**{**needed, **given}), ctx).warnings


def test_a_password_that_leaves_this_machine_in_clear_is_warned_of_once_a_run(
    ctx: Context,
) -> None:
    (warning,) = warned(ctx)
    assert warning == (
        "the password for li@ftp.example.com goes over the network in clear; set"
        " `tls: explicit`, or `tls: none` if that is as it should be"
    )
    assert warned(ctx) == []
    assert len(warned(ctx, host="ftp.example.org")) == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_a_password_that_stays_on_this_machine_is_not_warned_of(ctx: Context, host: str) -> None:
    assert warned(ctx, host=host) == []


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::1", "127.example.com"])
def test_neither_an_address_nor_a_name_that_looks_like_one_keeps_it_here(
    ctx: Context, host: str
) -> None:
    assert len(warned(ctx, host=host)) == 1


@pytest.mark.parametrize(
    "given", [{"tls": "explicit"}, {"tls": "implicit"}, {"tls": "none"}, {"password": None}]
)
def test_what_is_protected_meant_or_no_password_is_not_warned_of(
    ctx: Context, given: dict[str, Any]
) -> None:
    assert warned(ctx, **given) == []


# What a login may say


def test_a_variable_that_is_null_is_no_name_to_log_in_with() -> None:
    with pytest.raises(params.ParamsError, match="user: expected a name, got nothing"):
        params.build(FtpLogin, {"host": "h", "user": None})


@pytest.mark.parametrize("name", ["timeout", "connect_timeout"])
def test_nobody_waits_longer_than_a_day(name: str) -> None:
    with pytest.raises(params.ParamsError, match=r"expected a number from 0\.1 to 86400"):
        params.build(FtpLogin, {"host": "ftp.example.com", name: 1e10})


def test_the_port_is_that_of_the_protocol_unless_it_is_told(ctx: Context) -> None:
    def port(**given: Any) -> int:
        return account(FtpLogin(host="h", **given), ctx).port

    assert [port(), port(tls="explicit"), port(tls="implicit")] == [21, 21, 990]
    assert port(tls="implicit", port=2121) == 2121


def test_files_are_looked_for_beside_the_playbook(ctx: Context, tmp_path: Path) -> None:
    told = account(
        FtpLogin(host="h", ca_file="ca.pem", client_cert="c.pem", client_key="k.pem"), ctx
    )
    assert (told.ca_file, told.client_cert, told.client_key) == (
        tmp_path / "ca.pem",
        tmp_path / "c.pem",
        tmp_path / "k.pem",
    )


@pytest.mark.parametrize(
    "host", ["localhost", "192.0.2.7", "::1", "fe80::1%eth0", "bücher.example"]
)
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    assert params.build(FtpLogin, {"host": host}).host == host


@pytest.mark.parametrize(
    "host", ["", "a b", "ftp://a", "a/b", "a:21", "192.0.2.7:21", "[::1]", "[::1]:21"]
)
def test_what_else_may_stand_in_an_address_has_no_place_in_a_host(host: str) -> None:
    with pytest.raises(TaskError, match="a name or an address alone, without ftp://, brackets or"):
        params.build(FtpLogin, {"host": host})


@pytest.mark.parametrize(
    ("written", "version"), [("1.2", "1.2"), ("1.3", "1.3"), (1.2, "1.2"), (1.3, "1.3")]
)
def test_the_oldest_tls_may_be_written_as_yaml_reads_it(
    ctx: Context, written: object, version: str
) -> None:
    told = params.build(FtpLogin, {"host": "h", "tls_min": written})
    assert account(told, ctx).tls_min == version


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"client_key": "key.pem"}, "client_cert is missing: a client_key alone proves nothing"),
        ({"tls_min": 1.1}, "tls_min: 1.1 cannot be had; it is 1.2 or 1.3"),
        ({"tls_min": 2.0}, "tls_min: 2.0 cannot be had"),
        ({"encoding": "klingon"}, "klingon"),
    ],
)
def test_half_a_login_is_told(ctx: Context, given: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        account(FtpLogin(**{"host": "h", **given}), ctx)
