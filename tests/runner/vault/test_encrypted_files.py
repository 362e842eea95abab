"""Files that are encrypted as a whole: opened where files are read, their values hidden."""

from __future__ import annotations

import json
import os
import re
import threading
from pathlib import Path

import pytest

from vaulting import PASSWORD, SECRET, opened, password_file, sealed

from .conftest import Done, Opsplay

pytestmark = pytest.mark.slow

PRINTS = "- hosts: web\n  tasks:\n    - debug: {msg: 'pw is {{ pw }}'}\n"


class Folder:
    """A folder of playbooks; `run` runs site.yml with the password."""

    def __init__(self, path: Path, opsplay: Opsplay) -> None:
        self.path = path
        self.opsplay = opsplay
        self._password = ("--vault-password-file", password_file(path))

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def encrypt(self, name: str, text: str) -> None:
        self.write(name, sealed(text))

    def run(self, *arguments: str) -> Done:
        return self.opsplay("run", "site.yml", *self._password, *arguments)


@pytest.fixture
def folder(tmp_path: Path, opsplay: Opsplay) -> Folder:
    return Folder(tmp_path, opsplay)


def assert_hidden(done: Done) -> None:
    assert done.code == 0, done.all
    assert "pw is ********" in done.out
    assert SECRET not in done.all


# Where they may be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["group_vars/all.yml", "group_vars/all/vault.yml", "host_vars/web", "host_vars/web.json"],
)
def test_variables_of_groups_and_hosts(folder: Folder, name: str) -> None:
    folder.write("site.yml", PRINTS)
    folder.encrypt(name, json.dumps({"pw": SECRET}))
    assert_hidden(folder.run("-i", "web,"))


def test_files_of_variables_also_of_a_name_that_the_run_makes(folder: Folder) -> None:
    files = "  vars_files: [one.yml, '{{ two }}.yml']\n"
    folder.write("site.yml", PRINTS.replace("  tasks", f"{files}  tasks"))
    folder.encrypt("one.yml", "pw: overridden")
    folder.encrypt("second.yml", f"pw: {SECRET}")
    assert_hidden(folder.run("-i", "web,", "-e", "two=second"))


def test_variables_of_the_command_line(folder: Folder) -> None:
    folder.write("site.yml", PRINTS)
    folder.encrypt("extra", f"pw: {SECRET}")
    assert_hidden(folder.run("-i", "web,", "-e", "@extra"))


@pytest.mark.parametrize(
    "text",
    [
        f"web pw='{SECRET}'\n",
        f"[all:vars]\npw={SECRET}\n[group]\nweb",
        f"all: {{hosts: {{web: {{pw: '{SECRET}'}}}}}}",
    ],
    ids=["ini", "ini-section", "yaml"],
)
def test_an_inventory_is_opened_and_its_values_are_hidden(folder: Folder, text: str) -> None:
    folder.write("site.yml", PRINTS)
    folder.encrypt("hosts", text)
    assert_hidden(folder.run("-i", "hosts"))
    listed = folder.opsplay(
        "inventory", "--list", "-i", "hosts", "--vault-password-file", "password"
    )
    assert json.loads(listed.out)["_meta"]["hostvars"]["web"]["pw"] == "********"


def test_an_inventory_without_its_password_is_one_that_cannot_be_read(folder: Folder) -> None:
    folder.write("site.yml", "- tasks: [debug: ]")
    folder.encrypt("hosts", "web")
    done = folder.opsplay("run", "site.yml", "-i", "hosts")
    assert done.code == 0
    assert " plugin: Attempting to decrypt but no vault secrets found" in done.err
    assert "hosts as an inventory source\n" in done.err


def test_playbooks_and_files_of_tasks(folder: Folder) -> None:
    play = f"- hosts: web\n  vars: {{pw: {SECRET}}}\n"
    folder.encrypt("site.yml", play + "  tasks: [import_tasks: in.yml, include_tasks: on.yml]")
    folder.encrypt("in.yml", "- {name: Say, command: {argv: [echo, to be hidden]}}")
    folder.encrypt("on.yml", "- {name: Say on, command: 'echo {{ pw }}'}")
    done = folder.run("-i", "web,", "-v")
    assert done.code == 0, done.all
    assert re.findall(r"TASK \[(.+)\] \*", done.out) == ["Say", "include_tasks", "Say on"]
    assert "changed: [web]" in done.out
    assert "to be hidden" not in done.out
    assert SECRET not in done.out


def test_a_serving_step_s_arguments(folder: Folder, opsplay: Opsplay) -> None:
    folder.encrypt("ftp.yml", "users: 1")
    done = opsplay("serve", "ftp", "--config", "ftp.yml", "--vault-password-file", "password")
    assert done.code == 4
    assert "ftp.yml:1:8: users" in done.err


# What is hidden -------------------------------------------------------------------------------


def test_words_of_one_to_three_letters_and_keys_stay_readable(folder: Folder) -> None:
    folder.write(
        "site.yml", "- vars_files: v.yml\n  tasks:\n    - debug: {msg: 'as password 1 ok'}"
    )
    folder.encrypt("v.yml", "a: as\npassword: ok\nb: 1\nc: true")
    assert "=> as password 1 ok" in folder.run().out


def test_numbers_and_what_is_written_in_templates_are_hidden(folder: Folder) -> None:
    tasks = "- debug: {msg: '{{ pin }} {{ url }} {{ quoted }}'}"
    folder.write("site.yml", f"- vars_files: v.yml\n  tasks:\n    {tasks}")
    folder.encrypt(
        "v.yml",
        f"pin: 471100\nurl: 'li:{SECRET}@{{{{ host }}}}'\nhost: h\nquoted: \"{{{{ 'hunter2' }}}}\"",
    )
    done = folder.run()
    assert "=> ******** ********h ********" in done.out


# Without a password ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["v.yml", "group_vars/all.yml", "tasks.yml", "hosts", "site.yml"])
def test_a_check_does_not_look_into_what_it_cannot_open(folder: Folder, name: str) -> None:
    folder.write("site.yml", "- vars_files: v.yml\n  tasks:\n    - import_tasks: tasks.yml\n")
    for file in ("v.yml", "group_vars/all.yml", "tasks.yml"):
        folder.write(file, "# nothing\n")
    folder.write("hosts", "localhost")
    folder.encrypt(name, "this: is wrong, wherever it stands")
    done = folder.opsplay("check", "site.yml", "-i", "hosts")
    assert done.code == 0
    told = "this file is encrypted, and without its password it was not looked into"
    assert done.err.startswith(f"[WARNING]: {told} (")
    assert done.err.endswith(f"{name}:1:1)\n")


def test_a_check_tells_of_variables_of_the_command_line_too(folder: Folder) -> None:
    folder.write("site.yml", "- tasks: []\n")
    folder.encrypt("extra", "a: b")
    done = folder.opsplay("check", "site.yml", "-e", "@extra")
    assert done.code == 0
    assert "without its password it was not looked into (extra:1:1)" in done.err


def test_a_check_with_the_password_does_look_into_it(folder: Folder) -> None:
    folder.write("site.yml", "- tasks:\n    - import_tasks: tasks.yml\n")
    folder.encrypt("tasks.yml", "- debog: {msg: x}")
    done = folder.run("--syntax-check")
    assert done.code == 4
    assert "tasks.yml:1:3: couldn't resolve module/action 'debog'" in done.err


@pytest.mark.parametrize(
    ("name", "code"), [("v.yml", 1), ("group_vars/all.yml", 4), ("tasks.yml", 1), ("site.yml", 1)]
)
def test_a_run_needs_the_password_before_anything_runs(
    folder: Folder, name: str, code: int
) -> None:
    folder.write("site.yml", "- vars_files: v.yml\n  tasks:\n    - import_tasks: tasks.yml\n")
    for file in ("v.yml", "group_vars/all.yml", "tasks.yml"):
        folder.write(file, "")
    folder.write("hosts", "localhost")
    folder.encrypt(name, "{}")
    done = folder.opsplay("run", "site.yml", "-i", "hosts")
    assert done.code == code
    assert f"{name}:1:1: Attempting to decrypt but no vault secrets found\n" in done.err


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_wrong_password_is_an_error(folder: Folder, command: str) -> None:
    folder.write("site.yml", "- vars_files: v.yml\n")
    folder.encrypt("v.yml", "a: b")
    password_file(folder.path, "wrong")
    done = folder.opsplay(command, "site.yml", "--vault-password-file", "password")
    assert done.code == 1
    assert done.err.startswith("v.yml:1:1: Decryption failed")
    assert "could decrypt); tried were those of: default\n" in done.err


# Mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [f"pw: @{SECRET}", f"pw: a\n{SECRET}: x: y", f"pw: !!int {SECRET}"]
)
def test_a_mistake_in_an_encrypted_file_shows_nothing_of_it(folder: Folder, text: str) -> None:
    folder.write("site.yml", "- vars_files: v.yml\n")
    folder.encrypt("v.yml", text)
    done = folder.run()
    assert done.code == 4
    assert "what is encrypted here, in the line of this number, cannot be read" in done.err
    assert "look at it with `opsplay vault edit`" in done.err
    assert SECRET not in done.all
    assert "ANSIBLE_VAULT" not in done.all


def test_a_mistake_in_an_encrypted_inventory_shows_nothing_of_it(folder: Folder) -> None:
    folder.write("site.yml", "- tasks: []\n")
    folder.encrypt("hosts", f"web {SECRET}\n")
    done = folder.run("-i", "hosts")
    told = r"\[WARNING\]: .*what is encrypted here(?s:.*)\(hosts:1:5\)"
    assert re.match(told, done.err)
    assert SECRET not in done.all


def test_a_value_of_the_wrong_kind_is_not_shown(folder: Folder) -> None:
    folder.encrypt("site.yml", f"- tasks:\n    - debug: {{verbosity: '{SECRET}'}}\n")
    done = folder.run()
    assert done.code == 4
    assert "got the text '********'" in done.err
    assert SECRET not in done.all


# copy, template, lookups ----------------------------------------------------------------------


def test_copy_decrypts_a_file_and_shows_no_diff_of_it(folder: Folder) -> None:
    folder.write("site.yml", "- tasks:\n    - copy: {src: key, dest: out}\n")
    folder.encrypt("key", SECRET)
    done = folder.run("--diff")
    assert done.code == 0
    assert (folder.path / "out").read_text() == SECRET
    assert SECRET not in done.out


def test_copy_decrypts_the_files_of_a_folder(folder: Folder) -> None:
    folder.write("site.yml", "- tasks:\n    - copy: {src: keys/, dest: out}\n")
    folder.encrypt("keys/a", "one")
    folder.write("keys/b", "two")
    assert folder.run().code == 0
    assert {file.name: file.read_text() for file in (folder.path / "out").iterdir()} == {
        "a": "one",
        "b": "two",
    }


def test_copy_leaves_a_file_encrypted_if_told_so(folder: Folder) -> None:
    folder.write("site.yml", "- tasks:\n    - copy: {src: key, dest: out, decrypt: false}\n")
    folder.encrypt("key", SECRET)
    assert folder.opsplay("run", "site.yml").code == 0
    assert opened(folder.path / "out", PASSWORD) == SECRET


@pytest.mark.parametrize("step", ["copy", "template"])
def test_a_source_without_its_password_fails_the_step(folder: Folder, step: str) -> None:
    folder.write("site.yml", f"- tasks:\n    - {step}: {{src: key, dest: out}}\n")
    folder.encrypt("key", SECRET)
    done = folder.opsplay("run", "site.yml")
    assert done.code == 2
    assert "key cannot be decrypted: Attempting to decrypt but no vault secrets found" in done.out
    assert not (folder.path / "out").exists()


def test_template_renders_an_encrypted_one(folder: Folder) -> None:
    folder.write("site.yml", "- vars: {n: 1}\n  tasks:\n    - template: {src: t.j2, dest: out}\n")
    folder.encrypt(
        "t.j2",
        f"#jinja2: lstrip_blocks: true\n  {{% if n %}}\n{SECRET} {{{{ n }}}}\n  {{% endif %}}\n",
    )
    done = folder.run("--diff")
    assert done.code == 0, done.out
    assert (folder.path / "out").read_text() == f"{SECRET} 1\n"
    assert SECRET not in done.out


@pytest.mark.parametrize("lookup", ["file", "unvault", "template"])
def test_lookups_give_what_is_inside_and_hide_it(folder: Folder, lookup: str) -> None:
    content = f"pw is {{{{ lookup('{lookup}', 'key') }}}}"
    folder.write("site.yml", f'- tasks:\n    - debug: {{msg: "{content}"}}\n')
    folder.encrypt("key", SECRET)
    assert_hidden(folder.run())


def test_what_a_filter_makes_of_an_encrypted_file_is_hidden_too(folder: Folder) -> None:
    content = "pw is {{ (lookup('file', 'key') | from_yaml).them[1] }}"
    folder.write("site.yml", f'- tasks:\n    - debug: {{msg: "{content}"}}\n')
    folder.encrypt("key", f"them: [first, '{SECRET}']")
    assert_hidden(folder.run())


def test_the_lookup_ini_reads_an_encrypted_file(folder: Folder) -> None:
    copy = "copy: {content: \"{{ lookup('ini', 'k', file='a.ini') }}\", dest: out}"
    folder.write("site.yml", f"- tasks:\n    - {copy}\n")
    folder.encrypt("a.ini", f"[global]\nk={SECRET}\n")
    assert folder.run().code == 0
    assert (folder.path / "out").read_text() == SECRET


@pytest.mark.parametrize(
    ("text", "lookup"),
    [
        (f"[global]\nk = {SECRET}\n", "'ini', 'k', file='a'"),
        (f"[global]\nk = {SECRET}\n", "'ini', 'k', file='a', re=true"),
        (f"k,{SECRET}\n", "'csvfile', 'k', file='a', delimiter=','"),
    ],
)
def test_lookups_in_encrypted_tables_hide_what_they_find(
    folder: Folder, text: str, lookup: str
) -> None:
    content = f"pw is {{{{ lookup({lookup}) }}}}"
    folder.write("site.yml", f'- tasks:\n    - debug: {{msg: "{content}"}}\n')
    folder.encrypt("a", text)
    assert_hidden(folder.run())


def test_an_encrypted_table_that_cannot_be_read_is_not_quoted(folder: Folder) -> None:
    folder.write(
        "site.yml", "- tasks:\n    - debug: {msg: \"{{ lookup('ini', 'k', file='a') }}\"}\n"
    )
    folder.encrypt("a", f"[global]\n{SECRET}\n")
    done = folder.run()
    assert "parsing errors" in done.all
    assert SECRET not in done.all


def test_the_lookup_unvault_reads_any_file_as_it_is(folder: Folder) -> None:
    content = "{{ q('unvault', 'a') }}"
    folder.write("site.yml", f'- tasks:\n    - copy: {{content: "{content}", dest: b}}\n')
    folder.write("a", " x \n")
    assert folder.run().code == 0
    assert json.loads((folder.path / "b").read_text()) == [" x \n"]


def test_a_pipe_is_read_once(folder: Folder) -> None:
    os.mkfifo(folder.path / "pipe")
    folder.write("site.yml", "- tasks:\n    - debug: {msg: \"{{ lookup('file', 'pipe') }}\"}\n")
    writer = threading.Thread(target=(folder.path / "pipe").write_text, args=["through a pipe"])
    writer.start()
    done = folder.run()
    writer.join()
    assert "=> through a pipe" in done.out


def test_words_that_stand_everywhere_are_no_secrets(folder: Folder) -> None:
    folder.write("site.yml", "- hosts: localhost\n  tasks: [{debug: {msg: '{{ on }}'}}]\n")
    folder.encrypt("hosts.ini", "localhost ansible_connection=local on=true\n")
    assert "ok: [localhost] => true" in folder.run("-i", "hosts.ini").out
