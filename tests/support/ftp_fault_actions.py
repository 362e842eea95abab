"""What the faults of a scripted FTP server do; `ftp_faults` tells how they are used."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TypeAlias

from ftp_fault_session import Gone, Session, reset
from ftp_fault_tree import Refused

Action: TypeAlias = Callable[[Session], None]


def reply(text: str) -> Action:
    def act(_: Session) -> None:
        raise Refused(text)

    return act


def last_words(text: str) -> Action:
    def act(session: Session) -> None:
        session.say(text)
        session.leave()

    return act


def cut_data(session: Session) -> None:
    reset(session.channel)
    raise Refused("426 Connection closed; transfer aborted")


def cut_control(session: Session) -> None:
    reset(session.sock)
    reset(session.channel)
    raise Gone


def hang_up(session: Session) -> None:
    session.sock.shutdown(socket.SHUT_RDWR)


def stall(session: Session) -> None:
    session.wait_until_left()


def lose(session: Session) -> None:
    session.passes = lambda _: b""


def corrupt(session: Session) -> None:
    session.passes = lambda block: bytes(byte ^ 1 for byte in block)


def no_mark(session: Session) -> None:
    session.marks = False
