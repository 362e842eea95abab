"""What modules in Python that ask a service share: `ansible.module_utils.api`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any

Function = Callable[..., Any]
Spec = dict[str, dict[str, Any]]


def basic_auth_argument_spec(spec: Spec | None = None) -> Spec:
    """The arguments of a login."""
    return {
        "api_username": {"type": "str"},
        "api_password": {"type": "str", "no_log": True},
        "api_url": {"type": "str"},
        "validate_certs": {"type": "bool", "default": True},
        **(spec or {}),
    }


def rate_limit_argument_spec(spec: Spec | None = None) -> Spec:
    return {"rate": {"type": "int"}, "rate_limit": {"type": "int"}, **(spec or {})}


def retry_argument_spec(spec: Spec | None = None) -> Spec:
    pause = {"type": "float", "default": 1}
    return {"retries": {"type": "int"}, "retry_pause": pause, **(spec or {})}


def rate_limit(rate: int | None = None, rate_limit: int | None = None) -> Function:
    """Let a function begin `rate` times in `rate_limit` seconds at most."""
    pause = rate_limit / rate if rate and rate_limit else 0.0

    def limited(function: Function) -> Function:
        last = [0.0]

        @wraps(function)
        def slow(*args: Any, **options: Any) -> Any:
            time.sleep(max(0.0, pause - (time.monotonic() - last[0])) if last[0] else 0)
            last[0] = time.monotonic()
            return function(*args, **options)

        return slow

    return limited


def retry(retries: int | None = None, retry_pause: float = 1) -> Function:
    """Call a function until it gives something and does not fail, `retries` times at most."""

    def stubborn(function: Function) -> Function:
        @wraps(function)
        def again(*args: Any, **options: Any) -> Any:
            if retries is None:
                return function(*args, **options)
            for _ in range(retries):
                with suppress(Exception):
                    if found := function(*args, **options):
                        return found
                time.sleep(retry_pause)
            raise RuntimeError(f"Retry limit exceeded: {retries}")

        return again

    return stubborn


def generate_jittered_backoff(
    retries: int = 10, delay_base: int = 3, delay_threshold: int = 60
) -> Iterator[int]:
    """Give seconds to wait, more every time, and not the same for everybody."""
    for attempt in range(retries):
        yield random.randint(0, min(delay_threshold, delay_base * 2**attempt))  # noqa: S311  # no secret


def retry_with_delays_and_condition(
    backoff_iterator: Iterable[float],
    should_retry_error: Callable[[Exception], bool] = lambda _: False,
) -> Function:
    """Call a function until it does not fail, with these pauses, if its error allows for that."""
    pauses = list(backoff_iterator)

    def stubborn(function: Function) -> Function:
        @wraps(function)
        def again(*args: Any, **options: Any) -> Any:
            for pause in pauses:
                try:
                    return function(*args, **options)
                except Exception as error:
                    if not should_retry_error(error):
                        raise
                time.sleep(pause)
            return function(*args, **options)

        return again

    return stubborn


NAMES: Mapping[str, Function] = {
    each.__name__: each
    for each in (
        *(basic_auth_argument_spec, generate_jittered_backoff, rate_limit),
        *(rate_limit_argument_spec, retry, retry_argument_spec, retry_with_delays_and_condition),
    )
}
