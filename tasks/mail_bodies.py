"""What a letter says: its text and its HTML, from what a playbook gives, files of templates too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..runner.task import Context, TaskError
from .mail_parameters import Bodies

_ESCAPED = {"autoescape": True}


def text_and_html(params: Bodies, ctx: Context) -> tuple[str, str]:
    """Make the text and the HTML; either may be empty."""
    text = _given("body", params.body, params.body_template, ctx)
    html = _given("html", params.html, params.html_template, ctx, _ESCAPED)
    markdown = _given("markdown", params.markdown, params.markdown_template, ctx)
    if markdown and html:
        raise TaskError("markdown becomes the HTML of the mail; give no `html` beside it")
    if markdown:
        return text or markdown, _html_of(markdown)
    return text or (html and _text_of(html)), html


@lru_cache(maxsize=8)  # a thousand mails of a loop often say the same
def _html_of(markdown: str) -> str:
    from .message.markdown import to_html

    return to_html(markdown)


@lru_cache(maxsize=8)
def _text_of(html: str) -> str:
    from .message.html_text import html_to_text

    return html_to_text(html)


def _given(
    name: str,
    value: str,
    template: str | None,
    ctx: Context,
    options: Mapping[str, object] | None = None,
) -> str:
    if template is None:
        return value
    if value:
        raise TaskError(f"give either `{name}` or `{name}_template`, not both")
    return str(ctx.templar.render_file(ctx.find(template, "templates"), {}, options))
