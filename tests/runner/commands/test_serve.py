"""`opsplay serve`: a server until Ctrl-C, told in lines, from a file of its step's arguments."""

from __future__ import annotations

import ftplib
import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from served import Served, Serving, refused

pytestmark = pytest.mark.slow

PORT = re.compile(r"FTP server at 127\.0\.0\.1:(\d+)")


Serve = Callable[..., Served]


@pytest.fixture(name="serve")
def _serve(serving: Serving) -> Serve:
    return partial(serving, "ftp")


@contextmanager
def client(served: Served, user: str = "", password: str = "") -> Iterator[ftplib.FTP]:
    found = next(filter(None, map(PORT.search, served.lines)), None)
    found = found or PORT.search(served.read_until("FTP server at"))
    assert found
    with ftplib.FTP(timeout=60) as ftp:
        ftp.connect("127.0.0.1", int(found[1]))
        ftp.login(user, password)
        yield ftp


def test_a_folder_is_there_for_everybody_to_read(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/a.txt").touch()
    served = serve("shared")
    with client(served) as ftp:
        assert ftp.nlst() == ["a.txt"]
        with pytest.raises(ftplib.error_perm, match="Not enough privileges"):
            ftp.delete("a.txt")
    assert served.stop() == 0


def test_it_serves_also_where_plays_begin_with_facts(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPSPLAY_GATHERING")
    with client(serve()) as ftp:
        assert ftp.nlst() == []


def test_without_a_folder_it_is_the_current_one(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with client(serve()) as ftp:
        assert ftp.nlst() == ["a.txt"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_what_clients_do_and_ends_well(serve: Serve, number: signal.Signals) -> None:
    served = serve()
    with client(served) as ftp:
        ftp.nlst()
        ftp.quit()
    served.read_until("disconnected")
    assert served.stop(number) == 0
    first, *lines, last = served.lines
    assert re.fullmatch(r"FTP server at 127\.0\.0\.1:\d+ \(Ctrl-C stops it\)", first)
    assert last == "stopped"
    assert [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in lines] == [
        "somebody@127.0.0.1 connected",
        "anonymous@127.0.0.1 logged in",
        "anonymous@127.0.0.1 listed /",
        "anonymous@127.0.0.1 disconnected",
    ]


def test_a_file_gives_the_arguments_of_the_step(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/ftp.yml").write_text(
        "users:\n"
        "  - {name: li, password: \"{{ secret }}\", home: \"{{ lookup('env', 'NO') or 'in' }}\"}\n"
    )
    served = serve("--config", "conf/ftp.yml", "-e", "secret=geheim")
    with client(served, "li", "geheim") as ftp:
        ftp.mkd("folder")
    assert (tmp_path / "conf/in/folder").is_dir()
    with pytest.raises(ftplib.error_perm, match="530"), client(served, "anonymous"):
        pass


def test_the_command_line_wins_over_the_file(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "ftp.yml").write_text("host: 192.0.2.1\nanonymous: nothing\n")
    with client(serve(".", "--config", "ftp.yml", "--host", "127.0.0.1", "--port", "0")) as ftp:
        assert ftp.nlst() == ["ftp.yml"]


def test_programs_get_events(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "ftp.yml").write_text("users: [{name: li, password: geheim, home: in}]\n")
    served = serve("--config", "ftp.yml", "--output", "json")
    with client(served, "li", "geheim") as ftp:
        ftp.quit()
    served.read_until("disconnected")
    served.stop()
    events = [json.loads(line) for line in served.lines]
    told = [event["text"] for event in events if event["event"] == "LineLogged"]
    assert "li@127.0.0.1 logged in" in told
    assert events[-1]["event"] == "RunFinished"
    assert "geheim" not in str(events)


def test_mistakes_in_the_file_are_told_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "ftp.yml").write_text("usres: []\nport: many\n")
    code, told = refused("ftp", "--config", "ftp.yml", cwd=tmp_path)
    assert code == 4
    assert (
        "ftp.yml:1:1: Unsupported parameters for (ftp_server) module: usres\n   1 | usres: []"
        in told
    )
    assert "did you mean users?" in told
    assert "ftp.yml:2:7: port: expected a whole number" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- users", "unexpected parameter type in action: a list"),
        ('host: "{{ a"\n', "ftp.yml:1:11: Syntax error in template"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "ftp.yml").write_text(text)
    code, told = refused("ftp", "--config", "ftp.yml", cwd=tmp_path)
    assert (code, words in told) == (4, True), told


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ftp", "--config", "none.yml"], 1, "none.yml cannot be read: No such file"),
        (["ftp", "nowhere"], 5, "there is no folder "),
        (
            ["ftp", "--port", "65536"],
            5,
            "argument --port: expected a number from 0 to 65535, got '65536'",
        ),
        (["pigeon"], 5, "invalid choice: 'pigeon'"),
        ([], 5, "required: SERVER"),
        (["ftp", "--host", "192.0.2.1"], 2, "FAILED: cannot listen on 192.0.2.1:0"),
    ],
)
def test_what_cannot_be_served_is_told_in_words(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    found, told = refused(*arguments, cwd=tmp_path)
    assert (found, words in told) == (code, True), told
    assert "Traceback" not in told


def test_a_server_that_is_killed_while_a_run_goes_on_loses_nothing(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "ftp.yml").write_text(
        "users: [{name: li, password: geheim, home: in}]\non_received: received.yml\n"
    )
    (tmp_path / "received.yml").write_text(
        "- hosts: localhost\n"
        "  gather_facts: false\n"
        "  tasks:\n"
        "    - copy: {content: x, dest: began}\n"
        "    - wait_for: {path: '{{ playbook_dir }}/go', sleep: 0.05}\n"
        "    - copy: {src: '{{ received.path }}', dest: filed}\n"
    )
    killed = serve("--config", "ftp.yml")
    with client(killed, "li", "geheim") as ftp, ftp.transfercmd("STOR a") as connection:
        connection.sendall(b"data")
        connection.close()
        ftp.voidresp()
        while not (tmp_path / "began").exists():
            time.sleep(0.01)
        killed.stop(signal.SIGKILL)
    (tmp_path / "go").touch()
    again = serve("--config", "ftp.yml")
    again.read_until("the run for ")
    assert "ended well" in again.lines[-1]
    assert (tmp_path / "filed").read_bytes() == b"data"
    assert again.stop() == 0
    assert not list(tmp_path.glob(".opsplay/received/*.json"))
