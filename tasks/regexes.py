"""Regular expressions that a person wrote; their mistakes in words."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..runner.task import TaskError

if TYPE_CHECKING:
    from collections.abc import Iterator


def compiled(text: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    try:
        return re.compile(text, flags)
    except (re.error, OverflowError) as error:
        raise TaskError(f"{text!r} is no regular expression: {error}") from error


def check(field: str, text: str) -> None:
    """Raises TaskError, which names the field, for no regular expression."""
    try:
        compiled(text)
    except TaskError as error:
        raise TaskError(f"{field}: {error}") from error


@contextmanager
def filling_in(text: str) -> Iterator[None]:
    r"""Put into words that a text refers to groups (`\\1`) that the expression has not."""
    try:
        yield
    except (re.error, IndexError) as error:
        message = f"Unable to process replace due to error: {error}"
        raise TaskError(message, hint=f"what is put in is {text!r}") from error
