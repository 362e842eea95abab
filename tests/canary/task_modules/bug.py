"""Fail in a way that a person who writes a step did not think of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, NoReturn

from opsplay.runner.task import Context, Diff, Result, Secret, TaskError

SUPPORTS_CHECK = True


@dataclass(frozen=True, kw_only=True)
class Params:
    password: Annotated[Secret, "What must not be seen."]
    how: Annotated[str, "What is done."]


def run(params: Params, ctx: Context) -> Result:
    ctx.line(f"PASS {params.password}")
    return _WAYS[params.how](params)


def _raises(params: Params) -> NoReturn:
    raise KeyError(str(params.password))


def _raises_from(params: Params) -> Result:
    try:
        return Result(data={"number": int(params.password)})
    except ValueError as error:
        msg = f"{params!r} {params.password} {error}"
        raise RuntimeError(msg) from error


def _fails(params: Params) -> NoReturn:
    msg = f"login with {params.password} failed"
    raise TaskError(msg, tried=[{params.password: params.password}], cmd=f"-p{params.password}")


def _tells(params: Params) -> Result:
    told = str(params.password)
    return Result(
        changed=True,
        msg=told,
        data={"deep": [{"er": told}], "bytes": repr(told.encode())},
        diff=[Diff(before=told, after=f"{told}\n{told}\n", after_header=told)],
        facts={"learnt": told},
        warnings=[f"{told} is weak"],
    )


def _is_no_result(params: Params) -> Result:
    return str(params.password)  # type: ignore[return-value]  # this is the mistake


_WAYS: dict[str, Callable[[Params], Result]] = {
    "raises": _raises,
    "raises from": _raises_from,
    "fails": _fails,
    "tells": _tells,
    "is no result": _is_no_result,
}
