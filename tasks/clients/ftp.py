"""What can be done with files and folders on an FTP server."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Literal, TypeAlias

from ...runner.task import no_name
from .ftp_account import FtpAccount
from .ftp_data import FtpDataSession, Stream
from .ftp_known import Known
from .ftp_lines import Endless, Lines
from .ftp_listing import (
    Entry,
    Listing,
    parse_facts,
    parse_list,
    parse_mlsd,
    parse_time,
)
from .ftp_reply import SIZE_OR_TIME, Reply
from .ftp_session import Command
from .ftp_setting_times import Finish, Times, size_of
from .ftp_words import FtpError

Method: TypeAlias = Literal["auto", "mlsd", "list"]

_MLST_LINES = 3
_NOT_KNOWN = (500, 502)
_PIECE = 512 * 1024


class FtpClient(FtpDataSession):
    """Paths are absolute; `absolute` makes them so from the folder of `change_folder`."""

    def __init__(self, account: FtpAccount, known: Known | None = None) -> None:
        super().__init__(account, known)
        self.folder = "/"

    def absolute(self, path: str) -> str:
        if not path:
            raise no_name(path)
        if not path.isascii():
            path = self._as_told(path)
        if not path.startswith("/"):
            path = f"{self.folder.rstrip('/')}/{path}"
        if "//" not in path and "/." not in path and path[-1] != "/":
            return path
        # normpath keeps two slashes at the beginning: POSIX lets them mean something else.
        return "/" + posixpath.normpath(path).lstrip("/")

    def _as_told(self, path: str) -> str:
        """Give a path as the server tells it: bytes that are no text here may be some there."""
        coding = self.account.encoding, "surrogateescape"
        try:
            return path.encode(*coding).decode(*coding)
        except UnicodeEncodeError:  # told by whoever says it
            return path

    def change_folder(self, path: str | None) -> None:
        """Take paths from here on relative to this folder, or to the one of the login."""
        self.folder = self.known.home
        if path:
            self.folder = self.absolute(path)
            self.command("CWD", self.folder)

    # Looking -----------------------------------------------------------------------------------

    def stat(self, path: str) -> Entry | None:
        """Tell what lies there; None if nothing does, or nothing that the account may see.

        A link is what it leads to, as for a transfer, and a link only if that is nothing.
        """
        if not self.offers("MLST"):
            return self._stat_by_size(path)
        reply, size = self.exchange([("MLST", path), ("SIZE", path)])
        if self._is_unknown(reply.code):
            return self._stat_by_size(path)
        if reply.not_now:
            raise self._refusal("MLST", path, reply)
        if not reply.done or len(reply.lines) < _MLST_LINES:
            return None
        entry = parse_facts(reply.lines[1].lstrip(" "))
        # pure-ftpd says that it is a link; proftpd calls it a file, of the size of the link.
        is_link = entry and (entry.type == "link" or size_of(size) not in (None, entry.size))
        return (self._stat_by_size(path) or entry) if is_link else entry

    def _is_unknown(self, code: int | None) -> bool:
        """Whether MLST and MLSD are not known, whatever FEAT says; then FEAT has not said it."""
        if code not in _NOT_KNOWN:
            return False
        told = self.known.features or {}
        self.known.features = {name: told[name] for name in told if name != "MLST"}
        return True

    def _stat_by_size(self, path: str) -> Entry | None:
        name = posixpath.basename(path)
        size, mtime = self.exchange([("SIZE", path), ("MDTM", path)])
        if size.not_now:
            raise self._refusal("SIZE", path, size)
        if size.code == SIZE_OR_TIME:
            return Entry(name=name, type="file", size=size_of(size), mtime=_time(mtime))
        return Entry(name=name, type="dir") if self.is_folder(path) else None

    def is_folder(self, path: str) -> bool:
        return self._answer("CWD", path).done

    def _answer(self, verb: str, path: str) -> Reply:
        """Ask what may be answered by a no, but not by a not now."""
        reply = self.ask(verb, path)
        if reply.not_now:
            raise self._refusal(verb, path, reply)
        return reply

    def size(self, path: str) -> int | None:
        """Ask for the size of a file, in every way that there is."""
        size = size_of(self._answer("SIZE", path))
        if size is None and (entry := self.stat(path) or self._listed(path)):
            return entry.size
        return size

    def _listed(self, path: str) -> Entry | None:
        folder, name = posixpath.split(path)
        try:
            entries = self.list_folder(folder).entries
        except FtpError as error:
            if error.code is None:
                raise
            return None
        return next((entry for entry in entries if entry.name == name), None)

    def mtime(self, path: str) -> float | None:
        return _time(self.ask("MDTM", path))

    def mtimes(self, paths: Sequence[str]) -> list[float | None]:
        """Ask for the times of many files, to the second."""
        return times_of(self.exchange(asking_times(paths)))

    def list_folder(self, path: str, method: Method = "auto") -> Listing:
        if method == "mlsd":
            return self._listing("MLSD", path, parse_mlsd)
        if method == "auto" and self.offers("MLST"):
            try:
                return self._listing("MLSD", path, parse_mlsd)
            except FtpError as error:
                if not self._is_unknown(error.code):
                    raise
        return self._listing_of_list(path)

    def _listing_of_list(self, path: str) -> Listing:
        """List with dot files, if the server knows how."""
        read = partial(parse_list, now=datetime.now(UTC))
        option = self.known.list_option
        listing = Listing(())
        try:
            # Not `LIST path`: servers take patterns and options for it, as ls does.
            listing = self._list(option, path, read)
        except FtpError as error:
            if error.code is None or not option or error.verb != "LIST":
                raise
        if option and not listing.lines:
            listing = self._list("", path, read)
            if listing.lines:
                self.known.list_option = ""
        return listing

    def _list(self, option: str, path: str, read: Callable[[Iterable[str]], Listing]) -> Listing:
        try:
            return self._listing("LIST", option, read, folder=path)
        except FtpError as error:
            # The folder is what the user knows, though the command does not name it.
            said = f"list {option}".rstrip()
            error.name(f"list {path} (", instead_of=f"{said} (")
            error.data["path"] = path
            raise

    def _listing(
        self, verb: str, argument: str, read: Callable[[Iterable[str]], Listing], folder: str = ""
    ) -> Listing:
        ahead: list[Command] = [("CWD", folder)] if folder else []
        with self.data(verb, argument, ahead=ahead) as data:
            lines = Lines(data.socket, self.account.encoding)
            try:
                listing = read(lines)
            except Endless:
                raise FtpError(
                    f"the listing of {folder or argument} has no end ({self.account})"
                ) from None
        if lines.rest:
            raise FtpError(
                f"the listing of {folder or argument} breaks off in a line, though the server says"
                f" that all is well ({self.account})",
                transient=True,
            )
        return listing

    # Changing ----------------------------------------------------------------------------------

    def upload(
        self, path: str, blocks: Iterable[memoryview], *, offset: int = 0, append: bool = False
    ) -> int:
        """Store what comes; gives the number of bytes sent, and the server may have fewer."""
        sent = 0
        with self.data("APPE" if append else "STOR", path, offset=offset) as data:
            for block in blocks:
                if sent and data.is_under_way and self.control.has_unread:
                    raise ConnectionAbortedError  # the server has enough, and says why
                rest = block
                # Not sendall: its timeout is for the whole block, however slow the line is.
                while rest:
                    rest = rest[data.socket.send(rest) :]
                sent += len(block)
        return sent

    def download(
        self, path: str, write: Callable[[memoryview], object], *, offset: int = 0
    ) -> None:
        """Fetch a file piece by piece; a piece is gone when it is written."""
        buffer = memoryview(bytearray(_PIECE))

        def take(stream: Stream) -> int:
            if count := stream.recv_into(buffer):
                write(buffer[:count])
            return count

        self.retrieve(path, take, offset=offset)

    def retrieve(self, path: str, take: Callable[[Stream], int], *, offset: int = 0) -> None:
        """Let `take` receive some of a file and tell how much, until nothing comes.

        The server may have more than what comes.
        """
        with self.data("RETR", path, offset=offset) as data:
            while take(data.socket):
                pass

    def make_folders(self, path: str) -> list[str]:
        """Make this folder and those above it that are missing; gives those that were."""
        return self.make_each(self.missing_folders(path))

    def missing_folders(self, path: str) -> list[str]:
        """Give what has to be made for this folder to be there, the outermost first."""
        missing = []
        while path not in ("/", self.known.home) and not self.is_folder(path):
            missing.append(path)
            path = posixpath.dirname(path)
        return missing[::-1]

    def make_each(self, paths: Sequence[str]) -> list[str]:
        """Make folders, each after the one it lies in; gives those that were not there."""
        replies = self.exchange([("MKD", path) for path in paths])
        made = []
        for path, reply in zip(paths, replies, strict=True):
            if reply.done:
                made.append(path)
            elif not self.is_folder(path):  # else somebody else was quicker
                raise self._refusal("MKD", path, reply)
        return made

    def rename(self, old: str, new: str) -> None:
        """Rename a file; one of the new name is replaced."""
        begun, done = self.exchange(renaming([(old, new)]))
        if not begun.wants_more:
            raise self._refusal("RNFR", old, begun)
        if not done.done:
            raise self._refusal("RNTO", new, done)

    def rename_each(self, names: Sequence[tuple[str, str]]) -> list[bool]:
        """Rename many files; tells for each whether that was done."""
        return [reply.done for reply in self.exchange(renaming(names))[1::2]]

    def delete(self, path: str) -> None:
        self.command("DELE", path)

    def remove_each(self, paths: Sequence[tuple[str, bool]]) -> None:
        """Remove files and folders (those marked) in this order; what is gone is no error."""
        commands = [("RMD" if is_folder else "DELE", path) for path, is_folder in paths]
        for (verb, path), reply in zip(commands, self.exchange(commands), strict=True):
            if not reply.done and self.stat(path):
                raise self._refusal(verb, path, reply)

    def set_mode(self, path: str, mode: str) -> None:
        """Set permissions, as octal digits."""
        reply = self.ask("SITE", f"CHMOD {mode} {path}")
        if not reply.done:
            raise self._refusal("SITE CHMOD", path, reply)

    def set_mtime(self, path: str, mtime: float) -> bool:
        """Set a file's time where server and account can; tells whether it is set."""
        return self._set(Times(self, [(path, mtime)]))

    def _set(self, times: Times) -> bool:
        while commands := times.commands():
            times.done(self.exchange(commands))
        return not times.left

    def finish(self, path: str, mtime: float | None) -> int | None:
        """Set the time of a file that was sent, and ask for its size, in one go."""
        finish = Finish(self, [(path, mtime)])
        (size,) = finish.done(self.exchange(finish.commands))
        self._set(finish.times)
        return self.size(path) if size is None else size


def renaming(names: Sequence[tuple[str, str]]) -> list[Command]:
    """Give the commands that rename files, two for each."""
    return [command for old, new in names for command in (("RNFR", old), ("RNTO", new))]


def asking_times(paths: Sequence[str]) -> list[Command]:
    """Give the commands that ask for the times of files."""
    return [("MDTM", path) for path in paths]


def times_of(replies: Sequence[Reply]) -> list[float | None]:
    return [_time(reply) for reply in replies]


def _time(reply: Reply) -> float | None:
    return parse_time(reply.text) if reply.code == SIZE_OR_TIME else None
