"""Have a working copy of a git repository, at the revision that is wanted."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from ..runner.task import Alias, Context, Range, Result, TaskError
from . import folders
from .git_repository import Address, Repository
from .permissions import Access

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = {
    "before": "The revision that was checked out; none of a new working copy.",
    "after": "The revision that is checked out now.",
    "remote_url_changed": "Whether the working copy that was there had another origin.",
    "submodules_changed": "Whether submodules were brought to another revision.",
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
    refspec: Annotated[str | None, "What is fetched besides branches and tags."] = None
    force: Annotated[
        bool, "Throw changes in the working copy away; otherwise they are an error."
    ] = False
    clone: Annotated[bool, "Make the working copy if it is not there."] = True
    update: Annotated[bool, "Fetch what is new; otherwise a working copy is left as it is."] = True
    depth: Annotated[int | None, "How many revisions of the history are fetched.", Range(1)] = None
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


def run(params: Params, ctx: Context) -> Result:
    for name in ("version", "remote"):
        if getattr(params, name).startswith("-"):
            raise TaskError(f"{name}: {getattr(params, name)!r} would be an option of git")
    if params.dest is None and params.clone:
        raise TaskError("the destination directory must be specified unless clone=no")
    repository = Repository(
        path=ctx.path(params.dest or ""),
        address=Address.of(params.repo, ctx),
        remote=params.remote,
        executable=params.executable,
        environment=_ssh(params, ctx),
        ctx=ctx,
    )
    if params.dest is None or not repository.exists:
        return _new(repository, params, ctx)
    if not params.update:
        return _result(repository.head, repository.head)
    return _updated(repository, params, ctx)


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
        return _result(None, _offered(repository, params.version))
    folders.make(repository.path.parent, Access())
    repository.clone(*_clone_options(repository, params, ctx))
    if params.refspec:
        _fetch(repository, params)
    submodules = _checked_out(repository, params)
    return _result(None, repository.head, **submodules)


def _offered(repository: Repository, version: str) -> str:
    if (found := repository.offered(version)) is None:
        raise _unknown(version, repository)
    return found


def _unknown(version: str, repository: Repository) -> TaskError:
    hint = f"{repository.address.bare} has no such branch, tag or revision"
    return TaskError(f"Failed to checkout {version}", hint=hint)


def _clone_options(repository: Repository, params: Params, ctx: Context) -> list[str]:
    options = ["--bare"] if params.bare else ["--no-checkout"]
    if params.reference:
        options += ["--reference", str(ctx.path(params.reference))]
    if params.depth:
        options += ["--depth", str(params.depth)]
    is_named = params.version != "HEAD" and params.version != _offered(repository, params.version)
    if is_named and (params.depth or params.single_branch):
        options += ["--branch", params.version]
    if params.single_branch or params.depth:
        options.append("--single-branch")
    return options


# One that is there --------------------------------------------------------------------------


def _updated(repository: Repository, params: Params, ctx: Context) -> Result:
    before, modified = repository.head, [] if params.bare else repository.modified()
    if modified and not params.force:
        msg = f"Local modifications exist in the destination: {repository.path} (force=no)."
        hint = f"`force: true` throws them away: {', '.join(modified)}"
        raise TaskError(msg, before=before, hint=hint)
    moved = repository.url != repository.address.bare
    if ctx.check:
        after = _offered(repository, _version(repository, params))
        return _forced(_result(before, after, remote_url_changed=moved), modified, repository)
    if moved:
        repository.run("config", f"remote.{params.remote}.url", repository.address.bare)
    _fetch(repository, params)
    submodules = _checked_out(repository, params)
    result = _result(before, repository.head, remote_url_changed=moved, **submodules)
    return _forced(result, modified, repository)


def _version(repository: Repository, params: Params) -> str:
    return (repository.branch or "HEAD") if params.version == "HEAD" else params.version


def _forced(result: Result, modified: Sequence[str], repository: Repository) -> Result:
    if not modified:
        return result
    msg = f"Local modifications exist in the destination: {repository.path}"
    return replace(result, changed=True, msg=msg)


def _fetch(repository: Repository, params: Params) -> None:
    branches = "refs/heads/*" if params.bare else f"refs/remotes/{params.remote}/*"
    options = ["--tags", "--force"]
    if params.depth:
        options += ["--depth", str(params.depth)]
    refspecs = [f"+refs/heads/*:{branches}", *([params.refspec] if params.refspec else [])]
    repository.run("fetch", *options, params.remote, *refspecs)


def _checked_out(repository: Repository, params: Params) -> dict[str, bool]:
    """Check the version out, and tell if that changed submodules."""
    if params.bare:
        return {}
    before = repository.submodules()
    _check_out(repository, params)
    if not params.recursive:
        return {}
    _update_submodules(repository, params)
    return {"submodules_changed": True} if repository.submodules() != before else {}


def _check_out(repository: Repository, params: Params) -> None:
    """Check out a branch as the origin has it, or a tag or revision without a branch."""
    version = params.version
    if branch := repository.upstream(version):
        upstream = f"refs/remotes/{params.remote}/{branch}"
        repository.run("checkout", "--force", "--no-track", "-B", branch, upstream)
        # Said by hand: `--track` refuses a branch besides the one that was cloned alone.
        repository.run("config", f"branch.{branch}.remote", params.remote)
        repository.run("config", f"branch.{branch}.merge", f"refs/heads/{branch}")
        return
    if repository.commit(version) is None:
        if repository.ask("fetch", params.remote, version) is None:
            raise _unknown(version, repository)
        version = "FETCH_HEAD"
    repository.run("checkout", "--force", "--detach", version)


def _update_submodules(repository: Repository, params: Params) -> None:
    if (repository.path / ".gitmodules").exists():
        repository.run("submodule", "sync", "--recursive")
        options = ["--remote"] if params.track_submodules else []
        repository.run("submodule", "update", "--init", "--recursive", "--force", *options)
