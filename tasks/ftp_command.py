"""Send commands to an FTP server as they are: SITE, and whatever an odd server wants.

For all that has a step of its own, that step is better: it knows when there is nothing to do, and
tries again. A command is sent once; commands that would disturb the session are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from ..runner.dataclasses import dataclass, field
from ..runner.task import Check, Context, FreeForm, Result, TaskError
from .clients.ftp import FtpClient
from .clients.ftp_reply import CLOSING, Reply
from .clients.ftp_words import FtpError, refused
from .clients.lines import one_line
from .ftp_login import FtpLogin
from .ftp_site import FtpSite

SUPPORTS_CHECK = True
RETURNS = {
    "code": "The code of the last reply.",
    "text": "What it says.",
    "lines": "The same, line by line.",
    "replies": "Every reply: `command`, `code`, `text`, `lines`.",
}
EXAMPLES = """\
- name: Let the mainframe store records of 80 characters
  ftp_command:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    command: SITE LRECL=80 RECFM=FB

- name: Ask for two things on one session
  ftp_command:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    command:
      - SYST
      - STAT
  register: asked

- name: Show what the server is
  debug:
    msg: "{{ asked.replies[0].text }}"
"""

_COMMAND = re.compile(r"([A-Za-z]{3,10})(?: (.*))?", re.DOTALL)
_CHECKSUMS = "HASH XCRC XMD5 XSHA XSHA1 XSHA256 XSHA512"
_ONLY_ASKS = frozenset(f"AVBL FEAT HELP MDTM MLST NOOP PWD SIZE STAT SYST {_CHECKSUMS}".split())
_OF_THE_SESSION = "it would disturb the session, which other steps go on with"
_NOT_FOR_US: Mapping[str, str] = {
    verb: why
    for verbs, why in (
        ("RETR", "`ftp_download` does that"),
        ("STOR STOU APPE", "`ftp_upload` does that"),
        ("LIST NLST MLSD", "`ftp_list` does that"),
        ("USER PASS ACCT REIN", "`user` and `password` log in"),
        ("AUTH ADAT PBSZ PROT CCC", "`tls` secures the session"),
        ("PORT EPRT LPRT PASV EPSV LPSV SPSV CPSV", "data connections are the other steps' work"),
        ("REST ABOR", "a transfer goes on by itself where it stopped"),
        ("TYPE MODE STRU OPTS LANG QUIT", _OF_THE_SESSION),
    )
    for verb in verbs.split()
}


@dataclass(frozen=True, kw_only=True)
class Params(FtpLogin):
    command: Annotated[
        str | list[str],
        "The command with its arguments, in one line; of a list, one after the other on one"
        " session, up to the first that is refused.",
        FreeForm(),
        Check(one_line),
    ]
    ok: Annotated[
        list[int], "Replies that are no failure: codes, or kinds, as 2 for 200 to 299."
    ] = field(default_factory=lambda: [2, 3])


@dataclass(frozen=True)
class _Command:
    verb: str
    argument: str

    def __str__(self) -> str:
        return f"{self.verb} {self.argument}".rstrip()

    @property
    def only_asks(self) -> bool:
        return self.verb in _ONLY_ASKS


def run(params: Params, ctx: Context) -> Result:
    written = [params.command] if isinstance(params.command, str) else params.command
    commands = [_read(line) for line in written]
    if not commands:
        raise TaskError("there is no command to send: the list is empty")
    only_asks = all(command.only_asks for command in commands)
    if ctx.check and not only_asks:
        return Result(skipped=True, msg="in check mode only commands that just ask are sent")
    site = FtpSite(params, ctx)
    replies = site.talk(lambda ftp: _talk(ftp, commands, params.ok))
    return Result(
        changed=not only_asks,
        msg=str(replies[-1][1]),
        data={**_as_data(replies[-1][1]), "replies": list(_all_as_data(replies))},
        warnings=site.warnings,
    )


def _read(line: str) -> _Command:
    match = _COMMAND.fullmatch(line.strip())
    if not match:
        raise TaskError(f"{line!r} is no command; it begins with a word like SITE or STAT")
    verb = match[1].upper()
    if why := _NOT_FOR_US.get(verb):
        raise TaskError(f"{verb} cannot be sent: {why}")
    return _Command(verb, match[2] or "")


def _talk(ftp: FtpClient, commands: list[_Command], ok: list[int]) -> list[tuple[_Command, Reply]]:
    # Earlier steps may have left the session in any folder; paths may be relative.
    ftp.command("CWD", ftp.folder)
    try:
        return [(command, _sent(ftp, command, ok)) for command in commands]
    except FtpError as error:
        error.transient = False  # it may have been obeyed, though the answer is lost
        raise


def _sent(ftp: FtpClient, command: _Command, ok: list[int]) -> Reply:
    reply = ftp.ask(command.verb, command.argument)
    if reply.code == CLOSING or reply.goes_on:
        ftp.abort()  # what comes next on this session would be no answer to what is asked
    if reply.code not in ok and reply.kind not in ok:
        raise refused(ftp.account, str(command), "", reply)
    return reply


def _all_as_data(replies: Iterable[tuple[_Command, Reply]]) -> Iterable[dict[str, object]]:
    return ({"command": str(command), **_as_data(reply)} for command, reply in replies)


def _as_data(reply: Reply) -> dict[str, object]:
    return {"code": reply.code, "text": reply.text, "lines": list(reply.lines)}
