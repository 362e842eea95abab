"""Markdown as HTML that any mail program shows. HTML inside it is shown, never obeyed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistune import Markdown

_PAGE = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<style>
body { font-family: sans-serif; line-height: 1.4; }
table { border-collapse: collapse; }
th, td { border: 1px solid #bbb; padding: 0.3em 0.6em; }
pre, code { font-family: monospace; background: #f4f4f4; }
blockquote { border-left: 3px solid #bbb; margin-left: 0; padding-left: 1em; }
</style>
</head>
<body>
%s</body>
</html>
"""


def to_html(source: str) -> str:
    """Make a page of a text in Markdown."""
    return _PAGE % _parser()(source)


@cache
def _parser() -> Markdown:
    import mistune

    # Not harmful at all: the pictures that go with the letter.
    renderer = mistune.HTMLRenderer(escape=True, allow_harmful_protocols=("cid:",))
    return mistune.create_markdown(
        renderer=renderer, plugins=["table", "strikethrough", "task_lists", "url"]
    )
