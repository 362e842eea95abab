"""See to it that lines between two marks are in a text file, or that they are not."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from ..runner.dataclasses import dataclass
from ..runner.task import Alias, Context, Result, TaskError
from . import editing, regexes
from .alone import alone
from .editing import Text

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = editing.RETURNS | editing.DIFF
EXAMPLES = """\
- name: Hosts of ours, in one block
  blockinfile:
    path: /etc/hosts
    block: |
      192.0.2.7 reports
      192.0.2.8 archive

- name: Two blocks in one file have marks of their own
  blockinfile:
    path: /srv/app/app.conf
    marker: "; {mark} database"
    block: "{{ lookup('file', 'database.conf') }}"
    insertafter: '^\\[app\\]'
    prepend_newline: true

- name: Gone again
  blockinfile:
    path: /srv/app/app.conf
    marker: "; {mark} database"
    state: absent
"""
_MARK = "{mark}"


@dataclass(frozen=True, kw_only=True)
class Params(editing.Creating):
    block: Annotated[
        str | None, "The lines. If there are none, the block is removed.", Alias("content")
    ] = ""
    state: Annotated[Literal["absent", "present"], "Whether the block is to be there."] = "present"
    marker: Annotated[
        str, "The lines around the block; `{mark}` stands for `marker_begin` and `marker_end`."
    ] = "# {mark} ANSIBLE MANAGED BLOCK"
    marker_begin: Annotated[str, "What `{mark}` means before the block."] = "BEGIN"
    marker_end: Annotated[str, "What `{mark}` means behind the block."] = "END"
    insertafter: Annotated[
        str | None,
        "Put a new block after the last line in which this regular expression is found, or at "
        "the end of the file: `EOF`, which is usual.",
    ] = None
    insertbefore: Annotated[
        str | None, "Put a new block before such a line, or at the beginning of the file: `BOF`."
    ] = None
    append_newline: Annotated[
        bool, "Have an empty line behind the block, unless it ends the file."
    ] = False
    prepend_newline: Annotated[
        bool, "Have an empty line before the block, unless it begins the file."
    ] = False


def run(params: Params, ctx: Context) -> Result:
    if params.insertafter is not None and params.insertbefore is not None:
        raise TaskError("parameters are mutually exclusive: insertbefore|insertafter")
    if _begin(params) == _end(params):
        ctx.warn(f"marker: {params.marker!r} lacks {_MARK}: the old block is not found again")
    with alone(ctx.path(params.path), ctx):
        return _edit(params, ctx)


def _edit(params: Params, ctx: Context) -> Result:
    text = editing.read_present(params, ctx)
    if params.state == "absent" and not text.exists:
        return Result(msg=f"File {text.path} not present")
    block = _block(params)
    after = _with_block(text, block, params)
    done = "Block inserted" if block else "Block removed"
    return editing.save(text, after, done if text.exists else "File created", params, ctx)


def _block(params: Params) -> list[str]:
    """The marks and what is between them; nothing if it is to be absent."""
    if params.state == "absent" or not params.block:
        return []
    inner = params.block.removesuffix("\n").split("\n")
    return [f"{line}\n" for line in (_begin(params), *inner, _end(params))]


def _begin(params: Params) -> str:
    return params.marker.replace(_MARK, params.marker_begin)


def _end(params: Params) -> str:
    return params.marker.replace(_MARK, params.marker_end)


def _with_block(text: Text, block: list[str], params: Params) -> str:
    lines = text.lines()
    marks = _last(lines, _begin(params)), _last(lines, _end(params))
    if None in marks:
        at = _place(text, lines, params)
        above, below = lines[:at], lines[at:]
    else:
        first, last = sorted(mark for mark in marks if mark is not None)
        above, below = lines[:first], lines[last + 1 :]
    # Nothing is glued to a last line without its end; as in Ansible it gets one in any case.
    if above and not above[-1].endswith("\n"):
        above[-1] += "\n"
    if params.state == "present":
        block = _with_blank_lines(above, block, below, params)
    return "".join([*above, *block, *below])


def _last(lines: list[str], mark: str) -> int | None:
    return next((at for at in reversed(range(len(lines))) if _is(lines[at], mark)), None)


def _is(line: str, mark: str) -> bool:
    return line.removesuffix("\n") == mark


def _with_blank_lines(
    above: list[str], block: list[str], below: list[str], params: Params
) -> list[str]:
    if params.prepend_newline and above and above[-1] != "\n":
        block = ["\n", *block]
    if params.append_newline and below and below[0] != "\n":
        block = [*block, "\n"]
    return block


def _place(text: Text, lines: list[str], params: Params) -> int:
    """Where a new block goes, as the number of lines above it."""
    if params.insertbefore == "BOF":
        return 0
    expression = params.insertbefore or params.insertafter or "EOF"
    if expression == "EOF":
        return len(lines)
    regex = regexes.compiled(expression)
    if regex.flags & re.MULTILINE:
        matches = [match.span() for match in [regex.search(text.text)] if match]
        spans = [tuple(text.text.count("\n", 0, place) for place in span) for span in matches]
    else:
        spans = [(at, at) for at, line in enumerate(lines) if regex.search(line)]
    if not spans:
        return len(lines)
    return spans[-1][0] if params.insertbefore else spans[-1][1] + 1
