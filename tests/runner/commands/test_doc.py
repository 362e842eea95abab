"""What `opsplay doc` prints, and that docs/steps.md says the same."""

from __future__ import annotations

import re
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.commands import doc
from opsplay.runner.errors import UsageError
from opsplay.runner.registry import BUILT_IN, Registry, TaskType
from opsplay.runner.task import Alias, Expression, FreeForm, Mode, Range, Rest, Secret
from opsplay.runner.terminal import Paint, width

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True)
class Login:
    host: Annotated[str, "The server.", Alias("server")] = "localhost"
    port: Annotated[int, "Its port.", Range(1, 65535)] = 21


@dataclass(frozen=True, kw_only=True)
class User:
    name: Annotated[str, "Who."]


@dataclass(frozen=True, kw_only=True)
class Params(Login):
    mode: Annotated[Mode | None, "Permissions."] = None
    order: Annotated[Literal["name", "time"], "What comes first."] = "name"
    password: Annotated[Secret | None, "The password."] = None
    that: Annotated[list[str], "What must hold.", FreeForm(), Expression()]
    users: Annotated[list[User], "Those who may log in."] = field(default_factory=list)
    others: Annotated[dict[str, object], "More.", Rest()] = field(default_factory=dict)


def task_type(docstring: str = "Do it.") -> TaskType:
    module = ModuleType("demo", docstring)
    module.__dict__.update(
        Params=Params,
        run=print,
        EXAMPLES="- demo: x == 1\n",
        RETURNS={"size": "Bytes in all."},
    )
    return TaskType("demo", module)


def test_a_page_tells_all_about_a_step() -> None:
    assert doc.page(task_type(), columns=60) == dedent("""\
        demo - Do it.

        EXAMPLE
            - demo: x == 1

        ARGUMENTS
          that              What must hold.
                            required; list of texts; written without
                            {{ }}; may stand right after `demo:`
          mode              Permissions.
                            file mode in quotes, as "0644" or
                            "u=rw,go=r"
          order             What comes first.
                            name or time; default name
          password          The password.
                            text; never shown
          users             Those who may log in.
                            list of mappings
            name              Who.
                              required; text
          (any name)        More.
                            any value
          host, server      The server.
                            text; default localhost
          port              Its port.
                            whole number from 1 to 65535; default 21

        RETURNS
          size              Bytes in all.

        In check mode it is skipped, since it cannot tell what it
        would do.
    """)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("copy", "it says what it would do"),
        ("command", "it says what it would do"),
        ("stat", "it runs, too"),
        ("set_fact", "it runs, too"),
        ("ftp_server", "it runs, too"),
        ("raw", "it is skipped"),
    ],
)
def test_a_page_tells_what_becomes_of_the_step_in_check_mode(name: str, told: str) -> None:
    found = Registry().find(name)
    assert found
    assert f"In check mode {told}" in doc.page(found)


def test_what_several_parameters_take_is_told_under_the_first() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Twice(Params):
        guests: Annotated[User | list[User] | None, "Those who look.", Alias("class")] = None

    module = task_type().module
    module.__dict__.update(Params=Twice)
    told = {one.name: (one.depth, one.facts) for one in doc.arguments(TaskType("demo", module))}
    assert told["class, guests"] == (0, ("mapping or list of mappings",))
    assert told["users"] == (0, ("list of mappings", "see `class`"))
    assert [name for name, (depth, _) in told.items() if depth] == ["name"]


def test_paragraphs_are_filled_and_lists_and_code_stay() -> None:
    described = "Do it.\n\nOne\ntwo.\n\n- `a`: first\n  thing\n- `b`: second\n\n    code  here\n"
    lines = doc.page(task_type(described), columns=14).splitlines()
    assert lines[2:12] == [
        "One two.",
        "",
        "- `a`: first",
        "  thing",
        "- `b`: second",
        "",
        "    code  here",
        "",
        "EXAMPLE",
        "    - demo: x == 1",
    ]


def test_the_list_of_steps_has_every_step_and_its_summary() -> None:
    told = doc.text(Registry(), None)
    for name in BUILT_IN:
        assert re.search(rf"\n  {name}\s", told)
    assert told.index("STEPS\n") < told.index("STEPS THAT STEER A RUN\n")
    assert "STEPS OF YOUR OWN" not in told


def test_steps_of_one_s_own_are_listed_even_if_one_is_broken(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nowhere", "utf-8")
    told = doc.text(Registry(tmp_path), None, columns=200)
    own = told.partition("STEPS OF YOUR OWN\n")[2]
    assert own.startswith(f"  broken            {tmp_path}/broken.py:1:1: the step broken cannot")


def test_a_step_is_found_by_its_full_name() -> None:
    assert doc.text(Registry(), "ansible.builtin.command").startswith("command - ")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("ftp_uplaod", "did you mean ftp_upload?"), ("zzz", "`opsplay doc` lists all there are")],
)
def test_a_name_that_is_unknown_gets_the_nearest_one(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        doc.text(Registry(), name)
    assert str(caught.value) == f"there is no step {name}; {hint}"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_page_fits_a_screen_of_eighty_columns(name: str) -> None:
    page = doc.text(Registry(), name)
    description = page.partition("EXAMPLE")[0] + page.partition("ARGUMENTS")[2]
    assert [line for line in description.splitlines() if width(line) > 80] == []


def test_colours_change_nothing_but_colours() -> None:
    coloured = doc.page(task_type(), paint=Paint(on=True))
    assert "\x1b[1mARGUMENTS\x1b[0m" in coloured


@given(st.lists(st.text("ab测试", min_size=1, max_size=9)), st.integers(1, 30))
def test_no_word_is_lost_when_lines_are_filled(words: list[str], columns: int) -> None:
    lines = list(doc.wrap(" ".join(words), columns, "  "))
    assert " ".join(lines).split() == words
    assert all(width(line) <= columns or len(line.split()) == 1 for line in lines)


def test_the_page_of_all_steps_is_fresh() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"](Registry())
    page = ROOT / "docs" / "steps.md"
    assert page.read_text("utf-8") == pages[page], "docs/steps.md is stale: run `make docs`"
