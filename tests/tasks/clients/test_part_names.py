from __future__ import annotations

import posixpath

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opsplay.tasks.clients.part_names import of_any_run, owner, owner_of_part, part_name

file_names = st.text(min_size=1).filter(lambda name: "/" not in name)
folders = st.lists(file_names, max_size=3).map(lambda names: "".join(f"{name}/" for name in names))
versions = st.text()


@given(folders, file_names, versions)
def test_it_lies_in_the_folder_of_the_file(folder: str, name: str, version: str) -> None:
    part = part_name(folder + name, version)
    assert posixpath.dirname(part) == posixpath.dirname(folder + name)


@given(st.one_of(file_names, st.just("长" * 85), st.just("\udcb2")), versions)
def test_it_is_hidden_and_short_whatever_the_name(name: str, version: str) -> None:
    part = part_name(name, version)
    assert part.startswith(".")
    assert part.isascii()
    assert len(part) <= 255


@given(folders, file_names, versions)
def test_whose_it_is_can_be_read_from_it(folder: str, name: str, version: str) -> None:
    assert owner_of_part(part_name(folder + name, version)) == owner(name)


@given(file_names, versions, versions)
def test_each_version_of_a_file_has_its_own(name: str, version: str, other: str) -> None:
    assume(version != other)
    assert part_name(name, version) != part_name(name, other)


@given(folders, file_names, versions)
def test_each_run_has_its_own_and_finds_that_of_another(
    folder: str, name: str, version: str
) -> None:
    path = folder + name
    ours, others = part_name(path, version, "0a"), part_name(path, version, "0b")
    assert ours != others
    assert owner_of_part(ours) == owner(name)
    assert of_any_run(ours) == of_any_run(others) == part_name(path, version)


@given(file_names, file_names, versions)
def test_each_file_has_its_own(name: str, other: str, version: str) -> None:
    assume(name != other)
    assert part_name(name, version) != part_name(other, version)


def test_a_later_run_finds_it_again() -> None:
    """A name once given is kept to, else what older releases have left would stay for ever."""
    assert part_name("/in/a", "1") == "/in/.opsplay-433911c6eb0d-f6fc42039fba3776.part"


@pytest.mark.parametrize(
    "name",
    [
        "a",
        ".opsplay-",
        ".opsplay-433911c6eb0d-f6fc42039fba3776.part.txt",
        ".opsplay-433911c6eb0d-f6fc42039fba3776-.part",
        "x.opsplay-433911c6eb0d-f6fc42039fba3776.part",
        ".opsplay-CA978112CA1B-f6fc42039fba3776.part",
        ".opsplay-433911c6eb0d-f6fc42039fba3776.part\n",
        ".opsplay-433911c6eb0d-f6fc42039fba3776.part/a",
    ],
)
def test_any_other_file_is_nobodys_part(name: str) -> None:
    assert owner_of_part(name) is None
