"""See to it that a line is in a text file, or that it is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Alias, Check, Context, Repeat, Result, TaskError
from . import argument_rules, editing, regexes
from .alone import alone
from .editing import Text, bare

SUPPORTS_CHECK = True
RETURNS = {
    **editing.RETURNS,
    **editing.DIFF,
    "backup": "The same as `backup_file`; an empty text if nothing was kept.",
    "found": "How many lines there were to remove, with `state: absent`.",
}
EXAMPLES = """\
- name: One setting, whatever its value was
  lineinfile:
    path: /srv/app/app.conf
    regexp: '^workers ='
    line: workers = 4

- name: A line in its place
  lineinfile:
    path: /etc/hosts
    line: 192.0.2.7 reports
    insertafter: '^127\\.0\\.0\\.1'

- name: Keep a part of the line that is replaced
  lineinfile:
    path: /srv/app/app.conf
    regexp: '^(log_level\\s*=\\s*)\\w+$'
    line: '\\1debug'
    backrefs: true

- name: No line like this
  lineinfile:
    path: /srv/app/app.conf
    search_string: obsolete
    state: absent
"""
_EXCLUSIVE = (
    *(("insertbefore", "insertafter"), ("regexp", "search_string")),
    ("backrefs", "search_string"),
)
_MATCHES_ALL = (
    "The {} is an empty string, which will match every line in the file. This may have unintended"
    " consequences, such as replacing the last line in the file rather than appending."
)
_INSTEAD = " If this is desired, use '^' to match every line in the file and avoid this warning."


@dataclass(frozen=True, kw_only=True)
class Params(editing.Creating):
    line: Annotated[str | None, "The line; needed unless it is to be absent.", Alias("value")] = (
        None
    )
    regexp: Annotated[
        str | None,
        "A regular expression: the last line in which it is found is replaced, or every such "
        "line removed. If there is none, the line is added.",
        Alias("regex"),
        Check(regexes.check),
    ] = None
    search_string: Annotated[str | None, "The same with a plain text."] = None
    state: Annotated[Literal["absent", "present"], "Whether the line is to be there."] = "present"
    backrefs: Annotated[
        bool | None,
        "Fill `\\1` or `\\g<name>` in `line` with what the groups of `regexp` found; if it is "
        "not found, nothing is done.",
    ] = None
    insertafter: Annotated[
        str | None,
        "Add the line after the last one in which this expression is found, or at the end of "
        "the file: `EOF`, which is usual.",
    ] = None
    insertbefore: Annotated[
        str | None, "Add the line before such a line, or at the beginning of the file: `BOF`."
    ] = None
    firstmatch: Annotated[bool, "Take the first line that matches, not the last."] = False


def _repeat(params: Params) -> Repeat:
    """What is made of a line may match, and be made of, once more."""
    return "unsafe" if params.backrefs else "safe"


REPEAT = _repeat


def run(params: Params, ctx: Context) -> Result:
    _check(params)
    return replace(_edit(params, ctx), warnings=_warnings(params))


def _edit(params: Params, ctx: Context) -> Result:
    if params.state == "absent" and not params.path:
        return _nothing_there()
    with alone(ctx.path(params.path), ctx):
        return _remove(params, ctx) if params.state == "absent" else _add(params, ctx)


def _warnings(params: Params) -> list[str]:
    if params.regexp == "":
        return [_MATCHES_ALL.format("regular expression") + _INSTEAD]
    return [_MATCHES_ALL.format("search string")] if params.search_string == "" else []


def _told(result: Result) -> Result:
    return replace(result, data={**result.data, "backup": result.data.get("backup_file", "")})


def _check(params: Params) -> None:
    given = {name: value for name, value in vars(params).items() if value is not None}
    if told := argument_rules.excluded(_EXCLUSIVE, given):
        raise TaskError(told)
    if params.state == "present" and params.backrefs and params.regexp is None:
        raise TaskError("regexp is required with backrefs=true")
    if params.state == "present" and params.line is None:
        raise TaskError("line is required with state=present")
    if params.line is params.regexp is params.search_string is None:
        raise TaskError("one of line, search_string, or regexp is required with state=absent")


# absent -------------------------------------------------------------------------------------


def _remove(params: Params, ctx: Context) -> Result:
    text = editing.read(params, ctx)
    if not text.exists:
        return _nothing_there()
    matches = _matcher(params)
    lines = text.lines()
    kept = [line for line in lines if not matches(line)]
    found = len(lines) - len(kept)
    result = editing.save(text, "".join(kept), f"{found} line(s) removed", params, ctx)
    return _told(replace(result, data={**result.data, "found": found}))


def _nothing_there() -> Result:
    return Result(msg="file not present")


def _matcher(params: Params) -> Callable[[str], object]:
    if params.regexp is not None:
        return regexes.compiled(params.regexp).search
    wanted = params.search_string
    if wanted is not None:
        return lambda line: wanted in line
    return lambda line: bare(line) == bare(params.line or "")


# present ------------------------------------------------------------------------------------


def _add(params: Params, ctx: Context) -> Result:
    text = editing.read_present(params, ctx, "Destination")
    return _told(editing.save(text, *_with_line(text, params), params, ctx))


def _with_line(text: Text, params: Params) -> tuple[str, str]:
    """The text with the line in it, and what was done."""
    lines, line = text.lines(), bare(params.line or "")
    if (at := _line_to_replace(lines, params)) is not None:
        new = _filled_in(line, lines[at], params).removesuffix("\n") + "\n"
        return "".join([*lines[:at], new, *lines[at + 1 :]]), "line replaced"
    if params.backrefs:
        return text.text, ""
    at = _place(lines, params)
    if params.insertafter and [bare(each) for each in lines[at : at + 1]] == [line]:
        return text.text, ""
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += "\n"
    return "".join([*lines[:at], f"{line}\n", *lines[at:]]), "line added"


def _line_to_replace(lines: list[str], params: Params) -> int | None:
    if params.regexp is not None or params.search_string is not None:
        at = _found(lines, _matcher(params), first=params.firstmatch)
        if at is not None or params.backrefs:
            return at
    line = bare(params.line or "")
    looked_at = lines[: _end_of_look(lines, line, params)]
    return _found(looked_at, lambda each: bare(each) == line, first=False)


def _end_of_look(lines: list[str], line: str, params: Params) -> int | None:
    """With `firstmatch`, the line itself is looked for only before its place, as in Ansible."""
    expression = params.insertbefore or params.insertafter or "EOF"
    if not params.firstmatch or expression in ("BOF", "EOF"):
        return None
    matches = regexes.compiled(expression).search
    return _found(lines, lambda each: bare(each) != line and matches(each), first=True)


def _found(lines: list[str], matches: Callable[[str], object], *, first: bool) -> int | None:
    numbers = range(len(lines)) if first else reversed(range(len(lines)))
    return next((number for number in numbers if matches(lines[number])), None)


def _filled_in(line: str, old: str, params: Params) -> str:
    found = re.search(params.regexp, old) if params.backrefs and params.regexp is not None else None
    if not found:
        return line
    with regexes.filling_in(line):
        return found.expand(line)


def _place(lines: list[str], params: Params) -> int:
    """Where the line is to be added."""
    if "BOF" in (params.insertbefore, params.insertafter):
        return 0
    expression = params.insertbefore or params.insertafter or "EOF"
    if expression == "EOF":
        return len(lines)
    at = _found(lines, regexes.compiled(expression).search, first=params.firstmatch)
    if at is None:
        return len(lines)
    return at if params.insertbefore else at + 1
