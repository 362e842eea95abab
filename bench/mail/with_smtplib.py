"""Send mails with Python's smtplib over one connection: each built, then sent."""

from __future__ import annotations

import smtplib

from .programs import Given
from .servers import HOST


def main() -> None:
    given = Given.from_command_line()
    with smtplib.SMTP(HOST, given.port) as server:
        for number in range(given.mails.count):
            server.send_message(given.mails.built(number))


if __name__ == "__main__":
    main()
