from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from git_repositories import ENVIRONMENT, command, commit, repository
from opsplay.runner import params
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import git
from programs import needs
from web_serving import Asked, Reply, serving

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = needs("git")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    return repository(tmp_path / "origin")


@pytest.fixture
def ctx(contexts: Callable[..., Context]) -> Context:
    return contexts(environment=ENVIRONMENT)


@pytest.fixture
def check(contexts: Callable[..., Context]) -> Context:
    return contexts(environment=ENVIRONMENT, check=True)


def run(ctx: Context, repo: str = "origin", **arguments: Any) -> Result:
    given = {"repo": repo, "dest": "copy", **arguments}
    return git.run(params.build(git.Params, given), ctx)


def text(folder: Path) -> str:
    return (folder / "copy" / "file").read_text()


def revision(folder: Path, name: str) -> str:
    return command(folder, "rev-parse", f"{name}^{{commit}}")


# A new working copy -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "content"), [("HEAD", "two"), ("trunk", "two"), ("side", "side"), ("v1", "one")]
)
@pytest.mark.parametrize("options", [{}, {"depth": 1}, {"single_branch": True}])
def test_a_version_is_checked_out_once(
    ctx: Context, tmp_path: Path, origin: Path, version: str, content: str, options: dict[str, Any]
) -> None:
    first, second = (run(ctx, f"file://{origin}", version=version, **options) for _ in range(2))
    assert text(tmp_path) == content
    assert (first.changed, second.changed) == (True, False)
    assert first.data["before"] is None
    assert first.data["after"] == second.data["after"] == revision(origin, version)


def test_a_revision_is_checked_out(ctx: Context, tmp_path: Path, origin: Path) -> None:
    wanted = revision(origin, "v1")
    assert run(ctx, version=wanted).data["after"] == wanted
    assert text(tmp_path) == "one"


@pytest.mark.parametrize("remote", ["origin", "up"])
def test_a_version_may_be_what_only_the_clone_has_a_name_for(
    ctx: Context, tmp_path: Path, origin: Path, remote: str
) -> None:
    for changed in True, False:
        assert run(ctx, remote=remote, version=f"{remote}/side").changed is changed
    assert text(tmp_path) == "side"


def test_history_may_be_cut_off(ctx: Context, tmp_path: Path, origin: Path) -> None:
    run(ctx, f"file://{origin}", depth=1)
    assert command(tmp_path / "copy", "rev-list", "--count", "HEAD") == "1"


def test_a_bare_repository_is_made_once_and_brought_up_to_date(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    first, second = (run(ctx, bare=True) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert command(tmp_path / "copy", "rev-parse", "--is-bare-repository") == "true"
    new = commit(origin, "three")
    assert run(ctx, bare=True).data["after"] == new


def test_another_name_of_the_origin_and_more_that_is_fetched(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    command(origin, "update-ref", "refs/pull/7/head", "v1")
    run(ctx, remote="upstream", refspec="+refs/pull/*:refs/remotes/upstream/pull/*")
    assert revision(tmp_path / "copy", "upstream/pull/7/head") == revision(origin, "v1")


def test_a_version_may_be_what_the_refspec_makes_of_it(
    ctx: Context, check: Context, tmp_path: Path, origin: Path
) -> None:
    command(origin, "update-ref", "refs/pull/1/head", "side")
    refspec = "refs/pull/1/head:refs/remotes/origin/pull/1"
    wanted = {"version": "pull/1", "refspec": refspec}
    assert run(check, **wanted).data["after"] == "pull/1"
    first, second = (run(ctx, **wanted) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert text(tmp_path) == "side"


def test_with_a_refspec_nothing_else_comes_into_a_copy_that_is_there(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    run(ctx)
    old, new = revision(origin, "trunk"), commit(origin, "three")
    assert run(ctx, refspec="HEAD").data["after"] == old
    assert run(ctx).data["after"] == new


def test_no_depth_is_the_whole_history(ctx: Context, tmp_path: Path, origin: Path) -> None:
    run(ctx, depth=0)
    assert command(tmp_path / "copy", "rev-list", "--count", "HEAD") == "2"


def test_a_branch_that_was_cloned_alone_stays_alone(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    for _ in range(2):
        run(ctx, version="side", single_branch=True)
    assert command(tmp_path / "copy", "branch", "--remotes") == "origin/side"
    run(ctx, version="trunk", single_branch=True)
    assert text(tmp_path) == "two"


def test_of_an_origin_the_revision_alone_may_be_asked(ctx: Context, origin: Path) -> None:
    given = {"repo": "origin", "clone": False, "update": False}
    result = git.run(params.build(git.Params, given), ctx)
    assert result.data == {"before": None, "after": revision(origin, "HEAD")}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"separate_git_dir": "a", "bare": True}, "mutually exclusive: separate_git_dir|bare"),
        ({"accept_hostkey": True, "accept_newhostkey": True}, "accept_hostkey|accept_newhostkey"),
        ({"archive_prefix": "a/"}, "required by 'archive_prefix': archive"),
    ],
)
def test_what_does_not_go_together_is_said(
    ctx: Context, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, **arguments)
    assert caught.value.msg.endswith(words)


def test_without_cloning_only_the_revision_is_told(
    ctx: Context, check: Context, tmp_path: Path, origin: Path
) -> None:
    for result in (run(ctx, clone=False, version="v1"), run(check, version="v1")):
        assert (result.changed, result.data["after"]) == (True, revision(origin, "v1"))
    assert not (tmp_path / "copy").exists()


# One that is there --------------------------------------------------------------------------


def test_what_is_new_is_fetched(ctx: Context, tmp_path: Path, origin: Path) -> None:
    before = run(ctx).data["after"]
    after = commit(origin, "three")
    result = run(ctx)
    assert (result.changed, result.data["before"], result.data["after"]) == (True, before, after)
    assert text(tmp_path) == "three"


def test_head_is_the_branch_that_is_checked_out(
    ctx: Context, check: Context, tmp_path: Path, origin: Path
) -> None:
    run(ctx, version="side")
    for result in (run(check), run(ctx)):
        assert (result.changed, result.data["after"]) == (False, revision(origin, "side"))
    run(ctx, version="v1")
    assert run(ctx).data["after"] == revision(origin, "trunk")


def test_a_path_and_its_address_are_the_same_origin(ctx: Context, origin: Path) -> None:
    run(ctx)
    assert not run(ctx, f"file://{origin}").changed


def test_a_branch_that_was_written_anew_is_followed(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    run(ctx)
    command(origin, "reset", "-q", "--hard", "v1")
    commit(origin, "other")
    assert run(ctx).changed
    assert text(tmp_path) == "other"


def test_another_version_is_checked_out(ctx: Context, tmp_path: Path, origin: Path) -> None:
    run(ctx, f"file://{origin}", depth=1)
    assert run(ctx, f"file://{origin}", depth=1, version="side").changed
    assert text(tmp_path) == "side"


def test_without_update_all_stays(ctx: Context, tmp_path: Path, origin: Path) -> None:
    run(ctx)
    commit(origin, "three")
    assert not run(ctx, update=False).changed
    assert text(tmp_path) == "two"


def test_changes_of_ones_own_are_kept_or_thrown_away(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    run(ctx)
    (tmp_path / "copy" / "file").write_text("own")
    (tmp_path / "copy" / "new").touch()
    with pytest.raises(TaskError, match=r"Local modifications exist .* \(force=no\)") as caught:
        run(ctx)
    assert str(caught.value.data["hint"]).endswith("throws them away: file")
    assert text(tmp_path) == "own"
    assert run(ctx, force=True).changed
    assert text(tmp_path) == "two"
    assert (tmp_path / "copy" / "new").exists()


def test_check_mode_is_about_revisions_and_not_about_changes_of_ones_own(
    ctx: Context, check: Context, tmp_path: Path, origin: Path
) -> None:
    run(ctx)
    (tmp_path / "copy" / "file").write_text("own")
    result = run(check, force=True)
    assert (result.changed, result.data["before"]) == (False, result.data["after"])
    assert text(tmp_path) == "own"


def test_what_cannot_be_fetched_is_told(ctx: Context, tmp_path: Path, origin: Path) -> None:
    run(ctx)
    with pytest.raises(TaskError, match=r"^Failed to download remote objects and refs:  .*nothing"):
        run(ctx, refspec="refs/heads/nothing")


def test_a_tag_that_was_moved_is_fetched_only_by_force(ctx: Context, origin: Path) -> None:
    run(ctx, version="v1")
    command(origin, "tag", "-f", "-a", "-m", "two", "v1")
    with pytest.raises(TaskError, match="would clobber existing tag"):
        run(ctx, version="v1")
    result = run(ctx, version="v1", force=True)
    assert result.data["after"] == command(origin, "rev-parse", "trunk")


def test_another_origin_is_taken_over(ctx: Context, tmp_path: Path, origin: Path) -> None:
    run(ctx)
    origin.rename(tmp_path / "moved")
    result = run(ctx, "moved")
    assert (result.changed, result.data["remote_url_changed"]) == (True, True)
    assert not run(ctx, "moved").changed


@pytest.mark.usefixtures("origin")
def test_an_origin_that_is_not_there_is_not_made(ctx: Context) -> None:
    run(ctx)
    with pytest.raises(TaskError, match=r"Failed to set a new url .*origin for up:  .*'up'"):
        run(ctx, remote="up")


def test_check_mode_tells_and_does_nothing(
    ctx: Context, check: Context, tmp_path: Path, origin: Path
) -> None:
    run(ctx)
    assert not run(check).changed
    new = commit(origin, "three")
    result = run(check)
    assert (result.changed, result.data["after"]) == (True, new)
    assert text(tmp_path) == "two"


def test_submodules_come_along(ctx: Context, tmp_path: Path, origin: Path) -> None:
    command(tmp_path, "clone", "-q", "origin", "part")
    command(origin, "submodule", "--quiet", "add", f"file://{tmp_path}/part", "part")
    commit(origin, "with a part")
    assert run(ctx).data["submodules_changed"]
    assert (tmp_path / "copy" / "part" / "file").read_text() == "two"
    commit(tmp_path / "part", "newer")
    assert not run(ctx).changed
    assert run(ctx, track_submodules=True).changed
    assert (tmp_path / "copy" / "part" / "file").read_text() == "newer"
    run(ctx, dest="alone", recursive=False)
    assert not (tmp_path / "alone" / "part" / "file").exists()


# Logging in ---------------------------------------------------------------------------------


def test_a_password_goes_to_the_server_and_nowhere_else(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    command(tmp_path, "clone", "-q", "--bare", "origin", "served")
    command(tmp_path / "served", "update-server-info")

    def reply(asked: Asked) -> Reply:
        file = tmp_path / asked.path.partition("?")[0].lstrip("/")
        word = base64.b64encode(b"li:ge@heim").decode()
        if asked.headers.get("authorization") != f"Basic {word}":
            return Reply(b"", 401, {"WWW-Authenticate": 'Basic realm="git"'})
        return Reply(file.read_bytes()) if file.is_file() else Reply(b"", 404)

    with serving(reply) as web:
        address = f"{web.url}/served".replace("//", "//li:ge@heim@")
        assert run(ctx, address).changed
        assert not run(ctx, address).changed
        with pytest.raises(TaskError) as caught:
            run(ctx, address.replace("served", "nowhere"), dest="other")
        with pytest.raises(TaskError) as refused:
            run(ctx, address.replace("ge@heim", "falsch"), dest="other")
    assert text(tmp_path) == "two"
    assert "heim" not in (tmp_path / "copy" / ".git" / "config").read_text()
    assert "heim" not in f"{caught.value} {caught.value.data}"
    assert "falsch" not in f"{refused.value} {refused.value.data}"


def test_ssh_is_called_with_the_key_and_without_questions(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    (tmp_path / "ssh").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/called\nexit 1\n')
    (tmp_path / "ssh").chmod(0o755)
    ssh = {**ENVIRONMENT, "GIT_ALLOW_PROTOCOL": "ssh", "GIT_SSH_COMMAND": f"{tmp_path}/ssh"}
    options = {"key_file": "key", "accept_newhostkey": True, "ssh_opts": "-p 2222"}
    with pytest.raises(TaskError, match="Could not read from remote") as caught:
        run(contexts(environment=ssh), "git@host:x", **options)
    assert caught.value.data["hint"] == "git clone failed for git@host:x"
    called = (tmp_path / "called").read_text().split("\n")
    assert called[:6] == [
        "-o",
        "BatchMode=yes",
        "-i",
        f"{tmp_path}/key",
        "-o",
        "IdentitiesOnly=yes",
    ]
    assert called[6:10] == ["-o", "StrictHostKeyChecking=accept-new", "-p", "2222"]


# What goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"repo": "nowhere"}, "nowhere' does not appear to be a git repository"),
        ({"repo": "--upload-pack=touch evil"}, "is no address of a repository"),
        ({"version": "--detach"}, "would be an option of git"),
        ({"refspec": "--upload-pack=x"}, "would be an option of git"),
        ({"version": ""}, r"^Failed to checkout $"),
        ({"version": "v9"}, "Failed to checkout v9"),
        ({"version": "v9", "depth": 1}, "Failed to checkout v9"),
        ({"dest": None}, "destination directory must be specified"),
        ({"dest": "full"}, "already exists and is not an empty directory"),
        ({"executable": "no-git"}, "cannot run 'no-git'"),
    ],
)
def test_what_cannot_be_done_is_said(
    ctx: Context, tmp_path: Path, origin: Path, arguments: dict[str, Any], words: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(TaskError, match=words):
        run(ctx, **arguments)


# Beside the working copy --------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tgz"])
def test_what_is_checked_out_may_be_put_into_an_archive(
    ctx: Context, tmp_path: Path, origin: Path, ending: str
) -> None:
    archive = tmp_path / f"reports.{ending}"
    wanted = {"version": "v1", "archive": str(archive), "archive_prefix": "reports/"}
    assert run(ctx, **wanted).data["archive"] == str(archive)
    assert not run(ctx, **wanted).changed
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / "reports" / "file").read_text() == "one"
    assert run(ctx, **{**wanted, "version": "trunk"}).changed


def test_an_archive_of_another_kind_is_refused(ctx: Context, origin: Path) -> None:
    with pytest.raises(TaskError, match="Unable to get file extension from archive file name"):
        run(ctx, archive="reports.rar")
    with pytest.raises(TaskError, match=r"^Failed to perform archive operation$"):
        run(ctx, archive="nowhere/reports.zip")


def test_the_repository_may_lie_beside_the_working_copy(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    assert run(ctx, separate_git_dir="kept").changed
    assert (tmp_path / "copy" / ".git").is_file()
    assert not run(ctx, separate_git_dir="kept").changed
    moved = run(ctx, separate_git_dir="elsewhere")
    assert moved.data["git_dir_before"] == str(tmp_path / "kept")
    assert moved.data["git_dir_now"] == str(tmp_path / "elsewhere")
    assert (text(tmp_path), run(ctx).changed) == ("two", False)


def test_files_may_be_made_for_oneself_alone(ctx: Context, tmp_path: Path, origin: Path) -> None:
    run(ctx, umask="0077")
    assert (tmp_path / "copy" / "file").stat().st_mode & 0o777 == 0o600
    with pytest.raises(TaskError, match="umask must be an octal integer"):
        run(ctx, umask="u=rwx")


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The fingerprint of a key of gpg, with which git signs."""
    (tmp_path / "gpg").mkdir(0o700)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "gpg"))
    options = ["--batch", "--passphrase", "", "--quick-gen-key", "li@example.com", "ed25519"]
    subprocess.run(["gpg", *options], check=True, capture_output=True)
    listed = subprocess.run(
        ["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True
    )
    fingerprints = [line.split(":")[9] for line in listed.stdout.split("\n") if line[:4] == "fpr:"]
    return fingerprints[0]


@needs("gpg")
def test_signatures_are_verified(ctx: Context, tmp_path: Path, origin: Path, key: str) -> None:
    with pytest.raises(TaskError, match='Failed to verify GPG signature of commit/tag "HEAD"'):
        run(ctx, verify_commit=True)
    command(origin, "tag", "-s", "-u", key, "-m", "two", "v2")
    assert run(ctx, version="v2", verify_commit=True, gpg_allowlist=[key]).data["after"]
    with pytest.raises(TaskError, match="does not include the public key of this tag"):
        run(ctx, version="v2", verify_commit=True, gpg_allowlist=["0" * 40])


# Diff ---------------------------------------------------------------------------------------


def test_the_difference_is_what_git_says(contexts: Callable[..., Context], origin: Path) -> None:
    ctx = contexts(environment=ENVIRONMENT, diff=True)
    new = run(ctx, version="v1").data
    assert new["diff"] == {"prepared": f">> Newly checked out {new['after']}"}
    changed: Any = run(ctx, version="trunk").data["diff"]
    assert changed["prepared"].startswith("diff --git a/file b/file\n")
    assert "diff" not in run(ctx, version="trunk").data
    commit(origin, "three")
    coming: Any = run(replace(ctx, check=True)).data["diff"]  # It is not here yet.
    assert coming["prepared"].startswith(">> Failed to get proper diff between ")
