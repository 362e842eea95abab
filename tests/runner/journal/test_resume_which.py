"""`opsplay resume`: which run is resumed, and what has changed since it was killed."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from powers import largest_file
from resumed import FAILS, lines, mend
from said import Opsplay, Write

pytestmark = pytest.mark.slow


def test_a_playbook_that_has_changed_is_told_with_its_diff(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: sh -c 'echo one >> done'
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    play(f"""
        - command: sh -c 'echo new >> done'
        - command: sh -c 'echo one >> done'
        - command: {FAILS}
        """)
    said = opsplay("resume")
    assert said.code == 5
    assert "+    - command: sh -c 'echo new >> done'\n" in said.err
    assert "--force" in said.err
    assert opsplay("resume", "--force").code == 0
    assert lines("done") == ["one", "new"]


@pytest.mark.parametrize(
    "name",
    [
        "given.yml",
        "hosts",
        "group_vars/all.yml",
        "host_vars/localhost/one.yml",
        "templates/text.j2",
        "files/text",
        "files/folder/deep/text",
        "files/program",
    ],
)
def test_a_file_beside_the_playbook_that_was_written_since_is_told(
    name: str, opsplay: Opsplay, play: Write
) -> None:
    for each in ("group_vars", "host_vars/localhost", "templates", "files/folder/deep"):
        Path(each).mkdir(parents=True)
    for each in ("given.yml", "group_vars/all.yml", "host_vars/localhost/one.yml"):
        Path(each).write_text("word: x")
    for each in ("templates/text.j2", "files/text", "files/folder/deep/text", "files/program"):
        Path(each).touch()
    Path("hosts").write_text("localhost")
    play(f"""
        - command: {FAILS}
        - template: {{src: text.j2, dest: out/}}
        - copy: {{src: text, dest: out/}}
        - copy: {{src: folder, dest: out/}}
        - script: program with arguments
          when: false
        """)
    opsplay("run", "play.yml", "-e", "@given.yml", "-i", "hosts")
    mend()
    ended = time.time()
    # The clock of files goes in steps, and a test is quicker than somebody who edits.
    while Path(name).stat().st_ctime <= ended:
        Path(name).write_text("localhost" if name == "hosts" else "word: y")
    said = opsplay("resume")
    assert (said.code, f"  {name}\n" in said.err) == (5, True), said
    assert "written since the run was last heard of" in said.err
    assert opsplay("resume", "--force").code == 0


def test_what_a_step_brings_along_that_has_failed_may_be_mended(
    opsplay: Opsplay, play: Write
) -> None:
    play("""
        - copy: {content: made, dest: made}
        - template: {src: wrong.j2, dest: out}
        - copy: {src: missing, dest: made}
        """)
    Path("wrong.j2").write_text("{{ nosuch }}")
    assert opsplay("run", "play.yml").code == 2
    Path("wrong.j2").write_text("right")
    assert opsplay("resume").code == 2
    Path("missing").write_text("there")
    assert opsplay("resume").code == 0
    assert (lines("out"), lines("made")) == (["right"], ["there"])


def test_a_run_that_ended_well_is_over(opsplay: Opsplay, play: Write) -> None:
    play("- debug: {msg: hello}")
    opsplay("run", "play.yml")
    said = opsplay("resume", "latest")
    assert (said.code, "has ended well: there is nothing to go on with" in said.err) == (5, True)
    assert "there is no run of this folder to resume\n" in opsplay("resume").err


def test_a_run_of_another_folder_goes_on_only_if_it_is_named(
    opsplay: Opsplay, play: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(f"- command: {FAILS}")
    opsplay("run", "play.yml")
    mend()
    there = Path.cwd()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run = re.search(
        rf"name it to go on with (\S+), of {there}$", opsplay("resume").err, re.MULTILINE
    )
    assert run is not None
    assert opsplay("resume", run[1]).code == 0


def test_two_cannot_resume_one_run_at_once(opsplay: Opsplay, play: Write) -> None:
    play(f"- command: {FAILS}\n- command: sh -c 'touch begun; sleep 60'")
    opsplay("run", "play.yml")
    mend()
    command = [sys.executable, "-m", "opsplay", "resume"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not Path("begun").exists():
            time.sleep(0.01)
        [first] = [run["id"] for run in opsplay("runs", "--json").events if not run["resumes"]]
        said = opsplay("resume", first)
        process.terminate()
    assert (said.code, f"process {process.pid}" in said.err) == (5, True), said.err


def test_which_run_resumed_which_is_told(opsplay: Opsplay, play: Write) -> None:
    play(f"- command: {FAILS}")
    opsplay("run", "play.yml")
    opsplay("resume")
    newest, first = opsplay("runs", "--json").events
    assert (newest["resumes"], first["resumed_by"]) == (first["id"], newest["id"])
    assert newest["arguments"] == first["arguments"] == {}
    assert f"play.yml (resumed by {newest['id']})" in opsplay("runs").out
    assert f"resumes: {first['id']}\n" in opsplay("runs", "show", "latest", "--about").out
    mend()
    assert opsplay("resume", first["id"]).code == 0


def test_runs_that_one_goes_on_with_are_not_forgotten_before_it(
    opsplay: Opsplay, play: Write
) -> None:
    """If it was killed early, only they know what was done, skipped and found behind that."""
    play(f"- command: {FAILS}")
    opsplay("run", "play.yml")
    opsplay("resume")
    assert opsplay("runs", "prune", "--keep", "1").out == "0 forgotten, 2 kept\n"
    mend()
    assert opsplay("resume").code == 0
    assert opsplay("runs", "prune", "--keep", "0").out == "3 forgotten, 0 kept\n"


# There may be room to tell the end of the run, or not.
@pytest.mark.parametrize("room", [150_000, 180_000])
def test_a_run_that_could_not_be_written_down_is_not_resumed_unawares(
    room: int, opsplay: Opsplay, play: Write
) -> None:
    play(f"""
        - debug: {{msg: "{{{{ 'long ' * 40_000 }}}}"}}
        - command: {FAILS}
        """)
    with largest_file(room):
        opsplay("run", "play.yml")
    said = opsplay("resume")
    assert (said.code, "not all could be written down" in said.err) == (5, True), said
    mend()
    assert opsplay("resume", "--force").code == 0


def test_switches_are_those_of_the_run(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: {FAILS}
          tags: wanted
        - copy: {{content: x, dest: never}}
        """)
    opsplay("run", "play.yml", "--tags", "wanted", "-e", '{"n": 1}')
    mend()
    assert opsplay("resume").code == 0
    assert not Path("never").exists()


def test_what_was_done_is_known_in_every_run_that_resumes_though_it_moves(
    opsplay: Opsplay, play: Write
) -> None:
    def plays(*more: str) -> None:
        tasks = [
            *more,
            "command: sh -c 'echo one >> done'",
            "set_fact: {word: '{{ 9999999 | random }}'}",
        ]
        last = ["lineinfile: {path: words, line: '{{ word }}', create: true}", f"command: {FAILS}"]
        text = "".join(f"    - {task}\n" for task in (*tasks, *last))
        first = "- hosts: localhost\n  tasks: [{debug: {msg: new}}]\n" if more else ""
        hosts = "localhost" if len(more) < 2 else "[localhost]"
        play(f"{first}- hosts: {hosts}\n  tasks:\n{text}")

    plays()
    opsplay("run", "play.yml")
    plays("command: sh -c 'echo two >> done'")
    assert opsplay("resume", "--force").code == 2
    assert opsplay("resume").code == 2
    plays("command: sh -c 'echo three >> done'", "command: sh -c 'echo two >> done'")
    assert opsplay("resume", "--force").code == 2
    mend()
    assert opsplay("resume").code == 0
    assert lines("done") == ["one", "two", "three"]
    assert len(lines("words")) == 1


def test_that_a_list_was_changed_halfway_through_is_told(opsplay: Opsplay, play: Write) -> None:
    text = """
        - name: each
          command: sh -c 'test {{ item }} != 2 || test -e mended && echo {{ item }} >> done'
          loop: [1, 2]
        """
    play(text)
    opsplay("run", "play.yml")
    play(text.replace("2]", "2, 3]"))
    mend()
    said = opsplay("resume", "--force")
    assert "play.yml:6:13" in said.err
    assert "this loop goes over the list that it had when the run began" in said.err
    assert lines("done") == ["1", "2"]


def test_a_run_of_which_the_steps_are_called_otherwise_is_not_done_again_unawares(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play(f"- command: {FAILS}")
    opsplay("run", "play.yml")
    with closing(sqlite3.connect(state / "journal.sqlite")) as journal, journal:
        journal.execute("DELETE FROM note")
    said = opsplay("resume")
    assert (said.code, "it is not known where its steps stood" in said.err) == (5, True)


def test_with_force_all_of_it_is_done_again(opsplay: Opsplay, play: Write, state: Path) -> None:
    play(f"- command: sh -c 'echo one >> done'\n- command: {FAILS}")
    opsplay("run", "play.yml")
    with closing(sqlite3.connect(state / "journal.sqlite")) as journal, journal:
        journal.execute("DELETE FROM note")
        journal.execute("UPDATE claim SET step = 'old ' || step")
    mend()
    assert opsplay("resume", "--force").code == 0
    assert lines("done") == ["one", "one"]
