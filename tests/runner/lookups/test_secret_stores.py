"""Lookups that ask other programs for secrets: `pass`, the keyring, HashiCorp's Vault."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import pytest
from keyring.errors import KeyringLocked

from opsplay.runner.lookups.web import tls
from opsplay.tasks.servers.certificate import make_certificate
from played import Play
from vault_server import (
    TOKEN,
    deleted,
    of_version_1,
    of_version_2,
    refused,
    vault_serving,
)
from web_serving import Reply, serving

pytestmark = pytest.mark.slow

SECRET = "tr0ub4dor&3-horse"


def found(play: Play, lookup: str, folder: Path) -> str:
    """What the lookup gives, which is never shown."""
    played = play(f"""
        - {{name: Write, copy: {{content: "{{{{ {lookup} }}}}", dest: found}}}}
        - {{name: Show, debug: {{msg: "it is {{{{ {lookup} }}}}"}}}}
    """)
    assert played.code == 0, played.shown
    assert SECRET not in played.shown
    return (folder / "found").read_text()


def fail(play: Play, lookup: str) -> str:
    played = play(f'- {{debug: {{msg: "{{{{ {lookup} }}}}"}}}}')
    assert played.code == 2, played.shown
    return played.shown


# pass -----------------------------------------------------------------------------------------


@pytest.fixture
def pass_program(tmp_path: Path) -> str:
    """Make a program that gives what lies in files, as `pass` does."""
    program = tmp_path / "give"
    program.write_text(
        '#!/bin/sh\ntest "$1" = show || exit 9\n'
        'test -f "store/$2" || { echo "Error: $2 is not in the password store." >&2; exit 1; }\n'
        'cat "store/$2"\n'
    )
    program.chmod(0o700)
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "mail").write_text(f"{SECRET}\nuser: li\n")
    (tmp_path / "store" / "empty").touch()
    (tmp_path / "opsplay.toml").write_text(f'pass_command = ["{program}", "show"]\n')
    return str(program)


def test_pass_gives_the_first_line(play: Play, pass_program: str, tmp_path: Path) -> None:
    assert found(play, "lookup('pass', 'mail')", tmp_path) == SECRET


def test_pass_gives_all_that_is_kept(play: Play, pass_program: str, tmp_path: Path) -> None:
    whole = found(play, "lookup('pass', 'mail', returnall=true)", tmp_path)
    assert whole == f"{SECRET}\nuser: li"


def test_another_program_is_named_at_the_lookup(
    play: Play, pass_program: str, tmp_path: Path
) -> None:
    assert found(play, "lookup('pass', 'store/mail', command='cat')", tmp_path) == SECRET


@pytest.mark.parametrize(
    ("lookup", "words"),
    [
        ("lookup('pass', 'web')", 'does not give "web": Error: web is not in the password store.'),
        ("lookup('pass', 'empty')", 'has nothing under "empty"'),
        ("lookup('pass', '--help')", '"--help" is an option, not the name of a secret'),
        (
            "lookup('pass', 'x', command=['no-such-pass'])",
            (
                "no-such-pass cannot be run: No such file or directory;"
                " the setting pass_command names another program"
            ),
        ),
    ],
)
def test_what_pass_does_not_give_is_told(
    play: Play, pass_program: str, lookup: str, words: str
) -> None:
    assert words in fail(play, lookup)


# keyring --------------------------------------------------------------------------------------


class Kept(keyring.backend.KeyringBackend):
    """A keyring with one password, that is locked against one user."""

    def get_password(self, service: str, username: str) -> str | None:
        if username == "wang":
            raise KeyringLocked("the collection is locked")
        return SECRET if (service, username) == ("mail.example.com", "li") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


def no_keyring() -> keyring.backend.KeyringBackend:
    return keyring.backends.fail.Keyring()  # type: ignore[no-untyped-call]  # as below


@pytest.fixture
def system_keyring() -> Iterator[None]:
    keyring.set_keyring(Kept())  # type: ignore[no-untyped-call]  # the package's own
    yield
    keyring.set_keyring(no_keyring())


def test_the_keyring_gives_a_password(play: Play, system_keyring: None, tmp_path: Path) -> None:
    assert found(play, "lookup('keyring', 'mail.example.com li')", tmp_path) == SECRET


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (
            "mail.example.com ann",
            (
                "the keyring has no password of ann for mail.example.com;"
                " `keyring set mail.example.com ann` puts one there"
            ),
        ),
        ("x wang", "the keyring of the system cannot be used: the collection is locked"),
        ("mail", '"mail" names no service and user; write "SERVICE USER"'),
    ],
)
def test_what_the_keyring_does_not_give_is_told(
    play: Play, system_keyring: None, term: str, words: str
) -> None:
    assert words in fail(play, f"lookup('keyring', '{term}')")


def test_a_machine_without_a_keyring_says_so(play: Play, system_keyring: None) -> None:
    keyring.set_keyring(no_keyring())
    shown = fail(play, "lookup('keyring', 'mail li')")
    assert "the keyring of the system cannot be used: No recommended backend" in shown


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(
        "- {hosts: localhost, tasks: [{debug: {msg: \"{{ lookup('keyring', 'a b') }}\"}}]}"
    )
    script = (
        "import sys; sys.modules['keyring'] = None; from opsplay.runner.cli import main; main()"
    )
    command = [sys.executable, "-c", script, "run", str(tmp_path / "site.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "the package keyring is not installed; pip install 'opsplay[keyring]'" in done.stdout


# HashiCorp's Vault ----------------------------------------------------------------------------

KEPT = {
    "kv/mail": of_version_1(password=SECRET, port=25),
    "secret/data/mail": of_version_2(password=SECRET, deep={"key": SECRET}),
    "secret/data/gone": deleted(),
    "secret/data/closed": refused(403, "1 error occurred:\n\t* permission denied\n"),
    "sealed": refused(503, "Vault is sealed"),
    "elsewhere": Reply(b"", 307, {"Location": "https://example.com/v1/elsewhere"}),
    "page": Reply(b"<html>"),
    "odd": Reply(raw=b"220 this is FTP\r\n"),
}


@pytest.fixture
def vault_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with vault_serving(KEPT) as web:
        monkeypatch.setenv("VAULT_ADDR", web.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        yield web.url


@pytest.mark.parametrize(
    "lookup",
    [
        "lookup('hashi_vault', 'kv/mail:password')",
        "lookup('hashi_vault', 'secret/data/mail:password')",
        "lookup('hashi_vault', 'secret=secret/data/mail:password')",
        "lookup('hashi_vault', 'secret/data/mail').password",
        "lookup('hashi_vault', 'secret/data/mail:deep').key",
    ],
)
def test_vault_gives_what_it_keeps(play: Play, vault_url: str, lookup: str, tmp_path: Path) -> None:
    assert found(play, lookup, tmp_path) == SECRET


def test_server_and_token_may_be_given_at_the_lookup(play: Play, tmp_path: Path) -> None:
    with vault_serving(KEPT) as web:
        given = f"url='{web.url}', token='{TOKEN}', namespace='team/a'"
        lookup = f"lookup('hashi_vault', 'kv/mail:password', {given})"
        assert found(play, lookup, tmp_path) == SECRET
        assert web.asked[0].headers["x-vault-namespace"] == "team/a"
        inline = f"lookup('hashi_vault', 'secret=kv/mail:password token={TOKEN} url={web.url}')"
        assert found(play, inline, tmp_path) == SECRET


def test_the_token_of_vault_login_counts(
    play: Play, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".vault-token").write_text(TOKEN)
    with vault_serving(KEPT) as web:
        lookup = f"lookup('hashi_vault', 'kv/mail:password', url='{web.url}')"
        assert found(play, lookup, tmp_path) == SECRET
    (home / ".vault-token").unlink()


def test_vault_over_tls_is_checked(play: Play, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with vault_serving(KEPT, certificate) as web:
        given = f"'kv/mail:password', url='{web.url}', token='{TOKEN}'"
        assert "CERTIFICATE_VERIFY_FAILED" in fail(play, f"lookup('hashi_vault', {given})")
        assert not web.asked
        trusting = f"lookup('hashi_vault', {given}, ca_cert='{certificate.ca_file}')"
        assert found(play, trusting, tmp_path) == SECRET


@pytest.mark.parametrize("verified", [True, False])
def test_tls_is_never_older_than_1_2(*, verified: bool) -> None:
    assert tls(None, verified=verified).minimum_version == ssl.TLSVersion.TLSv1_2


def test_not_to_check_is_warned_of_once(play: Play, tmp_path: Path) -> None:
    with vault_serving(KEPT, make_certificate(tmp_path)) as web:
        given = f"'kv/mail', url='{web.url}', token='{TOKEN}', validate_certs=false"
        played = play(f"""
            - debug: {{msg: "{{{{ lookup('hashi_vault', {given}) }}}}"}}
              loop: [1, 2]
        """)
    assert played.code == 0
    words = f"whether {web.url} is the right server is not checked: validate_certs is off"
    assert played.shown.count(words) == 1


def test_a_token_that_leaves_this_machine_in_clear_is_warned_of(play: Play) -> None:
    given = f"'kv/mail', url='http://vault.invalid', token='{TOKEN}', timeout=1"
    words = "http://vault.invalid is not encrypted: token and secrets cross the network in clear"
    assert words in fail(play, f"lookup('hashi_vault', {given})")


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("kv/mail:user", "kv/mail has no field user; there are: password, port"),
        (
            "secret/mail:x",
            (
                " has no secret at secret/mail; in the second version of KV it would be"
                " secret/data/mail"
            ),
        ),
        ("secret/data/gone", " has no secret at secret/data/gone"),
        ("secret/data/closed", " lets this token not read secret/data/closed: 1 error occurred:"),
        ("sealed", " is sealed, or being looked after: Vault is sealed"),
        (
            "elsewhere",
            (
                " answered 307 Temporary Redirect, and names https://example.com/v1/elsewhere; the"
                " token goes nowhere but to url"
            ),
        ),
        ("page", " is no server of Vault: no JSON comes back"),
        ("odd", " cannot be reached: "),
    ],
)
def test_what_vault_does_not_give_is_told(
    play: Play, vault_url: str, term: str, words: str
) -> None:
    shown = fail(play, f"lookup('hashi_vault', '{term}')")
    assert vault_url + words in shown or words in shown
    assert TOKEN not in shown


def test_a_wrong_token_is_told_and_not_shown(
    play: Play, vault_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "hvs.wr0ng-t0ken")
    shown = fail(play, "lookup('hashi_vault', 'kv/mail')")
    assert f"{vault_url} lets this token not read kv/mail: permission denied" in shown
    assert "wr0ng" not in shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("token='x'", "no address of a server is given: url, or the variable VAULT_ADDR"),
        ("url='ftp://x', token='x'", "no address of a server is given"),
        (
            "url='http://127.0.0.1:1'",
            "no token is given: token, the variable VAULT_TOKEN, or the file ",
        ),
        ("url='http://127.0.0.1:1', token='x'", "http://127.0.0.1:1 cannot be reached: "),
    ],
)
def test_what_is_missing_for_vault_is_told(
    play: Play, monkeypatch: pytest.MonkeyPatch, given: str, words: str
) -> None:
    for name in ("VAULT_ADDR", "VAULT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert words in fail(play, f"lookup('hashi_vault', 'kv/mail', {given})")


def test_an_answer_that_looks_like_a_template_is_none(play: Play, tmp_path: Path) -> None:
    bait = "{{ lookup('pipe', 'touch bitten') }}"
    with vault_serving({"kv/x": of_version_1(a=bait)}) as web:
        given = f"'kv/x:a', url='{web.url}', token='{TOKEN}'"
        assert found(play, f"lookup('hashi_vault', {given})", tmp_path) == bait
    assert not (tmp_path / "bitten").exists()


def test_a_server_that_is_silent_is_not_waited_for_for_ever(play: Play) -> None:
    given_up = threading.Event()

    def silent(_: object) -> Reply:
        given_up.wait(60)
        return Reply()

    with serving(silent) as web:
        given = f"'kv/x', url='{web.url}', token='x', timeout=0.1"
        told = fail(play, f"lookup('hashi_vault', {given})")
        given_up.set()
    assert "cannot be reached: timed out" in told
