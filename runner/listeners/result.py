"""How the result of a step reads: its message in words, output as text, the rest as an outline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..terminal import printable
from .outline import indented, outline

# Said elsewhere (status, time, loop items, diff), or a second form of what is shown.
_SAID = frozenset(
    {
        *("changed", "failed", "skipped", "unreachable", "msg", "diff", "warnings"),
        *("results", "item", "ansible_loop_var", "ansible_index_var", "ansible_loop"),
        *("start", "end", "delta", "stdout_lines", "stderr_lines", "invocation", "exception"),
        *("deprecations", "origin", "hint"),
    }
)
_OUTPUT = ("censored", "rc", "stdout", "stderr")
# Of the output of a failed step the end tells most.
_LINES_OF_OUTPUT = 200


def message(result: Mapping[str, Any], *, step: str) -> str:
    """What the step has to say."""
    said = result.get("msg", "")
    if _is_told(said, result.get("origin")):
        said = result["origin"]
    elif _is_variable(result, step):
        said = _unsaid(result)
    elif said == "Assertion failed":
        said = f"{said}: {result.get('assertion')}"
    elif step == "wait_for" and "reason" in result:
        said = f"{said}: {result['reason']}"
    hint = result.get("hint") if result.get("failed") else None
    told = printable(outline(said)).rstrip("\n")
    return f"{told.rstrip(' .!')}; {printable(str(hint))}" if hint else told


def _is_told(said: object, origin: object) -> bool:
    """Whether the place of the failure comes with the words for it."""
    if not origin:
        return False
    words = re.sub(r"^.*?:\d+:\d+: ", "", str(origin).partition("\n")[0])
    return bool(words) and str(said).partition("\n")[0].endswith(words)


def traceback(result: Mapping[str, Any]) -> str:
    """Python's, where it is to be told."""
    said = str(result.get("exception") or "")
    return "" if said == "(traceback unavailable)" else printable(said).rstrip()


def output(result: Mapping[str, Any], *, whole: bool) -> str:
    """The exit code and output of a failed step."""
    shown = {key: result[key] for key in _OUTPUT if result.get(key) not in (None, "")}
    if not whole:
        shown = {key: _end(value) for key, value in shown.items()}
    return _sections(shown)


def details(result: Mapping[str, Any], *, step: str, output: bool) -> str:
    """Everything in the result that is not said elsewhere."""
    if _is_variable(result, step):
        return ""
    shown = _unsaid(result)
    return _sections(
        {
            key: value
            for key, value in shown.items()
            if value != "" and (output or key not in _OUTPUT)
        }
    )


def _is_variable(result: Mapping[str, Any], step: str) -> bool:
    return step == "debug" and "msg" not in result and "skipped" not in result


def _unsaid(result: Mapping[str, Any]) -> dict[str, Any]:
    loop = (result.get("ansible_loop_var"), result.get("ansible_index_var"))
    return {key: value for key, value in result.items() if key not in _SAID and key not in loop}


def _sections(values: Mapping[str, Any]) -> str:
    return indented(printable("\n".join(_section(key, values[key]) for key in values)))


def _section(key: str, value: Any) -> str:
    if not isinstance(value, str):
        return outline({key: value})
    text = value.rstrip("\n")
    return f"{key}:\n{indented(text)}" if "\n" in text else f"{key}: {text}"


def _end(value: Any) -> Any:
    if not isinstance(value, str) or value.count("\n") <= _LINES_OF_OUTPUT:
        return value
    lines = value.rstrip("\n").split("\n")
    missing = len(lines) - _LINES_OF_OUTPUT
    return "\n".join([f"… {missing:,} lines before; -v shows all", *lines[missing:]])
