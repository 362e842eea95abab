"""How each program is told to send mails to one server, one receiver each.

Those that build mails get the parts of one, those that only send get them whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from .messages import SENDER, receiver
from .programs import BIN, PEERS, Job, Program, Run, script
from .servers import HOST, program

ITSELF = ("-i", "localhost,", "-e", "ansible_python_interpreter={{ ansible_playbook_python }}")


def opsplay(job: Job) -> Sequence[str]:
    mail = {
        "host": HOST,
        "port": job.port,
        "tls": "none",
        "from": SENDER,
        "to": receiver("{{ item }}"),
        "subject": "Mail {{ item }}",
        "body": f"Dear {{{{ item }}}},\n{job.mails.text}",
        **attached(job, "attachments"),
    }
    return [str(BIN / "opsplay"), "run", playbook(job, {"send_mail": mail})]


def ansible(job: Job) -> Sequence[str]:
    mail = {
        "host": HOST,
        "port": job.port,
        "secure": "never",
        "from": SENDER,
        "to": receiver("{{ item }}"),
        "subject": "Mail {{ item }}",
        "body": f"Dear {{{{ item }}}},\n{job.mails.text}",
        **attached(job, "attach"),
    }
    task = {"community.general.mail": mail, "connection": "local"}
    return [str(PEERS / "ansible-playbook"), *ITSELF, playbook(job, task)]


def attached(job: Job, parameter: str) -> dict[str, list[str]]:
    if not job.mails.is_large:
        return {}
    return {parameter: [job.note("data.bin", job.mails.attachment)]}


def playbook(job: Job, task: Mapping[str, object]) -> str:
    # JSON is YAML too.
    loop = f"{{{{ range({job.mails.count}) | list }}}}"
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{**task, "loop": loop}]}
    return job.note("playbook.yml", json.dumps([play]))


def smtp_source(*options: str) -> Run:
    """Let postfix's own send a small mail's bytes again and again, one session at a time."""

    def run(job: Job) -> Sequence[str]:
        numbers = ["-s", "1", "-l", str(len(job.mails.message(0))), "-m", str(job.mails.count)]
        return [program("smtp-source"), *options, *numbers, f"{HOST}:{job.port}"]

    return run


def one_by_one(command: Callable[[Job, str], str]) -> Run:
    """Let a shell start a program for each mail."""

    def run(job: Job) -> Sequence[str]:
        mail = job.note("mail.eml", job.mails.message(0))
        return ["sh", "-ec", f"for i in $(seq {job.mails.count}); do {command(job, mail)}; done"]

    return run


def msmtp(job: Job, mail: str) -> str:
    options = f"--host={HOST} --port={job.port} --tls=off --auth=off --from={SENDER}"
    return f"msmtp {options} {receiver('$i')} < {mail}"


def swaks(job: Job, mail: str) -> str:
    options = f"--server {HOST}:{job.port} --from {SENDER} --to {receiver('$i')}"
    return f"swaks --silent 3 {options} --data @{mail}"


PROGRAMS = (
    Program("opsplay", opsplay, is_compared=True),
    Program("opsplay's client alone", script("opsplay"), is_compared=True),
    Program("smtp-source, one connection", smtp_source("-d"), is_compared=True),
    Program("smtp-source, one for each", smtp_source(), is_compared=True),
    Program("smtplib", script("smtplib")),
    Program("aiosmtplib", script("aiosmtplib", PEERS)),
    Program("msmtp", one_by_one(msmtp), most=50),
    Program("swaks", one_by_one(swaks), most=25),
    Program("ansible", ansible, most=5),
)
OVER_ONE_CONNECTION = PROGRAMS[:6]
