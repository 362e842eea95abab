"""Ask for all mails at once, and do nothing with them: as fast as the server goes."""

from __future__ import annotations

import socket
import sys
import threading

from .programs import Given
from .servers import HOST, PASSWORD, USER

BLOCK = 1 << 18


def main() -> None:
    given = Given.from_command_line()
    with socket.create_connection((HOST, given.port)) as server:
        asking = threading.Thread(target=server.sendall, args=[commands(given)])
        asking.start()
        while server.recv(BLOCK):
            pass
        asking.join()
    sys.stdout.write("done\n")


def commands(given: Given) -> bytes:
    if given.protocol == "imap":
        login = [f"1 LOGIN {USER} {PASSWORD}", "2 EXAMINE INBOX"]
        lines = [*login, f"3 FETCH 1:{given.mails.count} (BODY.PEEK[])", "4 LOGOUT"]
    else:
        numbers = range(1, given.mails.count + 1)
        lines = [f"USER {USER}", f"PASS {PASSWORD}", *(f"RETR {n}" for n in numbers), "QUIT"]
    return "".join(f"{line}\r\n" for line in lines).encode()


if __name__ == "__main__":
    main()
