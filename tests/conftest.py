"""What every test gets: a Context, and a home folder that must stay untouched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from opsplay.runner.testing import make_context
from played import player

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opsplay.runner.task import Context
    from opsplay.tasks.servers.certificate import Certificate
    from played import Play

# The same examples everywhere, however slow it is there; to look for new ones is what fuzz/ is for.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

_IN_MEMORY = Path("/dev/shm")
_ROOM = 2**30
_LONG = {"differential", "playbooks", "real", "tests", "trust"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take the longest, so that in the end nobody waits for one."""
    items.sort(key=lambda item: item.path.parent.name not in _LONG)


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Give the test an empty home folder; a test that leaves something in it fails."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    for name in [name for name in os.environ if name.startswith(("XDG_", "ANSIBLE_", "OPSPLAY_"))]:
        monkeypatch.delenv(name)
    # Facts have tests of their own; the others need not say that they want none.
    monkeypatch.setenv("OPSPLAY_GATHERING", "explicit")
    yield folder
    assert not list(folder.iterdir()), "the test left something in the home folder"


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder that waits for no disk, if there is room for one."""
    is_roomy = _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > _ROOM
    place = _IN_MEMORY if is_roomy else tmp_path_factory.mktemp("memory")
    with TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def state(home: Path, memory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the test's runs a place to be remembered: each would wait for the disk several times."""
    with TemporaryDirectory(dir=memory, ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("XDG_STATE_HOME", folder)
        yield


@pytest.fixture(autouse=True, scope="session")
def usual_umask() -> Iterator[None]:
    """Make the modes of new files independent of the shell that the tests are started from."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def plain_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what is printed independent of the terminal that the tests run in."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    # What is shown into a pipe has tests of its own.
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "text")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Make what a server of TLS shows, and whom to trust."""
    from opsplay.tasks.servers.certificate import make_certificate

    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def contexts(tmp_path: Path) -> Iterator[Callable[..., Context]]:
    """Make Contexts in the test's folder; what they opened is closed after the test."""
    made: list[Context] = []

    def make(**overrides: object) -> Context:
        made.append(make_context(tmp_path, **overrides))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for context in reversed(made):
        context.exit_stack.close()
        context.pool.close()


@pytest.fixture
def ctx(contexts: Callable[..., Context]) -> Context:
    """Make a plain Context in the test's folder."""
    return contexts()


@pytest.fixture
def play(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Play:
    """Run tasks in the test's folder."""
    monkeypatch.chdir(tmp_path)
    return player(tmp_path, capsys)
