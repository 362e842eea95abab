"""Ask for all mails at once, and do nothing with them: as fast as the server goes."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from contextlib import suppress

from .programs import Given
from .servers import HOST, PASSWORD, USER

BLOCK = 1 << 18


def main() -> None:
    given = Given.from_command_line()
    with opened(given) as server:
        if given.tls == "none":
            asking = threading.Thread(target=server.sendall, args=[commands(given)])
            asking.start()
        else:  # which is not for two threads; what is asked fits into the system's buffers
            server.sendall(commands(given))
        with suppress(ssl.SSLEOFError):
            while server.recv(BLOCK):
                pass
    sys.stdout.write("done\n")


def opened(given: Given) -> socket.socket:
    server = socket.create_connection((HOST, given.port))
    if given.tls == "none":
        return server
    if given.tls == "starttls":
        server.recv(BLOCK)
        server.sendall(b"STLS\r\n" if given.protocol == "pop3" else b"0 STARTTLS\r\n")
        server.recv(BLOCK)
    return given.context.wrap_socket(server, server_hostname=HOST)


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
