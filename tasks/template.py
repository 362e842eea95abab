"""Write a file from a Jinja template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Context, Pattern, Result, TaskError
from . import paths, permissions, placing
from .content import Content

if TYPE_CHECKING:
    from pathlib import Path

SUPPORTS_CHECK = True
REPEAT = "safe"
LACKING = "src and dest are required"
RETURNS = {**placing.RETURNS_OF_WRITTEN, "src": "The template."}
EXAMPLES = """\
- name: The mail to the people on duty, from templates/duty.txt.j2
  template:
    src: duty.txt.j2
    dest: /srv/reports/duty.txt
    mode: "0640"

- name: A file for a program that reads GBK and wants the line breaks of DOS
  template:
    src: list.csv.j2
    dest: /srv/reports/list.csv
    output_encoding: gbk
    newline_sequence: '\\r\\n'
"""
_MARKS = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string"),
)
_NEWLINES = {r"\n": "\n", r"\r": "\r", r"\r\n": "\r\n"}


@dataclass(frozen=True, kw_only=True)
class Params(placing.Placing):
    src: Annotated[str, "The template; looked for in `templates/` and beside the playbook."]
    output_encoding: Annotated[str, "How the text is written as bytes."] = "utf-8"
    newline_sequence: Annotated[
        str,
        "How the lines of the template end.",
        Pattern(r"\\n|\\r|\\r\\n|\n|\r|\r\n", r"\n, \r or \r\n"),
    ] = "\n"
    trim_blocks: Annotated[bool, "Drop the line break after a block `{% … %}`."] = True
    lstrip_blocks: Annotated[bool, "Drop the blanks before a block `{% … %}`."] = False
    block_start_string: Annotated[str, "How a block begins."] = "{%"
    block_end_string: Annotated[str, "How a block ends."] = "%}"
    variable_start_string: Annotated[str, "How an expression begins."] = "{{"
    variable_end_string: Annotated[str, "How an expression ends."] = "}}"
    comment_start_string: Annotated[str, "How a comment begins."] = "{#"
    comment_end_string: Annotated[str, "How a comment ends."] = "#}"


def run(params: Params, ctx: Context) -> Result:
    if ctx.check:
        params = permissions.without_unknown(params, ctx)
    source = paths.find(params.src, ctx, "templates")
    opened = ctx.unvault(source)
    if opened is not None:
        ctx = replace(ctx, diff=False)
    text = _rendered(source, params, ctx)
    content = Content.of_bytes(_encoded(text, params.output_encoding), str(source))
    target = placing.target(params, source.name, None, ctx)
    result = placing.deliver(content, target, placing.manner(params, source, target), ctx)
    return placing.diffed(replace(result, data={**result.data, "src": str(source)}))


def _rendered(source: Path, params: Params, ctx: Context) -> str:
    about = {"template_path": params.src, "template_destpath": params.dest}
    value = ctx.templar.render_file(source, about, _options(params))
    return "" if value is None else str(value)


def _options(params: Params) -> dict[str, object]:
    newline = _NEWLINES.get(params.newline_sequence, params.newline_sequence)
    marks = {name: getattr(params, name) for name in _MARKS}
    if len({marks[name] for name in _MARKS if "start" in name} - {""}) < len(_MARKS) // 2:
        raise TaskError("blocks, expressions and comments must begin with different marks")
    blanks = {"trim_blocks": params.trim_blocks, "lstrip_blocks": params.lstrip_blocks}
    return {"newline_sequence": newline, **blanks, **marks}


def _encoded(text: str, encoding: str) -> bytes:
    try:
        # What is no UTF-8 stays as it is.
        return text.encode(encoding, "surrogateescape")
    except LookupError as error:
        raise TaskError(f"output_encoding: there is no encoding called {encoding!r}") from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        character = text[error.start]
        msg = f"{character!r} in line {line} of the text cannot be written in {encoding}"
        raise TaskError(msg) from error
