"""Fetch mails with Python's poplib, and keep each as a file."""

from __future__ import annotations

import poplib

from .programs import Given
from .servers import HOST, PASSWORD, USER


def main() -> None:
    given = Given.from_command_line()
    if given.tls == "implicit":
        server: poplib.POP3 = poplib.POP3_SSL(HOST, given.port, context=given.context)
    else:
        server = poplib.POP3(HOST, given.port)
    if given.tls == "starttls":
        server.stls(given.context)
    server.user(USER)
    server.pass_(PASSWORD)
    count, _ = server.stat()
    for number in range(1, count + 1):
        _, lines, _ = server.retr(number)
        given.keep(number, b"\r\n".join([*lines, b""]))
    server.quit()


if __name__ == "__main__":
    main()
