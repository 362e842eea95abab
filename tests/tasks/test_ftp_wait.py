"""Waiting until a file has come, has gone, or is not written to any more."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast

import pytest

from ftp_faults import ALWAYS, Fault, FaultServer, Options, Session, cut_control, reply
from opsplay.runner.errors import Cancelled
from opsplay.runner.task import Context, Result, Secret, TaskError
from opsplay.tasks import ftp_wait
from opsplay.tasks.ftp_wait import Params

Start = Callable[..., FaultServer]
WITHOUT_MLST = {"MLST", "MLSD"}


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    with ExitStack() as stack:

        def start(*faults: Fault, **options: Any) -> FaultServer:
            return stack.enter_context(FaultServer(*faults, options=Options(**options)))

        yield start


def wait(server: FaultServer, ctx: Context, **given: Any) -> Result:
    login = {"host": "127.0.0.1", "port": server.port, "user": "li", "password": Secret("geheim")}
    quick = {"timeout": 60, "retry_delay": 0, "sleep": 0.01, "quiet_for": 0.05, "within": 200}
    return ftp_wait.run(Params(**{**login, **quick, **given}), ctx)


def paths(data: Any) -> list[str]:
    return [match["path"] for match in cast("list[dict[str, Any]]", data["matches"])]


def after(looks: int, do: Callable[[Session], None]) -> Callable[[Session], None]:
    """Do something when the server is asked for the last of so many times."""
    asked = iter(range(1, looks + 1))

    def act(session: Session) -> None:
        if next(asked, 0) == looks:
            do(session)

    return act


def arrive(session: Session) -> None:
    session.tree.put("/in/a.csv", b"12345")


def leave(session: Session) -> None:
    session.tree.remove("/in/a.csv")


def grow(session: Session) -> None:
    session.tree.file("/in/a.csv").data.extend(b"x")


# Coming and going -----------------------------------------------------------------------------


def test_what_is_there_is_told_at_once(start: Start, ctx: Context) -> None:
    server = start()
    server.tree.put("/in/a.csv", b"12345")
    found = wait(server, ctx, path="in/a.csv")
    assert not found.changed
    assert found.data["matches"] == [
        {"path": "/in/a.csv", "type": "file", "size": 5, "mtime": "2001-09-09T01:46:40Z"}
    ]
    assert server.heard("MLST") == ["/in/a.csv"]


@pytest.mark.parametrize("without", [set[str](), WITHOUT_MLST], ids=["MLST", "SIZE"])
def test_what_comes_later_is_waited_for(start: Start, ctx: Context, without: set[str]) -> None:
    verb = "SIZE" if without else "MLST"
    server = start(Fault(verb, after(3, arrive), times=ALWAYS), without=without)
    assert paths(wait(server, ctx, path="in/a.csv").data) == ["/in/a.csv"]
    assert len(server.heard(verb)) == 3


def test_what_goes_is_waited_for(start: Start, ctx: Context) -> None:
    server = start(Fault("MLST", after(3, leave), times=ALWAYS))
    server.tree.put("/in/a.csv")
    found = wait(server, ctx, path="in/a.csv", state="absent")
    assert (found.data["count"], found.data["reached"]) == (0, True)


def test_a_pattern_waits_for_the_first_that_matches(start: Start, ctx: Context) -> None:
    server = start(Fault("MLSD", after(3, arrive), times=ALWAYS))
    server.tree.put("/in/a.txt")
    server.tree.put("/in/.hidden.csv")
    assert paths(wait(server, ctx, path="in/*.csv").data) == ["/in/a.csv"]


def test_the_folder_itself_may_be_yet_to_come(start: Start, ctx: Context) -> None:
    server = start(Fault("MLSD", after(3, arrive), times=ALWAYS))
    assert paths(wait(server, ctx, path="in/*.csv").data) == ["/in/a.csv"]


def test_a_name_that_looks_like_a_pattern_is_a_name(start: Start, ctx: Context) -> None:
    server = start()
    server.tree.put("/in/a[1].csv")
    assert paths(wait(server, ctx, path="in/a[1].csv").data) == ["/in/a[1].csv"]


# Being quiet ----------------------------------------------------------------------------------


@pytest.mark.parametrize("without", [set[str](), WITHOUT_MLST], ids=["MLST", "SIZE"])
def test_a_file_that_grows_is_not_quiet(start: Start, ctx: Context, without: set[str]) -> None:
    verb = "SIZE" if without else "MLST"
    server = start(Fault(verb, grow, times=5), without=without)
    server.tree.put("/in/a.csv", b"")
    found = wait(server, ctx, path="in/a.csv", state="quiet")
    assert cast("Any", found.data["matches"])[0]["size"] == 5
    assert len(server.heard(verb)) >= 6


def test_a_file_that_comes_while_we_wait_begins_it_again(start: Start, ctx: Context) -> None:
    server = start(Fault("MLSD", after(2, arrive), times=ALWAYS))
    server.tree.put("/in/b.csv")
    found = wait(server, ctx, path="in/*.csv", state="quiet")
    assert paths(found.data) == ["/in/a.csv", "/in/b.csv"]


def test_a_folder_is_quiet_when_all_in_it_is(start: Start, ctx: Context) -> None:
    server = start(Fault("MLSD", grow, times=3, about="/in"))
    server.tree.put("/in/a.csv", b"")
    found = wait(server, ctx, path="in", state="quiet")
    assert paths(found.data) == ["/in", "/in/a.csv"]
    assert len(server.heard("MLSD")) > 3


def test_what_is_not_there_is_never_quiet(start: Start, ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"in/a\.csv is not there after 0\.2 s"):
        wait(start(), ctx, path="in/a.csv", state="quiet", within=0.2)


@pytest.mark.parametrize("text", ["421 Shutting down", "450 Not now"])
@pytest.mark.parametrize(("verb", "without"), [("MLST", set[str]()), ("SIZE", WITHOUT_MLST)])
def test_a_server_that_cannot_tell_now_is_not_believed_that_nothing_is_there(
    start: Start, ctx: Context, text: str, verb: str, without: set[str]
) -> None:
    server = start(Fault(verb, reply(text)), without=without)
    server.tree.put("/in/a.csv")
    with pytest.raises(TaskError, match="still there"):
        wait(server, ctx, path="in/a.csv", state="absent", within=0.05)


# Giving up ------------------------------------------------------------------------------------


def test_what_does_not_come_is_told_with_the_server(start: Start, ctx: Context) -> None:
    server = start()
    with pytest.raises(TaskError, match=rf"not there after 0\.05 s \(.*{server.port}") as caught:
        wait(server, ctx, path="in/a.csv", within=0.05)
    assert caught.value.data["count"] == 0


def test_what_does_not_go_is_told(start: Start, ctx: Context) -> None:
    server = start()
    for name in "abcde":
        server.tree.put(f"/in/{name}", b"12345")
    words = r"still there \(/in/a: 5 bytes, /in/b: 5 bytes, /in/c: 5 bytes and 2 more\)"
    with pytest.raises(TaskError, match=words) as caught:
        wait(server, ctx, path="in/*", state="absent", within=0.05)
    assert paths(caught.value.data) == [f"/in/{name}" for name in "abcde"]


def test_what_is_still_written_to_is_told(start: Start, ctx: Context) -> None:
    server = start(Fault("MLST", grow, times=ALWAYS))
    server.tree.put("/in/a.csv")
    words = r"not quiet \(/in/a\.csv: [0-9]+ bytes; /in/a\.csv has changed [0-9]+ s ago\)"
    with pytest.raises(TaskError, match=words):
        wait(server, ctx, path="in/a.csv", state="quiet", within=0.2, quiet_for=0.1)


def test_words_of_ones_own(start: Start, ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"^Call the partner\.$"):
        wait(start(), ctx, path="a", within=0, msg="Call the partner.")


@pytest.mark.parametrize("quiet_for", [5, 10])
def test_what_must_be_quiet_for_as_long_as_we_wait_cannot_be(
    start: Start, ctx: Context, quiet_for: int
) -> None:
    with pytest.raises(TaskError, match="quiet_for is not shorter than within"):
        wait(start(), ctx, path="a", state="quiet", quiet_for=quiet_for, within=5)


# Trouble --------------------------------------------------------------------------------------


def test_lost_connections_do_not_end_it(start: Start, ctx: Context) -> None:
    server = start(
        Fault("MLST", after(20, arrive), times=ALWAYS), Fault("MLST", cut_control, times=19)
    )
    assert paths(wait(server, ctx, path="in/a.csv", retries=2).data) == ["/in/a.csv"]


@pytest.mark.parametrize(("state", "words"), [("present", "there"), ("absent", "gone")])
def test_trouble_that_lasts_is_told_in_the_end(
    start: Start, ctx: Context, state: str, words: str
) -> None:
    server = start(Fault("CONNECT", reply("421 Not today"), times=ALWAYS))
    told = rf"^a is not known to be {words} after 0\.05 s .*; .*421 Not today"
    with pytest.raises(TaskError, match=told):
        wait(server, ctx, path="a", state=state, within=0.05, retries=0)


def test_a_wrong_password_is_not_waited_for(start: Start, ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"530 Login incorrect; check `user`"):
        wait(start(), ctx, path="a", password=Secret("wrong"), within=math.inf)


def test_the_user_may_stop_it(start: Start, ctx: Context) -> None:
    server = start()
    timer = threading.Timer(0.05, ctx.cancellation.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        wait(server, ctx, path="a", sleep=1000, within=1000)
    timer.join()


# Check mode -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["present", "absent", "quiet"])
def test_check_mode_looks_once(start: Start, contexts: Callable[..., Context], state: str) -> None:
    server = start()
    server.tree.put("/a")
    found = wait(server, contexts(check=True), path="a", state=state)
    assert found.data["reached"] is (state == "present")
    assert server.heard("MLST") == ["/a"]
