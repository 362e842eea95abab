from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.inventory.ranges import RangeError, expand


@pytest.mark.parametrize(
    ("text", "names", "port"),
    [
        ("web", ["web"], None),
        ("web:22", ["web"], 22),
        ("web[1:3]", ["web1", "web2", "web3"], None),
        ("web[01:10:3]", ["web01", "web04", "web07", "web10"], None),
        ("web[:2]", ["web0", "web1", "web2"], None),
        ("db-[a:c].x", ["db-a.x", "db-b.x", "db-c.x"], None),
        ("[y:B]", ["y", "z", "A", "B"], None),
        ("r[1:2]n[a:b]:22", ["r1na", "r1nb", "r2na", "r2nb"], 22),
        ("[::1]:2222", ["::1"], 2222),
        ("2001:db8::1", ["2001:db8::1"], None),
        ("user@host", ["user@host"], None),
    ],
)
def test_one_entry_stands_for_many_hosts(text: str, names: list[str], port: int | None) -> None:
    assert expand(text) == (names, port)


@pytest.mark.parametrize(
    "text", ["", "a[1]", "a[1:2:0]", "a[b:1]", "a[01:100]", "[Y:b]", "a]", "a[b", "a:"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(RangeError):
        expand(text)


def test_many_small_ranges_are_no_bomb() -> None:
    with pytest.raises(RangeError, match="more than 100,000 hosts"):
        expand("a" + "[0:99]" * 20)


@given(st.integers(0, 500), st.integers(0, 500))
def test_numbers_are_all_there(first: int, count: int) -> None:
    last = first + count
    assert expand(f"n[{first}:{last}]")[0] == [f"n{number}" for number in range(first, last + 1)]
