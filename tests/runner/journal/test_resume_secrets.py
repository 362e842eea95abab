"""`opsplay resume`: results with secrets in them are there again, and nobody else can read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from on_terminal import on_a_terminal
from resumed import FAILS, killed_at, lines, mend
from said import Opsplay, Write
from vaulting import password_file, sealed

pytestmark = pytest.mark.slow

CANARY = "canary-1234"


def written(state: Path) -> bytes:
    """All that is in the state folder."""
    return b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())


def keys(state: Path) -> list[Path]:
    return [*(state / "keys").glob("*")]


def throw_away_keys(state: Path) -> None:
    for key in keys(state):
        key.unlink()


def test_a_result_with_a_secret_in_it_is_lost_with_the_key_and_the_step_in_doubt(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play(f"""
        - uri: {{url: "http://127.0.0.1:1/", url_password: "{{{{ word }}}}", url_username: x}}
          ignore_errors: true
        - command: echo {{{{ word }}}}
          register: shown
        - command: {FAILS}
        - copy: {{content: "{{{{ shown.stdout }}}}", dest: shown}}
        """)
    opsplay("run", "play.yml", "-e", "word=canary-1234")
    assert b"canary" not in written(state)
    throw_away_keys(state)
    mend()
    said = opsplay("resume")
    assert (said.code, "opsplay resume 2" in said.err, "-e word=…" in said.err) == (5, True, True)
    said = opsplay("resume", "-e", "word=canary-1234")
    assert said.code == 2
    assert "its result held a secret" in said.out
    assert "canary" not in said.out
    Path("given.yml").write_text("word: canary-1234")
    assert opsplay("resume", "-e", "@given.yml", "--in-doubt", "repeat").code == 0
    assert lines("shown") == ["canary-1234"]


SEALED = f"""
    - hosts: localhost
      gather_facts: false
      vars_files: [vault.yml]
      vars: {{seen: "{{{{ [shown.stdout, made, hidden.stdout, all.results] | to_json }}}}"}}
      tasks:
        - command: sh -c 'echo {{{{ word }}}}-$$'
          register: shown
        - set_fact: {{made: "{{{{ word }}}}-{{{{ now(fmt='%f') }}}}"}}
        - command: sh -c 'echo {{{{ word }}}}-$$'
          register: hidden
          no_log: true
        - command: echo {{{{ item }}}}
          loop: ["{{{{ word }}}}", "{{{{ now(fmt='%f') }}}}"]
          register: all
        - copy: {{content: "{{{{ seen }}}}", dest: first}}
        - command: {FAILS}
        - copy: {{content: "{{{{ seen }}}}", dest: second}}
    """


def test_a_result_with_a_secret_in_it_is_kept_under_the_password_of_the_vault(
    opsplay: Opsplay, play: Write, state: Path, tmp_path: Path
) -> None:
    play(SEALED)
    Path("vault.yml").write_text(sealed("word: canary-1234"))
    password = password_file(tmp_path)
    opsplay("run", "play.yml", "--vault-password-file", password)
    assert b"canary" not in written(state)
    assert not keys(state)
    mend()
    said = opsplay("resume", "-vvv")
    assert said.code == 0, said.out
    assert "canary" not in said.out
    first, second = (json.loads(Path(name).read_text("utf-8")) for name in ("first", "second"))
    assert second == first


OWN = """
    - hosts: localhost
      gather_facts: false
      vars: {SOURCE}
      tasks:
        - command: sh -c 'echo {{ word }} >> done; echo {{ word }}-$$'
          register: shown
          notify: told
        - set_fact: {made: "{{ word }}-{{ now(fmt='%f') }}"}
        - command: sh -c 'echo {{ word }} >> done; echo {{ word }}-$$'
          register: hidden
          no_log: true
        - command: sh -c 'echo {{ item }} >> done; echo {{ item }}'
          loop: ["{{ word }}", "{{ word }}-{{ now(fmt='%f') }}"]
          register: all
        - copy: {content: "{{ seen }}", dest: first}
        - command: sh -c 'touch begun; test -e mended || sleep 60; touch ended'
          args: {creates: ended}
        - copy: {content: "{{ seen }}", dest: second}
      handlers:
        - name: told
          copy: {content: "{{ shown.stdout }}", dest: handled}
    """
SEEN = 'seen: "{{ [shown.stdout, made, hidden.stdout, all.results] | to_json }}"'


@pytest.mark.parametrize(
    "source",
    [
        "word: \"{{ lookup('file', 'kept') | secret }}\"",
        "word: \"{{ lookup('env', 'KEPT_WORD') }}\"",
    ],
    ids=["secret", "secret_env"],
)
def test_a_result_with_a_secret_in_it_is_there_again_under_a_key_of_the_run(
    source: str, opsplay: Opsplay, play: Write, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_WORD", CANARY)
    monkeypatch.setenv("OPSPLAY_SECRET_ENV", "KEPT_WORD")
    Path("kept").write_text(CANARY)
    play(OWN.replace("{SOURCE}", f"{{{source}, {SEEN}}}"))
    with killed_at("begun"):
        assert b"canary" not in written(state)
    [key] = keys(state)
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_bytes() not in (state / "journal.sqlite").read_bytes()
    done = lines("done")
    mend()
    Path("kept").write_text("another-5678")
    monkeypatch.setenv("KEPT_WORD", "another-5678")
    said = opsplay("resume", "-vvv")
    assert said.code == 0, said.out
    assert "canary" not in said.out
    assert lines("done") == done
    first, second = (json.loads(Path(name).read_text("utf-8")) for name in ("first", "second"))
    assert second == first
    assert lines("handled")[0].startswith(CANARY)
    assert b"canary" not in written(state)
    assert not keys(state)


def test_what_was_made_of_a_private_answer_is_there_again(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - hosts: localhost
          gather_facts: false
          vars_prompt: [{{name: word, prompt: Which word?}}]
          tasks:
            - set_fact: {{made: "{{{{ word }}}}-{{{{ now(fmt='%f') }}}}"}}
            - copy: {{content: "{{{{ made }}}}", dest: first}}
            - command: {FAILS}
            - copy: {{content: "{{{{ made }}}}", dest: second}}
        """)
    on_a_terminal("run", "play.yml", dialogue=[("Which word?: ", CANARY)])
    assert lines("first")[0].startswith(CANARY)
    mend()
    shown = on_a_terminal("resume", dialogue=[("Which word?: ", "another-5678")])
    assert "canary" not in shown
    assert lines("second") == lines("first")


def test_a_run_and_those_that_resume_it_have_one_key(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    Path("kept").write_text(CANARY)
    play(f"""
        - set_fact: {{one: "{{{{ lookup('file', 'kept') | secret }}}}"}}
        - command: sh -c 'echo x >> tried; test -e halfway'
        - command: sh -c 'echo {{{{ one }}}}-$$ | tee two'
          register: two
        - command: {FAILS}
        - copy: {{content: "{{{{ two.stdout }}}}", dest: end}}
        """)
    opsplay("run", "play.yml")
    Path("halfway").touch()
    opsplay("resume")
    assert len(keys(state)) == 1
    mend()
    assert opsplay("resume").code == 0
    assert lines("end") == lines("two")
    assert not keys(state)


def test_a_key_that_a_run_was_killed_with_in_its_last_moment_goes_with_the_next_run(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play(f"""
        - command: echo {{{{ 'canary-1234' | secret }}}}
          register: shown
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    [key] = keys(state)
    opsplay("run", "play.yml")
    assert len(keys(state)) == 2  # neither has ended well
    whole = key.read_bytes()
    mend()
    opsplay("resume", key.name)
    key.write_bytes(whole)
    opsplay("run", "play.yml")
    assert key not in keys(state)


def test_a_run_that_is_forgotten_leaves_no_key(opsplay: Opsplay, play: Write, state: Path) -> None:
    play(f"""
        - command: echo {{{{ 'canary-1234' | secret }}}}
          register: shown
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    opsplay("resume")
    opsplay("runs", "prune", "--keep", "1")
    assert len(keys(state)) == 1
    opsplay("runs", "prune", "--keep", "0")
    assert not keys(state)


def test_a_run_without_secrets_has_no_key(opsplay: Opsplay, play: Write, state: Path) -> None:
    play("- command: echo plain\n  register: shown\n- command: test -e mended")
    opsplay("run", "play.yml")
    assert not keys(state)


def test_what_cannot_be_sealed_is_kept_without_the_secret(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    state.mkdir()
    (state / "keys").touch()
    play(f"""
        - command: echo {{{{ 'canary-1234' | secret }}}}
          register: shown
        - command: {FAILS}
        """)
    assert opsplay("run", "play.yml").err == ""
    mend()
    assert "its result held a secret" in opsplay("resume").out


@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_fact_is_set_again_where_what_hides_it_is_lost(
    opsplay: Opsplay, play: Write, state: Path, *, is_sealed: bool
) -> None:
    if not is_sealed:
        state.mkdir()
        (state / "keys").touch()
    play(f"""
        - set_fact: {{word: canary}}
          no_log: true
        - command: {FAILS}
        - copy: {{content: "{{{{ word }}}}", dest: seen}}
        """)
    opsplay("run", "play.yml")
    if is_sealed:
        throw_away_keys(state)
    mend()
    opsplay("resume")
    assert lines("seen") == ["canary"]


def test_what_nobody_looks_at_need_not_be_known(opsplay: Opsplay, play: Write) -> None:
    play(f"""
        - command: sh -c 'echo {{{{ 5 }}}} >> done'
          no_log: true
        - command: {FAILS}
        """)
    opsplay("run", "play.yml")
    mend()
    assert opsplay("resume").code == 0
    assert lines("done") == ["5"]


@pytest.mark.parametrize(
    "task", ["command: sh take {{ item }}", "block: [command: 'sh take {{ item }}']"]
)
def test_items_that_are_hidden_are_known_again_though_others_are_found_now(
    task: str, opsplay: Opsplay, play: Write, state: Path
) -> None:
    Path("in").mkdir()
    for name in ("canary-1", "canary-2", "canary-3"):
        Path("in", name).touch()
    Path("take").write_text("case $1 in *2) test -e mended || exit 1; esac; rm $1")
    play(f"- {task}\n  no_log: true\n  loop: \"{{{{ query('fileglob', 'in/*') | sort }}}}\"\n")
    opsplay("run", "play.yml")
    assert all(b"canary" not in path.read_bytes() for path in state.glob("journal.*"))
    mend()
    assert opsplay("resume").code == 0
    assert [*Path("in").iterdir()] == []
