from __future__ import annotations

import hashlib
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.errors import TemplateError
from opsplay.runner.jinja.template_file import managed
from opsplay.runner.task import Context, NotDefined, Result, TaskError
from opsplay.tasks import template

if TYPE_CHECKING:
    from collections.abc import Callable

    Contexts = Callable[..., Context]


@pytest.fixture
def ctx(contexts: Contexts) -> Context:
    return contexts(variables={"name": "李", "users": ["a", "b"], "evil": "{{ 1 / 0 }}"})


def written(ctx: Context, text: str, **arguments: Any) -> bytes:
    (ctx.playbook_dir / "a.j2").write_bytes(text.encode())
    run(ctx, **arguments)
    return (ctx.playbook_dir / "a").read_bytes()


def run(ctx: Context, src: str = "a.j2", dest: str = "a", **arguments: Any) -> Result:
    return template.run(template.Params(src=src, dest=dest, **arguments), ctx)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("{{ users }}\n", b"['a', 'b']"),
        ("{{ none }}\n", b""),
        ("{{ name }}\n", "李\n".encode()),
        ("{# nothing #}\n", b""),
        ("{% if false %}x{% endif %}\n", b""),
        ("{% macro empty() %}{% endmacro %}{{ empty() }}|\n", b"|\n"),
    ],
)
def test_as_in_ansible_only_a_text_has_the_newline_at_the_end(
    ctx: Context, text: str, content: bytes
) -> None:
    assert written(ctx, text) == content


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("a\nb\r\n", b"a\nb\r\n"),
        ("a\r\n{{ 1 }}\r\n\r\n", b"a\r1\r\r"),
        ("#jinja2: trim_blocks: True\na\r\n", b"a\r"),
    ],
)
def test_the_newlines_of_a_text_without_anything_to_fill_in_stay_as_they_are(
    ctx: Context, text: str, content: bytes
) -> None:
    assert written(ctx, text, newline_sequence="\r") == content


def test_variables_are_filled_in_once(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.j2").write_text("你好 {{ name }}\n", "utf-8")
    first, second = run(ctx, mode="0640"), run(ctx, mode="0640")
    assert (first.changed, second.changed) == (True, False)
    assert (tmp_path / "a").read_text("utf-8") == "你好 李\n"
    assert first.data["src"] == str(tmp_path / "templates" / "a.j2")
    assert first.data["dest"] == str(tmp_path / "a")
    assert first.data["checksum"] == hashlib.sha1("你好 李\n".encode()).hexdigest()
    assert first.data["mode"] == "0640"


def test_what_variables_hold_is_not_rendered(ctx: Context) -> None:
    assert written(ctx, "{{ evil }}") == b"{{ 1 / 0 }}"


def test_in_a_folder_a_file_has_the_template_s_name_without_j2(
    ctx: Context, tmp_path: Path
) -> None:
    (tmp_path / "a.j2").write_text("x")
    assert run(ctx, dest="out/").data["dest"] == str(tmp_path / "out" / "a.j2")
    assert (tmp_path / "out" / "a.j2").read_text() == "x"


LOOP = "{% for user in users %}\n  {% if true %}\n- {{ user }}\n  {% endif %}\n{% endfor %}\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "  - a\n    - b\n  \n"),
        ({"lstrip_blocks": True}, "- a\n- b\n"),
        ({"trim_blocks": False}, "\n  \n- a\n  \n\n  \n- b\n  \n"),
        ({"lstrip_blocks": True, "newline_sequence": r"\r\n"}, "- a\r\n- b\r\n"),
    ],
)
def test_blanks_around_blocks_stay_or_go_as_is_said(
    ctx: Context, arguments: dict[str, Any], text: str
) -> None:
    assert written(ctx, LOOP, **arguments).decode() == text


def test_blanks_as_the_first_line_of_the_template_says(ctx: Context) -> None:
    header = "#jinja2: lstrip_blocks: True, trim_blocks:true\n"
    assert written(ctx, header + LOOP, trim_blocks=False) == b"- a\n- b\n"


def test_marks_and_line_breaks_as_the_first_line_of_the_template_says(ctx: Context) -> None:
    marks = "variable_start_string:'[[', variable_end_string:']]'"
    text = f"#jinja2: {marks}, newline_sequence:'\\r\\n'\n{{{{ x }}}}\n[[ 1 + 1 ]]"
    assert written(ctx, text) == b"{{ x }}\r\n2"


def test_lines_of_statements_as_the_first_line_of_the_template_says(ctx: Context) -> None:
    header = "#jinja2: line_statement_prefix: '%', line_comment_prefix: '##'\n"
    assert written(ctx, header + "% for x in [1, 2]\n- {{ x }} ## no\n% endfor\n") == b"- 1\n- 2\n"
    assert written(ctx, header + "% set a = 1\n") == b""


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("trim_block: True", r"Invalid '#jinja2:' override key 'trim_block'"),
        ("trim_blocks: 5", "must set trim_blocks to True or False"),
        ("newline_sequence: True", "must set newline_sequence to a text"),
        ("variable_start_string: 5", "must set variable_start_string to a text"),
        ("", "Empty '#jinja2:' override pair not allowed"),
        ("trim_blocks: True,", "Empty '#jinja2:' override pair not allowed"),
        ("newline_sequence: \\n", "sets newline_sequence to what is no value"),
        ("trim_blocks: {[]}", "sets trim_blocks to what is no value"),
    ],
)
def test_what_the_first_line_may_not_say(ctx: Context, header: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        written(ctx, f"#jinja2: {header}\n")


def test_a_first_line_that_says_how_it_is_read_is_not_the_last(ctx: Context) -> None:
    with pytest.raises(TemplateError, match="Missing newline after '#jinja2:' override"):
        written(ctx, "#jinja2: trim_blocks: True")


def test_a_text_ends_in_as_many_line_breaks_as_its_template(ctx: Context) -> None:
    assert written(ctx, "a{% if true %}b{% endif %}\n\n") == b"ab\n\n"
    assert written(ctx, "a{% if true %}b{% endif %}") == b"ab"


@pytest.mark.parametrize(
    ("text", "told"), [("by {file}, {{me}}", "by a.j2, {me}"), ("{x} {file}", "{x} {file}")]
)
def test_what_says_so_may_name_the_template(text: str, told: str) -> None:
    known = {"template_host": "h", "template_uid": "li", "template_path": "a.j2"}
    assert managed(text, {**known, "template_mtime": datetime.now(UTC)}) == told


def test_what_a_managed_file_says_at_its_beginning(ctx: Context) -> None:
    assert written(ctx, "{{ ansible_managed }}") == b"Ansible managed"


def test_other_marks_may_stand_for_braces(ctx: Context) -> None:
    marks = {
        "variable_start_string": "[[",
        "variable_end_string": "]]",
        "block_start_string": "<%",
        "block_end_string": "%>",
    }
    text = "{{ as it is }} [[ name ]] <% if true %>yes<% endif %>"
    assert written(ctx, text, **marks).decode() == "{{ as it is }} 李 yes"


def test_marks_must_differ(ctx: Context) -> None:
    with pytest.raises(TaskError, match="must begin with different marks"):
        written(ctx, "", variable_start_string="{%")


def test_what_a_template_knows_about_itself(ctx: Context, tmp_path: Path) -> None:
    text = "{{ [template_path, template_fullpath, template_destpath] | join(' ') }}"
    assert written(ctx, text).decode() == f"a.j2 {tmp_path}/a.j2 a"
    assert written(ctx, "{{ template_run_date.year >= template_mtime.year }}") == b"True"


def test_templates_include_others_beside_them(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "templates" / "mail").mkdir(parents=True)
    (tmp_path / "templates" / "mail" / "part.j2").write_text("part of {{ name }}")
    (tmp_path / "templates" / "mail" / "a.j2").write_text("{% include 'part.j2' %}")
    run(ctx, src="mail/a.j2")
    assert (tmp_path / "a").read_text("utf-8") == "part of 李"


def test_what_lies_beside_the_playbook_comes_before_what_lies_beside_a_template(
    ctx: Context, tmp_path: Path
) -> None:
    (tmp_path / "templates" / "mail").mkdir(parents=True)
    (tmp_path / "templates" / "mail" / "part.j2").write_text("of mail")
    (tmp_path / "templates" / "part.j2").write_text("of all")
    (tmp_path / "templates" / "mail" / "a.j2").write_text("{% include './part.j2' %}")
    run(ctx, src="mail/a.j2")
    assert (tmp_path / "a").read_text("utf-8") == "of all"


def test_a_file_may_be_written_in_another_encoding(ctx: Context) -> None:
    assert written(ctx, "{{ name }}", output_encoding="gbk") == "李".encode("gbk")


def test_what_is_no_utf_8_stays_as_it_is(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_bytes(b"caf\xe9 {{ name }}")
    run(ctx)
    assert (tmp_path / "a").read_bytes() == b"caf\xe9 " + "李".encode()


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("latin-1", "'李' in line 2 of the text cannot be written in latin-1"),
        ("klingon", "there is no encoding called 'klingon'"),
    ],
)
def test_an_encoding_that_cannot_be(ctx: Context, encoding: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        written(ctx, "x\n{{ name }}", output_encoding=encoding)


def test_a_missing_name_fails_at_its_place_and_writes_nothing(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(NotDefined) as caught:
        written(ctx, "one\n  {{ nome }}\n")
    problem = caught.value.problem
    assert problem.place is not None
    assert str(problem.place) == f"{tmp_path}/a.j2:2:6"
    assert problem.hint == "did you mean name?"
    assert not (tmp_path / "a").exists()


def test_a_template_that_is_none_fails(ctx: Context) -> None:
    with pytest.raises(TemplateError, match="Syntax error in template"):
        written(ctx, "{% if %}")


def test_a_missing_template_names_the_places_searched(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"Could not find or access 'a\.j2'") as caught:
        run(ctx)
    assert f"{tmp_path}/templates/a.j2" in caught.value.msg


def test_preserve_backup_and_validate_are_those_of_copy(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a.j2").write_text("new")
    (tmp_path / "a.j2").chmod(0o600)
    result = run(ctx, mode="preserve", backup=True, validate="grep -q new %s")
    assert Path(str(result.data["backup_file"])).read_text() == "old"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_check_mode_shows_the_difference_and_writes_nothing(
    contexts: Contexts, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("hello\n")
    (tmp_path / "a.j2").write_text("hello {{ name }}\n")
    result = run(contexts(check=True, diff=True, variables={"name": "Li"}))
    (diff,) = result.diff
    assert result.changed
    assert (diff.before, diff.after) == ("hello\n", "hello Li\n")
    assert (diff.before_header, diff.after_header) == (f"{tmp_path}/a", f"{tmp_path}/a.j2")
    assert (tmp_path / "a").read_text() == "hello\n"
