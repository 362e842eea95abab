"""Commands to a POP3 server and its replies, one at a time or written ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ...runner.dataclasses import dataclass
from .mail_account import MailAccount
from .mail_words import MailError
from .wire import Wire

_LONGEST_LIST = 64 * 1024 * 1024
_AHEAD = 128
_LATER = "try again later (`until`, `retries`)"
_ADVICE: Mapping[str, str] = {
    "[IN-USE]": f"another program has this mailbox open; {_LATER}",
    "[LOGIN-DELAY]": f"the server wants some time between two logins; {_LATER}",
    "[SYS/TEMP]": _LATER,
    "[SYS/PERM]": "the server cannot open this mailbox at all; tell those who run it",
}
"""By response code (RFC 2449 and 3206)."""


@dataclass(frozen=True)
class Reply:
    """What the server says; `status` is +OK, -ERR, or + for a challenge."""

    status: str
    text: str

    @property
    def done(self) -> bool:
        return self.status == "+OK"


class Pop3Talk:
    """One connection."""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self.wire = Wire(account)
        self.ahead = 1
        """How many commands may be on their way."""

    def allow_pipelining(self) -> None:
        self.ahead = _AHEAD

    def ask(self, doing: str, command: str, advice: str = "") -> str:
        """Send a command, whose reply must be good."""
        reply = self.say(doing, command)
        if not reply.done:
            raise self.refused(doing, reply, advice)
        return reply.text

    def say(self, doing: str, command: str) -> Reply:
        self._check_step(doing)
        self.wire.send(f"{command}\r\n".encode())
        return self.reply(doing)

    def _check_step(self, doing: str) -> None:
        """Make sure that nothing was said unasked: it would be taken for the answer."""
        self.wire.doing = doing
        if self.wire.has_more:
            self.wire.is_broken = True
            raise MailError(
                self.account,
                f"cannot {doing} ({self.account}): the server said more than it was asked, so its"
                " answers no longer belong to our questions; try again",
            )

    def reply(self, doing: str) -> Reply:
        self.wire.doing = doing
        status, _, text = self.wire.line().decode("utf-8", "replace").partition(" ")
        if status not in ("+OK", "-ERR", "+"):
            self.wire.is_broken = True
            raise MailError(
                self.account,
                f"cannot {doing} ({self.account}): what answers there is no POP3; check `port` and"
                " `tls`",
            )
        return Reply(status, text)

    def listing(self, doing: str, command: str) -> list[str]:
        """Ask for a list."""
        self.ask(doing, command)
        return self.wire.text(_LONGEST_LIST).decode("utf-8", "replace").split("\r\n")[:-1]

    def listing_if_any(self, doing: str, command: str) -> list[str]:
        """Ask for a list that a server need not have; a reason why not now is an error."""
        try:
            return self.listing(doing, command)
        except MailError as error:
            if "reply" not in error.data or _code(str(error.data["reply"])) in _ADVICE:
                raise
            return []

    def each(self, doing: str, verb: str, numbers: Sequence[int]) -> Iterator[tuple[int, Reply]]:
        """Say the same of many mails, written ahead; all replies must be taken.

        What follows a reply is to be read before the next is asked for.
        """
        self._check_step(doing)
        left = iter(numbers)
        on_their_way: deque[int] = deque()
        while True:
            # Half a window at a time: the server never runs dry, and few packets are sent.
            if len(on_their_way) <= self.ahead // 2:
                on_their_way.extend(self._sent(verb, left, self.ahead - len(on_their_way)))
            if not on_their_way:
                break
            number = on_their_way.popleft()
            yield number, self.reply(f"{doing} {number}")
        self._check_step(doing)

    def _sent(self, verb: str, numbers: Iterator[int], most: int) -> list[int]:
        sent = list(islice(numbers, most))
        self.wire.send("".join(f"{verb.format(number)}\r\n" for number in sent).encode())
        return sent

    def refused(self, doing: str, reply: Reply, advice: str = "") -> MailError:
        """Say that the server does not do what it was asked."""
        known = _ADVICE.get(_code(reply.text), advice)
        said = "; ".join(filter(None, (reply.text, known)))
        return MailError(self.account, f"cannot {doing} ({self.account}): {said}", reply=reply.text)


def _code(text: str) -> str:
    return text.partition(" ")[0].upper()
