"""How each program is told to copy a tree, up or down.

All of them verify the server's certificate and its name. What vsftpd asks for beyond that, data
connections that go on with the session of the control connection, decides who can do TLS at all:
rclone and curl can below TLS 1.3 only, and aioftp not at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from .server import HOST, PASSWORD, USER, Server
from .trees import Tree

BIN = Path(sys.executable).parent
PEERS = Path(".cache/ftp-peers/bin")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Job:
    """Copy the tree at `local` to `remote` in the server's home, or back; `folder` is for notes."""

    direction: Literal["up", "down"]
    tree: Tree
    local: Path
    remote: str
    server: Server
    folder: Path

    def note(self, name: str, text: str) -> str:
        file = self.folder / name
        file.write_text(text, "utf-8")
        return str(file)


class Run(NamedTuple):
    """A command line, and what its environment has beyond that of all."""

    command: Sequence[str]
    environment: Mapping[str, str] = {}


@dataclass(frozen=True)
class Program:
    name: str
    run: Callable[[Job], Run]
    tls: bool = True


def opsplay(job: Job) -> Run:
    paths = {"src": f"{job.local}/", "dest": job.remote}
    if job.direction == "down":
        paths = {"src": f"{job.remote}/", "dest": str(job.local)}
    login = {"host": HOST, "port": job.server.port, "user": USER, "password": PASSWORD}
    secure = {"tls": "explicit", "ca_file": str(job.server.ca_file)}
    arguments = {**login, **paths, **(secure if job.server.ca_file else {"tls": "none"})}
    # JSON is YAML too.
    play = {"hosts": "localhost", "gather_facts": False}
    playbook = [{**play, "tasks": [{f"ftp_{job.direction}load": arguments}]}]
    return Run([str(BIN / "opsplay"), "run", job.note("playbook.yml", json.dumps(playbook))])


def lftp(parallel: int, segments: int = 1) -> Callable[[Job], Run]:
    def run(job: Job) -> Run:
        ends = (
            f"{job.remote} {job.local}"
            if job.direction == "down"
            else (f"--reverse {job.local} {job.remote}")
        )
        script = "\n".join(
            [
                "set cmd:fail-exit yes",
                f"set ssl:ca-file {job.server.ca_file or ''}",
                f"set ftp:ssl-force {'yes' if job.server.ca_file else 'no'}",
                "set ftp:ssl-protect-data yes",
                f"open -u {USER},{PASSWORD} -p {job.server.port} {HOST}",
                f"mirror --parallel={parallel} --use-pget-n={segments} {ends}",
            ]
        )
        return Run(["lftp", "-f", job.note("lftp", f"{script}\n")])

    return run


def rclone(transfers: int) -> Callable[[Job], Run]:
    def run(job: Job) -> Run:
        there = f":ftp:{job.remote}"
        ends = [str(job.local), there] if job.direction == "up" else [there, str(job.local)]
        settings = {
            "HOST": HOST,
            "PORT": str(job.server.port),
            "USER": USER,
            "PASS": first_line(["rclone", "obscure", PASSWORD]),
            "WRITING_MDTM": "true",  # else it complains of every file
            "EXPLICIT_TLS": str(bool(job.server.ca_file)).lower(),
            "DISABLE_TLS13": "true",  # else vsftpd finds its session wanting
        }
        environment = {f"RCLONE_FTP_{name}": value for name, value in settings.items()}
        trusted = {"SSL_CERT_FILE": str(job.server.ca_file)} if job.server.ca_file else {}
        # With several streams for one file it gives up: vsftpd answers 426 where one breaks off.
        switches = ["--config=", f"--transfers={transfers}", "--multi-thread-streams=0"]
        command = ["rclone", "copy", *switches, *ends]
        return Run(command, {**environment, **trusted})

    return run


def curl(parallel: int) -> Callable[[Job], Run]:
    def run(job: Job) -> Run:
        local = "upload-file" if job.direction == "up" else "output"
        url = f"ftp://{HOST}:{job.server.port}/{job.remote}"
        lines = [f'{local}="{job.local}/{path}"\nurl="{url}/{path}"' for path in job.tree.paths]
        options = [f'user="{USER}:{PASSWORD}"', "silent", "show-error", "fail-early"]
        options += ["ftp-create-dirs", "create-dirs"]
        if parallel > 1:
            options += ["parallel", f"parallel-max={parallel}"]
        if job.server.ca_file:
            options += ["ssl-reqd", "tls-max=1.2", f'cacert="{job.server.ca_file}"']
        return Run(["curl", "--config", job.note("curl", "\n".join([*options, *lines]))])

    return run


def script(python: Path, name: str) -> Callable[[Job], Run]:
    def run(job: Job) -> Run:
        login = ["--host", HOST, "--port", str(job.server.port)]
        login += ["--user", USER, "--password", PASSWORD]
        if job.server.ca_file:
            login += ["--ca-file", str(job.server.ca_file)]
        ends = [job.direction, str(job.local), job.remote]
        return Run([str(python), str(HERE / name), *ends, *login])

    return run


OPSPLAY = Program("opsplay", opsplay)
LFTP = tuple(Program(f"lftp, {n} parallel", lftp(n)) for n in (1, 4, 8))
LFTP_SEGMENTS = Program("lftp, 4 segments", lftp(1, 4))
RCLONE = tuple(Program(f"rclone, {n} parallel", rclone(n)) for n in (1, 4, 8))
CURL = tuple(Program(f"curl, {n} parallel", curl(n)) for n in (1, 4))
FTPLIB = Program("ftplib", script(BIN / "python", "with_ftplib.py"))
AIOFTP = Program("aioftp", script(PEERS / "python", "with_aioftp.py"), tls=False)

FOR_ONE_FILE = (OPSPLAY, LFTP[0], LFTP_SEGMENTS, RCLONE[0], CURL[0], FTPLIB, AIOFTP)
FOR_MANY_FILES = (OPSPLAY, *LFTP, *RCLONE, *CURL, FTPLIB, AIOFTP)
FOR_NOTHING = (OPSPLAY, *LFTP, *RCLONE)
"""Those that leave alone what is there already."""


def versions() -> str:
    named = "import aioftp; print('aioftp', aioftp.__version__)"
    lines = [
        first_line([str(BIN / "opsplay"), "--version"]),
        first_line(["lftp", "--version"]).replace(" | Version", ""),
        first_line(["rclone", "version"]),
        first_line(["curl", "--version"]).partition(" (")[0],
        first_line([str(PEERS / "python"), "-c", named]),
        first_line(["dpkg-query", "--show", "vsftpd"]).replace("\t", " "),
    ]
    return ", ".join(line.partition(" |")[0] for line in lines)


def first_line(command: Sequence[str]) -> str:
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return shown.partition("\n")[0]
