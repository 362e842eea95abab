"""What can be done with files and folders on an FTP server."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from .ftp_account import FtpAccount
from .ftp_listing import (
    Entry,
    Listing,
    parse_facts,
    parse_list,
    parse_mlsd,
    parse_size,
    parse_time,
    write_time,
)
from .ftp_reply import SIZE_OR_TIME
from .ftp_session import FtpSession
from .ftp_words import FtpError

BLOCK = 256 * 1024
Method: TypeAlias = Literal["auto", "mlsd", "list"]

_LARGEST_LISTING = 256 * 1024 * 1024
_MLST_LINES = 3


class FtpClient(FtpSession):
    """Paths are absolute; `absolute` makes them so from the folder of `change_folder`."""

    def __init__(self, account: FtpAccount) -> None:
        super().__init__(account)
        self.folder = "/"
        self._at: str | None = None
        self._known_folders: set[str] = set()
        self._list_all = "-a"
        self._keeps_times: bool | None = None

    def absolute(self, path: str) -> str:
        # normpath keeps two slashes at the beginning: POSIX lets them mean something else.
        return "/" + posixpath.normpath(posixpath.join(self.folder, path)).lstrip("/")

    def change_folder(self, path: str | None) -> None:
        """Take paths from here on relative to this folder, or to the one of the login."""
        self._at = None  # since the last step it may have been removed and made again
        self.folder = self.home
        self.folder = self.absolute(path or "")
        if path:
            self._enter(self.folder)
        self._known_folders = {"/", self.home, self.folder}

    def _enter(self, folder: str) -> None:
        if folder != self._at:
            self.command("CWD", folder)
            self._at = folder

    # Looking -----------------------------------------------------------------------------------

    def stat(self, path: str) -> Entry | None:
        """Tell what lies there; None if nothing does, or nothing that the account may see."""
        if "MLST" not in self.features:
            return self._stat_by_size(path)
        reply = self.ask("MLST", path)
        if not reply.done or len(reply.lines) < _MLST_LINES:
            return None
        return parse_facts(reply.lines[1].lstrip(" "))

    def _stat_by_size(self, path: str) -> Entry | None:
        name, size = posixpath.basename(path), self.size(path)
        if size is not None:
            return Entry(name=name, type="file", size=size, mtime=self.mtime(path))
        return Entry(name=name, type="dir") if self._is_folder(path) else None

    def _is_folder(self, path: str) -> bool:
        entered = self.ask("CWD", path).done
        if entered:
            self._at = path
        return entered

    def size(self, path: str) -> int | None:
        reply = self.ask("SIZE", path)
        return parse_size(reply.text) if reply.code == SIZE_OR_TIME else None

    def mtime(self, path: str) -> float | None:
        reply = self.ask("MDTM", path)
        return parse_time(reply.text) if reply.code == SIZE_OR_TIME else None

    def list_folder(self, path: str, method: Method = "auto") -> Listing:
        if method == "mlsd" or (method == "auto" and "MLST" in self.features):
            return parse_mlsd(self._lines("MLSD", path))
        # Not `LIST path`: servers take patterns and options for it, as ls does.
        self._enter(path)
        return parse_list(self._lines_of_list(), datetime.now(UTC))

    def _lines_of_list(self) -> list[str]:
        """List with dot files, if the server knows how."""
        if self._list_all:
            try:
                lines = self._lines("LIST", self._list_all)
            except FtpError as error:
                if error.code is None:
                    raise
                lines = []
            if lines:
                return lines
        lines = self._lines("LIST", "")
        if lines:
            self._list_all = ""
        return lines

    def _lines(self, verb: str, argument: str) -> list[str]:
        received = bytearray()
        with self.data(verb, argument) as sock:
            while block := sock.recv(BLOCK):
                received += block
                if len(received) > _LARGEST_LISTING:
                    raise FtpError(f"the listing of {argument} has no end ({self.account})")
        text = received.decode(self.account.encoding, "surrogateescape")
        return [line.removesuffix("\r") for line in text.split("\n") if line]

    # Changing ----------------------------------------------------------------------------------

    def upload(self, path: str, blocks: Iterable[memoryview]) -> int:
        """Store what comes; gives the number of bytes sent, and the server may have fewer."""
        sent = 0
        with self.data("STOR", path) as sock:
            for block in blocks:
                rest = block
                # Not sendall: its timeout is for the whole block, however slow the line is.
                while rest:
                    rest = rest[sock.send(rest) :]
                sent += len(block)
        return sent

    def download(self, path: str, write: Callable[[memoryview], object]) -> int:
        """Fetch a file; gives the number of bytes received, and the file may have more."""
        buffer = memoryview(bytearray(BLOCK))
        received = 0
        with self.data("RETR", path) as sock:
            while count := sock.recv_into(buffer):
                write(buffer[:count])
                received += count
        return received

    def make_folders(self, path: str) -> list[str]:
        """Make this folder and those above it that are missing; gives those that were."""
        missing = []
        while path not in self._known_folders and not self._is_folder(path):
            missing.append(path)
            path = posixpath.dirname(path)
        made = [folder for folder in reversed(missing) if self._make_folder(folder)]
        self._known_folders.update(missing, [path])
        return made

    def _make_folder(self, path: str) -> bool:
        reply = self.ask("MKD", path)
        if reply.done:
            return True
        if self._is_folder(path):  # somebody else was quicker
            return False
        raise self._refusal("MKD", path, reply)

    def rename(self, old: str, new: str) -> None:
        self.command("RNFR", old, ok=(3,))
        self.command("RNTO", new)

    def delete(self, path: str) -> None:
        self.command("DELE", path)

    def set_mtime(self, path: str, mtime: float) -> bool:
        """Set a file's time where server and account can; tells whether it is set."""
        # vsftpd knows no MFMT, but takes a time in MDTM; others look for a file of that name.
        verb = next((verb for verb in ("MFMT", "MDTM") if verb in self.features), None)
        if verb is None or self._keeps_times is False:
            return False
        self._keeps_times = self.ask(verb, f"{write_time(mtime)} {path}").done
        return self._keeps_times
