"""Mail as files: what other programs and dead servers leave is understood, and UIDs last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mail_serving import Start, imap, lines_of, send
from opsplay.tasks.servers.folders import FLAGS, Refused
from opsplay.tasks.servers.maildir import MaildirFolder
from opsplay.tasks.servers.uid_list import UidList
from powers import largest_file

SEEN, FLAGGED = "\\Seen", "\\Flagged"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> MaildirFolder:
    return MaildirFolder(tmp_path)


def put(folder: Path, name: str, data: bytes = b"x") -> None:
    (folder / name).write_bytes(data)


def uids(folder: MaildirFolder) -> list[int]:
    return [letter.uid for letter in folder.letters()]


def test_a_mail_appears_whole_in_new(folder: MaildirFolder, tmp_path: Path) -> None:
    folder.add(b"data")
    [path] = (tmp_path / "new").iterdir()
    assert path.read_bytes() == b"data"
    assert not list((tmp_path / "tmp").iterdir())


def test_a_full_disk_leaves_no_half_mail(folder: MaildirFolder, tmp_path: Path) -> None:
    with largest_file(10_000), pytest.raises(OSError, match="File too large"):
        folder.add(b"x" * 10_001)
    assert [list((tmp_path / part).iterdir()) for part in ("tmp", "new", "cur")] == [[], [], []]
    assert folder.add(b"x" * 10_001) == 1


def test_a_disk_that_is_full_in_the_middle_of_a_line_is_an_error_in_words(tmp_path: Path) -> None:
    uids = UidList(tmp_path / "uids")
    room = (tmp_path / "uids").stat().st_size + 10
    with largest_file(room), pytest.raises(OSError, match="No space left"):
        uids.give(["a-name-that-is-longer"])
    assert uids.give(["a-name-that-is-longer"]) == {"a-name-that-is-longer": 1}


def test_flags_stand_in_the_name_as_everywhere(folder: MaildirFolder, tmp_path: Path) -> None:
    uid = folder.add(b"data")
    folder.change_flags(uid, lambda _: frozenset(FLAGS))
    [path] = (tmp_path / "cur").iterdir()
    assert path.name.endswith(":2,DFRST")
    assert uids(folder) == [uid]
    assert MaildirFolder(tmp_path).letters()[0].flags >= {SEEN, FLAGGED}


def test_what_other_programs_deliver_and_flag_is_seen(
    folder: MaildirFolder, tmp_path: Path
) -> None:
    assert uids(folder) == []
    put(tmp_path, "new/1.other")
    put(tmp_path, "cur/2.other:2,FS")
    assert [letter.flags for letter in folder.letters()] == [set(), {SEEN, FLAGGED}]
    (tmp_path / "new/1.other").rename(tmp_path / "cur/1.other:2,S")
    assert [letter.flags for letter in folder.letters()] == [{SEEN}, {SEEN, FLAGGED}]
    assert uids(folder) == [1, 2]


def test_a_mail_that_another_program_has_just_flagged_is_found(
    folder: MaildirFolder, tmp_path: Path
) -> None:
    put(tmp_path, "new/1.other", b"data")
    [letter] = folder.letters()
    (tmp_path / "new/1.other").rename(tmp_path / "cur/1.other:2,F")
    assert letter.data() == b"data"
    (tmp_path / "cur/1.other:2,F").rename(tmp_path / "cur/1.other:2,FS")
    folder.change_flags(1, lambda _: frozenset((SEEN,)))
    (tmp_path / "cur/1.other:2,S").rename(tmp_path / "cur/1.other:2,")
    folder.remove([1])
    assert uids(folder) == []


def test_a_mail_that_another_program_has_removed_is_gone(
    folder: MaildirFolder, tmp_path: Path
) -> None:
    put(tmp_path, "new/1.other")
    [letter] = folder.letters()
    (tmp_path / "new/1.other").unlink()
    with pytest.raises(Refused, match="this mail is gone"):
        letter.data()
    folder.change_flags(1, lambda _: frozenset((SEEN,)))
    folder.remove([1])
    assert uids(folder) == []


def test_the_list_is_the_same_as_long_as_nothing_changes(folder: MaildirFolder) -> None:
    folder.add(b"x")
    assert folder.letters() is folder.letters()


def test_uids_outlive_restarts_and_are_never_used_twice(
    folder: MaildirFolder, tmp_path: Path
) -> None:
    for _ in range(3):
        folder.add(b"x")
    folder.remove([2, 3])
    again = MaildirFolder(tmp_path)
    assert (again.validity, uids(again), again.next_uid) == (folder.validity, [1], 4)
    assert again.add(b"x") == 4


def test_two_servers_over_one_folder_give_no_uid_twice(tmp_path: Path) -> None:
    one, other = MaildirFolder(tmp_path), MaildirFolder(tmp_path)
    given = [folder.add(b"x") for _ in range(5) for folder in (one, other)]
    assert given == list(range(1, 11))
    assert uids(one) == uids(other) == given


@pytest.mark.parametrize("torn", [b"3 half-a-li", b"3", b"\xff\xfe"])
def test_a_line_that_was_not_finished_is_as_if_never_written(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "uids"
    before = UidList(path)
    before.give(["a", "b"])
    path.write_bytes(path.read_bytes() + torn)
    after = UidList(path)
    assert after.validity == before.validity
    assert after.give(["a", "b", "c"]) == {"a": 1, "b": 2, "c": 3}
    assert UidList(path).give(["c"]) == {"c": 3}


@pytest.mark.parametrize("broken", [b"nonsense\n", b"1 a\n2 b\n", b"\0" * 100 + b"\n"])
def test_a_broken_list_gets_a_new_validity(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "uids"
    path.write_bytes(broken)
    found = UidList(path)
    assert found.validity > 0
    assert UidList(path).validity == found.validity


def test_a_list_that_is_taken_away_is_no_list_for_those_who_have_read_it(tmp_path: Path) -> None:
    path = tmp_path / "uids"
    found = UidList(path)
    found.give(["a", "b", "c"])
    before = found.validity
    path.unlink()
    with pytest.raises(OSError, match="not the one that was read"):
        found.give(["d"])
    assert UidList(path).validity > before


def test_letters_of_other_programs_stay_in_the_name(folder: MaildirFolder, tmp_path: Path) -> None:
    put(tmp_path, "cur/1.other:2,Pab")
    folder.letters()
    folder.change_flags(1, lambda _: frozenset((SEEN,)))
    assert (tmp_path / "cur/1.other:2,PSab").exists()


def test_what_was_never_finished_is_taken_away_after_days(tmp_path: Path) -> None:
    MaildirFolder(tmp_path)
    (tmp_path / "tmp/dropped/cur").mkdir(parents=True)
    for name in ("tmp/new", "tmp/old"):
        put(tmp_path, name)
    for name in ("tmp/dropped", "tmp/old"):
        os.utime(tmp_path / name, (0, 0))
    MaildirFolder(tmp_path)
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == ["new"]


def test_only_its_owner_reads_the_mail(tmp_path: Path) -> None:
    MaildirFolder(tmp_path).add(b"x")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o700, 0o600}


def test_names_of_any_bytes_have_their_uids(folder: MaildirFolder, tmp_path: Path) -> None:
    name = os.fsdecode(b"new/1.\xff.other")
    put(tmp_path, name)
    assert uids(folder) == [1]
    assert uids(MaildirFolder(tmp_path)) == [1]


def test_reading_a_mail_that_is_gone_meanwhile_is_told(start: Start, tmp_path: Path) -> None:
    server = start(folder=tmp_path)
    for _ in range(2):
        send(server, "ben")
    with imap(server) as client:
        next((tmp_path / "ben/cur").iterdir()).unlink()
        lines = lines_of(client, b"a FETCH 1:2 (BODY.PEEK[])")
        assert lines[-1] == b"a NO [EXPUNGEISSUED] some of these mails are gone\r\n"
        assert sum(b"FETCH" in line for line in lines) == 1


KILLED = """
import sys
from pathlib import Path
from opsplay.tasks.servers.maildir import MaildirFolder
folder = MaildirFolder(Path(sys.argv[1]))
while True:
    uid = folder.add(b"x" * 10_000)
    print(uid, flush=True)
    if uid % 3 == 0:
        folder.change_flags(uid, lambda _: frozenset(["\\\\Seen"]))
    if uid % 5 == 0:
        folder.remove([uid - 1])
"""


def test_whoever_is_killed_loses_no_mail_and_no_uid(tmp_path: Path) -> None:
    known: dict[int, bytes] = {}
    for count in range(1, 6):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            for _ in range(count):
                uid = int(process.stdout.readline())
                assert uid > max(known, default=0)
                known[uid] = b""
            process.send_signal(signal.SIGKILL)
            known.update((int(line), b"") for line in process.stdout if line.endswith(b"\n"))
        letters = {letter.uid: letter for letter in MaildirFolder(tmp_path).letters()}
        assert {uid for uid in known if (uid + 1) % 5} <= letters.keys()
        assert {letter.size for letter in letters.values()} == {10_000}
