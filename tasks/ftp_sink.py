"""The near end of a download: compares what comes with what is here, and writes the rest down."""

from __future__ import annotations

import os
import socket

from ..runner.task import TaskError
from . import paths
from .clients.ftp_data import Stream
from .clients.pipe import Pipe, Refused
from .ftp_job import Job
from .ftp_pace import Pace


class OtherFileError(TaskError):
    """What is here is not the beginning of what comes."""


class Sink:
    def __init__(
        self, job: Job, descriptor: int, tail: bytes, pace: Pace, pipe: Pipe | None
    ) -> None:
        """Compare the first bytes with a `tail`; those behind it may go through a pipe."""
        self.offset = job.done
        self._job = job
        self._descriptor = descriptor
        self._tail = memoryview(tail)
        self._pace = pace
        self._pipe = pipe
        self._buffer = memoryview(bytearray(pace.piece))

    def take(self, stream: Stream) -> int:
        """Receive and write some bytes; tells how many, none at the end."""
        count = self._moved(stream)
        if count:
            self._pace.add(self._job, count)
        return count

    def _moved(self, stream: Stream) -> int:
        if self._pipe and not self._tail and isinstance(stream, socket.socket):
            return self._moved_through(self._pipe, stream)
        count = stream.recv_into(self._buffer)
        self._write(self._compared(self._buffer[:count]))
        return count

    def _moved_through(self, pipe: Pipe, sock: socket.socket) -> int:
        try:
            count = pipe.fill(sock)
        except Refused:
            self._pipe = None
            return self._moved(sock)
        end = self.offset + count
        try:
            while self.offset < end:
                self.offset += pipe.pour(self._descriptor, self.offset)
        except OSError:
            # Some file systems take nothing from a pipe. If that is not why, writing tells it.
            self._pipe = None
            self._write(memoryview(pipe.rest()))
        return count

    def _write(self, block: memoryview) -> None:
        with paths.told(f"write {self._job.step.path}"):
            while block:
                written = os.pwrite(self._descriptor, block, self.offset)
                self.offset += written
                block = block[written:]

    def _compared(self, block: memoryview) -> memoryview:
        """Take off what is here already."""
        known = min(len(self._tail), len(block))
        if block[:known] != self._tail[:known]:
            raise OtherFileError("")
        self._tail = self._tail[known:]
        self.offset += known
        return block[known:]
