"""`opsplay check`: what it prints, its exit status, what it mends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.errors import ExitCode
from opsplay.runner.rules import RULES

if TYPE_CHECKING:
    from .conftest import Check

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"
NEEDLESS = """\
- hosts: localhost
  tasks:
    - debug:
      when: true
"""


def test_warnings_leave_the_exit_status_alone(check: Check) -> None:
    checked = check(NEEDLESS)
    assert checked.found == ["4 constant-condition"]
    assert checked.code == ExitCode.OK


def test_with_strict_warnings_count(check: Check) -> None:
    assert check(NEEDLESS, "--strict").code == ExitCode.INVALID


def test_with_strict_what_every_run_warns_of_counts_too(check: Check) -> None:
    checked = check("- vars: {countries: [gb, no]}\n  tasks: [debug: ]\n", "--strict")
    assert checked.err.startswith("[WARNING]: ")
    assert checked.code == ExitCode.INVALID


def test_strict_has_nothing_against_a_clean_playbook(check: Check) -> None:
    assert check("- tasks: [debug: ]\n", "--strict").code == ExitCode.OK


def test_a_comment_that_misspells_a_rule_is_an_error(check: Check) -> None:
    checked = check("- tasks:\n    - debug: # noqa: unused-registre\n")
    assert checked.found == ["2 unknown-rule"]
    assert checked.code == ExitCode.INVALID
    assert checked.err.endswith("1 problem in 1 file\n")


@pytest.mark.parametrize("name", ["no-changed-when", "fqcn[action-core]", "301"])
def test_a_comment_may_name_a_rule_of_another_program(check: Check, name: str) -> None:
    assert check(f"- tasks:\n    - debug: # noqa: {name}\n").code == ExitCode.OK


def test_what_is_wrong_is_told_and_nothing_else(check: Check) -> None:
    checked = check(NEEDLESS.replace("debug", "debgu"))
    assert checked.found == []
    assert "did you mean debug?" in checked.err


def test_a_secret_that_is_found_is_not_shown(check: Check) -> None:
    checked = check("""\
        - hosts: localhost
          vars: {api_key: orchid-of-may, tall: "orchid-of-may {{ nobody }}"}
          tasks:
            - debug: {msg: "{{ tall }}"}
        """)
    assert checked.found == ["2 plain-secret", "2 undefined-name"]
    assert "orchid-of-may" not in checked.err


def test_a_run_does_not_load_the_rules(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(NEEDLESS)
    program = (
        "import sys; from opsplay.runner.cli import main;"
        " main(['run', '--no-journal', 'site.yml']);"
        " print([name for name in sys.modules if 'opsplay.runner.rules' in name])"
    )
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("\n[]\n")
    assert "ok=1" in ran.stdout


# Tags -----------------------------------------------------------------------------------------


def test_a_tag_that_no_task_has(check: Check) -> None:
    tasks = "- tasks:\n    - {debug: , tags: upload}\n"
    checked = check(tasks, "--tags", "uplaod", "--skip-tags", "mail,always")
    assert checked.err == (
        "--tags: no task has the tag uplaod [unknown-tag]\n= did you mean upload?\n\n"
        "--skip-tags: no task has the tag mail [unknown-tag]\n= there are: upload\n\n"
        "2 warnings\n"
    )


def test_of_a_tag_that_a_task_has_nothing_is_told(check: Check) -> None:
    checked = check("- tasks:\n    - {debug: , tags: upload}\n", "--tags", "upload,always")
    assert (checked.code, checked.err) == (0, "")


def test_of_a_tag_that_may_be_in_a_file_that_only_the_run_knows_nothing_is_told(
    check: Check,
) -> None:
    tasks = "- tasks:\n    - include_tasks: \"{{ lookup('env', 'FILE') }}\"\n"
    checked = check(tasks, "--tags", "upload")
    assert (checked.code, checked.err) == (0, "")


_FROM_EACH = """\
- hosts: all
  gather_facts: false
  tasks:
    - ftp_download: {host: "{{ inventory_hostname }}.localhost", src: /report.csv, dest: in/}
"""


@pytest.mark.parametrize(("hosts", "found"), [("ann,", []), ("ann,bob", ["4 same-place"])])
def test_files_of_several_hosts_in_one_place_are_told(
    check: Check, hosts: str, found: list[str]
) -> None:
    assert check(_FROM_EACH, "-i", hosts).found == found


# --fix ----------------------------------------------------------------------------------------


def test_what_can_go_is_taken_out(check: Check, tmp_path: Path) -> None:
    checked = check(
        """\
        - hosts: localhost
          tasks:
            - name: One
              command: "true"
              register: nothing # for nobody
              when: true
              changed_when: false

            - name: Two
              when:
                - true
              debug:
        """,
        "--fix",
    )
    assert checked.out.endswith("site.yml:5:7: took out register\nsite.yml:6:7: took out when\n")
    assert checked.found == ["11 constant-condition"]
    assert (tmp_path / "site.yml").read_text() == (
        "- hosts: localhost\n  tasks:\n    - name: One\n"
        '      command: "true"\n      changed_when: false\n\n'
        "    - name: Two\n      when:\n        - true\n      debug:\n"
    )


@pytest.mark.parametrize(
    "task",
    [
        "- {debug: , when: true}",
        "- when: true\n  debug:",
        "- debug:\n  when:\n    true",
        "- debug:\n  when: >-\n    1 == 1",
        "- debug:\n  when: 1 ==\n    1",
        "- debug:\n  when: false",
    ],
)
def test_what_is_not_sure_stays(task: str, check: Check, tmp_path: Path) -> None:
    text = f"{task}\n".replace("\n", "\n    ").rstrip(" ")
    checked = check(f"- tasks:\n    {text}", "--fix")
    assert checked.found[0].endswith(" constant-condition")
    assert (tmp_path / "site.yml").read_text() == f"- tasks:\n    {text}"


def test_line_ends_of_dos_and_permissions_stay(check: Check, tmp_path: Path) -> None:
    playbook = tmp_path / "more.yml"
    playbook.write_bytes(b"- debug:\r\n  when: true\r\n- debug:\r\n")
    playbook.chmod(0o640)
    check("- tasks:\n    - import_tasks: more.yml\n", "--fix")
    assert playbook.read_bytes() == b"- debug:\r\n- debug:\r\n"
    assert playbook.stat().st_mode & 0o777 == 0o640


def test_of_two_lines_alike_the_right_one_goes_whatever_ends_the_lines_above(
    check: Check, tmp_path: Path
) -> None:
    playbook = """\
- tasks:
    - debug: {msg: "one\u2028 two"}
      register: read
    - debug: {msg: "{{ read }}"}
      register: nothing
"""
    check(playbook, "--fix")
    left = (tmp_path / "site.yml").read_text("utf-8")
    assert left == playbook.replace("      register: nothing\n", "")


# The page ---------------------------------------------------------------------------------------


def test_the_page_lists_the_rules_as_they_are() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{rule.name}` | {rule.summary} | {rule.fix} |" for rule in RULES]


def test_the_page_says_which_rules_are_errors() -> None:
    assert [rule.name for rule in RULES if rule.severity == "error"] == ["unknown-rule"]
    assert "`unknown-rule` is an error, all others are warnings." in PAGE.read_text("utf-8")
