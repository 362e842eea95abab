"""A login on a POP3 server.

`poplib` gives up on lines of more than 2,048 bytes and loses step; here only the size of a whole
message is bounded. Nothing is deleted on the server until `close` says goodbye.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .lines import one_line
from .mail_account import MailAccount
from .mail_words import MailError
from .wire import Wire

_LONGEST_LIST = 64 * 1024 * 1024
_LOGIN = "check `user` and `password`; many providers want POP3 to be allowed, and an app password"


@dataclass(frozen=True)
class Entry:
    """A message as the server's list has it; `uid` stays the same between logins."""

    number: int
    uid: str
    size: int


class Pop3Session:
    """Open it first, close it last."""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self.welcome = ""
        self._wire = Wire(account)
        self._is_logged_in = False
        self.abort: Callable[[], None] = self._wire.abort

    def open(self) -> None:
        """Connect, start TLS and log in."""
        user = one_line("user", self.account.user)
        password = one_line("password", self.account.password)
        try:
            self._wire.open()
            self.welcome = self._reply("connect")
            if self.account.tls == "starttls":
                self._ask("start TLS", "STLS", "set `tls: implicit` (port 995 as a rule)")
                self._wire.secure()
            self._ask("log in", f"USER {user}", _LOGIN)
            self._ask("log in", f"PASS {password}", _LOGIN)
        except BaseException:
            self._wire.close()
            raise

    def close(self) -> None:
        """Say goodbye; what was deleted is gone only now."""
        try:
            if not self._wire.is_broken:
                self._ask("end the session", "QUIT", "mails may not have been deleted")
        finally:
            self._wire.close()

    def hang_up(self) -> None:
        """Leave without a goodbye: the server deletes nothing."""
        self._wire.close()

    def stat(self) -> tuple[int, int]:
        """Count the mails, and their bytes."""
        numbers = self._ask("ask how many mails there are", "STAT").split()
        try:
            return int(numbers[0]), int(numbers[1])
        except (ValueError, IndexError):
            raise self._nonsense("STAT") from None

    def entries(self) -> list[Entry]:
        """List all mails, oldest first, by number, size and lasting id."""
        sizes, uids = self._list("LIST"), self._uids()
        try:
            return [Entry(at, uids.get(at, ""), int(size)) for at, size in sizes.items()]
        except ValueError:
            raise self._nonsense("LIST") from None

    def _uids(self) -> dict[int, str]:
        try:
            return self._list("UIDL")
        except MailError as error:
            if "reply" not in error.data:
                raise
            return {}  # the one command here that a server need not know

    def _list(self, command: str) -> dict[int, str]:
        self._ask("list the mails", command)
        lines = self._wire.text(_LONGEST_LIST).decode("latin-1").splitlines()
        try:
            return {int(number): rest for number, rest, *_ in map(str.split, lines)}
        except ValueError:
            raise self._nonsense(command) from None

    def head(self, number: int, limit: int) -> bytes:
        """Fetch the headers of a mail."""
        self._ask(f"look at mail {number}", f"TOP {number} 0")
        return self._wire.text(limit)

    def message(self, number: int, limit: int) -> bytes:
        """Fetch a mail, as the very bytes that the server keeps."""
        self._ask(f"fetch mail {number}", f"RETR {number}")
        return self._wire.text(limit)

    def delete(self, number: int) -> None:
        """Mark a mail; it is gone when the session ends well."""
        self._ask(f"delete mail {number}", f"DELE {number}")

    def _ask(self, doing: str, command: str, hint: str = "") -> str:
        self._wire.doing = doing
        self._wire.send(f"{command}\r\n".encode())
        return self._reply(doing, hint)

    def _reply(self, doing: str, hint: str = "") -> str:
        status, _, text = self._wire.line().decode("utf-8", "replace").partition(" ")
        if status == "+OK":
            return text
        if status != "-ERR":
            self._wire.is_broken = True
            text, hint = "what answers there is no POP3", "check `port` and `tls`"
        said = f"{text}; {hint}" if hint else text
        raise MailError(self.account, f"cannot {doing} ({self.account}): {said}", reply=text)

    def _nonsense(self, command: str) -> MailError:
        self._wire.is_broken = True
        return MailError(
            self.account,
            f"cannot read the mailbox ({self.account}): the answer to {command} makes no sense",
        )
