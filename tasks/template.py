"""Write a file from a Jinja template."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from ..runner.task import Context, Pattern, Result, TaskError
from . import paths, placing
from .content import Content

if TYPE_CHECKING:
    from pathlib import Path

SUPPORTS_CHECK = True
REPEAT = "safe"
RETURNS = {**placing.RETURNS, "src": "The template."}
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
_HEADER = "#jinja2:"
_IN_HEADER = ("trim_blocks", "lstrip_blocks")
_LONGEST_HEADER = 1024
_NEWLINES = {r"\n": "\n", r"\r": "\r", r"\r\n": "\r\n"}
_MARKS = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string"),
)


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
    source = ctx.find(params.src, "templates")
    opened = ctx.unvault(source)
    if opened is not None:
        ctx = replace(ctx, diff=False)
    text = _rendered(source, opened, params, ctx)
    content = Content.of_bytes(_encoded(text, params.output_encoding), str(source))
    target = placing.target(params, source.name, None, ctx)
    result = placing.deliver(content, target, placing.manner(params, source), ctx)
    return replace(result, data={**result.data, "src": str(source)})


def _rendered(source: Path, opened: bytes | None, params: Params, ctx: Context) -> str:
    header = _header(source, opened)
    options = {**_options(params), **_read_header(header or "")}
    text = ctx.templar.render_file(source, _about(source, params, ctx), options)
    # The header stays in the template, so that errors count its lines rightly, till here.
    return text if header is None else text.partition(str(options["newline_sequence"]))[2]


def _options(params: Params) -> dict[str, object]:
    newline = _NEWLINES.get(params.newline_sequence, params.newline_sequence)
    marks = {name: getattr(params, name) for name in _MARKS}
    if len({marks[name] for name in _MARKS if "start" in name} - {""}) < len(_MARKS) // 2:
        raise TaskError("blocks, expressions and comments must begin with different marks")
    blanks = {"trim_blocks": params.trim_blocks, "lstrip_blocks": params.lstrip_blocks}
    return {"newline_sequence": newline, **blanks, **marks}


def _header(source: Path, opened: bytes | None) -> str | None:
    content = Content.of_file(source) if opened is None else Content.of_bytes(opened, str(source))
    with paths.told(f"read the template {source}"), content.open() as file:
        line = file.readline(_LONGEST_HEADER).decode("utf-8", "replace")
    return line.removeprefix(_HEADER) if line.startswith(_HEADER) else None


def _read_header(header: str) -> dict[str, object]:
    """Read `trim_blocks: False, lstrip_blocks: True`, as Ansible does."""
    pairs = [pair.partition(":") for pair in header.split(",") if pair.strip()]
    options = {name.strip(): value.strip().capitalize() for name, _, value in pairs}
    for name, value in options.items():
        if name not in _IN_HEADER or value not in ("True", "False"):
            known = " and ".join(_IN_HEADER)
            raise TaskError(f"the line `{_HEADER}` may set {known} to True or False, not {name}")
    return {name: value == "True" for name, value in options.items()}


def _about(source: Path, params: Params, ctx: Context) -> dict[str, object]:
    """What a template may know about itself."""
    with paths.told(f"look at the template {source}"):
        found = source.stat()
    return {
        "template_host": os.uname().nodename,
        "template_path": params.src,
        "template_fullpath": str(source.absolute()),
        "template_destpath": params.dest,
        "template_uid": paths.user_name(found.st_uid),
        "template_mtime": datetime.fromtimestamp(found.st_mtime),  # noqa: DTZ006  # as in Ansible
        "template_run_date": datetime.now(),  # noqa: DTZ005
    }


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except LookupError as error:
        raise TaskError(f"output_encoding: there is no encoding called {encoding!r}") from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        character = text[error.start]
        msg = f"{character!r} in line {line} of the text cannot be written in {encoding}"
        raise TaskError(msg) from error
