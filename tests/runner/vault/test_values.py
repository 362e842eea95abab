"""`!vault`: values that are decrypted when they are used, and that nobody sees."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from opsplay.runner.vault import passwords
from vaulting import PASSWORD, SECRET, password_file, sealed, tagged

from .conftest import Done, Opsplay


@pytest.fixture
def run(opsplay: Opsplay, tmp_path: Path) -> Opsplay:
    """Run a playbook of these tasks, with the variables of vars.yml."""

    def do(tasks: str, *arguments: str) -> Done:
        playbook = f"- hosts: localhost\n  vars_files: vars.yml\n  tasks:\n    {tasks}\n"
        (tmp_path / "site.yml").write_text(playbook)
        return opsplay("run", "site.yml", *arguments)

    return do


@pytest.fixture
def variables(tmp_path: Path) -> Path:
    """What a login needs, its password encrypted."""
    file = tmp_path / "vars.yml"
    inner = tagged(SECRET, "prod").replace("\n", "\n  ")
    file.write_text(f"user: li\npw: {tagged(SECRET)}\nlogin:\n  user: li\n  password: {inner}\n")
    return file


@pytest.fixture
def with_password(tmp_path: Path, variables: Path) -> tuple[str, str]:
    assert variables.exists()
    return "--vault-password-file", password_file(tmp_path)


def written(folder: Path) -> str:
    return (folder / "out").read_text()


# Used -----------------------------------------------------------------------------------------


def test_what_is_damaged_fails_where_it_is_used(opsplay: Opsplay, tmp_path: Path) -> None:
    """As in Ansible a run begins all the same: perhaps nobody needs it."""
    damaged = "{bad: !vault $ANSIBLE_VAULT;1.1;AES256}"
    tasks = "[debug: {msg: first}, debug: {msg: '{{ bad }}'}]"
    (tmp_path / "site.yml").write_text(f"- {{hosts: localhost, vars: {damaged}, tasks: {tasks}}}\n")
    done = opsplay("run", "site.yml")
    words = "Vault vaulttext format error: this encrypted text is damaged"
    assert done.code == 2
    assert words in done.err
    assert "ok: [localhost] => first" in done.out
    assert f"Attempt to use undecryptable variable: {words}" in done.out


def test_a_value_is_decrypted_where_it_is_used(
    run: Opsplay, with_password: tuple[str, str], tmp_path: Path
) -> None:
    task = "- copy: {dest: out, content: '{{ pw }} {{ login.password }} {{ [pw] }}'}"
    assert run(task, *with_password).code == 0
    assert written(tmp_path) == f"{SECRET} {SECRET} ['{SECRET}']"


def test_it_may_stand_in_an_argument_itself(opsplay: Opsplay, tmp_path: Path) -> None:
    task = f"copy:\n          dest: out\n          content: {tagged(SECRET)}"
    (tmp_path / "site.yml").write_text(f"- tasks:\n    - {task}")
    assert opsplay("run", "site.yml", "--vault-password-file", password_file(tmp_path)).code == 0
    assert written(tmp_path) == SECRET


def test_it_may_be_the_whole_of_a_free_text(opsplay: Opsplay, tmp_path: Path) -> None:
    command = tagged(f"echo 'secret={SECRET}' > out")
    (tmp_path / "site.yml").write_text(f"- tasks:\n    - shell: {command}")
    assert opsplay("run", "site.yml", "--vault-password-file", password_file(tmp_path)).code == 0
    assert written(tmp_path) == f"secret={SECRET}\n"


def test_it_may_come_from_an_inventory(opsplay: Opsplay, tmp_path: Path) -> None:
    hosts = f"all:\n  hosts:\n    web:\n      pw: {tagged(SECRET)}\n"
    (tmp_path / "hosts.yml").write_text(hosts)
    playbook = "- hosts: web\n  tasks:\n    - copy: {dest: out, content: '{{ pw }}'}"
    (tmp_path / "site.yml").write_text(playbook)
    file = password_file(tmp_path)
    assert opsplay("run", "site.yml", "-i", "hosts.yml", "--vault-pass-file", file).code == 0
    assert written(tmp_path) == SECRET


def test_it_may_come_from_the_command_line(
    run: Opsplay, with_password: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "extra.yml").write_text(f"pw: {tagged('another')}\n")
    task = "- copy: {dest: out, content: '{{ pw }}'}"
    assert run(task, "-e", "@extra.yml", *with_password).code == 0
    assert written(tmp_path) == "another"


def test_what_was_encrypted_is_no_template(opsplay: Opsplay, tmp_path: Path) -> None:
    """As with Ansible: a password may hold braces."""
    text = "{{ 1 + 1 }}"
    (tmp_path / "vars.yml").write_text(f"braces: {tagged(text)}\n")
    playbook = "- vars_files: vars.yml\n  tasks:\n    - copy: {dest: out, content: '{{ braces }}'}"
    (tmp_path / "site.yml").write_text(playbook)
    assert opsplay("run", "site.yml", "--vault-password-file", password_file(tmp_path)).code == 0
    assert written(tmp_path) == text


def test_a_template_can_ask_whether_a_value_is_encrypted(
    run: Opsplay, with_password: tuple[str, str]
) -> None:
    that = (
        "pw is vault_encrypted and login.password is vault_encrypted and 'x' is not vault_encrypted"
    )
    assert run(f"- assert: {{that: {json.dumps(that)}}}", *with_password).code == 0


@pytest.mark.usefixtures("variables")
def test_a_template_can_ask_so_without_the_password(run: Opsplay) -> None:
    """Whatever else it asks of such a value fails."""
    asked = "pw is vault_encrypted and login.password is vault_encrypted"
    assert run(f"- assert: {{that: {json.dumps(asked)}}}").code == 0
    for that in ("pw is defined", "login.password is defined", "pw | default(true)"):
        assert run(f"- assert: {{that: {json.dumps(that)}}}").code == 2


def test_what_is_made_of_it_is_encrypted_no_longer(
    run: Opsplay, with_password: tuple[str, str]
) -> None:
    that = "pw | default('x') is vault_encrypted and (pw ~ '') is not vault_encrypted"
    assert run(f"- assert: {{that: {json.dumps(that)}}}", *with_password).code == 0


@pytest.mark.parametrize(
    "expression",
    [
        "login | to_nice_yaml(indent=2)",
        "login | dict2items | items2dict | to_yaml",
        "dict(user='li', password=[login] | map(attribute='password') | first) | to_yaml",
    ],
)
def test_yaml_keeps_it_encrypted(
    run: Opsplay, with_password: tuple[str, str], variables: Path, expression: str
) -> None:
    task = f"- copy: {{dest: out, content: {json.dumps('{{ ' + expression + ' }}')}}}"
    assert run(task, *with_password).code == 0
    text = written(variables.parent)
    assert text.startswith("password: !vault |\n  $ANSIBLE_VAULT;1.2;AES256;prod\n  ")
    assert text.endswith("\nuser: li\n")
    variables.write_text(text)
    assert run(f"- assert: {{that: password == '{SECRET}'}}", *with_password).code == 0


def test_yaml_may_hold_what_is_made_of_it(
    run: Opsplay, with_password: tuple[str, str], tmp_path: Path
) -> None:
    task = """- copy: {dest: out, content: "{{ {'pw': pw ~ ''} | to_nice_yaml }}"}"""
    assert run(task, *with_password).code == 0
    assert written(tmp_path) == f"pw: {SECRET}\n"


# Not used -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("variables")
def test_a_run_that_uses_no_encrypted_value_needs_no_password(run: Opsplay) -> None:
    assert "ok: [localhost] => li" in run("- debug: {msg: '{{ login.user }}'}").out


@pytest.mark.usefixtures("variables")
def test_a_check_needs_no_password(opsplay: Opsplay, run: Opsplay) -> None:
    run("- debug: {msg: '{{ pw }}'}")
    assert opsplay("check", "site.yml").code == 0
    assert opsplay("run", "site.yml", "--syntax-check").code == 0


def test_a_script_with_the_password_is_asked_only_when_there_is_need(
    run: Opsplay, tmp_path: Path, variables: Path
) -> None:
    assert variables.exists()
    script = tmp_path / "ask"
    script.write_text(f"#!/bin/sh\ntouch asked\necho {PASSWORD}\n")
    script.chmod(0o700)
    assert run("- debug: {msg: '{{ user }}'}", "--vault-password-file", "./ask").code == 0
    assert not (tmp_path / "asked").exists()
    assert run("- debug: {msg: '{{ pw }}'}", "--vault-password-file", "./ask").code == 0
    assert (tmp_path / "asked").exists()


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer prompts, and show that there was one."""

    def answer(prompt: str) -> str:
        sys.stdout.write(f"{prompt}\n")
        return PASSWORD

    monkeypatch.setattr(passwords, "ask", answer)


@pytest.mark.usefixtures("asking", "variables")
@pytest.mark.parametrize("switch", ["--ask-vault-pass", "--vault-id=prod@prompt"])
def test_who_is_to_be_asked_is_asked_before_the_run(run: Opsplay, switch: str) -> None:
    done = run("- debug: {msg: '{{ pw }}'}", switch)
    assert done.code == 0
    assert done.out.startswith("Vault password")
    assert done.out.count("Vault password") == 1


@pytest.mark.usefixtures("asking", "variables")
def test_a_check_asks_for_nothing_that_it_does_not_need(run: Opsplay) -> None:
    done = run("- debug: {msg: '{{ pw }}'}", "--syntax-check", "-J")
    assert done.code == 0
    assert "Vault" not in done.out


# Not to be opened -----------------------------------------------------------------------------


@pytest.mark.usefixtures("variables")
def test_without_a_password_the_task_that_uses_it_fails_and_says_where_it_stands(
    run: Opsplay,
) -> None:
    done = run("- debug: {msg: '{{ pw }}'}")
    assert done.code == 2
    assert "vars.yml:2:5: Attempt to use undecryptable variable: Attempting to" in done.out
    assert "give one: --vault-password-file FILE, or --ask-vault-pass" in done.out


def test_a_wrong_password_is_told_with_the_ids_that_were_tried(
    run: Opsplay, tmp_path: Path, variables: Path
) -> None:
    assert variables.exists()
    wrong = password_file(tmp_path, "wrong")
    done = run("- debug: {msg: '{{ login.password }}'}", "--vault-id", f"dev@{wrong}")
    assert done.code == 2
    line = variables.read_text()[: variables.read_text().index("password:")].count("\n") + 1
    assert f"vars.yml:{line}:13: Attempt to use undecryptable variable: Decryption" in done.out
    assert 'its vault id is "prod"); tried were those of: dev' in done.out


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize(
    "expression",
    [
        "pw | default('none')",
        "login.password | default('none')",
        "login.password | default('none', true)",
        "login.password is defined and login.password == 'x'",
        "login.password ~ 'x'",
        "login.password | length",
        "login.password in ['x']",
        "login.password[0]",
        "login.password.upper()",
        "'%s' % login.password",
        "login | to_json",
        "login | combine({'user': 'me'})",
        "login",
        "login.values() | list",
        "[login]",
    ],
)
def test_what_cannot_be_opened_is_not_taken_for_what_is_not_there(
    run: Opsplay, expression: str
) -> None:
    done = run(f'- debug: {{msg: "{{{{ {expression} }}}}"}}')
    assert done.code == 2
    assert "no vault secrets found" in done.out


# Hidden ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "{{ pw }}",
        "ftp://li:{{ login.password }}@host/",
        "{{ login }}",
        "{{ pw | urlencode }}",
        "{{ pw | b64encode }}",
        "{{ {'a': [pw]} | to_json }}",
        "{{ pw | string | quote }}",
    ],
)
@pytest.mark.parametrize("output", ["text", "json"])
def test_nobody_sees_it(
    run: Opsplay, with_password: tuple[str, str], expression: str, output: str
) -> None:
    task = f"- debug: {{msg: {json.dumps(expression)}}}"
    done = run(task, "--output", output, "-vv", *with_password)
    assert done.code == 0
    assert "********" in done.out
    for disguise in (SECRET, quote(SECRET), b64encode(SECRET.encode()).decode().rstrip("=")):
        assert disguise not in done.all


def test_it_is_hidden_without_the_line_break_that_ends_it(opsplay: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "vars.yml").write_text(f"pw: {tagged('s3cret' + chr(10))}\n")
    playbook = "- vars_files: vars.yml\n  tasks:\n    - debug: {msg: 'at {{ pw | trim }} it ends'}"
    (tmp_path / "site.yml").write_text(playbook)
    done = opsplay("run", "site.yml", "--vault-password-file", password_file(tmp_path))
    assert "at ******** it ends" in done.out


def test_what_from_json_makes_of_it_is_hidden_too(opsplay: Opsplay, tmp_path: Path) -> None:
    key = tagged(json.dumps({"account": {"key": f"{SECRET}\n"}}))
    (tmp_path / "vars.yml").write_text(f"key: {key}\n")
    shown = "it is {{ (key | from_json).account.key | trim }}"
    playbook = f"- vars_files: vars.yml\n  tasks:\n    - debug: {{msg: '{shown}'}}"
    (tmp_path / "site.yml").write_text(playbook)
    done = opsplay("run", "site.yml", "--vault-password-file", password_file(tmp_path))
    assert "it is ********" in done.out


def test_what_the_filters_decrypt_is_hidden_and_so_is_their_password(
    run: Opsplay, variables: Path
) -> None:
    (variables.parent / "key").write_text(sealed("plain text"))
    encrypted = f"{{{{ lookup('pipe', 'cat key') | unvault('{PASSWORD}') }}}}"
    done = run(f'- debug: {{msg: "{encrypted}, {PASSWORD}"}}')
    assert "=> ********, ********" in done.out


def test_an_error_does_not_show_it(run: Opsplay, with_password: tuple[str, str]) -> None:
    done = run("- wait_for: {timeout: '{{ pw }}'}", *with_password)
    assert done.code == 2
    assert "expected" in done.out
    assert SECRET not in done.all


@pytest.mark.parametrize(
    ("hosts", "words"), [("{{ pw }}", "matches no host"), ("{{ pw | split(pw, 1, 2) }}", "failed")]
)
def test_nor_does_one_before_the_first_task(
    opsplay: Opsplay, tmp_path: Path, hosts: str, words: str
) -> None:
    play = f"- hosts: '{hosts}'\n  vars:\n    pw: {tagged(SECRET)}"
    (tmp_path / "site.yml").write_text(play)
    done = opsplay("run", "site.yml", "-i", "a,", "--vault-password-file", password_file(tmp_path))
    assert words in done.err
    assert SECRET not in done.all


@pytest.mark.usefixtures("variables")
def test_an_inventory_for_programs_keeps_it_encrypted(opsplay: Opsplay, tmp_path: Path) -> None:
    encrypted = tagged(SECRET)
    (tmp_path / "hosts.yml").write_text(f"all:\n  hosts:\n    web:\n      pw: {encrypted}\n")
    listed = json.loads(opsplay("inventory", "--list", "-i", "hosts.yml").out)
    shown = listed["_meta"]["hostvars"]["web"]["pw"]["__ansible_vault"]
    assert shown.split() == encrypted.split()[2:]
