from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner import params
from opsplay.runner.params import ParamsError
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import cron

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = """\
#!/bin/sh
echo "$@" >> {folder}/called
[ "$1" = -u ] && shift 2
case "$1" in
-l) [ -e {folder}/table ] || {{ echo "no crontab for li" >&2; exit 1; }}; cat {folder}/table ;;
-) cat > {folder}/table ;;
esac
"""


@pytest.fixture(autouse=True)
def table(tmp_path: Path) -> Path:
    """The crontab that a program called crontab keeps."""
    program = tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(folder=tmp_path))
    program.chmod(0o755)
    return tmp_path / "table"


@pytest.fixture
def ctx(contexts: Callable[..., Context], tmp_path: Path) -> Context:
    return contexts(environment={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})


def run(ctx: Context, name: str = "reports", **arguments: Any) -> Result:
    return cron.run(params.build(cron.Params, {"name": name, **arguments}), ctx)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({}, "* * * * * /make it"),
        ({"minute": "0", "hour": "5,2", "dow": "1-5"}, "0 5,2 * * 1-5 /make it"),
        ({"day": "*/2", "month": "JAN"}, "* * */2 JAN * /make it"),
        ({"special_time": "daily"}, "@daily /make it"),
        ({"disabled": True}, "#* * * * * /make it"),
    ],
)
def test_a_job_is_put_into_the_crontab_once(
    ctx: Context, table: Path, arguments: dict[str, Any], line: str
) -> None:
    table.write_text("0 1 * * * other\n")
    first, second = (run(ctx, job="/make it", **arguments) for _ in range(2))
    assert table.read_text() == f"0 1 * * * other\n#Ansible: reports\n{line}\n"
    assert (first.changed, second.changed) == (True, False)
    assert (first.data["jobs"], first.data["envs"]) == (["reports"], [])


def test_a_job_is_changed_in_its_place(ctx: Context, table: Path) -> None:
    run(ctx, job="old")
    run(ctx, "other", job="x")
    assert run(ctx, job="new", hour="1").changed
    assert table.read_text() == "#Ansible: reports\n* 1 * * * new\n#Ansible: other\n* * * * * x\n"


def test_a_job_that_stands_there_without_a_name_is_given_it(ctx: Context, table: Path) -> None:
    table.write_text("@daily /make\n@hourly /other\n")
    run(ctx, job="/make", special_time="daily")
    assert table.read_text() == "#Ansible: reports\n@daily /make\n@hourly /other\n"


def test_a_job_is_removed(ctx: Context, table: Path) -> None:
    table.write_text("# own\n")
    run(ctx, job="/make")
    first, second = (run(ctx, state="absent") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert table.read_text() == "# own\n"


def test_variables_stand_above_all_or_beside_another(ctx: Context, table: Path) -> None:
    table.write_text("@daily A=1 /make\n")
    run(ctx, "MAILTO", env=True, job="li@example.com")
    run(ctx, "PATH", env=True, value="/bin")
    run(ctx, "ONE", env=True, job="1", insertafter="PATH")
    run(ctx, "TWO", env=True, job="2", insertbefore="MAILTO")
    result = run(ctx, "PATH", env=True, job="/usr/bin")
    assert table.read_text() == (
        'PATH="/usr/bin"\nONE="1"\nTWO="2"\nMAILTO="li@example.com"\n@daily A=1 /make\n'
    )
    assert result.data["envs"] == ["PATH", "ONE", "TWO", "MAILTO"]
    assert not run(ctx, "PATH", env=True, job="/usr/bin").changed
    assert run(ctx, "PATH", env=True, state="absent").data["envs"] == ["ONE", "TWO", "MAILTO"]


def test_the_crontab_of_another_user(ctx: Context, tmp_path: Path) -> None:
    run(ctx, job="/make", user="li")
    assert (tmp_path / "called").read_text() == "-u li -l\n-u li -\n"


def test_a_file_of_the_system(ctx: Context, tmp_path: Path) -> None:
    where = {"cron_file": str(tmp_path / "reports"), "user": "li"}
    first, second = (run(ctx, job="/make", hour="2", **where) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert (tmp_path / "reports").read_text() == "#Ansible: reports\n* 2 * * * li /make\n"
    assert (tmp_path / "reports").stat().st_mode & 0o777 == 0o644
    assert first.data["cron_file"] == str(tmp_path / "reports")
    run(ctx, "other", job="/x", special_time="daily", **where)
    run(ctx, state="absent", **where)
    assert (tmp_path / "reports").read_text() == "#Ansible: other\n@daily li /x\n"
    last = run(ctx, "other", state="absent", **where)
    assert last.data == {"cron_file": str(tmp_path / "reports"), "state": "absent"}
    assert not (tmp_path / "reports").exists()
    assert not (tmp_path / "called").exists()


def test_a_name_alone_is_a_file_of_the_system(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cron, "_FOLDER", tmp_path)
    run(ctx, job="/make", cron_file="reports", user="li")
    assert (tmp_path / "reports").exists()


def test_the_old_crontab_is_kept(
    ctx: Context, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    table.write_text("# old\n")
    result = run(ctx, job="/make", backup=True)
    assert Path(str(result.data["backup_file"])).read_text() == "# old\n"


def test_check_mode_tells_the_difference_and_changes_nothing(
    contexts: Callable[..., Context], table: Path, tmp_path: Path
) -> None:
    table.write_text("# old\n")
    ctx = contexts(environment={"PATH": f"{tmp_path}/bin:/bin"}, check=True, diff=True)
    result = run(ctx, job="/make")
    (diff,) = result.diff
    assert (result.changed, diff.before) == (True, "# old\n")
    assert diff.after == "# old\n#Ansible: reports\n* * * * * /make\n"
    assert table.read_text() == "# old\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "You must specify 'job' to install a new cron job or variable"),
        ({"job": "x", "special_time": "daily", "hour": "1"}, "cannot combine special_time"),
        ({"job": "x", "insertafter": "A"}, "parameters are valid only with env=yes"),
        ({"job": "x", "env": True, "name": "a b"}, "Invalid name for environment variable"),
        ({"job": "x", "env": True, "insertafter": "A"}, "Variable named 'A' not found"),
        ({"job": "x", "cron_file": "x"}, "you must specify user=... as well"),
        ({"job": "x", "cron_file": "x", "user": ""}, "you must specify user=... as well"),
        ({"job": "x", "cron_file": "/etc/crontab", "user": "li"}, "Will not manage /etc/crontab"),
    ],
)
def test_what_cannot_be_is_said(ctx: Context, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        run(ctx, **arguments)


def test_a_pipe_in_the_place_of_a_crontab_is_not_waited_for(ctx: Context, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TaskError, match="a device, a pipe or a socket"):
        run(ctx, job="x", user="li", cron_file=str(tmp_path / "pipe"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"job": "a\nb"},
        {"name": "a\nb"},
        {"job": "x", "hour": "1 *"},
        {"hour": "1\n"},
        {"job": "x", "user": "a\nb"},
    ],
)
def test_what_would_be_another_line_is_refused(ctx: Context, wrong: dict[str, Any]) -> None:
    with pytest.raises(ParamsError):
        run(ctx, **wrong)


@pytest.mark.parametrize(
    ("when", "words"),
    [("-l", "Unable to read crontab"), ("-", "Failed to install new cronfile")],
)
def test_what_the_program_says_is_told(ctx: Context, tmp_path: Path, when: str, words: str) -> None:
    (tmp_path / "bin" / "crontab").write_text(
        f"#!/bin/sh\n[ $1 = {when} ] || exit 0\necho not allowed >&2\nexit 3\n"
    )
    with pytest.raises(TaskError, match=f"^{words}: not allowed$") as caught:
        run(ctx, job="x")
    assert (caught.value.data["rc"], caught.value.data["stderr"]) == (3, "not allowed\n")
