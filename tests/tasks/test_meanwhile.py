"""Work that goes on while a server is waited for."""

from __future__ import annotations

import threading

import pytest

from opsplay.tasks.meanwhile import Meanwhile


def test_the_work_goes_on_before_it_is_waited_for() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        may_end.wait(60)
        return "done"

    meanwhile = Meanwhile(work)
    assert begun.wait(60)
    may_end.set()
    assert meanwhile.result() == meanwhile.result() == "done"


def test_what_it_raises_is_raised_where_it_is_waited_for() -> None:
    def work() -> None:
        raise OSError("gone")

    meanwhile = Meanwhile(work)
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            meanwhile.result()
