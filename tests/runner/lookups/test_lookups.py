"""Lookups: what they give, what goes wrong, how their options are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from opsplay.runner.inventory import load
from opsplay.runner.jinja.undefined import NO_HINT, Missing
from opsplay.runner.lookups import LOOKUPS, LookupContext, look_up
from opsplay.runner.testing import make_context

from .conftest import Look, fail


def test_every_name_leads_to_a_function() -> None:
    for name in LOOKUPS:
        assert callable(LOOKUPS[name])
        assert LOOKUPS[f"ansible.builtin.{name}"] is LOOKUPS[name]


USERS = [{"name": "a", "groups": [1, 2]}, {"name": "b"}, {"skipped": True}]


@pytest.mark.parametrize(
    ("name", "terms", "expected"),
    [
        ("items", [1, [2, [3]], "x"], [1, 2, [3], "x"]),
        ("list", [1, [2]], [1, [2]]),
        ("flattened", [1, [2, [3, [4]]]], [1, 2, 3, 4]),
        ("indexed_items", ["a", ["b", "c"]], [(0, "a"), (1, "b"), (2, "c")]),
        ("dict", [{"a": 1}, {"b": 2}], [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
        ("nested", [["a", "b"], [1, 2]], [["a", 1], ["a", 2], ["b", 1], ["b", 2]]),
        ("nested", [["a"], [[1, 2]]], [["a", 1, 2]]),
        ("nested", ["ab", [1]], [["a", 1], ["b", 1]]),
        ("nested", [[[1, 2], [3]]], [[1, 2], [3]]),
        ("together", ["ab", [1]], [["a", 1], ["b", None]]),
        ("together", [["a", "b"], [1]], [["a", 1], ["b", None]]),
        ("random_choice", ["x"], ["x"]),
        ("random_choice", [], []),
        (
            "subelements",
            [USERS, "groups", {"skip_missing": True}],
            [({"name": "a"}, 1), ({"name": "a"}, 2)],
        ),
        (
            "subelements",
            [{"k": {"my": {"h": ["x"], "p": 1}}}, "my.h"],
            [({"my": {"p": 1}}, "x")],
        ),
        ("subelements", [[{"name": "a"}], "name.first", {"skip_missing": True}], []),
        ("subelements", [[{"name": "a"}], "groups", {"skip_missing": "yes"}], []),
        ("subelements", [{"skipped": True}, "x"], []),
        ("sequence", ["start=0 end=4 stride=2 format=u%02x"], ["u00", "u02", "u04"]),
        ("sequence", ["5-8"], ["5", "6", "7", "8"]),
        ("sequence", ["2-10/4"], ["2", "6", "10"]),
        ("sequence", ["4:host%02d"], ["host01", "host02", "host03", "host04"]),
        ("sequence", ["count=5"], ["1", "2", "3", "4", "5"]),
        ("sequence", ["start=1 count=3 stride=2"], ["1", "3", "5"]),
        ("sequence", ["start=010 count=2 format=%04x"], ["000a", "000b"]),
        ("sequence", ["start=10 end=0 stride=-5"], ["10", "5", "0"]),
        ("sequence", ["count=0"], []),
        ("sequence", ["start=0 count=2 stride=-1"], ["0", "-1", "-2", "-3"]),
        ("sequence", ["2", "count=1"], ["1", "2", "1"]),
        ("vars", ["port", "name"], [80, "Li"]),
        ("varnames", ["^qz_", "^na"], ["qz_1", "qz_2", "name"]),
        ("inventory_hostnames", ["all:!db"], ["web1", "web2"]),
        ("inventory_hostnames", ["nobody"], []),
        ("inventory_hostnames", [], []),
        ("pipe", ["echo hello; echo"], ["hello"]),
        ("pipe", ["pwd | sed s,.*/,,; cat"], None),
        ("lines", ["echo a; echo b", "echo c"], ["a", "b", "c"]),
        ("lines", [r"printf 'a\fb\302\205c\342\200\250d\r\n\ne\n'"], ["a\fb\x85c\u2028d", "", "e"]),
    ],
)
def test_a_lookup_gives_a_list(
    look: Look, tmp_path: Path, name: str, terms: list[Any], expected: list[Any] | None
) -> None:
    assert look(name, *terms) == (expected or ([] if expected == [] else [tmp_path.name]))


@pytest.mark.parametrize(
    ("name", "terms", "options", "words"),
    [
        ("dict", [[1]], {}, "the 'dict' lookup plugin expects a dictionary, got '[1]'"),
        ("nested", [], {}, "with_nested requires at least one element"),
        ("together", [5], {}, "'int' object is not iterable"),
        ("nested", [5, [1]], {}, "'int' object is not iterable"),
        ("nested", [[1, 2]], {}, "'int' object is not iterable"),
        ("env", [5], {}, "'int' object has no attribute 'split'"),
        ("csvfile", [["Li"]], {}, "a term is a text, not list"),
        ("ini", ["x"], {"type": "toml"}, "Invalid value 'toml' for config 'type' for 'ini'"),
        ("sequence", [3], {}, "unknown error parsing with_sequence arguments: 3. Error was: expec"),
        ("password", ["db length=4 x"], {}, "Unrecognized value after key=value parameters"),
        (
            "subelements",
            [USERS, "groups"],
            {},
            "could not find 'groups' key in iterated item '{'name': 'b'}'",
        ),
        (
            "subelements",
            [USERS, "name"],
            {},
            "the key name should point to a list, got 'a'",
        ),
        (
            "subelements",
            [USERS, "name.first"],
            {},
            "the key name should point to a dictionary, got 'a'",
        ),
        ("sequence", ["x"], {}, "unrecognized arguments to with_sequence: 'x';"),
        ("sequence", [], {}, "must specify count or end in with_sequence"),
        (
            "sequence",
            ["start=5 end=1"],
            {},
            "to count backwards make stride negative",
        ),
        ("sequence", ["count=-1"], {}, "to count backwards make stride negative"),
        (
            "sequence",
            ["0x1-0x3"],
            {},
            "Config 'start' for 'sequence' lookup plugin from 'Direct' has",
        ),
        ("fileglob", [["*.txt"]], {}, "expected str, bytes or os.PathLike object, not list"),
        ("sequence", ["5:x"], {}, "bad formatting string: x;"),
        ("sequence", ["edn=5"], {}, "unrecognized arguments to with_sequence: ['edn'];"),
        (
            "pipe",
            ["echo no >&2; exit 3"],
            {},
            "lookup_plugin.pipe(echo no >&2; exit 3) returned 3",
        ),
        ("varnames", ["("], {}, 'Unable to use "(" as a search parameter: missing ), unterminated'),
        ("url", ["ftp://example.com/a"], {}, "ftp://example.com/a is no"),
        ("csvfile", [], {}, "Search key is required but was not found"),
        ("csvfile", [""], {}, "Search key is required but was not found"),
        ("csvfile", ["Li rwo=1"], {}, "'rwo' is not a valid option"),
        (
            "csvfile",
            ["Li"],
            {"file": "no.csv"},
            "expected str, bytes or os.PathLike object, not NoneType: there is no file 'no.csv'",
        ),
        (
            "subelements",
            ["x", "y"],
            {},
            "subelements lookup expects a list of two or three items",
        ),
        (
            "subelements",
            [[], "y", 1],
            {},
            "subelements lookup expects a list of two or three items",
        ),
        (
            "sequence",
            ["start=x end=3"],
            {},
            "Config 'start' for 'sequence' lookup plugin from 'Direct' has an invalid value: Inv",
        ),
    ],
)
def test_what_goes_wrong_is_told_in_words(
    look: Look, name: str, terms: list[Any], options: Mapping[str, Any], words: str
) -> None:
    assert fail(look, name, *terms, **options).startswith(words)


def test_an_option_that_a_lookup_has_not_is_warned_of_and_left_out(tmp_path: Path) -> None:
    warned: list[str] = []
    context = LookupContext(
        playbook_dir=tmp_path,
        search_path=(tmp_path,),
        templar=make_context(tmp_path).templar,
        inventory=load(["web1,"], tmp_path),
        warn=warned.append,
    )
    assert look_up(LOOKUPS["lines"], ["echo a"], {}, context, {"rtsrip": 1}) == ["a"]
    assert warned == ["the lookup lines takes no option named rtsrip; there are: none"]


def test_a_folder_that_is_not_there_is_warned_of(tmp_path: Path) -> None:
    warned: list[str] = []
    context = LookupContext(
        playbook_dir=tmp_path,
        search_path=(tmp_path,),
        templar=make_context(tmp_path).templar,
        inventory=load(["a,"], tmp_path),
        warn=warned.append,
    )
    (tmp_path / "there").mkdir()
    assert look_up(LOOKUPS["fileglob"], ["there/*", "nosuch/*", "*.x"], {}, context, {}) == []
    assert warned == ["Unable to find 'nosuch' in expected paths"]


@pytest.mark.parametrize(
    ("rstrip", "expected"),
    [(None, "x"), ("yes", "x"), ("no", "x\n"), ("neither", "x\n"), (1, "x"), (0, "x\n")],
)
def test_an_option_is_on_or_off_by_words_and_null_leaves_it_out(
    look: Look, tmp_path: Path, rstrip: object, expected: str
) -> None:
    (tmp_path / "a").write_text("x\n")
    assert look("file", "a", rstrip=rstrip) == [expected]


def test_options_that_are_null_count_as_left_out(look: Look) -> None:
    assert look("env", "OPSPLAY_NOT_SET", default=None) == [""]
    assert look("sequence", end=2.0, start=None) == ["1", "2"]
    [password] = look("password", "/dev/null", length=None, chars=None)
    assert len(password) == 20


def test_a_sequence_may_be_told_by_options_alone(look: Look) -> None:
    assert look("sequence", start=0, count=3, stride=2) == ["0", "2", "4"]


def test_variables_are_rendered_and_may_have_a_default(look: Look) -> None:
    assert look("vars", "nosuch", "port", default="x") == ["x", 80]
    [missing] = look("vars", "prot")
    with pytest.raises(UndefinedError, match="No variable named 'prot' was found"):
        str(missing)


def test_a_variable_of_the_environment_or_a_default_is_found(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSPLAY_TEST", "yes")
    assert look("env", "OPSPLAY_TEST", "OPSPLAY_NOT_SET") == ["yes", ""]
    assert look("env", "OPSPLAY_NOT_SET", default="x") == ["x"]
    [missing] = look("env", "OPSPLAY_NOT_SET", default=Missing(hint=NO_HINT))
    with pytest.raises(UndefinedError, match="The environment variable 'OPSPLAY_NOT_SET' is not"):
        str(missing)
    [missing] = look("env", "OPSPLAY_NOT_SET", default=Missing(hint="Set it!"))
    with pytest.raises(UndefinedError, match="Set it!"):
        str(missing)
