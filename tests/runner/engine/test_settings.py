"""Settings that change how a run goes."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.cli import main

if TYPE_CHECKING:
    from .conftest import Play


def test_a_keyword_that_an_include_does_not_have_may_be_ignored(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("more.yml").write_text("- {name: it, command: id -un}\n")
    text = "- tasks: [{include_tasks: more.yml, become: '{{ true }}', failed_when: true}]\n"
    assert "'become' is not a valid attribute for a TaskInclude" in play(text).err
    monkeypatch.setenv("ANSIBLE_INVALID_TASK_ATTRIBUTE_FAILED", "false")
    ran = play(text, "-e", "ansible_become_user=nobody-there")
    assert ran.code == 0
    assert ran.result("it")["rc"] == 0
    told = [each["text"] for each in ran.named("WarningGiven")]
    assert told == ["Ignoring invalid attribute: become", "Ignoring invalid attribute: failed_when"]


def test_the_lookup_of_settings_gives_whole_paths(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_ROLES_PATH", "a:/b/../c")
    ran = play("- tasks: [{name: it, debug: {msg: \"{{ lookup('config', 'roles_path') }}\"}}]")
    assert ran.result("it")["msg"] == [str(Path("a").absolute()), "/c"]


def test_no_log_may_be_what_is_normal(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_NO_LOG", "true")
    ran = play("""
        - tasks:
            - {name: hidden, debug: {msg: hi}}
            - {name: shown, debug: {msg: hi}, no_log: false}
    """)
    assert "no_log" in str(ran.result("hidden"))
    assert ran.result("shown")["msg"] == "hi"


@pytest.mark.parametrize(("value", "defined"), [("true", "Linux"), ("false", "no")])
def test_facts_may_be_in_ansible_facts_only(
    play: Play, monkeypatch: pytest.MonkeyPatch, value: str, defined: str
) -> None:
    monkeypatch.setenv("ANSIBLE_INJECT_FACT_VARS", value)
    ran = play("""
        - tasks:
            - setup: {gather_subset: ["!all", min]}
            - name: it
              debug: {msg: "{{ [ansible_system | default('no'), ansible_facts.system] }}"}
            - {name: local ones, debug: {msg: "{{ ansible_local }}"}}
    """)
    assert ran.result("it")["msg"] == [defined, "Linux"]
    assert ran.result("local ones")["msg"] == {}


@pytest.mark.parametrize(("value", "name"), [("silently", "a_b"), ("never", "a-b")])
def test_names_of_groups_may_be_made_those_of_variables(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str, name: str
) -> None:
    monkeypatch.setenv("ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS", value)
    (tmp_path / "hosts").write_text("[a-b]\nann\n[a-b:vars]\nx=1\n[top:children]\na-b\n")
    ran = play(
        "- {hosts: top, tasks: [{name: it, debug: {msg: '{{ [group_names, x] }}'}}]}", "-i", "hosts"
    )
    assert ran.result("it")["msg"] == [[name, "top"], 1]


SHOWN = """
    - hosts: localhost
      gather_facts: false
      tasks:
        - {name: fine, debug: }
        - {name: left out, debug: , when: false}
        - {name: broken, fail: {msg: oh}, ignore_errors: true}
"""


@pytest.mark.parametrize(
    ("variable", "value", "gone"),
    [
        ("DISPLAY_OK_HOSTS", "no", "fine"),
        ("DISPLAY_SKIPPED_HOSTS", "no", "left out"),
        ("DISPLAY_FAILED_STDERR", "yes", "oh"),
    ],
)
def test_what_is_not_wanted_is_not_shown(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    gone: str,
) -> None:
    monkeypatch.setenv(f"ANSIBLE_{variable}", value)
    (tmp_path / "site.yml").write_text(dedent(SHOWN))
    assert main(["run", str(tmp_path / "site.yml")]) == 0
    out, err = capsys.readouterr()
    assert [word for word in ("fine", "left out", "oh") if word not in out] == [gone]
    assert ("oh" in err) == (gone == "oh")


def test_a_time_limit_may_be_what_is_normal(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_TASK_TIMEOUT", "1")
    ran = play("- tasks: [{name: it, command: sleep 60}]")
    assert ran.code == 2
    assert ran.result("it")["timedout"]


def test_tags_may_be_set_for_every_run(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_RUN_TAGS", "a,b")
    monkeypatch.setenv("ANSIBLE_SKIP_TAGS", "b")
    ran = play("- tasks: [{name: one, debug: , tags: a}, {name: two, debug: , tags: b}]")
    assert ran.steps() == ["one: ok"]
    assert play("- tasks: [{debug: , tags: c}]", "-t", "c").steps() == ["debug: ok"]


@pytest.mark.parametrize(
    ("managed", "says"),
    [
        ("by hand", "by hand"),
        ("{file}, %Y", "a.j2, 2020"),
        ("{uid} on {host}", "ann on here"),
        ("{{{{ 1 + 1 }}}} {file}", "2 a.j2"),
    ],
)
def test_what_files_say_of_who_has_made_them(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, managed: str, says: str
) -> None:
    monkeypatch.setenv("OPSPLAY_MANAGED", managed)
    monkeypatch.setattr("os.uname", lambda: SimpleNamespace(nodename="here"))
    monkeypatch.setattr("opsplay.runner.jinja.template_file._user_name", lambda _: "ann")
    (tmp_path / "a.j2").write_text("{{ ansible_managed }}")
    os.utime(tmp_path / "a.j2", (1_600_000_000, 1_600_000_000))
    play("- tasks: [{template: {src: a.j2, dest: a}}]")
    assert (tmp_path / "a").read_text() == says


def test_claims_may_be_anything_where_broken_conditions_are_allowed(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = """
        - vars: {names: [ann], nobody: []}
          tasks:
            - {name: some, assert: {that: names}}
            - {name: none, assert: {that: nobody}}
    """
    assert play(claims).steps() == ["some: failed"]
    monkeypatch.setenv("ANSIBLE_ALLOW_BROKEN_CONDITIONALS", "true")
    assert play(claims).steps() == ["some: ok", "none: failed"]


def test_templates_in_texts_are_left_alone_where_embedded_ones_are_not_allowed(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = """
        - vars: {who: ann}
          tasks:
            - {name: claim, debug: , when: "'{{ who }}' == 'ann'"}
            - {name: term, debug: {msg: "{{ lookup('items', ['{{ who }}']) }}"}}
    """
    ran = play(embedded)
    assert (ran.steps(), ran.result("term")["msg"]) == (["claim: ok", "term: ok"], "ann")
    monkeypatch.setenv("ANSIBLE_ALLOW_EMBEDDED_TEMPLATES", "false")
    ran = play(embedded)
    assert ran.steps() == ["claim: skipped", "term: ok"]
    assert ran.result("term")["msg"] == "{{ who }}"


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("VARS_ENABLED", "ansible.builtin.host_group_vars", ["beside play", "beside play"]),
        ("VARS_ENABLED", "none", ["inventory", "inventory"]),
        ("RUN_VARS_PLUGINS", "start", ["beside inventory", "beside inventory"]),
        ("YAML_FILENAME_EXT", ".vars,.more", ["inventory", "of another ending"]),
        ("PRECEDENCE", "all_inventory,groups_inventory", ["inventory", "inventory"]),
        ("PRECEDENCE", "groups_plugins_inventory,odd", ["no", "beside inventory"]),
        ("PRECEDENCE", "all_plugins_play,all_inventory", ["inventory", "no"]),
    ],
)
def test_settings_say_where_variables_of_groups_come_from(
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    value: str,
    seen: list[str],
) -> None:
    hosts = "[web]\nann\n[all:vars]\nof_all=inventory\n[web:vars]\nof_web=inventory\n"
    for file, text in {
        "inventory/hosts": hosts,
        "inventory/group_vars/all.yml": "of_all: beside inventory",
        "inventory/group_vars/web.yml": "of_web: beside inventory",
        "group_vars/all.yml": "of_all: beside play",
        "group_vars/web.yml": "of_web: beside play",
        "group_vars/web.vars": "of_web: of another ending",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, "utf-8")
    monkeypatch.setenv(f"ANSIBLE_{name}", value)
    ran = play(
        """
        - hosts: web
          tasks:
            - {name: it, debug: {msg: "{{ [of_all | default('no'), of_web | default('no')] }}"}}
        """,
        "-i",
        "inventory/hosts",
    )
    assert ran.result("it")["msg"] == seen


def test_hosts_that_have_failed_may_be_named_in_a_file_to_try_again(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANSIBLE_RETRY_FILES_ENABLED", "true")
    playbook = """
        - hosts: all
          tasks:
            - {name: bad, fail: , when: "inventory_hostname in 'bc' and not well | default(false)"}
        - hosts: all
          tasks: [{name: later, debug: }]
    """
    ran = play(playbook, "-i", "a,c,b,")
    assert (tmp_path / "site.retry").read_text() == "b\nc\n"
    assert ran.named("RetryFileWritten")[0]["file"] == str(tmp_path / "site.retry")
    ran = play(playbook, "-i", "a,c,b,", "--limit", "@site.retry", "-e", "well=true")
    assert ran.steps("a") == []
    assert ran.code == 0
    assert not ran.named("RetryFileWritten")


def test_that_file_may_lie_in_another_folder(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANSIBLE_RETRY_FILES_ENABLED", "true")
    monkeypatch.setenv("ANSIBLE_RETRY_FILES_SAVE_PATH", str(tmp_path / "again"))
    play("- tasks: [{name: bad, fail: }]")
    assert (tmp_path / "again/site.retry").read_text() == "localhost\n"
    (tmp_path / "again/site.retry").unlink()
    (tmp_path / "again/site.retry").mkdir()
    ran = play("- tasks: [{name: bad, fail: }]")
    assert "Could not create retry file" in ran.named("WarningGiven")[0]["text"]


@pytest.mark.parametrize(
    ("usual", "keyword", "finished"), [(0, "", 0), (1, "", 1), (0, "poll: 1", 1)]
)
def test_how_often_somebody_looks_at_jobs_may_be_what_is_normal(
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    usual: int,
    keyword: str,
    finished: int,
) -> None:
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path / "jobs"))
    monkeypatch.setenv("ANSIBLE_POLL_INTERVAL", str(usual))
    ran = play(f"- tasks: [{{name: job, command: 'true', async: 10, {keyword}}}]")
    assert ran.result("job")["finished"] == finished


def test_roles_may_lie_in_the_folder_of_ansible(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home/roles/r/tasks").mkdir(parents=True)
    (tmp_path / "home/roles/r/tasks/main.yml").write_text("- {name: inside, debug: }")
    monkeypatch.setenv("ANSIBLE_HOME", str(tmp_path / "home"))
    assert play("- roles: [r]").steps() == ["r : inside: ok"]


@pytest.mark.parametrize(
    ("said", "keywords", "shell"),
    [
        (["/bin/bash", ""], "", "bash"),
        (["/bin/sh", "/bin/bash"], "", "bash"),
        (["/bin/sh", "/bin/bash"], "async: 10, poll: 1", "bash"),
        (["/bin/bash", "/bin/bash"], "args: {executable: /bin/sh}", "other"),
        (["", ""], "", "other"),
    ],
)
def test_the_shell_may_be_that_of_the_host(
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    said: list[str],
    keywords: str,
    shell: str,
) -> None:
    environ, variable = said
    monkeypatch.setenv("ANSIBLE_EXECUTABLE", environ)
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path / "jobs"))
    task = f"{{name: it, shell: 'echo ${{BASH_VERSION:+bash}}', {keywords}}}"
    ran = play(f"- {{vars: {{ansible_shell_executable: '{variable}'}}, tasks: [{task}]}}")
    assert (ran.result("it")["stdout"] or "other") == shell
