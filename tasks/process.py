"""Run a child process to its end: pipes drained, lines told as they come, stopped as a family.

A child gets a session of its own: Ctrl-C in the terminal reaches us alone, and a signal sent to
its group reaches all it has started. A run is over when the child has ended and what it wrote has
been read. A daemon that it leaves behind may go on holding the pipes; it is not waited for.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING

from ..runner.dataclasses import dataclass, field
from ..runner.task import Cancellation, Cancelled, TaskError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from ..runner.task import Context

    Action: TypeAlias = Callable[[selectors.BaseSelector, int], None]

KEPT = 16 * 1024 * 1024
"""How many bytes of each stream are kept at least: the last ones, where errors stand."""
GRACE = 2.0
"""How many seconds a child has to tidy up after SIGTERM, before SIGKILL."""
_TICK = 0.1
_LINE = 64 * 1024
_CHUNK = 64 * 1024
# All that a pipe can hold on Linux, unless root has raised the limit.
_FULL_PIPE = 1024 * 1024


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Command:
    """What to run; the environment is added to our own."""

    argv: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]
    without: Collection[str] = ()
    """What it does not inherit of our own environment."""
    stdin: bytes = b""
    umask: int = -1
    """Without, our own."""
    unclear: str = "replace"
    """What becomes of bytes that are no text, in Python's words."""


@dataclass(eq=False, repr=False)
class Stream:
    """What came through one pipe: the end of it kept, its lines told as they come."""

    on_line: Callable[[str], None]
    left_out: int = 0
    _kept: bytearray = field(default_factory=bytearray)
    _line: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > 2 * KEPT:
            self.left_out += len(self._kept) - KEPT
            del self._kept[:-KEPT]
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._tell(self._line + line)
            self._line.clear()
        self._line += rest
        if len(self._line) > _LINE:
            self.close()

    def close(self) -> None:
        """Tell what came after the last line break."""
        if self._line:
            self._tell(self._line)
            self._line.clear()

    def text(self, unclear: str) -> str:
        # What is cut off may begin within a letter, for which nobody is to blame.
        return self._kept.decode("utf-8", "replace" if self.left_out else unclear)

    def _tell(self, line: bytes | bytearray) -> None:
        # A progress bar writes over itself: what a terminal would show at the end is told.
        self.on_line(line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace"))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Finished:
    """How a process ended; a negative code is the signal that killed it."""

    code: int
    stdout: str
    stderr: str
    started: datetime
    ended: datetime
    warnings: Sequence[str]


def readable(text: str, ctx: Context) -> str:
    """The text of what was decoded by `surrogateescape`.

    As in Ansible, bytes that are no text are refused, unless the settings let them be replaced.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        if not ctx.strict_texts:
            return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)
        told = f"Task failed: Refusing to deserialize an invalid UTF8 string value: {error}"
        hint = "the setting module_strict_utf8_response lets it be replaced"
        raise TaskError(told, hint=hint) from error
    return text


def run_here(argv: Sequence[str], ctx: Context, unclear: str = "replace") -> Finished:
    """Run a program in the playbook's folder. Raises TaskError when it cannot be started."""
    command = Command(argv=argv, cwd=ctx.playbook_dir, environment=ctx.environment, unclear=unclear)
    return run(command, ctx.cancellation)


def run(
    command: Command, cancellation: Cancellation, on_line: Callable[[str], None] = lambda _: None
) -> Finished:
    """Run a command to its end. Raises TaskError when it cannot be started."""
    started = datetime.now()  # noqa: DTZ005  # what is shown is the person's time, as in Ansible
    began = time.monotonic()
    streams = {"stdout": Stream(on_line), "stderr": Stream(on_line)}
    cancellation.check()
    with _child(command) as child:
        try:
            with cancellation.calling(lambda: _signal_family(child, signal.SIGTERM)):
                _attend(child, command.stdin, streams, cancellation)
        except Cancelled:
            # That was before we could hear of it, but the child has begun, and may tidy up.
            _signal_family(child, signal.SIGTERM)
            _attend(child, command.stdin, streams, cancellation)
        cancellation.check()
    return Finished(
        code=child.returncode,
        stdout=streams["stdout"].text(command.unclear),
        stderr=streams["stderr"].text(command.unclear),
        started=started,
        # A clock that is set while the child runs does not make it end before it began.
        ended=started + timedelta(seconds=time.monotonic() - began),
        warnings=[_cut(name, stream) for name, stream in streams.items() if stream.left_out],
    )


def _cut(name: str, stream: Stream) -> str:
    return f"{name} was too long to keep: its first {stream.left_out} bytes are left out"


@contextmanager
def _child(command: Command) -> Iterator[subprocess.Popen[bytes]]:
    child = _start(command)
    try:
        yield child
    except BaseException:
        # Also whatever ignored SIGTERM, and grandchildren that outlived the child.
        _signal_family(child, signal.SIGKILL)
        child.wait()
        raise
    finally:
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe:
                pipe.close()


def _start(command: Command) -> subprocess.Popen[bytes]:
    # Nothing to add: copying our own for nothing would be a tenth of the time that a child takes.
    added, without = command.environment, command.without
    own = {each: os.environ[each] for each in os.environ if each not in without} if added else {}
    try:
        return subprocess.Popen(
            command.argv,
            bufsize=0,
            cwd=command.cwd,
            env={**own, **added} or None,
            stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            umask=command.umask,
        )
    except (OSError, ValueError) as error:
        raise TaskError(
            f"cannot run {command.argv[0]!r}: {_reason(error, command)}",
            rc=getattr(error, "errno", None) or 1,
        ) from error


def _reason(error: Exception, command: Command) -> str:
    if isinstance(error, FileNotFoundError) and "/" not in command.argv[0]:
        path = command.environment.get("PATH") or os.environ.get("PATH", os.defpath)
        return f"{error.strerror}: no such program in {path}"
    if isinstance(error, FileNotFoundError):
        return f"{error.strerror}, or the interpreter that its first line names is missing"
    if isinstance(error, BlockingIOError):
        return "the system starts no more processes: the limit (`ulimit -u`) is reached"
    return getattr(error, "strerror", None) or str(error)


def _signal_family(child: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def _attend(
    child: subprocess.Popen[bytes],
    stdin: bytes,
    streams: Mapping[str, Stream],
    cancellation: Cancellation,
) -> None:
    """Feed and drain the pipes until the child has ended."""
    kill_at = None
    with _pipes(child, stdin, streams) as selector:
        while True:
            # Asked first: what an ended child wrote is in the pipes by now, and one look takes it.
            ended = child.poll() is not None
            for key, _ in selector.select(0 if ended else _TICK):
                key.data(selector, _FULL_PIPE if ended else _CHUNK)
            if ended:
                break
            if cancellation.cancelled:
                kill_at = kill_at or time.monotonic() + GRACE
                if time.monotonic() >= kill_at:
                    _signal_family(child, signal.SIGKILL)
    for stream in streams.values():
        stream.close()


@contextmanager
def _pipes(
    child: subprocess.Popen[bytes], stdin: bytes, streams: Mapping[str, Stream]
) -> Iterator[selectors.BaseSelector]:
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for name, stream in streams.items():
            pipe = getattr(child, name)
            selector.register(pipe, selectors.EVENT_READ, _reader(pipe, stream))
        if child.stdin:
            os.set_blocking(child.stdin.fileno(), False)
            selector.register(child.stdin, selectors.EVENT_WRITE, _writer(child.stdin, stdin))
        # Where there is such a thing, the child's end wakes us at once, not at the next tick.
        with suppress(AttributeError, OSError):
            descriptor = os.pidfd_open(child.pid)
            stack.callback(os.close, descriptor)
            selector.register(descriptor, selectors.EVENT_READ, lambda *_: None)
        yield selector


def _reader(pipe: IO[bytes], stream: Stream) -> Action:
    def read(selector: selectors.BaseSelector, size: int) -> None:
        if data := os.read(pipe.fileno(), size):
            stream.feed(data)
        else:
            selector.unregister(pipe)

    return read


def _writer(pipe: IO[bytes], data: bytes) -> Action:
    rest = memoryview(data)

    def write(selector: selectors.BaseSelector, size: int) -> None:
        nonlocal rest
        try:
            rest = rest[os.write(pipe.fileno(), rest[:size]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            rest = rest[:0]
        if not rest:
            selector.unregister(pipe)
            pipe.close()

    return write
