from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsplay.runner import owners
from opsplay.runner.ledger import Ledger, state_folder
from opsplay.runner.task import Cancelled, TaskError


@pytest.fixture(name="ledger")
def _ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "state")) as ledger:
        yield ledger


@pytest.fixture(name="another")
def _another(ledger: Ledger) -> Iterator[Callable[[], Ledger]]:
    """Makes ledgers of other runs of the same user."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(Ledger(ledger.folder)))


Another = Callable[[], Ledger]


def give_up(_: float) -> None:
    raise Cancelled


def test_what_was_put_is_there_in_the_next_run(ledger: Ledger) -> None:
    ledger.put("mails", {"a": {"uid": "1"}, "ü": {"uid": 2}})
    ledger.close()
    assert ledger.get("mails", "a") == {"uid": "1"}
    assert ledger.keys("mails") == {"a", "ü"}
    assert ledger.get("others", "a") is None


def test_what_is_put_again_is_replaced_and_what_is_deleted_is_gone(ledger: Ledger) -> None:
    ledger.put("mails", {"a": {"n": 1}, "b": {"n": 1}})
    ledger.put("mails", {"a": {"n": 2}})
    ledger.delete("mails", ["b", "c"])
    assert ledger.get("mails", "a") == {"n": 2}
    assert ledger.keys("mails") == {"a"}


def test_what_belongs_to_a_run_is_forgotten_in_every_space(
    ledger: Ledger, another: Another
) -> None:
    for space in ("a", "b"):
        ledger.put(space, {"run-1 x": {}, "run-1 y": {}, "run-10 x": {}})
    ledger.forget("run-1 ")
    assert [another().keys(space) for space in ("a", "b")] == [{"run-10 x"}] * 2


def test_what_was_put_before_a_moment_is_forgotten(ledger: Ledger, another: Another) -> None:
    old, new = ({"at": f"{year}-01-01T00:00:00+00:00"} for year in (2025, 2026))
    ledger.put("a", {"old": old, "new": new, "ever": {}})
    moment = datetime(2025, 6, 1, tzinfo=UTC).timestamp()
    assert [ledger.prune(moment), ledger.prune(moment)] == [1, 0]
    assert another().keys("a") == {"new", "ever"}


def test_whoever_only_looks_makes_nothing(ledger: Ledger) -> None:
    assert ledger.get("mails", "a") is None
    assert ledger.keys("mails") == set()
    assert not ledger.folder.exists()


def test_state_is_for_its_user_alone(ledger: Ledger) -> None:
    ledger.put("mails", {"a": {}})
    assert ledger.folder.stat().st_mode & 0o777 == 0o700


def test_a_held_name_lets_others_wait(ledger: Ledger, another: Another) -> None:
    other = another()
    with ledger.held("inbox", give_up):
        with pytest.raises(Cancelled), other.held("inbox", give_up):
            pass
        with other.held("another", give_up):
            pass
    with other.held("inbox", give_up):
        pass


_CHILD = """
import sys, time
from pathlib import Path
from opsplay.runner import owners
from opsplay.runner.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
with ledger.held("inbox", time.sleep):
    ledger.put("once", {"a": {"owner": ledger.owner}})
    print("here", flush=True)
    time.sleep(60)
"""


def test_a_process_that_was_killed_holds_nothing_and_is_known_for_dead(ledger: Ledger) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(ledger.folder)], stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout
        assert child.stdout.readline() == b"here\n"
        owner = (ledger.get("once", "a") or {})["owner"]
        assert ledger.is_alive(owner)
        child.send_signal(signal.SIGKILL)
    assert not ledger.is_alive(owner)
    with ledger.held("inbox", give_up):
        pass


_FORKS = """
import os, signal, sys, time
from pathlib import Path
from opsplay.runner import owners
from opsplay.runner.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
with ledger.held("inbox", time.sleep):
    print(ledger.owner, flush=True)
    if child := os.fork():
        print(child, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
"""


def test_what_a_killed_process_held_its_child_does_not_hold(ledger: Ledger) -> None:
    command = [sys.executable, "-c", _FORKS, str(ledger.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        owner, child = process.stdout.readline().strip(), int(process.stdout.readline())
        process.wait()
        try:
            assert not ledger.is_alive(owner)
            with ledger.held("inbox", give_up):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


_ASKS = """
import sys
from pathlib import Path
from opsplay.runner import owners
from opsplay.runner.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
print(ledger.is_alive(sys.argv[2]))
with ledger.held("inbox", lambda _: sys.exit("held")):
    pass
"""


def test_a_process_holds_a_name_though_others_have_asked_it_for_it(
    ledger: Ledger, another: Another
) -> None:
    """A lock of fcntl is lost with any descriptor of its file that is closed."""
    owner = ledger.owner
    with ledger.held("inbox", give_up):
        for other in (ledger, another()):
            assert other.is_alive(owner)
            with pytest.raises(Cancelled), other.held("inbox", give_up):
                pass
        command = [sys.executable, "-c", _ASKS, str(ledger.folder), owner]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("True\n", "held\n")


def test_threads_that_ask_at_once_are_told_one_name(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = owners.Owner

    def slowly(folder: Path) -> owners.Owner:
        time.sleep(0.1)
        return made(folder)

    monkeypatch.setattr(owners, "Owner", slowly)
    with ThreadPoolExecutor(4) as threads:
        assert len({*threads.map(lambda _: ledger.owner, range(4))}) == 1


def test_a_process_is_alive_to_itself_and_to_others_until_it_closes(
    ledger: Ledger, another: Another
) -> None:
    other, owner = another(), ledger.owner
    assert ledger.is_alive(owner)
    assert other.is_alive(owner)
    ledger.close()
    assert not other.is_alive(owner)
    assert not other.is_alive("../ledger.sqlite")


def test_state_of_a_newer_opsplay_is_refused(ledger: Ledger) -> None:
    import sqlite3

    ledger.put("mails", {"a": {}})
    ledger.close()
    database = sqlite3.connect(ledger.folder / "ledger.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(TaskError, match="written by a newer opsplay"):
        ledger.get("mails", "a")


def test_a_file_that_is_no_database_is_told(ledger: Ledger) -> None:
    ledger.folder.mkdir()
    (ledger.folder / "ledger.sqlite").write_text("no database " * 100)
    with pytest.raises(TaskError, match=r"cannot keep state in .*--state-dir"):
        ledger.put("mails", {"a": {}})


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ledger = Ledger(tmp_path / "file" / "state")
    for use in (lambda: ledger.put("mails", {"a": {}}), lambda: ledger.owner):
        with pytest.raises(TaskError, match=r"cannot keep state in .*Not a directory"):
            use()


def test_state_lies_where_the_user_says_or_the_system_has_it() -> None:
    assert state_folder("mine", {}) == Path.cwd() / "mine"
    assert state_folder(None, {"XDG_STATE_HOME": "/var/state"}) == Path("/var/state/opsplay")
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  # not by the same way
    assert state_folder(None, {"XDG_STATE_HOME": "relative"}) == home / ".local/state/opsplay"


def test_what_was_jotted_down_is_known_here_at_once_and_to_others_when_the_process_ends(
    ledger: Ledger,
    another: Another,
) -> None:
    ledger.jot("mails", {"a": {"uid": "1"}, "ü": {"uid": 2}})
    assert (ledger.get("mails", "a"), another().get("mails", "a")) == ({"uid": "1"}, None)
    ledger.close()
    assert ledger.get("mails", "ü") == {"uid": 2}
    assert not list((ledger.folder / "owners").iterdir())


def test_what_is_put_or_deleted_comes_after_what_was_jotted_down(ledger: Ledger) -> None:
    ledger.jot("mails", {"a": {"n": 1}, "b": {"n": 1}, "c": {"n": 1}})
    ledger.put("mails", {"a": {"n": 2}})
    ledger.jot("mails", {"b": {"n": 2}})
    ledger.delete("mails", ["c"])
    ledger.close()
    assert ledger.keys("mails") == {"a", "b"}
    assert [ledger.get("mails", key) for key in "ab"] == [{"n": 2}] * 2


def test_what_is_put_beside_it_leaves_alone_what_was_jotted_down(
    ledger: Ledger, another: Another
) -> None:
    ledger.jot("mails", {"a": {"n": 1}})
    ledger.put("mails", {"b": {"n": 2}})
    assert ledger.keys("mails") == {"a", "b"}
    assert another().keys("mails") == {"b"}


def test_keys_that_begin_alike_are_forgotten_in_every_space(ledger: Ledger) -> None:
    for space in ("a", "b", "ü"):
        ledger.put(space, {"run-1 x": {}, "run-1 ü": {}, "run-10 x": {}, "run-1": {}})
    ledger.put("c", {"run-0 x": {}})
    ledger.forget("run-1 ")
    assert [ledger.keys(space) for space in ("a", "b", "ü")] == [{"run-10 x", "run-1"}] * 3
    assert ledger.keys("c") == {"run-0 x"}


def test_what_was_jotted_down_can_be_forgotten(ledger: Ledger) -> None:
    ledger.jot("a", {"run-1 x": {}, "run-10 x": {}})
    ledger.forget("run-1 ")
    ledger.close()
    assert ledger.keys("a") == {"run-10 x"}


def test_much_that_is_jotted_down_does_not_stay_in_memory(ledger: Ledger, another: Another) -> None:
    for number in range(5100):
        ledger.jot("mails", {str(number): {}})
    assert len(another().keys("mails")) > 5000
    assert len(ledger.keys("mails")) == 5100


_JOTS = """
import os, signal, sys
from pathlib import Path
from opsplay.runner import owners
from opsplay.runner.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for state in ("about to", "done"):
    ledger.jot("once", {"a": {"owner": ledger.owner, "state": state}})
print(ledger.owner, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def of_a_killed_process(ledger: Ledger) -> str:
    """Let another process jot something down and be killed; gives its name."""
    command = [sys.executable, "-c", _JOTS, str(ledger.folder)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()


def test_whoever_finds_a_process_dead_knows_what_it_had_jotted_down(ledger: Ledger) -> None:
    owner = of_a_killed_process(ledger)
    assert not ledger.is_alive(owner)
    assert ledger.get("once", "a") == {"owner": owner, "state": "done"}
    assert not ledger.is_alive(owner)


def test_a_line_of_which_only_a_part_was_written_counts_for_nothing(ledger: Ledger) -> None:
    owner = of_a_killed_process(ledger)
    with (ledger.folder / "owners" / owner).open("a") as file:
        file.write('[["once","a",{"sta')
    assert not ledger.is_alive(owner)
    assert ledger.get("once", "a") == {"owner": owner, "state": "done"}


def test_what_there_is_no_room_for_is_not_jotted_down(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.jot("mails", {"a": {}})
    write = os.pwrite
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", lambda file, data, at: write(file, data[:5], at))
        with pytest.raises(TaskError, match="No space left on device; make room there"):
            ledger.jot("mails", {"b": {}})
    ledger.jot("mails", {"c": {}})
    ledger.close()
    assert ledger.keys("mails") == {"a", "c"}
