"""Commands go to the server as they are, once; what would disturb a session does not go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ftp_faults import ALWAYS, END, Fault, FaultServer, cut_control, reply
from opsplay.runner.params import schema
from opsplay.runner.task import Context, Result, Secret, TaskError
from opsplay.tasks import ftp_command, ftp_list
from opsplay.tasks.ftp_command import Params

Start = Callable[..., FaultServer]


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    with ExitStack() as stack:

        def start(*faults: Fault) -> FaultServer:
            return stack.enter_context(FaultServer(*faults))

        yield start


def login(server: FaultServer) -> dict[str, Any]:
    secret = Secret("geheim")
    there = {"host": "127.0.0.1", "port": server.port, "user": "li", "password": secret}
    return {**there, "timeout": 60, "retry_delay": 0}


def send(server: FaultServer, ctx: Context, command: str | list[str], **given: Any) -> Result:
    return ftp_command.run(Params(**login(server), command=command, **given), ctx)


def test_a_command_is_sent_as_it_is_and_counts_as_a_change(start: Start, ctx: Context) -> None:
    server = start()
    server.tree.put("/a b")
    sent = send(server, ctx, "site CHMOD 600 /a b")
    assert server.heard("SITE") == ["CHMOD 600 /a b"]
    assert sent.changed
    assert (sent.data["code"], sent.data["text"], sent.data["lines"]) == (200, "Done", ["Done"])


def test_every_line_of_a_reply_is_told(start: Start, ctx: Context) -> None:
    server = start()
    server.tree.put("/a")
    sent = send(server, ctx, "MLST /a")
    assert sent.data["code"] == 250
    assert sent.data["lines"][1].endswith(" /a")  # type: ignore[index]


def test_a_list_is_sent_on_one_session(start: Start, ctx: Context) -> None:
    server = start()
    server.tree.put("/a", b"data")
    sent = send(server, ctx, ["RNFR /a", "RNTO /b"])
    assert server.tree.files == {"/b": b"data"}
    assert [each["code"] for each in sent.data["replies"]] == [350, 250]  # type: ignore[attr-defined]


def test_the_first_that_is_refused_ends_a_list(start: Start, ctx: Context) -> None:
    server = start()
    with pytest.raises(TaskError, match=r"cannot use MKD /x/y .*550"):
        send(server, ctx, ["MKD /x/y", "MKD /z"])
    assert not server.tree.folders


def test_paths_are_relative_to_cwd_whatever_other_steps_did(start: Start, ctx: Context) -> None:
    server = start()
    server.tree.put("/in/a")
    server.tree.put("/other/b")
    ftp_list.run(ftp_list.Params(**login(server), path="/other", method="list"), ctx)
    send(server, ctx, "DELE a", cwd="in")
    assert server.tree.files.keys() == {"/other/b"}
    assert len(server.heard("PASS")) == 1


@pytest.mark.parametrize("command", ["STAT", "noop", "SIZE /a", "PWD"])
def test_what_only_asks_changes_nothing(start: Start, ctx: Context, command: str) -> None:
    server = start(Fault("STAT", reply("211 All is well")))
    server.tree.put("/a")
    assert not send(server, ctx, command).changed


# Check mode -----------------------------------------------------------------------------------


def test_check_mode_sends_what_only_asks(start: Start, contexts: Callable[..., Context]) -> None:
    server = start()
    assert send(server, contexts(check=True), ["NOOP", "PWD"]).data["code"] == 257


def test_check_mode_skips_all_else(start: Start, contexts: Callable[..., Context]) -> None:
    server = start()
    assert send(server, contexts(check=True), ["PWD", "MKD x"]).skipped
    assert not server.commands


# Refusals -------------------------------------------------------------------------------------


def test_a_refusal_is_told_with_command_and_reply(start: Start, ctx: Context) -> None:
    server = start()
    words = rf"cannot use SITE PSWD \(.*{server.port}\): 501 SITE CHMOD mode path"
    with pytest.raises(TaskError, match=words) as caught:
        send(server, ctx, "SITE PSWD")
    assert caught.value.data["code"] == 501


@pytest.mark.parametrize("ok", [[501], [2, 5]])
def test_a_reply_that_is_expected_is_no_refusal(start: Start, ctx: Context, ok: list[int]) -> None:
    assert send(start(), ctx, "SITE PSWD", ok=ok).data["code"] == 501


def test_a_reply_that_is_not_expected_is_one(start: Start, ctx: Context) -> None:
    with pytest.raises(TaskError, match="200 Done"):
        send(start(), ctx, "NOOP", ok=[250])


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("RETR a", "RETR cannot be sent: `ftp_download` does that"),
        ("stor a", "STOR cannot be sent: `ftp_upload` does that"),
        ("LIST", "`ftp_list` does that"),
        ("USER ann", "`user` and `password` log in"),
        ("PROT C", "`tls` secures the session"),
        ("PASV", "data connections"),
        ("REST 1", "goes on by itself"),
        ("TYPE A", "disturb the session"),
        ("QUIT", "disturb the session"),
        ("", "'' is no command"),
        ("42", "'42' is no command"),
    ],
)
def test_what_other_steps_do_is_refused(
    start: Start, ctx: Context, command: str, words: str
) -> None:
    server = start()
    with pytest.raises(TaskError, match=words):
        send(server, ctx, ["NOOP", command])
    assert not server.commands


def test_a_second_line_would_be_a_second_command(start: Start, ctx: Context) -> None:
    server = start()
    server.tree.put("/a")
    with pytest.raises(TaskError, match="line"):
        send(server, ctx, "SITE CHMOD 600 /a\r\nDELE /a")
    assert "/a" in server.tree.files


def test_an_empty_list_is_told(start: Start, ctx: Context) -> None:
    with pytest.raises(TaskError, match="there is no command to send"):
        send(start(), ctx, [])


# Trouble --------------------------------------------------------------------------------------


def test_logging_in_is_tried_again(start: Start, ctx: Context) -> None:
    server = start(Fault("PASS", cut_control))
    assert send(server, ctx, "NOOP").data["code"] == 200


@pytest.mark.parametrize("do", [cut_control, reply("450 Later")])
def test_a_command_is_sent_once(start: Start, ctx: Context, do: Any) -> None:
    server = start(Fault("MKD", do, at=END, times=ALWAYS))
    with pytest.raises(TaskError, match="cannot"):
        send(server, ctx, "MKD /x")
    assert server.heard("MKD") == ["/x"]


@pytest.mark.parametrize("text", ["421 Goodbye", "150 Here it comes"])
def test_a_session_that_is_out_of_step_is_not_used_again(
    start: Start, ctx: Context, text: str
) -> None:
    server = start(Fault("SITE", reply(text)))
    with pytest.raises(TaskError, match=text):
        send(server, ctx, "SITE ODD")
    assert send(server, ctx, "PWD").data["code"] == 257
    assert len(server.heard("PASS")) == 2


def test_by_default_what_is_done_or_goes_on_is_well() -> None:
    assert schema(Params)["properties"]["ok"]["default"] == [2, 3]
