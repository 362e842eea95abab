"""Replace every match of a regular expression in a text file."""

from __future__ import annotations

import re
from typing import Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Check, Context, Result
from . import editing, regexes
from .alone import alone

SUPPORTS_CHECK = True
RETURNS = editing.RETURNS | {"rc": "0."}
EXAMPLES = """\
- name: Another name for the server, wherever it stands
  replace:
    path: /srv/app/app.conf
    regexp: '\\bold\\.example\\.com\\b'
    replace: new.example.com
    backup: true

- name: Only in one section, with a part of the match kept
  replace:
    path: /srv/app/app.conf
    after: '\\[mail\\]'
    before: '\\n\\['
    regexp: '^(port\\s*=\\s*)\\d+$'
    replace: '\\g<1>587'
"""


@dataclass(frozen=True, kw_only=True)
class Params(editing.Editing):
    regexp: Annotated[
        str,
        "What to look for; `^` and `$` match at every line, `.` is no line break.",
        Check(regexes.check),
    ]
    replace: Annotated[
        str | None, "What to put in its place; `\\1` and `\\g<name>` are what groups found."
    ] = ""
    after: Annotated[
        str | None, "Replace only behind a match of this expression, whose `.` is any character."
    ] = None
    before: Annotated[str | None, "Replace only before a match of this expression."] = None


def run(params: Params, ctx: Context) -> Result:
    with alone(ctx.path(params.path), ctx):
        return _edit(params, ctx)


def _edit(params: Params, ctx: Context) -> Result:
    text = editing.read_present(params, ctx)
    regex = regexes.compiled(params.regexp, re.MULTILINE)
    section = _section(text.text, params)
    if section is None:
        msg = f"Pattern for before/after params did not match the given file: {_between(params)}"
        return Result(msg=msg, data={"path": str(text.path), "rc": 0})
    start, end = section
    filling = params.replace or ""
    with regexes.filling_in(filling):
        new, count = regex.subn(filling, text.text[start:end])
    after = text.text[:start] + new + text.text[end:]
    result = editing.save(text, after, f"{count} replacements made", params, ctx)
    name = str(text.path)
    diff = [
        replace(each, before_header=name, after_header=name, alone=True)
        for each in result.diff[: result.changed]
    ]
    return replace(result, data={**result.data, "rc": 0}, diff=diff)


def _section(text: str, params: Params) -> tuple[int, int] | None:
    if params.after is params.before is None:
        return 0, len(text)
    found = regexes.compiled(_between(params), re.DOTALL).search(text)
    return found.span("subsection") if found else None


def _between(params: Params) -> str:
    # Between two marks, the nearest second one counts.
    inner = ".*?" if params.after and params.before else ".*"
    return f"{params.after or ''}(?P<subsection>{inner}){params.before or ''}"
