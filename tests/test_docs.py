"""What the pages print is what happens.

A page is walked from top to bottom, in a folder of its own that holds the example playbooks:

- a fenced block with the name of a file (```yaml hello.yml) writes that file;
- a block of ```console runs what stands behind each `$`, and the output must be the one printed;
  times, ports and dates may differ, a line of `…` stands for any number of lines, and the folder is
  called /home/li;
- a block of ```yaml without a name holds plays or tasks that run and end well, all of a page in
  one run; after a play that ends with `tasks:` the blocks of tasks are its tasks.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest

from opsplay import schema
from opsplay.runner.filters import FILTERS, TESTS
from opsplay.runner.lookups import LOOKUPS

ROOT = Path(__file__).parent.parent
LANGUAGE = ROOT / "docs" / "language.md"
# docs/steps.md is made from the code, and its examples are tested with the steps.
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted({*ROOT.glob("docs/*.md")} - {ROOT / "docs" / "steps.md"}),
]
FENCED = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIES = {
    # How long a run or a task took is told only if that was long.
    r"\n\nThe run took .*\.$": "",
    r" \(\d+\.\d\ds\)$": "",
    r"\d+\.\d\ds\b": "TIME",
    r"(?<=127\.0\.0\.1:)\d+": "PORT",
    r"(SMTP|POP3|IMAP|TLS) \d{4,5}\b": r"\1 PORT",
    r"(?<=TLS PORT), \d{4,5}, \d{4,5}\b": ", PORT, PORT",
    r"\b\d{8}T\d{6}Z-[0-9a-f]{8}\b": "RUN",
    r"\b[A-Z][a-z]{2} [ \d]\d +[\d:]{4,5}\b": "DATE",
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*": "DATE",
}


@dataclass(frozen=True)
class Fenced:
    language: str
    name: str
    text: str
    line: int


@dataclass(frozen=True)
class Shown:
    """A command and the output that is printed below it."""

    command: str
    output: str


def fenced(page: Path) -> Iterator[Fenced]:
    text = page.read_text("utf-8")
    for found in FENCED.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Fenced(found[1], found[2] or "", found[3], line)


def shown(console: str) -> Iterator[Shown]:
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Shown(command, output)


class Shell:
    """Runs one command after the other in a folder, as a user would."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._status = 0

    def run(self, command: str) -> str:
        """Give what is printed; `$?` is what the command before has left there."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", f"(exit {self._status}); {command}"],
            cwd=self._folder,
            env={
                "PATH": path,
                "HOME": str(self._folder),
                "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
                # Pages show what a terminal shows.
                "OPSPLAY_CALLBACK_RESULT_FORMAT": "text",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self._status = done.returncode
        return done.stdout.replace(str(self._folder), "/home/li")


def lines(output: str) -> list[str]:
    for pattern, word in VARIES.items():
        output = re.sub(pattern, word, output, flags=re.MULTILINE)
    return [line.rstrip() for line in output.strip("\n").split("\n")]


def is_like(output: str, printed: str) -> bool:
    parts = [".*\n" if line == "…" else re.escape(line) + "\n" for line in lines(printed)]
    return re.fullmatch("".join(parts), "\n".join(lines(output)) + "\n", re.DOTALL) is not None


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "playbooks").symlink_to(ROOT / "playbooks")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_happens(page: Path, folder: Path) -> None:
    shell = Shell(folder)
    for block in fenced(page):
        if block.name:
            file = folder / block.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
        elif block.language == "console":
            for each in shown(block.text):
                output = shell.run(each.command)
                expected = "\n".join(lines(each.output))
                if not is_like(output, each.output):
                    assert "\n".join(lines(output)) == expected, f"{page.name}:{block.line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tasks_and_plays_of_a_page_run(page: Path, folder: Path) -> None:
    blocks = list(fenced(page))
    for block in blocks:
        if block.name:
            (folder / block.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.name).write_text(block.text, "utf-8")
    if plays := as_plays(block for block in blocks if block.language == "yaml" and not block.name):
        if "openssl" in plays and not shutil.which("openssl"):
            pytest.skip("openssl is not installed")
        (folder / "page.yml").write_text(plays, "utf-8")
        shell = Shell(folder)
        output = shell.run("opsplay run page.yml")
        assert shell.run("echo $?") == "0\n", output


def as_plays(blocks: Iterable[Fenced]) -> str:
    """Put tasks into plays; one is named by its line, so that an error tells where to look."""
    plays, goes_on = "", False
    for block in blocks:
        if re.search(r"^(?:- |  )(?:hosts|tasks|import_playbook):", block.text, re.MULTILINE):
            plays += block.text
            goes_on = block.text.endswith("  tasks:\n")
        else:
            head = "" if goes_on else f"- name: line {block.line}\n  tasks:\n"
            plays += head + indent(block.text, "    ")
    return plays


def test_what_is_to_be_said_instead_of_a_script_passes_the_check(folder: Path) -> None:
    tables = (ROOT / "docs" / "coming-from-scripts.md").read_text("utf-8")
    said = re.findall(r"`((?:ftp_\w+|send_mail|fetch_mail): [^`]+)`", tables)
    tasks = "".join(f"    - {step}\n" for step in said)
    login = "{host: example.com, user: we, password: '{{ secret }}'}"
    head = f"- module_defaults: {{group/ftp: {login}, group/mail: {login}}}\n  tasks:\n"
    (folder / "said.yml").write_text(head + tasks, "utf-8")
    output = Shell(folder).run("opsplay run --syntax-check said.yml")
    assert (len(said) > 30, output) == (True, "\nplaybook: said.yml\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_knows_what_a_page_asks_it_for(page: Path) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    asked = re.findall(r"`make (\w+)|^make (\w+)", page.read_text("utf-8"), re.MULTILINE)
    assert {first or second for first, second in asked} <= set(targets)


# docs/language.md is complete ------------------------------------------------------------------


def section(title: str) -> str:
    """The text of a section of docs/language.md, with the sections inside it."""
    level, text = title.count("#"), LANGUAGE.read_text("utf-8")
    start = text.index(f"\n{title}\n") + 1
    end = re.search(rf"\n#{{1,{level}}} ", text[start + 1 :])
    return text[start : start + 1 + end.start()] if end else text[start:]


def words(text: str) -> set[str]:
    return set(re.findall(r"`([^`\s]+)`", text))


KINDS = [
    *("base", "conditional", "notifying", "delegating", "play", "block", "task", "handler"),
    "loop_control",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_keyword_is_told(kind: str) -> None:
    definition = schema.language()["definitions"][kind]
    told = words(LANGUAGE.read_text("utf-8"))
    assert set(definition["properties"]) <= told


def test_every_filter_test_and_lookup_is_told() -> None:
    told = words(section("### Filters, tests and lookups"))
    own = (*FILTERS, *TESTS, *LOOKUPS)
    assert set(own) <= told


def test_every_switch_is_told() -> None:
    helped = subprocess.check_output([sys.executable, "-m", "opsplay", "run", "-h"], text=True)
    switches = set(re.findall(r"(?<!\S)--?[a-zA-Z][\w-]*", helped))
    assert switches <= words(section("## Command line")) | {"-h", "--help"}
