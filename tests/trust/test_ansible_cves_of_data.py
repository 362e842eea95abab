"""What was once wrong in Ansible with data that was obeyed; each test bears its CVE's number."""

from __future__ import annotations

from pathlib import Path

import pytest

from on_terminal import on_a_terminal
from opsplay.runner.cli import main
from played import Play
from vaulting import sealed

BAIT = "{{ lookup('pipe', 'touch bitten') }}{% if true %}{% endif %}"
JSON = ("--output", "json")


@pytest.fixture(autouse=True)
def _bait(tmp_path: Path) -> None:
    (tmp_path / "bait").write_text(BAIT)


def unbitten(folder: Path) -> bool:
    return not (folder / "bitten").exists()


def test_cve_2017_7481_what_a_lookup_finds_is_no_template(play: Play, tmp_path: Path) -> None:
    """Results of lookups were not marked as unsafe."""
    played = play(
        """
        - {set_fact: {last: '{{ item }}'}, with_file: [bait]}
        - {name: Told, debug: {msg: "{{ last }}{{ lookup('pipe', 'cat bait') }}"}}
        """,
        *JSON,
    )
    assert played.msg("Told") == BAIT * 2
    assert unbitten(tmp_path)


def test_cve_2018_10874_variables_do_not_come_from_where_one_happens_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Variables of the inventory were read from the working folder."""
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text("where: here\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "site.yml").write_text(
        "- hosts: localhost\n  gather_facts: false\n"
        "  tasks: [{debug: {msg: \"{{ where | default('nowhere') }}\"}}]\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["run", "other/site.yml"]) == 0
    assert "nowhere" in capsys.readouterr().out


def test_cve_2018_10875_settings_do_not_come_from_where_one_happens_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ansible.cfg was read from the working folder, whoever could write there."""
    for name in ("opsplay.toml", "ansible.cfg"):
        (tmp_path / name).write_text('[defaults]\ninventory = "nowhere"\n')
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "site.yml").write_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks: [{debug: {msg: well}}]\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["run", "other/site.yml"]) == 0
    assert "well" in capsys.readouterr().out


def test_cve_2019_10156_a_text_does_not_read_other_variables(play: Play) -> None:
    """Text inside text was rendered again, and told what variables hold."""
    played = play(
        """
        - {command: "echo {% raw %}{{ hidden }}{% endraw %}", register: said}
        - name: Told
          vars: {hidden: geheim}
          debug: {msg: "it said {{ said.stdout }}"}
        """,
        *JSON,
    )
    assert played.msg("Told") == "it said {{ hidden }}"


def test_cve_2019_10206_a_password_that_is_typed_is_no_template(tmp_path: Path) -> None:
    """A password with braces was rendered, and told; so it was again in CVE-2019-14856."""
    (tmp_path / "vault.yml").write_text(sealed("key: opened", password=BAIT))
    (tmp_path / "site.yml").write_text(
        "- hosts: localhost\n  gather_facts: false\n  vars_files: vault.yml\n"
        "  tasks: [{copy: {content: '{{ key }}', dest: written}}]\n"
    )
    arguments = ("run", str(tmp_path / "site.yml"), "--ask-vault-pass")
    on_a_terminal(*arguments, dialogue=[(": ", BAIT)])
    assert (tmp_path / "written").read_text() == "opened"
    assert unbitten(tmp_path)


def test_cve_2019_14904_a_name_is_no_command(play: Play, tmp_path: Path) -> None:
    """A name went through a shell."""
    played = play("""
        - {file: {path: "a; touch bitten; $(touch bitten)", state: touch}}
        - {archive: {path: "a; touch bitten; $(touch bitten)", dest: ";touch b"}}
        - {command: {argv: [echo, "$(touch bitten)"]}}
        - {command: "echo `touch bitten`"}
        - git: {repo: "ext::sh -c 'touch bitten'", dest: c}
          ignore_errors: true
    """)
    assert played.code == 0, played.shown
    assert unbitten(tmp_path)


@pytest.mark.parametrize(
    "step", ["ftp_file: {path: '{{ two }}', state: absent}", "ftp_command: '{{ two }}'"]
)
def test_cve_2019_14905_a_path_is_no_second_command(play: Play, tmp_path: Path, step: str) -> None:
    """A path on the other side went into a command line of the other side."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "kept").touch()
    played = play(
        f"""
        - ftp_server: {{users: [{{name: li, password: geheim, home: home, permissions: elradfmw}}]}}
          register: server
        - name: Told
          vars: {{two: "NOOP\\r\\nDELE kept"}}
          {step}
        """,
        head=(
            "  module_defaults: {group/ftp: {host: 127.0.0.1, user: li, password: geheim,"
            " port: '{{ server.port }}'}}\n"
        ),
    )
    assert played.code == 2, played.shown
    assert (tmp_path / "home" / "kept").exists()


def test_cve_2020_10729_two_passwords_are_two(play: Play) -> None:
    """Two lookups of one template gave one password."""
    look = "{{ lookup('password', '/dev/null length=20') }}"
    played = play(f'- {{name: Told, debug: {{msg: "{look} {look}"}}}}', *JSON)
    one, two = played.msg("Told").split()
    assert one != two


def test_cve_2021_3583_nor_is_a_text_over_several_lines(play: Play, tmp_path: Path) -> None:
    """In a text over several lines, what was unsafe lost its mark."""
    played = play(
        """
        - {command: cat bait, register: outside}
        - name: Told
          debug:
            msg: |
              It says:
              {{ outside.stdout }}
        """,
        *JSON,
    )
    assert played.msg("Told") == f"It says:\n{BAIT}\n"
    assert unbitten(tmp_path)


def test_cve_2023_5764_a_condition_is_not_put_together_from_data(
    play: Play, tmp_path: Path
) -> None:
    """A template inside a condition made code of what was unsafe."""
    played = play("""
        - {command: cat bait, register: outside}
        - {assert: {that: "'x' in {{ outside.stdout }}"}, ignore_errors: true}
        - {debug: {msg: no}, when: "'{{ outside.stdout }}' == 'x'", ignore_errors: true}
    """)
    assert played.code in (0, 4), played.shown
    assert unbitten(tmp_path)


def test_cve_2024_11079_nor_does_hostvars_make_a_template_of_it(play: Play, tmp_path: Path) -> None:
    """By way of hostvars, what was unsafe was rendered."""
    played = play(
        """
        - {command: cat bait, register: outside}
        - {set_fact: {copied: "{{ hostvars['localhost']['outside'].stdout }}"}}
        - {name: Told, debug: {msg: "{{ hostvars.localhost.copied }}"}}
        """,
        *JSON,
    )
    assert played.msg("Told") == BAIT
    assert unbitten(tmp_path)
