"""What the faults of a scripted mail server do; `mail_faults` tells how they are used.

reply("451 Later")      says this, and nothing is done; IMAP's OK, NO and BAD get their tag
told("451 Later")       does what was asked, and says this
raw(b"...")             sends these very bytes, and nothing is done
cut                     breaks the connection off before anything is done
cut_after(5)            does what was asked, and breaks off after so many bytes of the reply
hang_up                 closes the connection before anything is done
stall                   says nothing more
drip                    sends the reply byte by byte
surrounded(b"", b"")    sends these bytes before and behind the reply
changed(function)       sends what the function makes of the reply
last_words("421 Bye")   says this, does nothing, and closes
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mail_fault_session import Session
from mail_faults import Action, Work


def reply(text: str) -> Action:
    return lambda session, _: session.worded(text)


def told(text: str) -> Action:
    def act(session: Session, work: Work) -> bytes:
        work()
        return session.worded(text)

    return act


def raw(data: bytes) -> Action:
    return lambda _session, _work: data


def cut(session: Session, _: Work) -> bytes:
    session.cut()


def cut_after(count: int) -> Action:
    def act(session: Session, work: Work) -> bytes:
        session.then = session.cut
        done = work()
        session.then = session.cut
        return done[:count]

    return act


def hang_up(session: Session, _: Work) -> bytes:
    session.leave()


def stall(session: Session, _: Work) -> bytes:
    session.wait_until_left()


def drip(session: Session, work: Work) -> bytes:
    for byte in work():
        session.send(bytes([byte]))
    return b""


def surrounded(before: bytes = b"", behind: bytes = b"") -> Action:
    return changed(lambda done: before + done + behind)


def changed(function: Callable[[bytes], bytes]) -> Action:
    return lambda _, work: function(work())


def last_words(text: str) -> Action:
    def act(session: Session, _: Work) -> bytes:
        session.then = partial(Session.leave, session)
        return session.worded(text)

    return act
