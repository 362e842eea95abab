"""Have a working copy of a git repository, at the revision that is wanted."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated

from ..runner.dataclasses import dataclass, field, replace
from ..runner.task import Alias, Cancelled, Context, Range, Result, TaskError
from . import folders, git_archive, git_signature
from .alone import alone
from .git_repository import Address, Repository
from .permissions import Access
from .word_list import Words

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = {
    "before": "The revision that was checked out; none of a new working copy.",
    "after": "The revision that is checked out now.",
    "remote_url_changed": "Whether the working copy that was there had another origin.",
    "submodules_changed": "Whether submodules were brought to another revision.",
    "git_dir_before": "Where the repository was, if it has been moved.",
    "git_dir_now": "Where it is now.",
    "archive": "The archive, if one was asked for.",
}
EXAMPLES = """\
- name: The newest revision
  git:
    repo: https://git.example.com/reports.git
    dest: /srv/reports
  register: reports

- name: A release, without its history, by a key of its own
  git:
    repo: git@git.example.com:reports.git
    dest: /srv/reports-1.2
    version: v1.2
    depth: 1
    key_file: /srv/keys/deploy
    accept_newhostkey: true
"""


@dataclass(frozen=True, kw_only=True)
class Params:
    repo: Annotated[str, "The address of the repository.", Alias("name")]
    dest: Annotated[str | None, "The folder of the working copy; needed for one."] = None
    version: Annotated[
        str,
        "A branch, a tag or a revision; `HEAD` is the branch that is checked out, or the origin's"
        " main branch.",
    ] = "HEAD"
    remote: Annotated[str, "What the origin is called."] = "origin"
    refspec: Annotated[
        str | None, "What is fetched instead of branches into a working copy that is already there."
    ] = None
    force: Annotated[
        bool, "Throw changes in the working copy away; otherwise they are an error."
    ] = False
    clone: Annotated[bool, "Make the working copy if it is not there."] = True
    update: Annotated[bool, "Fetch what is new; otherwise a working copy is left as it is."] = True
    depth: Annotated[
        int | None, "How many revisions of the history are fetched; 0 is all.", Range(0)
    ] = None
    single_branch: Annotated[bool, "Clone only the branch or tag that is wanted."] = False
    bare: Annotated[bool, "Have the repository alone, without its files."] = False
    recursive: Annotated[bool, "With its submodules."] = True
    track_submodules: Annotated[bool, "Submodules at the newest revision of their branch."] = False
    reference: Annotated[str | None, "A repository on this machine to borrow from."] = None
    key_file: Annotated[str | None, "The private key to log in with by SSH."] = None
    accept_hostkey: Annotated[bool, "Trust whatever key the SSH server shows."] = False
    accept_newhostkey: Annotated[bool, "Trust the key of an SSH server that is not known yet."] = (
        False
    )
    ssh_opts: Annotated[str | None, "Options for ssh, as on its command line."] = None
    executable: Annotated[str, "The program."] = "git"
    separate_git_dir: Annotated[
        str | None, "The folder of the repository, if it is to lie beside the working copy."
    ] = None
    umask: Annotated[
        str | None, "What files are made without: `0077` lets nobody else read them."
    ] = None
    archive: Annotated[
        str | None, "Put what is checked out into this file, too: zip, tar, tar.gz or tgz."
    ] = None
    archive_prefix: Annotated[str | None, "The folder in which it lies there: `reports/`."] = None
    verify_commit: Annotated[
        bool, "Fail if what is checked out, or its tag, has no signature that gpg finds good."
    ] = False
    gpg_allowlist: Annotated[
        Words, "Fingerprints of keys; others do not count.", Alias("gpg_whitelist")
    ] = field(default_factory=list)


def run(params: Params, ctx: Context) -> Result:
    for name in ("version", "remote", "refspec"):
        if (getattr(params, name) or "").startswith("-"):
            raise TaskError(f"{name}: {getattr(params, name)!r} would be an option of git")
    if not params.version:
        raise TaskError("Failed to checkout ", hint="version: `HEAD` is the main branch")
    _together(params)
    repository = Repository(
        path=ctx.path(params.dest or "."),
        address=Address.of(params.repo, ctx),
        remote=params.remote,
        executable=params.executable,
        environment=_ssh(params, ctx),
        ctx=ctx,
        umask=_umask(params.umask),
    )
    with alone(repository.path, ctx):
        result = _there(repository, params, ctx)
        return _archived(result, repository, params, ctx) if params.archive else result


def _together(params: Params) -> None:
    """Raise TaskError for parameters that do not go together."""
    if params.dest is None and params.clone:
        raise TaskError("the destination directory must be specified unless clone=no")
    for one, other in (("separate_git_dir", "bare"), ("accept_hostkey", "accept_newhostkey")):
        if getattr(params, one) and getattr(params, other):
            raise TaskError(f"parameters are mutually exclusive: {one}|{other}")
    if params.archive_prefix and not params.archive:
        raise TaskError("missing parameter(s) required by 'archive_prefix': archive")


def _umask(written: str | None) -> int:
    try:
        return int(written, 8) if written else -1
    except ValueError as error:
        raise TaskError("umask must be an octal integer", details=str(error)) from error


def _there(repository: Repository, params: Params, ctx: Context) -> Result:
    if params.dest is None or not repository.exists:
        return _new(repository, params, ctx)
    moved = _moved(repository, params, ctx)
    if not params.update:
        return _with(_result(repository.head, repository.head), moved)
    return _with(_updated(repository, params, ctx), moved)


def _with(result: Result, data: Mapping[str, object]) -> Result:
    return replace(result, changed=True, data={**result.data, **data}) if data else result


def _moved(repository: Repository, params: Params, ctx: Context) -> Mapping[str, object]:
    """Bring the repository to where it is wanted; gives what is to be told of that."""
    if not params.separate_git_dir:
        return {}
    wanted, folder = str(ctx.path(params.separate_git_dir)), repository.folder
    if folder == wanted:
        return {}
    if not ctx.check:
        repository.run("init", "--separate-git-dir", wanted)
    return {"git_dir_before": folder, "git_dir_now": wanted}


def _ssh(params: Params, ctx: Context) -> dict[str, str]:
    words = ["-o", "BatchMode=yes"]
    if params.key_file:
        words += ["-i", str(ctx.path(params.key_file)), "-o", "IdentitiesOnly=yes"]
    if params.accept_hostkey:
        words += ["-o", "StrictHostKeyChecking=no"]
    elif params.accept_newhostkey:
        words += ["-o", "StrictHostKeyChecking=accept-new"]
    known = {**os.environ, **ctx.environment}
    ssh = known.get("GIT_SSH_COMMAND") or "ssh"
    return {"GIT_SSH_COMMAND": f"{ssh} {shlex.join(words)} {params.ssh_opts or ''}".strip()}


def _result(before: str | None, after: str | None, **changed: bool) -> Result:
    moved = before != after or any(changed.values())
    return Result(changed=moved, data={"before": before, "after": after, **changed})


# A new working copy -------------------------------------------------------------------------


def _new(repository: Repository, params: Params, ctx: Context) -> Result:
    if ctx.check or not params.clone:
        offered = _offered(repository, params.version, params)
        return _diffed(_result(None, offered), repository, ctx)
    folders.make(repository.path.parent, Access())
    repository.clone(*_clone_options(repository, params, ctx))
    if params.refspec:
        _fetch(repository, params)
    submodules = _checked_out(repository, params)
    return _diffed(_result(None, repository.head, **submodules), repository, ctx)


def _offered(repository: Repository, version: str, params: Params) -> str:
    found = repository.offered(version)
    if found is None and not params.refspec:
        raise _unknown(version, repository)
    # What only the refspec makes a name of is known when that is fetched.
    return found or version


def _unknown(version: str, repository: Repository) -> TaskError:
    hint = f"{repository.address.bare} has no such branch, tag or revision"
    return TaskError(f"Failed to checkout {version}", hint=hint)


def _clone_options(repository: Repository, params: Params, ctx: Context) -> list[str]:
    options = ["--bare"] if params.bare else ["--no-checkout"]
    if params.separate_git_dir:
        options += ["--separate-git-dir", str(ctx.path(params.separate_git_dir))]
    if params.reference:
        options += ["--reference", str(ctx.path(params.reference))]
    if params.depth:
        options += ["--depth", str(params.depth)]
    if not (params.depth or params.single_branch):
        return options  # Any name may be wanted that the clone knows, as origin/main.
    if params.version != "HEAD" and params.version != _offered(repository, params.version, params):
        options += ["--branch", params.version]
    return [*options, "--single-branch"]


# One that is there --------------------------------------------------------------------------


def _updated(repository: Repository, params: Params, ctx: Context) -> Result:
    before, modified = repository.head, [] if params.bare else repository.modified()
    if modified and not params.force:
        msg = f"Local modifications exist in the destination: {repository.path} (force=no)."
        hint = f"`force: true` throws them away: {', '.join(modified)}"
        raise TaskError(msg, before=before, hint=hint)
    moved = repository.url != repository.address.bare
    if ctx.check:
        after = _offered(repository, _version(repository, params), params)
        # As in Ansible, what would be thrown away is not told then.
        return _diffed(_result(before, after, remote_url_changed=moved), repository, ctx)
    if moved:
        _lead_to(repository)
    _fetch(repository, params)
    submodules = _checked_out(repository, params)
    result = _result(before, repository.head, remote_url_changed=moved, **submodules)
    return _diffed(_forced(result, modified, repository), repository, ctx)


def _lead_to(repository: Repository) -> None:
    """As in Ansible, an origin of that name must be there."""
    remote, address = repository.remote, repository.address.bare
    try:
        repository.run("remote", "set-url", remote, address)
    except Cancelled:
        raise
    except TaskError as error:
        msg = f"Failed to set a new url {address} for {remote}:  {error.msg}"
        raise TaskError(msg, **error.data) from error


def _diffed(result: Result, repository: Repository, ctx: Context) -> Result:
    """With what git says of the difference, if it is asked for."""
    before, after = result.data["before"], result.data["after"]
    if not ctx.diff or before == after:
        return result
    told = f">> Newly checked out {after}"
    if before is not None:
        told = repository.difference(str(before), str(after))
    return replace(result, data={**result.data, "diff": {"prepared": told}})


def _version(repository: Repository, params: Params) -> str:
    return (repository.branch or "HEAD") if params.version == "HEAD" else params.version


def _forced(result: Result, modified: Sequence[str], repository: Repository) -> Result:
    if not modified:
        return result
    msg = f"Local modifications exist in the destination: {repository.path}"
    return replace(result, changed=True, msg=msg)


def _fetch(repository: Repository, params: Params) -> None:
    branches = "refs/heads/*" if params.bare else f"refs/remotes/{params.remote}/*"
    options = ["--tags"] if params.bare or params.refspec else ["--tags", "--prune"]
    if params.depth:
        options += ["--depth", str(params.depth)]
    if params.force or params.bare or params.depth:
        options.append("--force")  # Otherwise a tag that was moved is an error, as in Ansible.
    refspecs = [f"+refs/heads/*:{branches}"]
    if params.refspec:
        # As in Ansible, nothing else comes into a working copy then, but tags.
        refspecs = [*(refspecs if params.bare else []), params.refspec]
    elif params.single_branch and repository.upstream(params.version):
        refspecs = []  # The clone has noted which branch that is.
    try:
        repository.run("fetch", *options, params.remote, *refspecs)
    except Cancelled:
        raise
    except TaskError as error:
        msg = f"Failed to download remote objects and refs:  {error.data.get('stderr', error.msg)}"
        raise TaskError(msg, **error.data) from error


def _checked_out(repository: Repository, params: Params) -> dict[str, bool]:
    """Check the version out, and tell if that changed submodules."""
    if params.bare:
        return {}
    before = repository.submodules()
    _check_out(repository, params)
    if params.verify_commit:
        git_signature.verify(repository, params.version, params.gpg_allowlist)
    if not params.recursive:
        return {}
    _update_submodules(repository, params)
    return {"submodules_changed": True} if repository.submodules() != before else {}


def _check_out(repository: Repository, params: Params) -> None:
    """Check out a branch as the origin has it, or a tag or revision without a branch."""
    version = _version(repository, params).removeprefix("refs/heads/")
    if branch := repository.upstream(version):
        upstream = f"refs/remotes/{params.remote}/{branch}"
        repository.run("checkout", "--force", "--no-track", "-B", branch, upstream)
        # Said by hand: `--track` refuses a branch besides the one that was cloned alone.
        repository.run("config", f"branch.{branch}.remote", params.remote)
        repository.run("config", f"branch.{branch}.merge", f"refs/heads/{branch}")
        return
    # A branch that only the working copy has, as the origin had it, is not what is wanted.
    is_left = not params.refspec and repository.commit(f"refs/heads/{version}")
    if is_left or repository.commit(version) is None:
        if repository.ask("fetch", params.remote, version) is None:
            raise _unknown(version, repository)
        version = "FETCH_HEAD"
    repository.run("checkout", "--force", "--detach", version)


def _update_submodules(repository: Repository, params: Params) -> None:
    if (repository.path / ".gitmodules").exists():
        repository.run("submodule", "sync", "--recursive")
        options = ["--remote"] if params.track_submodules else []
        repository.run("submodule", "update", "--init", "--recursive", "--force", *options)


def _archived(result: Result, repository: Repository, params: Params, ctx: Context) -> Result:
    path = ctx.path(params.archive or "")
    news = ctx.check or git_archive.write(
        repository, path, params.version if params.bare else "HEAD", params.archive_prefix, ctx
    )
    data = {**result.data, "archive": str(path)}
    return replace(result, changed=result.changed or news, data=data)
