"""What the system refuses is told in words, and nothing of it with a traceback."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

import straits
from straits import launch

Site: TypeAlias = Callable[[str], str]
ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
HELLO = "- debug: {msg: hello}\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Write a play of some tasks into the test's folder; give its path."""
    monkeypatch.chdir(tmp_path)

    def write(tasks: str) -> str:
        lines = "".join(f"    {line}\n" for line in tasks.splitlines())
        text = f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{lines}"
        (tmp_path / "site.yml").write_text(text)
        return str(tmp_path / "site.yml")

    return write


# Output ---------------------------------------------------------------------------------------


def test_output_that_cannot_be_written_is_told_and_the_run_goes_on(
    site: Site, tmp_path: Path
) -> None:
    with Path("/dev/full").open("w") as full:
        done = launch("run", site(f"{HELLO}- command: touch done\n"), stdout=full)
    assert done.stderr == (
        "opsplay: the output Console failed, and the run goes on without it:"
        " No space left on device: make room there\n"
    )
    assert done.returncode == 1
    assert (tmp_path / "done").exists()
    assert "hello" in launch("runs", "show", "latest").stdout


@pytest.mark.parametrize("asked", [["run", "site.yml", "--list-tasks"], ["doc"], ["settings"]])
def test_lists_that_cannot_be_written_are_told(site: Site, asked: list[str]) -> None:
    site(HELLO)
    with Path("/dev/full").open("w") as full:
        done = launch(*asked, stdout=full)
    assert done.stderr == "opsplay: No space left on device: make room there\n"
    assert done.returncode == 1


def test_errors_that_cannot_be_written_leave_the_exit_status(site: Site) -> None:
    with Path("/dev/full").open("w") as full:
        asked = ["run", site("- debug: {msg: hi"), "--syntax-check"]
        assert launch(*asked, stderr=full).returncode == 4


@pytest.mark.parametrize("output", ["text", "json", "quiet"])
def test_a_run_whose_reader_leaves_goes_on_to_its_end(
    site: Site, tmp_path: Path, output: str
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    tasks = f"{HELLO}- command: touch done\n"
    done = launch("run", site(tasks), "--output", output, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize("asked", [["doc"], ["run", "site.yml", "--list-tasks"], ["schema"]])
def test_a_list_whose_reader_leaves_is_no_matter(site: Site, asked: list[str]) -> None:
    site(HELLO)
    reader, writer = os.pipe()
    os.close(reader)
    assert launch(*asked, stdout=writer).stderr == ""
    os.close(writer)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_no_matter(site: Site, tmp_path: Path, closed: str) -> None:
    tasks = f"{HELLO}- command: touch done\n- debug: {{msg: \"{{{{ lookup('pipe', 'cat') }}}}\"}}\n"
    command = [sys.executable, "-m", "opsplay", "run", site(tasks)]
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "done").exists()


def test_nobody_answers_a_prompt_on_a_closed_stream(site: Site, tmp_path: Path) -> None:
    site(HELLO)
    play = "- hosts: localhost\n  vars_prompt: [{name: x, default: y}]\n  tasks: [debug: ]\n"
    (tmp_path / "asks.yml").write_text(play)
    command = [sys.executable, "-m", "opsplay", "run", str(tmp_path / "asks.yml")]
    done = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Not prompting as we are not in interactive mode: x" in done.stderr


def test_a_slow_reader_of_a_pipe_that_does_not_wait_gets_all(site: Site) -> None:
    """Some programs leave the terminal, or the pipe, that we share in such a state."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK)
    got: list[bytes] = []

    def read() -> None:
        while data := os.read(reader, 1000):
            got.append(data)

    thread = threading.Thread(target=read)
    tasks = "- debug: {msg: \"{{ 'x' * 500000 }}\"}\n"
    thread.start()
    done = launch("run", site(tasks), stdout=writer)
    os.close(writer)
    thread.join()
    os.close(reader)
    assert (done.returncode, done.stderr) == (0, "")
    assert b"".join(got).count(b"x") >= 500000


def test_without_a_terminal_there_are_no_colours_and_no_questions(site: Site) -> None:
    site(HELLO)
    Path("site.yml").write_text(
        "- hosts: localhost\n  gather_facts: false\n  vars_prompt: [{name: word, default: hi}]\n"
        '  tasks: [{debug: {msg: "<{{ word }}>"}}]\n'
    )
    done = launch("run", "site.yml", stdin=subprocess.DEVNULL)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    words = "Not prompting as we are not in interactive mode: word; its default counts"
    assert words in done.stdout + done.stderr


@pytest.mark.parametrize(("nohup", "code"), [(False, 99), (True, 0)])
def test_a_terminal_that_is_hung_up_ends_the_run_as_ctrl_c_does_but_not_with_nohup(
    site: Site, tmp_path: Path, *, nohup: bool, code: int
) -> None:
    playbook = site(
        "- block: [{shell: touch begun; until test -e on; do sleep 0.05; done}]\n"
        "  always: [{command: touch tidied}]"
    )
    pid, terminal = pty.fork()
    if not pid:
        signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
        os.execv(sys.executable, [sys.executable, "-m", "opsplay", "run", playbook])
    while not (tmp_path / "begun").exists():
        time.sleep(0.02)
    os.close(terminal)
    if nohup:
        (tmp_path / "on").touch()
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == code
    assert (tmp_path / "tidied").exists()


# Limits ---------------------------------------------------------------------------------------


def test_too_many_open_files_are_told(site: Site) -> None:
    done = launch("run", site(HELLO), straits="straits.limit('NOFILE', 7)")
    assert "Traceback" not in done.stderr
    assert "Too many open files: raise the limit (`ulimit -n`), or use fewer --forks" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("files", range(8, 20, 2))
def test_whoever_runs_out_of_files_is_told_so(site: Site, files: int) -> None:
    tasks = f"{HELLO}- {{copy: {{content: hi, dest: out}}}}\n- command: echo hi\n"
    done = launch("run", site(tasks), straits=f"straits.limit('NOFILE', {files})")
    assert "Traceback" not in done.stderr + done.stdout
    assert "this is a bug" not in done.stderr + done.stdout
    if done.returncode:
        assert re.search("oo many open files|unable to open database", done.stdout + done.stderr)


def test_many_open_files_of_others_are_no_matter(site: Site) -> None:
    """What waits for many files at once must not stop at the number 1024."""
    many = "import resource, os; straits.limit('NOFILE', 12000); [os.dup(0) for _ in range(10000)]"
    done = launch("run", site("- command: echo hello\n- wait_for: {timeout: 0}\n"), straits=many)
    assert done.returncode == 0, done.stdout + done.stderr


@ONLY_ROOT
@pytest.mark.parametrize(
    ("task", "words"),
    [
        (
            "command: /bin/echo hi",
            (
                "cannot run '/bin/echo': the system starts no more processes:"
                " the limit (`ulimit -u`) is reached"
            ),
        ),
        ("shell: echo hi", "the system starts no more processes"),
        (
            "debug: {msg: \"{{ lookup('pipe', 'echo') }}\"}",
            "Resource temporarily unavailable: the limit of processes is reached",
        ),
        (
            "{command: echo, async: 5, poll: 1}",
            "Resource temporarily unavailable: the limit of processes is reached",
        ),
        (
            "{debug: {msg: hi}, timeout: 5}",
            "the system starts no more threads: the limit of processes is reached",
        ),
    ],
)
def test_no_more_processes_are_told(site: Site, tmp_path: Path, task: str, words: str) -> None:
    tmp_path.chmod(0o777)
    lower = "- {shell: 'prlimit --pid $PPID --nproc=1:1', changed_when: false}\n"
    done = launch("run", site(f"{lower}- {task}"), "--no-journal", straits="straits.strange_user()")
    assert words in done.stdout.replace("\n    ", " "), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "this is a bug" not in done.stdout
    assert done.returncode == 2


# Folders and users ----------------------------------------------------------------------------


def test_a_state_folder_that_is_read_only_is_told_and_the_run_goes_on(
    site: Site, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o500)
    asked = ["run", site(HELLO), "--state-dir", str(state)]
    done = launch(*asked, straits="import powers; powers.keep_nothing()")
    assert done.stderr == (
        f"opsplay: this run is not remembered: cannot keep state in {state}: Permission denied;"
        " make room there, or name another folder with --state-dir\n"
    )
    assert done.returncode == 0
    assert "hello" in done.stdout


@ONLY_ROOT
def test_a_state_folder_of_another_is_told_and_the_run_goes_on(site: Site, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    os.chown(state, straits.STRANGER, straits.STRANGER)
    asked = ["run", site(HELLO), "--state-dir", str(state)]
    done = launch(*asked, straits="import powers; powers.keep_nothing()")
    assert f"this run is not remembered: cannot keep state in {state}: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


@ONLY_ROOT
def test_a_user_without_a_name_or_a_home_can_run(site: Site, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    playbook = site("- setup:\n- debug: {var: ansible_user_id}\n")
    homeless = "import os; os.environ.pop('HOME'); straits.strange_user()"
    done = launch("run", playbook, straits=homeless, environment=state)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(straits.STRANGER) in done.stdout


def test_without_a_home_nothing_else_is_missing(site: Site) -> None:
    done = launch("run", site(HELLO), straits="import os; os.environ.pop('HOME')")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_that_is_removed_meanwhile_is_no_matter(site: Site, tmp_path: Path) -> None:
    playbook, gone = site(HELLO), tmp_path / "gone"
    gone.mkdir()
    leave = f"import os, shutil; os.chdir({str(gone)!r}); shutil.rmtree({str(gone)!r})"
    done = launch("run", playbook, straits=leave)
    assert (done.returncode, done.stderr) == (0, "")
    gone.mkdir()
    assert (
        "the playbook: nosuch.yml could not be found"
        in launch("run", "nosuch.yml", straits=leave).stderr
    )


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "en_US.ISO-8859-1"])
def test_names_that_are_no_text_are_shown(site: Site, tmp_path: Path, locale: str) -> None:
    name = os.fsdecode(b"gr\xfc\xdfe.yml")
    shutil.move(
        site("- {find: {paths: .}, register: there}\n- debug: {var: there}\n- command: pwd\n"), name
    )
    for asked in (["run", name, "-v"], ["run", name, "--list-tasks"], ["check", name]):
        done = launch(*asked, environment={"LC_ALL": locale, "LANG": locale})
        assert (done.returncode, done.stderr) == (0, ""), asked
        assert done.stdout
    assert "Traceback" not in launch("run", f"x{name}", environment={"LC_ALL": locale}).stderr


# The network ----------------------------------------------------------------------------------

HERE = "host: 192.0.2.1, user: li, password: x"
ASKED = {
    "uri": "uri: {url: 'http://192.0.2.1/x'}",
    "get_url": "get_url: {url: 'http://192.0.2.1/x', dest: x}",
    "FTP": f"ftp_list: {{{HERE}, path: /, retries: 0}}",
    "IMAP": f"fetch_mail: {{{HERE}}}",
    "SMTP": "send_mail: {host: 192.0.2.1, from: a@b.c, to: a@b.c, subject: x, body: x, retries: 0}",
    "the lookup url": "debug: {msg: \"{{ lookup('url', 'http://192.0.2.1/x') }}\"}",
    "the lookup hashi_vault": (
        "debug: {msg: \"{{ lookup('hashi_vault', 'kv/a', url='http://192.0.2.1', token='xyz') }}\"}"
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_no_network_is_told_with_whom_it_was_to_reach(site: Site, what: str) -> None:
    done = launch("run", site(f"- {ASKED[what]}\n"), straits="straits.no_network()")
    assert done.returncode == 2, done.stdout
    assert "192.0.2.1" in done.stdout
    assert re.search("[Nn]etwork is unreachable|no way", done.stdout), done.stdout
    assert "this is a bug" not in done.stdout


@pytest.mark.parametrize("what", ASKED)
def test_no_name_server_is_told_with_the_name(site: Site, what: str) -> None:
    task = ASKED[what].replace("192.0.2.1", "files.invalid")
    done = launch("run", site(f"- {task}\n"), straits="straits.no_network()")
    assert done.returncode == 2, done.stdout
    assert "files.invalid" in done.stdout
    assert re.search("name (server|resolution)|not known", done.stdout), done.stdout
    assert "this is a bug" not in done.stdout


# The clock ------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_shortens_nothing(site: Site, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler to make a wrong clock with")
    source = Path(straits.__file__).with_name("wrong_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", "clock.so", source], check=True)
    (tmp_path / "wrong").write_text("0")
    wrong = {"LD_PRELOAD": f"{tmp_path}/clock.so", "WRONG_CLOCK": str(tmp_path / "wrong")}
    playbook = site(
        "- {shell: echo -172800 > wrong; sleep 0.1, register: set, timeout: 50}\n"
        "- assert: {that: \"set.delta is match('0:00:')\"}\n"
        "- {shell: echo +0 > wrong, timeout: 50}\n"
        "- wait_for: {timeout: 0}\n"
    )
    first = launch("run", playbook, "-v", environment=wrong)
    (tmp_path / "wrong").write_text("-500000")
    second = launch("run", playbook, "-v", environment=wrong)
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
    assert "(-" not in first.stdout + second.stdout
    listed = launch("runs").stdout.splitlines()[1:]
    assert len({line.split()[0] for line in listed}) == 2
    assert not re.search(r" -\d", "".join(listed))
    newest = launch("runs", "show", "latest", "--about").stdout
    assert f"run: {listed[0].split()[0]}" in newest
