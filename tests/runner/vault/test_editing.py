"""`opsplay vault create` and `edit`: a text in the user's editor, and nothing left of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vaulting import PASSWORD, mode, opened, sealed

from .conftest import Opsplay


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that notes what it was given, and then does what `then` says, in sh."""
    script = tmp_path / "editor"
    script.write_text(
        'for file; do :; done\ncp -p "$file" seen\necho "$file" > name\n'
        'stat -c %a "$file" "$(dirname "$file")" > modes\nenv > environment\n. ./then\n'
    )
    (tmp_path / "then").write_text("echo edited > $file; touch $file~")
    monkeypatch.setenv("EDITOR", "sh ./editor")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / "then"


def test_settings_may_name_the_editor(
    editor: Path, vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.write_text("echo of the setting > $file")
    monkeypatch.setenv("EDITOR", "false")
    monkeypatch.setenv("ANSIBLE_EDITOR", "sh ./editor")
    assert vault("create", "vars.yml", "--skip-tty-check").code == 0
    assert opened(tmp_path / "vars.yml") == "of the setting\n"


def leftover(folder: Path) -> bool:
    return Path((folder / "name").read_text().strip()).parent.exists()


@pytest.mark.usefixtures("editor")
def test_create_encrypts_what_was_written_in_the_editor(vault: Opsplay, tmp_path: Path) -> None:
    assert vault("create", "new/vars.yml", "--skip-tty-check").code == 0
    assert opened(tmp_path / "new/vars.yml") == "edited\n"
    assert mode(tmp_path / "new/vars.yml") == 0o600


@pytest.mark.usefixtures("editor")
def test_edit_gives_the_text_and_keeps_id_password_and_permissions(
    vault: Opsplay, tmp_path: Path
) -> None:
    file = tmp_path / "vars.yml"
    file.write_text(sealed("before", "prod"))
    file.chmod(0o640)
    assert vault("edit", "vars.yml").code == 0
    assert (tmp_path / "seen").read_text() == "before"
    assert opened(file) == "edited\n"
    assert file.read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert mode(file) == 0o640


@pytest.mark.usefixtures("editor")
def test_the_editor_s_file_is_private_and_nothing_is_left_of_it(
    vault: Opsplay, tmp_path: Path
) -> None:
    (tmp_path / "vars.yml").write_text(sealed("before"))
    vault("edit", "vars.yml")
    assert (tmp_path / "modes").read_text().split() == ["600", "700"]
    assert (tmp_path / "name").read_text().endswith(".yml\n")
    assert not leftover(tmp_path)


@pytest.mark.usefixtures("editor")
def test_no_child_is_told_the_password(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "vars.yml").write_text(sealed("before"))
    vault("edit", "vars.yml")
    assert PASSWORD not in (tmp_path / "environment").read_text()


def test_what_was_not_changed_is_not_written(vault: Opsplay, tmp_path: Path, editor: Path) -> None:
    editor.write_text(":")
    (tmp_path / "a").write_text(before := sealed("x"))
    assert vault("edit", "a").code == 0
    assert (tmp_path / "a").read_text() == before


def test_an_editor_that_fails_changes_nothing(vault: Opsplay, tmp_path: Path, editor: Path) -> None:
    editor.write_text("echo gone > $file; exit 1")
    (tmp_path / "a").write_text(sealed("x"))
    done = vault("edit", "a")
    assert done.code == 1
    assert "the editor sh ./editor ended with status 1; nothing was written" in done.err
    assert opened(tmp_path / "a") == "x"
    assert not leftover(tmp_path)


def test_a_signal_that_ends_us_leaves_nothing_in_the_clear(
    vault: Opsplay, tmp_path: Path, editor: Path
) -> None:
    editor.write_text("kill -TERM $PPID; exec sleep 60")
    (tmp_path / "a").write_text(sealed("x"))
    with pytest.raises(SystemExit):
        vault("edit", "a")
    assert not leftover(tmp_path)


def test_ctrl_c_is_the_editor_s(vault: Opsplay, tmp_path: Path, editor: Path) -> None:
    editor.write_text("kill -INT $PPID; echo edited > $file")
    (tmp_path / "a").write_text(sealed("x"))
    assert vault("edit", "a").code == 0
    assert opened(tmp_path / "a") == "edited\n"


def test_an_editor_that_is_not_there_is_told_of(
    vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor")
    (tmp_path / "a").write_text(sealed("x"))
    done = vault("edit", "a")
    assert done.code == 1
    assert "the editor no-such-editor cannot be started: No such file or directory" in done.err


def test_a_text_that_the_editor_took_away_is_told_of(
    vault: Opsplay, tmp_path: Path, editor: Path
) -> None:
    editor.write_text("rm $file")
    (tmp_path / "a").write_text(sealed("x"))
    done = vault("edit", "a")
    assert done.code == 1
    assert "a: the text for the editor is not to be had: No such file or directory" in done.err
    assert opened(tmp_path / "a") == "x"


def test_what_somebody_else_wrote_meanwhile_is_not_replaced_and_neither_text_is_lost(
    vault: Opsplay, tmp_path: Path, editor: Path
) -> None:
    theirs = sealed("theirs")
    (tmp_path / "theirs").write_text(theirs)
    (tmp_path / "a").write_text(sealed("before"))
    editor.write_text("echo ours > $file; cp theirs a")
    done = vault("edit", "a")
    assert done.code == 1
    assert (tmp_path / "a").read_text() == theirs
    assert opened(_set_aside("a was changed by somebody else meanwhile", done.err)) == "ours\n"


def test_what_was_written_is_kept_where_it_cannot_be_saved(
    vault: Opsplay, tmp_path: Path, editor: Path
) -> None:
    editor.write_text("echo ours > $file; mkdir a")
    done = vault("create", "a", "--skip-tty-check")
    assert done.code == 1
    assert opened(_set_aside("a cannot be read: Is a directory", done.err)) == "ours\n"


def _set_aside(why: str, told: str) -> Path:
    found = re.fullmatch(rf"opsplay: {why} \(what you wrote is in (\S+), encrypted\)\n", told)
    assert found, told
    return Path(found[1])


def test_create_tells_of_a_folder_that_cannot_be_made(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = vault("create", "file/a", "--skip-tty-check")
    assert done == (1, "", "opsplay: the folder file cannot be made: File exists\n")


def test_create_does_not_replace_a_file(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    done = vault("create", "a", "--skip-tty-check")
    assert done.code == 1
    assert "a exists, please use 'edit' instead (opsplay vault edit a)" in done.err


def test_create_wants_a_terminal(vault: Opsplay) -> None:
    done = vault("create", "a")
    assert done.code == 5
    assert "not a tty, editor cannot be opened" in done.err
