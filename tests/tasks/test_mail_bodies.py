"""What a mail says may be written in several ways, in the playbook or in files of templates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from opsplay.runner import params as building
from opsplay.runner.task import Context, TaskError
from opsplay.tasks.mail_bodies import text_and_html
from opsplay.tasks.mail_parameters import Bodies

Contexts = Callable[..., Context]


def made(ctx: Context, **arguments: str) -> tuple[str, str]:
    return text_and_html(building.build(Bodies, arguments), ctx)


def test_text_alone_is_text(ctx: Context) -> None:
    assert made(ctx, body="a <b>\n") == ("a <b>\n", "")
    assert made(ctx) == ("", "")


def test_a_text_is_made_from_html_when_none_is_given(ctx: Context) -> None:
    text, html = made(ctx, html="<h1>Report</h1><p>All is <b>well</b>.</p>")
    assert "All is well." in text
    assert html == "<h1>Report</h1><p>All is <b>well</b>.</p>"


def test_a_text_that_is_given_stands(ctx: Context) -> None:
    assert made(ctx, html="<p>a</p>", body="b")[0] == "b"


def test_markdown_is_text_and_html(ctx: Context) -> None:
    text, html = made(ctx, markdown="# Report\n\n*well*\n")
    assert text == "# Report\n\n*well*\n"
    assert "<h1>Report</h1>" in html
    assert made(ctx, markdown="# Report", body="Report")[0] == "Report"


@pytest.mark.parametrize("name", ["body", "html", "markdown"])
def test_each_may_be_a_file_of_a_template(contexts: Contexts, tmp_path: Path, name: str) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/duty.j2").write_text("{% for n in names %}*{{ n }}*\n{% endfor %}")
    ctx = contexts(variables={"names": ["李", "王"]})
    given = made(ctx, **{f"{name}_template": "duty.j2"})
    assert given == made(ctx, **{name: "*李*\n*王*\n"})


def test_values_in_a_template_of_html_are_escaped(contexts: Contexts, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>{{ name }}{{ mark | safe }}{{ 7 }}{{ nothing }}</p>")
    variables = {"name": "<script>&", "mark": "<br>", "nothing": None}
    _, html = made(contexts(variables=variables), html_template="a.html")
    assert html == "<p>&lt;script&gt;&amp;<br>7</p>"


def test_values_in_what_it_includes_are_escaped_too(contexts: Contexts, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{% include 'b.html' %}")
    (tmp_path / "b.html").write_text("<b>{{ name }}</b>")
    _, html = made(contexts(variables={"name": "<i>"}), html_template="a.html")
    assert html == "<b>&lt;i&gt;</b>"


@pytest.mark.parametrize("name", ["body", "markdown"])
def test_values_in_a_template_of_text_stay(contexts: Contexts, tmp_path: Path, name: str) -> None:
    (tmp_path / "a.txt").write_text("{{ name }}")
    ctx = contexts(variables={"name": "Q&A"})
    assert made(ctx, **{f"{name}_template": "a.txt"})[0] == "Q&A"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"body": "a", "body_template": "a.j2"}, "give either `body` or `body_template`, not both"),
        ({"markdown": "a", "html": "b"}, "give no `html` beside it"),
        ({"html_template": "missing.j2"}, "Could not find or access 'missing.j2'"),
    ],
)
def test_what_does_not_go_together_is_told(
    ctx: Context, arguments: dict[str, str], words: str
) -> None:
    with pytest.raises(TaskError) as caught:
        made(ctx, **arguments)
    assert words in caught.value.msg
