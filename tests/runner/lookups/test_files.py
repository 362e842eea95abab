"""Lookups that read files, or find them."""

from __future__ import annotations

from pathlib import Path

from .conftest import Look, fail


def test_bytes_that_are_no_text_are_kept(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"caf\xe9")
    assert [text.encode("utf-8", "surrogateescape") for text in look("file", "a")] == [b"caf\xe9"]
    assert look("pipe", "cat a") == look("file", "a")


def test_the_ends_of_the_lines_of_a_file_stay_as_they_are(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\r\ny\r\n")
    assert look("file", "a") == ["x\r\ny"]


def test_a_file_lies_in_files_or_beside_the_playbook(look: Look, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a").write_text(" in files \n")
    (tmp_path / "a").write_text("beside\n")
    (tmp_path / "b").write_text("{{ 1 + 1 }}\n")
    assert look("file", "a", "b") == [" in files", "{{ 1 + 1 }}"]
    assert look("file", "a", lstrip=True, rstrip=False) == ["in files \n"]
    assert look("file", str(tmp_path / "a")) == ["beside"]
    (tmp_path / "role/a").write_text("in the role")
    assert look("file", "a") == ["in the role"]
    assert fail(look, "file", "nosuch") == (
        f"Unable to access the file 'nosuch': File not found; looked for\n"
        f"  {tmp_path}/role/files/nosuch\n"
        f"  {tmp_path}/role/nosuch\n  {tmp_path}/files/nosuch\n  {tmp_path}/nosuch"
    )


def test_a_template_of_one_expression_keeps_its_type(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{% set two = 2 %}\n{{ [1, two] }}\n")
    assert look("template", "a.j2") == [[1, 2]]


def test_a_template_knows_its_path_as_the_lookup_was_given_it(look: Look, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/a.j2").write_text("{{ template_path }} {{ template_fullpath }}")
    assert look("template", "a.j2", "a.j2") == [f"a.j2 {tmp_path}/templates/a.j2"] * 2


def test_a_template_includes_first_what_lies_beside_it(look: Look, tmp_path: Path) -> None:
    (tmp_path / "templates/mail").mkdir(parents=True)
    (tmp_path / "templates/mail/part.j2").write_text("of mail")
    (tmp_path / "templates/part.j2").write_text("of all")
    (tmp_path / "templates/mail/a.j2").write_text("{% include 'part.j2' %}")
    assert look("template", "mail/a.j2") == ["of mail"]


def test_a_template_is_rendered(look: Look, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/a.j2").write_text("{{ name }} on {{ port }} {{ more }}\n")
    assert look("template", "a.j2", template_vars={"more": "!"}) == ["Li on 80 !\n"]
    (tmp_path / "templates/m.j2").write_text("{{ ansible_managed }}")
    assert look("template", "m.j2", template_vars={"ansible_managed": "mine"}) == ["mine"]
    (tmp_path / "templates/b.j2").write_text("[[ name ]] {{ name }} [# no #]\n")
    brackets = {"variable_start_string": "[[", "variable_end_string": "]]"}
    comments = {"comment_start_string": "[#", "comment_end_string": "#]"}
    assert look("template", "b.j2", **brackets, **comments) == ["Li {{ name }} \n"]


def test_files_are_found_by_patterns(look: Look, tmp_path: Path) -> None:
    (tmp_path / "files/sub").mkdir(parents=True)
    for name in ("files/b.txt", "files/a.txt", "c.txt", "files/sub/d.txt", "e.md"):
        (tmp_path / name).touch()
    found = [f"{tmp_path}/files/a.txt", f"{tmp_path}/files/b.txt"]
    assert look("fileglob", "*.txt") == found
    assert look("fileglob", "sub/*.txt", "*.md") == [
        f"{tmp_path}/files/sub/d.txt",
        f"{tmp_path}/e.md",
    ]
    assert look("fileglob", f"{tmp_path}/*.txt") == [f"{tmp_path}/c.txt"]
    assert look("fileglob", "*.nosuch") == []


def test_a_folder_that_a_pattern_names_is_looked_for_once(look: Look, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "a.txt").touch()
    assert look("fileglob", "*.txt") == [f"{tmp_path}/a.txt"]
    assert look("fileglob", "./*.txt") == []


def test_the_first_file_that_exists(look: Look, tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    (tmp_path / "vars").mkdir()
    (tmp_path / "vars/debian.yml").touch()
    here, debian = f"{tmp_path}/here", f"{tmp_path}/vars/debian.yml"
    assert look("first_found", ["nosuch", "here"]) == [here]
    assert look("first_found", "nosuch", "here") == [here]
    assert look("first_found", {"files": ["x.yml", "debian.yml"], "paths": ["vars"]}) == [debian]
    assert look("first_found", files=["x.yml", "debian.yml"], paths="no:vars") == [debian]
    assert look("first_found", "vars/../vars/debian.yml") == [debian]
    assert look("first_found", {"files": "x", "paths": "vars"}, "debian.yml") == [debian]
    kept = ({"files": "x", "skip": True}, {"files": "y"})
    assert look("first_found", *reversed(kept)) == []
    assert "No file was found" in fail(look, "first_found", *kept)
    assert "No file was found" in fail(look, "first_found", {"files": "debian.yml"}, paths="vars")
    assert look("first_found", "x", skip=True) == []
    assert look("first_found", {"files": "x,y", "skip": True}) == []
    assert (
        fail(look, "first_found", "x", "y")
        == "No file was found when using first_found. Looked for: x, y"
    )
