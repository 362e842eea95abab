"""A working copy of a git repository, by the program `git`.

A login in an address goes to git in its environment, as a rule how to read the address without it:
so it stands in no list of processes, no message, and not in the working copy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, TaskError
from . import execution, process

_LOGIN = re.compile(r"(?<=://)[^/\s']*@")
_SHA = re.compile("[0-9a-f]{40}([0-9a-f]{24})?")
_OF_ANOTHER = {
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE"),
    *("GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"),
}
"""What a hook of a repository is told, in which opsplay may have been called."""
_NO_PROMPT = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "LC_ALL": "C"}


@dataclass(frozen=True)
class Address:
    """Where a repository is; `bare` holds no login, and is what may be shown."""

    bare: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, ctx: Context) -> Address:
        if text.startswith("-") or not text:
            raise TaskError(f"repo: {text!r} is no address of a repository")
        if "://" not in text and ":" not in text.partition("/")[0]:
            return cls(f"file://{ctx.path(text)}")
        # The name in ssh://git@host is needed, and no secret; over HTTP it may be a token.
        login = re.match(r"(https?://)([^/]+)@([^/]+)", text)
        if login is None:
            return cls(text)
        scheme, name, host = login.groups()
        # What curl takes for the end of a login, though it was written as it is.
        quoted = name.replace("@", "%40")
        return cls(
            text.replace(f"{name}@", "", 1),
            {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"url.{scheme}{quoted}@{host}/.insteadOf",
                "GIT_CONFIG_VALUE_0": f"{scheme}{host}/",
            },
        )


@dataclass(frozen=True, kw_only=True)
class Repository:
    """The repository at `path`, whose origin is called `remote`."""

    path: Path
    address: Address
    remote: str
    executable: str
    environment: Mapping[str, str]
    ctx: Context
    umask: int = -1
    """With which git makes files; without, our own."""

    @property
    def exists(self) -> bool:
        return os.path.lexists(self.path / ".git") or (self.path / "objects").is_dir()

    def run(self, *words: str) -> str:
        """Run git in the working copy; gives what it prints. Raises TaskError."""
        done = self.attempt("-C", str(self.path), *words)
        if done.code:
            raise self._failure(words[0], done)
        return done.stdout.strip()

    def ask(self, *words: str) -> str | None:
        """Run git in the working copy; None if it fails."""
        done = self.attempt("-C", str(self.path), *words)
        return None if done.code else done.stdout.strip()

    def attempt(self, *words: str) -> process.Finished:
        # Of a folder that is no repository, git would take the one that it lies in.
        above = Path(os.path.realpath(self.path)).parent
        command = process.Command(
            argv=[self.executable, *words],
            cwd=self.ctx.playbook_dir,
            without=_OF_ANOTHER,
            environment={
                **_NO_PROMPT,
                "GIT_CEILING_DIRECTORIES": str(above),
                **self.ctx.environment,
                **self.environment,
                **self.address.environment,
            },
            umask=self.umask,
        )
        return process.run(command, self.ctx.cancellation)

    def _failure(self, what: str, done: process.Finished) -> TaskError:
        stdout, stderr = (_LOGIN.sub("", text.strip()) for text in (done.stdout, done.stderr))
        hint = f"git {what} failed for {_LOGIN.sub('', self.address.bare)}"
        told = execution.output(stdout, stderr)
        return TaskError(stderr or stdout, rc=done.code, **told, hint=hint)

    # What is there --------------------------------------------------------------------------

    @property
    def head(self) -> str | None:
        """The revision that is checked out; None of a repository without any."""
        return self.ask("rev-parse", "--verify", "--quiet", "HEAD")

    @property
    def folder(self) -> str:
        """Where the repository itself lies."""
        return self.run("rev-parse", "--absolute-git-dir")

    @property
    def branch(self) -> str | None:
        """The branch that is checked out; None of a tag, a revision, or before the first one."""
        name = self.ask("rev-parse", "--abbrev-ref", "HEAD")
        return None if name == "HEAD" else name

    @property
    def url(self) -> str | None:
        return self.ask("config", "--get", f"remote.{self.remote}.url")

    def modified(self) -> list[str]:
        """Files that differ from what is checked out, but those that git does not know."""
        lines = self.run("status", "--porcelain", "--untracked-files=no").splitlines()
        return [line[2:].strip() for line in lines]

    def submodules(self) -> str:
        return self.ask("submodule", "status", "--recursive") or ""

    def commit(self, name: str) -> str | None:
        return self.ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")

    def difference(self, before: str, after: str) -> str:
        """What differs between two revisions, in git's words, or that this cannot be said."""
        done = self.attempt("-C", str(self.path), "diff", before, after)
        if done.code:
            why = f":\n>> {_LOGIN.sub('', done.stderr)}" if done.stderr else ""
            return f">> Failed to get proper diff between {before} and {after}{why}"
        return done.stdout or f">> No visual differences between {before} and {after}"

    def upstream(self, version: str) -> str | None:
        """The branch of the origin that a version means; None if it is a tag or a revision."""
        branch = version if version != "HEAD" else self.branch or self._main_branch()
        return branch if branch and self.commit(f"refs/remotes/{self.remote}/{branch}") else None

    def _main_branch(self) -> str:
        self.ask("remote", "set-head", self.remote, "--auto")
        symbol = self.ask("symbolic-ref", "--quiet", f"refs/remotes/{self.remote}/HEAD") or ""
        return symbol.removeprefix(f"refs/remotes/{self.remote}/")

    # What the origin has --------------------------------------------------------------------

    def offered(self, version: str) -> str | None:
        """The revision that the origin would give for a version; None if it knows none."""
        if _SHA.fullmatch(version):
            return version
        done = self.attempt("ls-remote", "--", self.address.bare)
        if done.code:
            raise self._failure("ls-remote", done)
        pairs = (line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
        known = {name: revision for revision, name in pairs}
        names = ("HEAD",) if version == "HEAD" else _names(version)
        return next((known[name] for name in names if name in known), None)

    def clone(self, *options: str) -> None:
        words = ("clone", "--quiet", "--origin", self.remote, *options)
        done = self.attempt(*words, "--", self.address.bare, str(self.path))
        if done.code:
            raise self._failure("clone", done)


def _names(version: str) -> tuple[str, ...]:
    return f"refs/heads/{version}", f"refs/tags/{version}^{{}}", f"refs/tags/{version}", version
