"""Modules in Ansible's form: programs that read their arguments in a file, and print JSON.

What kind it is, its text tells, as in Ansible: one that is written with `AnsibleModule`, one that
says WANT_JSON and is given JSON, one that holds a mark to be replaced by JSON; all others are given
`name=value`. A program is no text, and is given JSON.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from shutil import which
from types import ModuleType
from typing import Annotated, Any

from ..runner.dataclasses import dataclass, field
from ..runner.task import ANSIBLE, Context, Rest, Result, TaskError
from . import paths, process

_INCLUDED = b"<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>"
_WITH_ANSIBLE = re.compile(rb"AnsibleModule|ansible\.module_utils|\bansible_collections\.")
_INTERNAL = "_ansible_"
_RESULTS = "ansible_module_results"
_LAST_BRACE = re.compile(r"\}[^\S\n]*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Params:
    arguments: Annotated[dict[str, object], "What the module is given.", Rest()] = field(
        default_factory=dict
    )


def step(path: Path, python: Sequence[str], name: str) -> ModuleType:
    """The module of a step; `python` runs one that is written with AnsibleModule."""
    module = ModuleType(f"{__name__}.{path.stem}", f"Run the module {path}.")
    module.__file__ = str(path.absolute())
    run = partial(_run, path, python, name)
    beside = partial(run, with_stderr=True)
    vars(module).update(Params=Params, SUPPORTS_CHECK=True, IS_PROGRAM=True)
    vars(module).update(run=run, run_beside=beside)
    return module


def _run(
    path: Path,
    python: Sequence[str],
    name: str,
    params: Params,
    ctx: Context,
    *,
    with_stderr: bool = False,
) -> Result:
    """`with_stderr`: as in Ansible, what a job wrote there is part of its result."""
    given = {**params.arguments, **_internal(name, ctx)}
    with paths.told(f"make the module {path} ready to run"):
        argv = _argv(path.absolute(), python, given, ctx)
    # What is no text is not to be taken for some.
    done = process.run_here(argv, ctx, "surrogateescape")
    try:
        data = _public(_read(done, ctx))
    except RecursionError as error:
        raise _unreadable("it is nested too deep", done) from error
    if with_stderr and done.stderr:
        data["stderr"] = _readable(done.stderr)
    return _result(data)


def _internal(name: str, ctx: Context) -> dict[str, object]:
    """What Ansible tells modules beside their arguments."""
    return {
        "_ansible_check_mode": ctx.check,
        "_ansible_diff": ctx.diff,
        "_ansible_verbosity": ctx.verbosity,
        "_ansible_no_log": False,
        "_ansible_debug": False,
        "_ansible_module_name": name,
        "_ansible_version": ANSIBLE,
        "_ansible_tmpdir": str(ctx.temp_dir()),
        "_ansible_shell_executable": ctx.usual_shell(),
    }


# What is run ----------------------------------------------------------------------------------


def _argv(
    path: Path, python: Sequence[str], given: Mapping[str, object], ctx: Context
) -> list[str]:
    text = path.read_bytes()
    as_json = json.dumps(given, default=str)
    if _INCLUDED in text:
        path = _private(ctx, path.name, text.replace(_INCLUDED, as_json.encode()))
    elif _WITH_ANSIBLE.search(text):
        return [*python, str(path), str(_private(ctx, "arguments", as_json.encode()))]
    wants_json = b"WANT_JSON" in text or not text.startswith(b"#!")
    told = as_json if wants_json else " ".join(map(_pair, given.items()))
    return [*_interpreter(text), str(path), str(_private(ctx, "arguments", told.encode()))]


def _pair(entry: tuple[str, object]) -> str:
    return f"{entry[0]}={shlex.quote(str(entry[1]))}"


def _interpreter(text: bytes) -> list[str]:
    """What its first line names; Python is the one that we run on."""
    first = text.partition(b"\n")[0].decode("utf-8", "replace")
    words = shlex.split(first.removeprefix("#!")) if first.startswith("#!") else []
    if words and Path(words[-1]).name.startswith("python"):
        return [sys.executable]
    if words and which(words[0]) is None:
        told = {"module_stdout": "", "module_stderr": f"{words[0]}: not found\n", "rc": 127}
        raise TaskError(f"The module interpreter {words[0]!r} was not found.", **told)
    return words


def _private(ctx: Context, name: str, content: bytes) -> Path:
    file = ctx.temp_dir() / f"{os.urandom(8).hex()}-{name}"
    file.touch(0o700)
    file.write_bytes(content)
    return file


# What comes of it -----------------------------------------------------------------------------


def _result(data: dict[str, Any]) -> Result:
    for name in {"stdout", "stderr"} & data.keys():
        data.setdefault(f"{name}_lines", str(data[name]).splitlines())
    who = "Module" if "failed" in data else "Action"
    if data.pop("failed", bool(data.get("rc"))):
        msg = data.pop("msg", f"Task failed: {who} failed: Unknown error.")
        raise TaskError(str(msg), **data)
    facts, warnings = data.get("ansible_facts", {}), data.get("warnings")
    if not isinstance(facts, dict):
        # In Ansible's words.
        msg = f"Task failed: {type(facts).__name__!r} object has no attribute 'keys'"
        raise TaskError(msg, hint="ansible_facts in the result of a module are names and values")
    return Result(
        changed=bool(data.pop("changed", False)),
        skipped=bool(data.pop("skipped", False)),
        data=data,
        facts=facts,
        warnings=warnings if isinstance(warnings, list) else (),
    )


def _public(value: Any) -> Any:
    """The value without what is Ansible's own business."""
    if isinstance(value, list):
        return [_public(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _public(each) for name, each in value.items() if not name.startswith(_INTERNAL)}


def _read(done: process.Finished, ctx: Context) -> dict[str, Any]:
    """The JSON in what it printed; lines before do not count, those after are warned of.

    As in Ansible it ends with the last line that ends in a brace: it cannot be there twice.
    """
    start = re.search(r"^\s*\{", done.stdout, re.MULTILINE)
    if start is None:
        raise _unreadable("No start of json char found", done)
    text = done.stdout[start.end() - 1 :]
    ends = [brace.end() for brace in _LAST_BRACE.finditer(text)]
    if not ends:
        raise _unreadable("No end of json char found", done)
    try:
        found = json.loads(text[: ends[-1]])
    except (ValueError, RecursionError) as error:
        raise _unreadable(error, done) from error
    # As in Ansible, what a module took for text and that is none is no result.
    told = json.dumps(found, ensure_ascii=False)
    if (readable := process.readable(told, ctx)) is not told:
        found = json.loads(readable)
    if junk := text[ends[-1] :].strip():
        _warn(found, f"Module invocation had junk after the JSON data: {_readable(junk)}")
    # Those of a loop have that name.
    if not isinstance(found.get("results", []), list):
        found[_RESULTS] = found.pop("results")
        _warn(found, f"Found internal 'results' key in module return, renamed to '{_RESULTS}'.")
    return dict(found)


def _readable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _warn(data: dict[str, Any], warning: str) -> None:
    told = data.get("warnings")
    data["warnings"] = [*(told if isinstance(told, list) else ()), warning]


def _unreadable(why: object, done: process.Finished) -> TaskError:
    # As the shell tells it by which Ansible starts a module.
    status = done.code if done.code >= 0 else 128 - done.code
    said = {"module_stdout": done.stdout, "module_stderr": done.stderr}
    told = {**{name: _readable(text) for name, text in said.items()}, "rc": status}
    return TaskError(f"Module result deserialization failed: {why}", **told)
