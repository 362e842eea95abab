from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.path_filter import PathFilter, Patterns

TREE = ["a.txt", "b.csv", "月/a.txt", "月/b.csv", "月/深/a.txt", "月/深/b.csv", ".git/config"]


def taken(include: Patterns = None, exclude: Patterns = None) -> list[str]:
    wanted = PathFilter.of(include, exclude)
    return [path for path in TREE if wanted.takes_all(path, folder=False)]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("a.txt", ["a.txt", "月/a.txt", "月/深/a.txt"]),
        ("*.csv", ["b.csv", "月/b.csv", "月/深/b.csv"]),
        ("?.csv", ["b.csv", "月/b.csv", "月/深/b.csv"]),
        ("[!b]*", ["a.txt", "月/a.txt", "月/深/a.txt", ".git/config"]),
        ("/*.csv", ["b.csv"]),
        ("/a.txt", ["a.txt"]),
        ("月/*.csv", ["月/b.csv"]),
        ("月/**", ["月/a.txt", "月/b.csv", "月/深/a.txt", "月/深/b.csv"]),
        ("月/**/*.csv", ["月/b.csv", "月/深/b.csv"]),
        ("**/深/*", ["月/深/a.txt", "月/深/b.csv"]),
        ("*/*", ["月/a.txt", "月/b.csv", ".git/config"]),
        ("A.TXT", []),
        ("", []),
        ("a", []),
    ],
)
def test_what_a_pattern_means(pattern: str, matches: list[str]) -> None:
    assert taken(include=pattern) == matches


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        (".git", ["a.txt", "b.csv", "月/a.txt", "月/b.csv", "月/深/a.txt", "月/深/b.csv"]),
        (["深/", ".git/"], ["a.txt", "b.csv", "月/a.txt", "月/b.csv"]),
        ("月/深", ["a.txt", "b.csv", "月/a.txt", "月/b.csv", ".git/config"]),
        (["*.txt", "c*"], ["b.csv", "月/b.csv", "月/深/b.csv"]),
    ],
)
def test_what_is_in_a_folder_that_is_left_out_is_left_out_with_it(
    exclude: Patterns, left: list[str]
) -> None:
    assert taken(exclude=exclude) == left


def test_what_is_left_out_wins_over_what_is_taken() -> None:
    assert taken(include=["*.txt", "*.csv"], exclude="月") == ["a.txt", "b.csv"]


def test_folders_are_looked_into_for_what_is_to_be_taken() -> None:
    assert PathFilter.of("*.txt", None).takes("月", folder=True)
    assert not PathFilter.of("*.txt", "月").takes("月", folder=True)


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("a[+-9]b", "a/b", False),
        ("a[!x]b", "a/b", False),
        ("a*b", "a/b", False),
        ("a?b", "a\nb", True),
        ("*", "a\n", True),
        ("a", "a\n", False),
        ("a.b", "axb", False),
        ("[]]", "]", True),
        ("[!]]", "a", True),
        ("[]", "[]", True),
        ("[a", "[a", True),
        ("[\\]", "\\", True),
        ("[^a]", "^", True),
        ("[[&&]", "&", True),
    ],
)
def test_marks_in_a_pattern_mean_what_they_do_in_a_shell(
    pattern: str, path: str, *, is_match: bool
) -> None:
    assert PathFilter.of(pattern, None).takes(path, folder=False) is is_match


def test_a_pattern_that_cannot_be_read_is_told() -> None:
    with pytest.raises(TaskError, match=r"'\[z-a\]' is no pattern that can be read: bad character"):
        taken(include="[z-a]")


@given(st.text("[]!^-*?/ab\\&~|", max_size=8))
def test_any_text_is_a_pattern_or_told_to_be_none(pattern: str) -> None:
    with suppress(TaskError):
        assert taken(exclude=[pattern, "*"]) == []


# A simple model: names are compared one by one, `**` stands for any number of them


def matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    if not pattern:
        return not path
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        return any(matches(rest, path[count:]) for count in range(0 if rest else 1, len(path) + 1))
    return bool(path) and fnmatchcase(path[0], first) and matches(rest, path[1:])


def is_matched(patterns: Sequence[Sequence[str]], path: Sequence[str]) -> bool:
    ends = [path[-1:] if len(pattern) == 1 else path for pattern in patterns]
    return any(matches(pattern, end) for pattern, end in zip(patterns, ends, strict=True))


paths = st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=4)
patterns = st.lists(
    st.lists(
        st.sampled_from(["**", "*", "?", "a", "b", "a*", "*b", "?b", "[!a]", "[ab]b"]),
        min_size=1,
        max_size=3,
    ),
    max_size=3,
)


@given(patterns, patterns, paths)
def test_the_model_says_the_same(
    include: list[list[str]], exclude: list[list[str]], path: list[str]
) -> None:
    above = [path[:end] for end in range(1, len(path) + 1)]
    is_left_out = any(is_matched(exclude, each) for each in above)
    is_meant = not is_left_out and (not include or is_matched(include, path))
    written = PathFilter.of(["/".join(each) for each in include], ["/".join(e) for e in exclude])
    assert written.takes_all("/".join(path), folder=False) is is_meant
