"""What was once wrong in Ansible with secrets that were told; each test bears its CVE's number."""

from __future__ import annotations

import json
import logging
import os
import re
from importlib import import_module
from pathlib import Path

import pytest

from canary import CANARY, files_that_sing, is_heard_in
from opsplay.runner import dataclasses, params
from opsplay.runner.cli import main
from opsplay.runner.registry import STEPS
from opsplay.runner.secrets import MASK
from opsplay.runner.task import Secret
from played import Play, Played
from vaulting import password_file, sealed
from web_serving import Reply, serving

HIDDEN = "output has been hidden"
SERVER = "127.0.0.1"


@pytest.fixture(name="told")
def _told(play: Play, tmp_path: Path) -> Play:
    """Run tasks that know the canary; nothing that they say or write may hold it."""
    values = tmp_path.parent / f"{tmp_path.name}.json"
    values.write_text(json.dumps({"canary": CANARY}))

    def run(tasks: str, *arguments: str) -> Played:
        played = play(tasks, "-e", f"@{values}", *arguments)
        assert not is_heard_in(played.shown.encode()), played.shown
        assert not files_that_sing(tmp_path, Path(os.environ["XDG_STATE_HOME"]))
        return played

    return run


def test_cve_2017_7473_a_mistake_in_a_hidden_step_is_hidden(told: Play) -> None:
    """What went wrong in a hidden task was logged with its arguments."""
    played = told("- {debug: {msg: '{{ {}[canary] }}'}, no_log: true}")
    assert HIDDEN in played.shown


def test_cve_2017_7550_a_password_deep_in_the_arguments_is_a_password(told: Play) -> None:
    """A mapping of arguments was logged, with the passwords in it."""
    played = told(
        """
        - ftp_server: {users: [{name: li, password: '{{ canary }}', home: home}]}
        - {debug: {msg: 'it is {{ canary }}'}}
        """,
        "-vvv",
    )
    assert f"it is {MASK}" in played.shown


def test_cve_2018_10855_a_hidden_step_that_fails_is_hidden(told: Play) -> None:
    """`no_log` did not hold for tasks that failed."""
    assert HIDDEN in told("- {fail: {msg: '{{ canary }}'}, no_log: true}").shown


def test_cve_2018_16876_a_hidden_step_is_hidden_from_the_curious(told: Play) -> None:
    """With -vvv, a hidden task was told when a connection was tried again."""
    played = told(
        """
        - {shell: 'echo "{{ canary | quote }}"; exit 1', no_log: true, retries: 1, delay: 0}
        """,
        "-vvvv",
        "--diff",
    )
    assert HIDDEN in played.shown


def test_cve_2019_14846_libraries_log_no_login(
    told: Play, caplog: pytest.LogCaptureFixture
) -> None:
    """At the level DEBUG, libraries logged what they logged in with."""
    caplog.set_level(logging.DEBUG)
    told(f"""
        - uri: {{url: 'http://{SERVER}:1/', url_username: li, url_password: '{{{{ canary }}}}'}}
          ignore_errors: true
        - ftp_list: {{host: {SERVER}, port: 1, user: li, password: '{{{{ canary }}}}', retries: 0}}
          ignore_errors: true
    """)
    assert not is_heard_in(caplog.text.encode())


def test_cve_2019_14858_a_mistake_beside_a_password_does_not_tell_it(told: Play) -> None:
    """With a wrong argument in a mapping, the passwords in it were told."""
    played = told("""
        - set_fact: {users: [{name: li, password: '{{ canary }}', hoem: home}]}
          no_log: true
        - ftp_server: {users: '{{ users }}'}
    """)
    assert "hoem" in played.shown


def test_cve_2019_14864_whoever_listens_gets_nothing_that_is_hidden(
    told: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    """Callbacks sent hidden results to other machines; ours are the journal and JSON."""
    told("- {debug: {msg: '{{ canary }}'}, no_log: true}", "--output", "json")
    assert main(["runs", "show", "latest", "--json"]) == 0
    out = capsys.readouterr().out
    assert HIDDEN in out
    assert not is_heard_in(out.encode())


def test_cve_2020_1739_a_login_in_an_address_stands_in_no_list_of_processes(
    told: Play, tmp_path: Path
) -> None:
    """A program got its password as an argument."""
    git = tmp_path / "git.sh"
    git.write_text('#!/bin/sh\necho "$@" >> words\nexit 1\n')
    git.chmod(0o700)
    told(f"""
        - git:
            repo: 'http://li:{{{{ canary | urlencode }}}}@{SERVER}:1/x'
            dest: x
            executable: {git}
          ignore_errors: true
    """)
    assert f"http://{SERVER}:1/x" in (tmp_path / "words").read_text()


@pytest.mark.parametrize("step", ["send_mail", "fetch_mail"])
def test_cve_2020_1746_no_verbosity_tells_the_arguments(told: Play, step: str) -> None:
    """The password for a directory was told among the arguments."""
    mail = ", from: a@b.c, to: d@e.f, subject: s, body: b, retries: 0" * (step == "send_mail")
    login = f"host: {SERVER}, port: 1, user: li, password: '{{{{ canary }}}}'"
    assert told(f"- {step}: {{{login}{mail}}}", "-vvvv").code == 2


def test_cve_2020_14330_a_server_that_says_a_password_back_tells_it_to_nobody(told: Play) -> None:
    """It was shown what the server said, whatever was in it."""
    with serving(lambda asked: Reply(str(asked.headers).encode())) as web:
        played = told(f"""
            - uri:
                url: {web.url}
                url_username: li
                url_password: '{{{{ canary }}}}'
                force_basic_auth: true
                return_content: true
              register: said
            - {{debug: {{var: said.content}}}}
        """)
    assert MASK in played.shown


def test_cve_2020_14332_what_would_be_done_is_hidden_too(told: Play) -> None:
    """In check mode, `no_log` did not hold."""
    step = "- {copy: {content: '{{ canary }}', dest: x}, no_log: true}"
    assert told(step, "--check", "--diff", "-vvv").code == 0


SECRETIVE = re.compile("pass(word|phrase|wd)?$|secret|token$")
PASSWORDS = [
    (module, field.name)
    for module in STEPS.values()
    for field in dataclasses.fields(import_module(module).Params)
    if SECRETIVE.search(field.name)
]


@pytest.mark.parametrize(("module", "name"), PASSWORDS)
def test_cve_2021_3447_what_is_called_a_password_is_treated_as_one(module: str, name: str) -> None:
    """In many modules, arguments for passwords lacked the mark that hides them."""
    assert name in params.record(import_module(module).Params).secrets


def test_cve_2021_3620_a_bug_does_not_tell_what_it_stumbled_over(
    told: Play, tmp_path: Path
) -> None:
    """A traceback held the password of the connection."""
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules" / "log_in.py").write_text(
        '"""Log in."""\nfrom dataclasses import dataclass\n'
        "from opsplay.runner.task import Secret\n\n"
        "@dataclass(frozen=True)\nclass Params:\n    password: Secret\n\n"
        "def run(params, ctx):\n    return {}[str(params.password)]\n"
    )
    played = told("- {log_in: {password: '{{ canary }}'}}", "-vvvv")
    assert f"KeyError: '{MASK}'" in played.shown


def test_cve_2021_20228_secrets_inside_of_arguments_are_known(told: Play) -> None:
    """Arguments inside of arguments were told though they were marked as secret."""
    found = [*params.secrets(params.build(_Outer, {"inner": [{"password": CANARY}]}))]
    assert found == [CANARY]


@dataclasses.dataclass(frozen=True)
class _Inner:
    password: Secret


@dataclasses.dataclass(frozen=True)
class _Outer:
    inner: list[_Inner]


def test_cve_2024_0690_items_of_a_hidden_loop_are_hidden(told: Play) -> None:
    """Items of loops were told though `no_log` was set."""
    played = told("- {debug: {msg: x}, loop: ['{{ canary }}', b], no_log: true}", "-vvv")
    assert HIDDEN in played.shown


def test_cve_2024_8775_what_include_vars_reads_from_a_vault_is_not_told(
    told: Play, tmp_path: Path
) -> None:
    """include_vars told what it had decrypted."""
    (tmp_path / "sealed.yml").write_text(sealed(json.dumps({"key": CANARY})))
    played = told(
        "- {include_vars: sealed.yml}\n- {debug: {var: key}}",
        *("-vvv", "--vault-password-file", password_file(tmp_path)),
    )
    assert MASK in played.shown
