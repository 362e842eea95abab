"""Tags choose what runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import Play


@pytest.mark.parametrize(
    ("switches", "names"),
    [
        ([], ["a", "plain", "always"]),
        (["--tags", "x"], ["a", "always"]),
        (["--tags", "untagged"], ["plain", "always"]),
        (["--tags", "tagged"], ["a", "always"]),
        (["--tags", "debugging"], ["never", "always"]),
        (["--skip-tags", "x"], ["plain", "always"]),
        (["--skip-tags", "always"], ["a", "plain"]),
    ],
)
def test_tags_choose_as_ansible_does(play: Play, switches: list[str], names: list[str]) -> None:
    ran = play(
        """
        - tasks:
            - {name: a, debug: {msg: hi}, tags: [x, y]}
            - {name: plain, debug: {msg: hi}}
            - {name: never, debug: {msg: hi}, tags: [never, debugging]}
            - {name: always, debug: {msg: hi}, tags: always}
        """,
        *switches,
    )
    assert [step.partition(":")[0] for step in ran.steps()] == names


@pytest.mark.parametrize(
    ("switches", "names"),
    [
        (["--tags", "tagged"], ["a"]),
        (["--tags", "untagged"], ["named", "plain"]),
        (["--skip-tags", "tagged"], ["named", "plain"]),
        (["--skip-tags", "untagged"], ["a"]),
    ],
)
def test_a_task_with_the_tag_untagged_has_none(
    play: Play, switches: list[str], names: list[str]
) -> None:
    text = """
    - tasks:
        - {name: named, debug: , tags: untagged}
        - {name: a, debug: , tags: x}
        - {name: plain, debug: }
    """
    assert play(text, *switches).steps() == [f"{name}: ok" for name in names]


@pytest.mark.parametrize(
    ("skipped", "steps"),
    [
        ("other", ["r : inside: changed", "other: ok", "h: ok"]),
        ("always", ["r : inside: changed", "r : inside: changed", "other: ok"]),
        ("tagged", ["r : inside: changed", "r : inside: changed", "other: ok"]),
    ],
)
def test_the_tag_always_is_also_that_of_what_runs_handlers_and_ends_roles(
    play: Play, tmp_path: Path, skipped: str, steps: list[str]
) -> None:
    role = '- {name: inside, command: "true", notify: h}'
    lay(tmp_path, "roles/r/tasks/main.yml", role)
    ran = play(
        """
        - roles: [r, r]
          gather_facts: false
          tasks:
            - {name: other, debug: }
          handlers: [{name: h, debug: }]
        """,
        "--skip-tags",
        skipped,
    )
    assert ran.steps() == steps
