"""What comes from outside and looks like a template stays the text that it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser
from played import Play
from web_serving import Reply, serving_at

BAIT = "{{ lookup('pipe', 'touch bitten') }}"
"""Whoever takes it for a template leaves a file behind."""


@pytest.fixture(autouse=True)
def _unbitten(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "bait").write_text(BAIT)
    yield
    assert not (tmp_path / "bitten").exists(), "text from outside was taken for a template"


WAYS = {
    "register": "- {name: Told, debug: {msg: '{{ outside.stdout }}'}}",
    "set_fact": """
        - set_fact: {fact: '{{ outside.stdout }}', many: ['{{ outside.stdout }}']}
        - {name: Told, debug: {msg: '{{ fact }}'}}
        - {debug: {var: many}}
    """,
    "a fact of a fact": """
        - set_fact: {one: '{{ outside.stdout }}'}
        - set_fact: {two: '{{ one }}'}
        - {name: Told, debug: {msg: '{{ two }}'}}
    """,
    "vars": "- {name: Told, vars: {inner: '{{ outside.stdout }}'}, debug: {msg: '{{ inner }}'}}",
    "a loop": """
        - {set_fact: {last: '{{ item }}'}, loop: '{{ outside.stdout_lines }}'}
        - {name: Told, debug: {msg: '{{ last }}'}}
    """,
    "an expression by its name": "- {name: Told, debug: {msg: \"{{ lookup('vars', 'fact') }}\"}}",
    "hostvars": "- {name: Told, debug: {msg: \"{{ hostvars['localhost'].outside.stdout }}\"}}",
    "filters": """
        - {name: Told, debug: {msg: "{{ [outside] | map(attribute='stdout') | join | trim }}"}}
    """,
    "a default": '- {name: Told, debug: {msg: "{{ nothing | default(outside.stdout) }}"}}',
    "a rescued failure": """
        - block: [{fail: {msg: '{{ outside.stdout }}'}}]
          rescue: [{name: Told, debug: {msg: '{{ ansible_failed_result.msg }}'}}]
    """,
    "a template file": """
        - {copy: {content: "[[ outside.stdout ]]", dest: t}}
        - template: {src: t, dest: rendered, variable_start_string: '[[', variable_end_string: ']]'}
        - {name: Told, debug: {msg: "{{ lookup('file', 'rendered') }}"}}
    """,
    "a lookup of a file": "- {name: Told, debug: {msg: \"{{ lookup('file', 'bait') }}\"}}",
    "JSON": """
        - {set_fact: {data: '{{ {"a": outside.stdout} | to_json | from_json }}'}}
        - {name: Told, debug: {msg: '{{ data.a }}'}}
    """,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_a_program_prints_is_no_template(play: Play, way: str) -> None:
    before = (
        "- {command: cat bait, register: outside}\n- set_fact: {fact: '{{ outside.stdout }}'}\n"
    )
    tasks = "\n".join(line.removeprefix("        ") for line in WAYS[way].strip("\n").splitlines())
    assert play(before + tasks, "--output", "json").msg("Told") == BAIT


def test_a_condition_does_not_render_what_it_compares(play: Play) -> None:
    played = play("""
        - {command: cat bait, register: outside}
        - assert:
            that:
              - "'lookup' in outside.stdout"
              - outside.stdout == lookup('file', 'bait')
        - {debug: {msg: no}, when: outside.stdout is search('nothing')}
    """)
    assert played.code == 0, played.shown


def test_an_assertion_that_is_made_of_data_is_not_evaluated(play: Play) -> None:
    played = play("""
        - {command: cat bait, register: outside}
        - {assert: {that: '{{ outside.stdout }}'}}
    """)
    assert played.code == 2
    assert "Encountered untrusted template or expression" in played.shown


def test_names_of_tasks_handlers_and_labels_are_not_rendered_twice(play: Play) -> None:
    played = play(
        """
        - {command: cat bait, register: outside}
        - name: Do {{ outside.stdout }}
          debug: {msg: "{{ item }}"}
          loop: ["{{ outside.stdout }}"]
          loop_control: {label: "{{ item }}"}
          changed_when: true
          notify: told
        """,
        "-v",
        head="  handlers: [{name: 'On {{ outside.stdout }}', listen: told, debug: {msg: ho}}]\n",
    )
    assert played.code == 0, played.shown
    assert f"item={BAIT}" in played.shown


def test_the_cells_of_a_table_are_no_templates(play: Play, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(f'key,"{BAIT}"\n')
    found = "lookup('csvfile', 'key', file='table.csv', delimiter=',')"
    played = play(f'- {{name: Told, debug: {{msg: "{{{{ {found} }}}}"}}}}', "--output", "json")
    assert played.msg("Told") == BAIT


def test_variables_that_were_registered_and_written_down_are_read_as_written(
    play: Play, tmp_path: Path
) -> None:
    """A file of variables is a person's; what a run writes into one it marks as data."""
    played = play(
        """
        - {command: cat bait, register: outside}
        - copy:
            content: "kept: !unsafe {{ outside.stdout | to_json }}"
            dest: kept.yml
        - include_vars: kept.yml
        - {name: Told, debug: {msg: '{{ kept }}'}}
        """,
        "--output",
        "json",
    )
    assert played.msg("Told") == BAIT


def test_a_new_host_is_called_what_it_is_called(play: Play) -> None:
    played = play(
        """
        - {command: cat bait, register: outside}
        - {add_host: {name: other, groups: [found], note: '{{ outside.stdout }}'}}
        - {name: Told, debug: {msg: "{{ hostvars['other'].note }}"}}
        """,
        "--output",
        "json",
    )
    assert played.msg("Told") == BAIT


def test_the_names_and_the_text_of_files_are_no_templates(play: Play, tmp_path: Path) -> None:
    name = BAIT.replace("/", "")
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / name).write_text(BAIT)
    played = play(
        """
        - {find: {paths: found}, register: there}
        - {slurp: {src: '{{ there.files[0].path }}'}, register: read}
        - {copy: {src: '{{ there.files[0].path }}', dest: copied}}
        - {name: Name, debug: {msg: '{{ there.files[0].path | basename }}'}}
        - {name: Text, debug: {msg: '{{ read.content | b64decode }}'}}
        """,
        "--output",
        "json",
    )
    assert (played.msg("Name"), played.msg("Text")) == (name, BAIT)
    assert (tmp_path / "copied").read_text() == BAIT


def test_the_answer_of_a_web_server_is_no_template(play: Play) -> None:
    answer = Reply(json.dumps({BAIT: BAIT}).encode(), headers={"Content-Type": "application/json"})
    with serving_at({"/": answer}) as web:
        played = play(
            f"""
            - {{uri: {{url: '{web.url}/', return_content: true}}, register: said}}
            - {{name: Told, debug: {{msg: '{{{{ said.json.values() | first }}}}'}}}}
            """,
            "--output",
            "json",
        )
    assert played.msg("Told") == BAIT


def test_a_subject_is_no_template(play: Play) -> None:
    played = play(
        """
        - {mail_server: {}, register: server}
        - send_mail:
            host: "{{ server.host }}"
            port: "{{ server.smtp_port }}"
            tls: none
            from: li@example.com
            to: wang@example.com
            subject: "{{ lookup('file', 'bait') }}"
            body: "{{ lookup('file', 'bait') }}"
        - fetch_mail:
            host: "{{ server.host }}"
            port: "{{ server.pop3_port }}"
            tls: none
            user: opsplay
            password: let-me-in
          register: mail
        - {name: Subject, debug: {msg: '{{ mail.messages[0].subject }}'}}
        - {name: Text, debug: {msg: '{{ mail.messages[0].text | trim }}'}}
        """,
        "--output",
        "json",
    )
    assert (played.msg("Subject"), played.msg("Text")) == (BAIT, BAIT)


def test_a_name_on_a_server_is_no_template(play: Play, tmp_path: Path) -> None:
    name = BAIT.replace("/", "")
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / name).touch()
    user = FtpUser(name="li", password="geheim", home=tmp_path / "there", permissions="elr")
    with FtpServer(FtpServerOptions(users=[user])) as server:
        played = play(
            f"""
            - ftp_list:
                host: 127.0.0.1
                port: {server.port}
                user: li
                password: geheim
                path: /
              register: there
            - {{name: Told, debug: {{msg: '{{{{ there.entries[0].name }}}}'}}}}
            """,
            "--output",
            "json",
        )
    assert played.msg("Told") == name
