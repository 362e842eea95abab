"""A letter as one page of HTML that needs nothing else: for `preview`.

What the letter holds is shown and obeyed nowhere: its HTML stands in a frame without any rights,
and nothing on the page is loaded from elsewhere.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import unquote

from .addresses import Address
from .letter import Letter
from .preview import described, headers

_PAGE = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; margin: 2em auto; max-width: 60em; }}
th {{ text-align: left; vertical-align: top; padding-right: 1em; white-space: nowrap; }}
pre {{ white-space: pre-wrap; }}
pre, iframe {{ border: 1px solid #bbb; padding: 1em; }}
iframe {{ box-sizing: border-box; width: 100%; height: 40em; }}
</style>
</head>
<body>
<table>
{headers}
</table>
{sections}
</body>
</html>
"""
_CID = re.compile(r"""((?:["'(=]|&quot;)\s*)cid:([^"'\s>)&]+)""", re.IGNORECASE)


def preview_page(letter: Letter, bcc: Sequence[Address] = ()) -> str:
    """Write a letter as a page."""
    rows = (
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in headers(letter, bcc)
    )
    title = escape(letter.subject or "mail")
    return _PAGE.format(title=title, headers="\n".join(rows), sections="\n".join(_parts(letter)))


def _parts(letter: Letter) -> Iterator[str]:
    if letter.html:
        page = escape(_with_pictures(letter))
        yield f'<h2>HTML</h2>\n<iframe sandbox srcdoc="{page}"></iframe>'
    if letter.text:
        yield f"<h2>Text</h2>\n<pre>{escape(letter.text)}</pre>"
    if letter.attachments:
        files = "\n".join(f"<li>{escape(described(file))}</li>" for file in letter.attachments)
        yield f"<h2>Attachments</h2>\n<ul>\n{files}\n</ul>"


def _with_pictures(letter: Letter) -> str:
    urls = {
        picture.cid: f"data:{picture.media_type};base64,{b64encode(picture.content.data).decode()}"
        for picture in letter.inline
    }
    return _CID.sub(lambda found: f"{found[1]}{urls.get(unquote(found[2]), found[0])}", letter.html)
