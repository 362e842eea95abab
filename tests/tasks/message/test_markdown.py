from __future__ import annotations

import pytest

from opsplay.tasks.message.markdown import to_html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("# 周报\n", "<h1>周报</h1>"),
        ("*a* and **b**", "<em>a</em> and <strong>b</strong>"),
        ("- one\n- two\n", "<li>one</li>\n<li>two</li>"),
        ("[a page](https://example.com/?a=1&b=2)", '<a href="https://example.com/?a=1&amp;b=2">'),
        ("see https://example.com/x", '<a href="https://example.com/x">'),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "<td>1</td>"),
        ("~~gone~~", "<del>gone</del>"),
        ("![chart](cid:chart)", '<img src="cid:chart" alt="chart"'),
        ("```\n<b>\n```", "&lt;b&gt;"),
    ],
)
def test_markdown_becomes_html(written: str, shown: str) -> None:
    assert shown in to_html(written)


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[click](javascript:alert(1))",
        "![x](javascript:alert(1))",
        '[x](https://example.com/"onmouseover="alert(1))',
        '![a"onerror="alert(1)](cid:x)',
        "<javascript:alert(1)>",
    ],
)
def test_nothing_in_it_is_obeyed(written: str) -> None:
    body = to_html(written).partition("<body>")[2]
    for harm in ("<script", "<img src=x", 'href="javascript', 'src="javascript', '"on'):
        assert harm not in body


def test_it_is_a_page_of_its_own() -> None:
    page = to_html("100 % of {it}")
    assert page.startswith("<!DOCTYPE html>")
    assert "<body>\n<p>100 % of {it}</p>\n</body>\n</html>\n" in page
