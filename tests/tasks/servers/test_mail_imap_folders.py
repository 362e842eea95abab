"""IMAP's folders: made, named, listed, moved and removed; kept in memory, or as Maildir++."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_serving import Start, imap, lines_of, send, texts
from opsplay.tasks.clients import utf7
from opsplay.tasks.servers.folders import Mailbox, Refused
from opsplay.tasks.servers.mail import MailServer
from opsplay.tasks.servers.maildir import MaildirMailbox
from opsplay.tasks.servers.memory import MemoryMailbox


@pytest.fixture(name="server", params=["in memory", "in a folder"])
def _server(start: Start, tmp_path: Path, request: pytest.FixtureRequest) -> MailServer:
    return start(folder=tmp_path if request.param == "in a folder" else None)


@pytest.fixture(name="client")
def _client(server: MailServer) -> Iterator[imaplib.IMAP4]:
    with imap(server) as client:
        yield client


def listed(client: imaplib.IMAP4, reference: str = '""', pattern: str = "*") -> list[str]:
    """The names, as a person would write them."""
    lines = lines_of(client, f"a LIST {reference} {pattern}".encode())
    assert lines.pop() == b"a OK done\r\n"
    names = (line.decode().partition(' "/" ')[2].strip()[1:-1] for line in lines)
    return [utf7.decode(re.sub(r'\\(["\\])', r"\1", name)) for name in names]


def test_a_folder_comes_with_those_above_it(client: imaplib.IMAP4) -> None:
    client.create("Archive/2026/Nov")
    assert listed(client) == ["INBOX", "Archive", "Archive/2026", "Archive/2026/Nov"]
    assert client.list(pattern="Archive") == ("OK", [b'(\\HasChildren) "/" "Archive"'])
    assert client.list(pattern="%v%Nov") == ("OK", [None])
    assert client.lsub(pattern="*Nov") == ("OK", [b'(\\HasNoChildren) "/" "Archive/2026/Nov"'])


@pytest.mark.parametrize(
    ("reference", "pattern", "names"),
    [
        ('""', "%", ["INBOX", "a"]),
        ('""', "a/%", ["a/b", "a/c"]),
        ("a/", "%/d", ["a/b/d"]),
        ('""', "*/*d", ["a/b/d"]),
        ('""', "inbox", ["INBOX"]),
        ('""', "A", []),
        ('""', "*" * 50 + "z", []),
    ],
)
def test_wildcards_find_names(
    client: imaplib.IMAP4, reference: str, pattern: str, names: list[str]
) -> None:
    client.create("a/b/d")
    client.create("a/c")
    assert listed(client, reference, pattern) == names


def test_the_separator_can_be_asked_for(client: imaplib.IMAP4) -> None:
    assert client.list('""', '""') == ("OK", [b'(\\Noselect) "/" ""'])
    assert client.namespace() == ("OK", [b'(("" "/")) NIL NIL'])


def test_names_may_hold_whatever_a_person_writes(client: imaplib.IMAP4) -> None:
    names = ["收件/测试 & 草稿", "a.b", "50%", 'say "hi"', "back\\slash", "..", "😀"]
    for name in names:
        wire = utf7.encode(name).replace("\\", "\\\\").replace('"', '\\"')
        assert client.create(f'"{wire}"')[0] == "OK", name
    assert {"收件", *names} <= set(listed(client))
    assert client.select(f'"{utf7.encode(names[0])}"')[0] == "OK"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("CREATE inbox", b"[ALREADYEXISTS]"),
        ("CREATE a/b", b"[ALREADYEXISTS]"),
        ("CREATE a//b", b"[CANNOT]"),
        ("CREATE /a", b"[CANNOT]"),
        ("CREATE &AAoACg-", b"[CANNOT]"),
        (f"CREATE {'x' * 201}", b"[CANNOT]"),
        ("DELETE inbox", b"[CANNOT]"),
        ("DELETE none", b"[NONEXISTENT]"),
        ("DELETE a", b"[HASCHILDREN]"),
        ("RENAME none new", b"[NONEXISTENT]"),
        ("RENAME a INBOX", b"[ALREADYEXISTS]"),
        ("SELECT none", b"[NONEXISTENT]"),
        ("STATUS none (MESSAGES)", b"[NONEXISTENT]"),
        ("SUBSCRIBE none", b"[NONEXISTENT]"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_code(
    client: imaplib.IMAP4, command: str, code: bytes
) -> None:
    client.create("a/b")
    [told] = lines_of(client, f"t {command}".encode())
    assert told.startswith(b"t NO " + code)


def test_a_renamed_folder_takes_its_mail_and_what_is_below_it_along(
    server: MailServer, client: imaplib.IMAP4
) -> None:
    client.create("old/below")
    send(server, "ben", data=b"Subject: x\r\n\r\nhere\r\n")
    client.noop()
    client.copy("1", "old/below")
    assert client.rename("old", "new/home")[0] == "OK"
    assert listed(client) == ["INBOX", "new", "new/home", "new/home/below"]
    client.select("new/home/below")
    assert texts(client.fetch("1", "(BODY[TEXT])")) == [b"here\r\n"]


def test_a_renamed_inbox_is_an_empty_one(server: MailServer, client: imaplib.IMAP4) -> None:
    send(server, "ben")
    assert client.rename("INBOX", "kept")[0] == "OK"
    assert client.select("kept") == ("OK", [b"1"])
    assert client.select("INBOX") == ("OK", [b"0"])


def test_a_folder_made_anew_has_uids_of_its_own(client: imaplib.IMAP4) -> None:
    client.create("box")
    client.select("box")
    first = client.response("UIDVALIDITY")
    client.unselect()
    client.delete("box")
    client.create("box")
    client.select("box")
    assert client.response("UIDVALIDITY") != first


def test_a_folder_that_somebody_deletes_is_empty_for_those_who_look_into_it(
    server: MailServer, client: imaplib.IMAP4, tmp_path: Path
) -> None:
    client.create("box")
    client.append("box", "", "", b"Subject: x\r\n\r\n")
    client.select("box")
    with imap(server) as other:
        other.delete("box")
    if list(tmp_path.iterdir()):
        assert lines_of(client, b"a NOOP")[0] == b"* 1 EXPUNGE\r\n"
    assert client.select("box")[0] == "NO"


@pytest.mark.parametrize("name", ["a.b", "..", "x/y.z", "测试/.hidden", "&", "~ %", "A&-B"])
def test_a_maildir_finds_its_folders_again(tmp_path: Path, name: str) -> None:
    MaildirMailbox(tmp_path).create(name)
    assert name in MaildirMailbox(tmp_path).names()
    assert all(entry.parent == tmp_path for entry in tmp_path.iterdir())


def test_folders_that_others_have_made_are_listed_if_their_names_lead_back(tmp_path: Path) -> None:
    mailbox = MaildirMailbox(tmp_path)
    for name in (".Sent.2026", ".bad&name", "..double", "plain"):
        (tmp_path / name / "cur").mkdir(parents=True)
    (tmp_path / ".file").touch()
    assert mailbox.names() == ["INBOX", "Sent/2026"]


def test_a_name_too_long_for_the_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="File name too long"):
        MaildirMailbox(tmp_path).create("测" * 150)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_any_name_is_a_folder_or_refused(names: list[str]) -> None:
    mailbox: Mailbox = MemoryMailbox()
    for name in names:
        try:
            mailbox.create(name)
        except Refused:
            continue
        assert mailbox.has(name.removesuffix("/"))
    assert len(mailbox.names()) == len(set(mailbox.names()))
