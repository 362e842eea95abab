from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def file(tmp_path: Path) -> Path:
    path = tmp_path / "files" / "my script.sh"
    path.parent.mkdir()
    path.write_text('#!/bin/sh\nprintf "%s|" "$@"; pwd; cat\n')
    path.chmod(0o755)
    return path


def run(ctx: Context, cmd: str = "'my script.sh' a 'b c'", **arguments: Any) -> Result:
    return script.run(script.Params(cmd=cmd, **arguments), ctx)


def test_a_script_is_run_with_its_arguments(ctx: Context, tmp_path: Path) -> None:
    result = run(ctx, stdin="typed")
    assert (result.changed, result.data["rc"]) == (True, 0)
    assert result.data["stdout_lines"] == [f"a|b c|{tmp_path}", "typed"]


def test_a_script_that_may_not_be_run_is_run_all_the_same(ctx: Context, file: Path) -> None:
    file.chmod(0o600)
    assert str(run(ctx).data["stdout"]).startswith("a|b c|")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_text_that_names_no_reader_is_read_by_the_shell(ctx: Context, file: Path) -> None:
    file.write_text("echo $1\n")
    assert run(ctx).data["stdout"] == "a\n"


def test_a_shell_reads_what_follows(ctx: Context, tmp_path: Path, file: Path) -> None:
    file.rename(file.with_name("quiet.sh")).chmod(0o600)
    run(ctx, "quiet.sh $((1 + 1)) f* | tr a-z A-Z > said")
    assert (tmp_path / "said").read_text().startswith("2|FILES|/")


def test_a_script_has_its_name(ctx: Context, file: Path) -> None:
    file.write_text("#!/bin/sh\necho $0\n")
    for mode in (0o700, 0o600):
        file.chmod(mode)
        assert str(run(ctx).data["stdout"]).endswith("/my script.sh\n")


def test_a_script_whose_reader_is_missing_fails(ctx: Context, file: Path) -> None:
    file.write_text("#!/no/such/reader\n")
    with pytest.raises(TaskError, match="non-zero return code") as caught:
        run(ctx)
    assert caught.value.data["rc"] == 127


def test_a_program_may_read_the_script(ctx: Context, file: Path) -> None:
    file.write_text("import sys\nprint(sys.argv[1:], sys.flags.optimize)\n")
    file.chmod(0o600)
    assert run(ctx, executable="python3 -O").data["stdout"] == "['a', 'b c'] 1\n"


def test_a_script_in_a_vault_is_opened(contexts: Callable[..., Context], file: Path) -> None:
    file.write_text("$ANSIBLE_VAULT;1.1;AES256\n")
    ctx = contexts(unvault=lambda _: b"#!/bin/sh\necho opened\n")
    assert run(ctx).data["stdout_lines"] == ["opened"]


def test_a_script_fails_with_its_exit_status(ctx: Context, file: Path) -> None:
    file.write_text("#!/bin/sh\necho why >&2\nexit 3\n")
    with pytest.raises(TaskError, match="non-zero return code") as caught:
        run(ctx)
    assert (caught.value.data["rc"], caught.value.data["stderr"]) == (3, "why\n")


def test_a_script_is_run_in_another_folder(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    result = run(ctx, chdir=f"{tmp_path}/there")
    assert result.data == {
        "rc": 0,
        "stdout": f"a|b c|{tmp_path}/there\n",
        "stdout_lines": [f"a|b c|{tmp_path}/there"],
        "stderr": "",
        "stderr_lines": [],
    }


def test_the_folder_must_be_absolute_and_there(ctx: Context) -> None:
    with pytest.raises(TaskError, match="chdir files must be an absolute path"):
        run(ctx, chdir="files")
    with pytest.raises(TaskError, match="non-zero return code") as caught:
        run(ctx, chdir="/nowhere")
    assert caught.value.data["rc"] != 0
    assert "cd" in str(caught.value.data["stderr"])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"creates": "files"}, "files exists, matching creates option"),
        ({"removes": "none"}, "none does not exist, matching removes option"),
    ],
)
def test_what_was_made_or_removed_already_is_not_done_again(
    ctx: Context, arguments: dict[str, str], why: str
) -> None:
    result = run(ctx, **arguments)
    assert (result.skipped, result.changed, result.msg) == (True, False, why)


@pytest.mark.parametrize("arguments", [{"creates": "f*"}, {"creates": "my script.sh"}])
def test_these_paths_are_no_patterns_and_do_not_count_from_the_folder(
    ctx: Context, tmp_path: Path, arguments: dict[str, str]
) -> None:
    assert run(ctx, chdir=f"{tmp_path}/files", **arguments).changed


def test_check_mode_runs_nothing(contexts: Callable[..., Context], file: Path) -> None:
    file.write_text("#!/bin/sh\ntouch made\n")
    result = run(contexts(check=True), creates="made")
    assert result.changed
    assert not (file.parent.parent / "made").exists()


def test_check_mode_does_not_know_what_a_script_would_do(contexts: Callable[..., Context]) -> None:
    result = run(contexts(check=True))
    assert (result.skipped, result.msg) == (True, "Check mode is not supported for this task.")


@pytest.mark.parametrize(
    ("cmd", "words"),
    [
        ("nowhere.sh", "Could not find or access 'nowhere.sh'"),
        ("files", "is a folder, not a script"),
        ("'", "a quote inside a word"),
        (" ", "cmd is empty"),
    ],
)
def test_what_is_no_script_is_told(ctx: Context, cmd: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        run(ctx, cmd)
