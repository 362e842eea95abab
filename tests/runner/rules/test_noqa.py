"""`# noqa` in files that are not playbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Check

PLAY = "- hosts: ann\n  tasks: [debug: ]\n"


def test_a_comment_in_an_inventory_counts(check: Check) -> None:
    assert check(PLAY, "-i", "hosts.ini", **{"hosts.ini": "ann password=orchid\n"}).found == [
        "1 plain-secret"
    ]
    assert (
        check(PLAY, "-i", "hosts.ini", **{"hosts.ini": "ann password=orchid # noqa\n"}).found == []
    )


def test_a_comment_in_a_file_of_variables_counts(check: Check) -> None:
    play = "- vars_files: more.yml\n  tasks: [debug: ]\n"
    secret = "ftp:\n  password: orchid-of-may{}\n"
    assert check(play, **{"more.yml": secret.format("")}).found == ["2 plain-secret"]
    assert check(play, **{"more.yml": secret.format(" # noqa: plain-secret")}).found == []
    assert check(play, **{"more.yml": "# noqa: plain-secret\n" + secret.format("")}).found == []


def test_a_comment_for_another_rule_changes_nothing(check: Check) -> None:
    task = "- tasks:\n    - debug:\n      when: true # noqa: unused-register\n"
    assert check(task).found == ["3 constant-condition"]


def test_what_follows_a_task_is_no_part_of_it(check: Check) -> None:
    tasks = "- tasks:\n    - debug: # noqa\n      when: true\n    - debug:\n      when: true\n"
    assert check(tasks).found == ["5 constant-condition"]
