"""The page of the language is true word by word: each word on it is found here, at work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from opsplay.runner.cli import main
from opsplay.runner.lookups import LOOKUPS as ALL_LOOKUPS
from opsplay.runner.template import Templates

from .played import ASKING, KEYWORDS, SWITCHES, Played
from .words import FILTERS, FUNCTIONS, LOOKUPS, MAGIC, TESTS

_PAGE = (Path(__file__).parents[2] / "docs/language.md").read_text("utf-8")
_FILES = {
    "people.csv": "ann,red\n",
    "places.ini": "[ann]\nport=21\n",
    "greeting.j2": "hello",
    "words.yml": "word: hello\n",
    "more.yml": "- {name: more, debug: }\n",
    "other.yml": "- tasks: [{name: other, debug: }]\n",
    "roles/greeting/tasks/main.yml": "- {name: greet, debug: }\n",
}
_NEEDED = """
- name: at work
  environment: {A: "{{ 1 + 1 }}"}
  tasks:
    - {command: "true", register: made}
    - {fail: , ignore_errors: true, register: broken}
    - {debug: , when: false, register: left_out}
"""


def _between(begin: str, end: str) -> str:
    return _PAGE.partition(begin)[2].partition(end)[0]


def _words(text: str) -> set[str]:
    return set(re.findall(r"`([\w-]+)`", text))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in _FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path / "async"))


def _steps(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    code = main(["run", "site.yml", "--output", "json", *arguments])
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    events = [json.loads(line) for line in shown]
    names = {each["task"]: each["name"] for each in events if each["event"] == "TaskStarted"}
    return int(code), [
        f"{names[each['task']]}: {each['status']}"
        for each in events
        if each["event"] == "StepFinished"
    ]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (FILTERS, _words(_between("\nfilters:\n", "\ntests:\n"))),
        (TESTS, _words(_between("\ntests:\n", "\nlookups,"))),
        (LOOKUPS, _words(_between("`with_…`:\n", "\n\nFilters, tests"))),
        (FUNCTIONS, _words(_between("\nFunctions: ", " …)"))),
        (MAGIC, _words(_between("opsplay itself sets: ", "\n### Results"))),
        (KEYWORDS, _words(_between("## Keywords\n", "\n## Defaults"))),
        (
            {**SWITCHES, **dict.fromkeys(ASKING, "")},
            {
                word
                for word in _words(_between("## Command line\n", "`opsplay check"))
                if "-" in word
            },
        ),
    ],
    ids=["filters", "tests", "lookups", "functions", "magic", "keywords", "switches"],
)
def test_every_word_on_the_page_is_here(words: dict[str, object], listed: set[str]) -> None:
    assert listed
    assert listed - words.keys() - _EXPLAINED == set()


_EXPLAINED = {
    # Words on the page that are no names of what is listed there.
    *("true", "false", "json", "text", "quiet", "hosts", "localhost", "extended", "local", "with_"),
    *("become_user", "become_method", "become_flags", "become_exe", "collections", "debugger"),
    *(
        "connection",
        "port",
        "remote_user",
        "user",
        "ansible-playbook",
        "--check",
        "--diff",
        "secret",
    ),
}


@pytest.mark.parametrize("kind", [FILTERS, TESTS, LOOKUPS, FUNCTIONS, MAGIC])
def test_every_word_of_templates_is_at_work(
    kind: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = [
        {"name": name, "assert": {"that": that, "quiet": True}, "ignore_errors": True}
        for name, that in kind.items()
    ]
    text = _NEEDED + "".join(f"    - {json.dumps(task)}\n" for task in tasks)
    Path("site.yml").write_text(text, "utf-8")
    _, steps = _steps(capsys)
    assert steps[3:] == [f"{name}: ok" for name in kind]


@pytest.mark.parametrize(
    "played",
    [*KEYWORDS.values(), *SWITCHES.values()],
    ids=[*KEYWORDS, *SWITCHES],
)
def test_every_keyword_and_switch_is_at_work(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("site.yml").write_text(played.playbook, "utf-8")
    assert _steps(capsys, *played.arguments) == (played.status, played.steps)


def test_filters_tests_and_lookups_have_full_names_too() -> None:
    environment = Templates()._compiler.environment
    of_jinja = {"cycler", "secret", "from_csv", "hashi_vault", "keyring", "pass"}
    for words, all_of_them in (
        (FILTERS, environment.filters),
        (TESTS, environment.tests),
        (LOOKUPS, ALL_LOOKUPS),
    ):
        for word in words.keys() - of_jinja:
            assert f"ansible.builtin.{word}" in all_of_them
