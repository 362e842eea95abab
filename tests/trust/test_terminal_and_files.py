"""Outside text reaches a terminal as text, and files of it stay in their bounds."""

from __future__ import annotations

import os
import re
import shutil
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from opsplay.runner.cli import main
from opsplay.runner.errors import PlaybookError
from opsplay.runner.source import load
from played import Play

SEQUENCES = "\x1b[2J\x1b]0;owned\x07\x1b[31m\x9b1m\r\x08\u202e"
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
OUTPUTS = [["-vvv", "--diff"], ["--output", "quiet"], ["--output", "json"]]

SHOWN = {
    "output": "- command: cat wild\n- shell: cat wild; cat wild >&2; exit 1\n",
    "a value": "- debug: {msg: \"{{ lookup('file', 'wild') }}\"}\n",
    "a variable": "- debug: {var: \"lookup('file', 'wild')\"}\n",
    "a label": "- {debug: {msg: no}, loop: [\"{{ lookup('file', 'wild') }}\"]}\n",
    "a name": "- {name: \"{{ lookup('file', 'wild') }}\", debug: {msg: no}}\n",
    "a message": "- fail: {msg: \"{{ lookup('file', 'wild') }}\"}\n",
    "a mistake": "- stat: {path: x, get_mime: \"{{ lookup('file', 'wild') }}\"}\n",
    "a path": "- slurp: {src: \"/{{ lookup('file', 'wild') }}\"}\n",
    "a change": "- copy: {src: wild, dest: tame}\n- lineinfile: {path: tame, line: x}\n",
    "a host": "- add_host: {name: \"a{{ lookup('file', 'wild') | regex_replace('\\\\s') }}\"}\n",
    "an undefined name": "- debug: {msg: \"{{ {}[lookup('file', 'wild')] }}\"}\n",
}


@pytest.mark.parametrize("output", OUTPUTS, ids=" ".join)
@pytest.mark.parametrize("what", SHOWN)
def test_escape_sequences_are_shown_and_not_obeyed(
    play: Play, tmp_path: Path, what: str, output: list[str]
) -> None:
    (tmp_path / "wild").write_text(SEQUENCES, "utf-8")
    played = play(SHOWN[what], *output)
    assert not _OBEYED.search(played.shown), ascii(played.shown)


def test_the_journal_shows_them_and_does_not_obey_them_either(
    play: Play, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wild").write_text(SEQUENCES, "utf-8")
    play("".join(SHOWN[what] for what in ("a label", "a name", "output")))
    for asked in (["show", "latest", "-vvv"], ["show", "latest", "--json"], []):
        main(["runs", *asked])
        out, err = capsys.readouterr()
        assert out
        assert not _OBEYED.search(out + err)


WILD = r"a\e[2J\e]0;owned\a\x9b1m\u202e"
LOOKING = [
    ["run", "site.yml", "--list-tasks"],
    ["run", "site.yml", "--list-hosts"],
    ["run", "site.yml", "--list-tags"],
    ["run", "site.yml", "--syntax-check"],
    ["check", "site.yml"],
    ["check", "\x1b[2J.yml"],
    ["run", "\x1b[2J.yml", "--syntax-check"],
    ["vars", "localhost", "-p", "site.yml"],
    ["inventory", "-i", "hosts.yml", "--graph"],
    ["inventory", "-i", "hosts.yml"],
    ["settings"],
    ["doc", "\x1b[2Jx"],
    ["run", "\x1b[2Jx.yml"],
    ["run", "site.yml", "--tags", "\x1b[2Jx"],
    ["run", "site.yml", "--limit", "\x1b[2Jx"],
    ["run", "site.yml", "--start-at-task", "\x1b[2Jx"],
    ["run", "site.yml", "-e", "\x1b[2Jx"],
    ["runs", "show", "\x1b[2Jx"],
    ["resume", "\x1b[2Jx"],
    ["vault", "view", "\x1b[2Jx"],
    ["\x1b[2Jx"],
]


@pytest.mark.parametrize("asked", LOOKING, ids=lambda asked: ascii(" ".join(asked)))
def test_whoever_only_looks_is_shown_them_too(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    asked: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "opsplay.toml").write_text('roles_path = ["a\\u001b[2J"]\n')
    (tmp_path / "hosts.yml").write_text(
        f'all: {{hosts: {{h: {{x: "{WILD}"}}}}, vars: {{y: "{WILD}"}}}}'
    )
    (tmp_path / "site.yml").write_text(
        f'- name: "{WILD}"\n  hosts: localhost\n  gather_facts: false\n  vars: {{x: "{WILD}"}}\n'
        f'  tasks:\n    - {{name: "{WILD}", debug: {{msg: "{WILD}"}}, tags: ["{WILD}"]}}\n'
    )
    shutil.copy("site.yml", "\x1b[2J.yml")
    with suppress(SystemExit):
        main(asked)
    assert not _OBEYED.search("".join(capsys.readouterr()))


def test_a_playbook_of_escape_sequences_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yml").write_text(f"- hosts: {SEQUENCES}\n", "utf-8")
    assert main(["run", str(tmp_path / "bad.yml")]) == 4
    assert not _OBEYED.search("".join(capsys.readouterr()))


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [touch bitten]",
        "a: !!python/name:os.system",
        "a: !!python/object/new:subprocess.Popen [touch]",
        "a: !!java.lang.Runtime x",
    ],
)
def test_yaml_makes_no_objects(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(PlaybookError, match="tag"):
        load(tmp_path / "a.yml")


def test_a_large_file_of_yaml_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.yml").open("wb") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(PlaybookError, match="MB"):
        load(tmp_path / "a.yml")


@pytest.mark.parametrize("filters", ["from_yaml", "from_yaml_all"])
def test_data_that_is_read_as_yaml_makes_no_objects(
    play: Play, tmp_path: Path, filters: str
) -> None:
    (tmp_path / "data").write_text("!!python/object/apply:os.system [touch bitten]")
    assert play(f"- debug: {{msg: \"{{{{ lookup('file', 'data') | {filters} }}}}\"}}\n").code == 2
    assert not (tmp_path / "bitten").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize(
    ("owner", "mode", "why"),
    [(12345, 0o755, "it belongs to somebody else"), (0, 0o1777, "everybody may write there")],
)
def test_nothing_is_remembered_where_others_could_put_a_link(
    play: Play, tmp_path: Path, owner: int, mode: int, why: str
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, owner, owner)
    state.chmod(mode)
    played = play("- debug: {msg: hi}\n", "--state-dir", str(state))
    assert played.code == 0
    assert f"this run is not remembered: cannot keep state in {state}: {why}" in played.shown
    assert not list(state.iterdir())


def test_what_remembers_a_run_is_for_its_owner_alone(
    play: Play, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert play("- debug: {msg: hi}").code == 0
    written = [path for path in (tmp_path / "state" / "opsplay").rglob("*") if path.is_file()]
    assert written
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in written} == {0}
