"""Keywords that come to `omit`: what is said further out counts, or what is usual."""

from __future__ import annotations

import pytest

from .conftest import Play


def test_an_omitted_keyword_is_what_the_play_or_the_block_says(play: Play) -> None:
    ran = play("""
        - ignore_errors: true
          tasks:
            - {name: forgiven, command: "false", ignore_errors: "{{ omit }}"}
            - name: both
              command: echo
              check_mode: "{{ omit if item == 1 else false }}"
              loop: [1, 2]
            - check_mode: true
              timeout: 1
              block:
                - {name: looked at, command: echo, check_mode: "{{ omit }}"}
                - {name: slow, command: sleep 9, check_mode: false, timeout: "{{ omit }}"}
    """)
    assert "ignored=2" in ran.recap()
    assert ran.result("looked at")["skipped"]
    assert ran.result("slow")["timedout"]["period"] == 1
    assert not ran.result("both").get("skipped")


@pytest.mark.parametrize("omitted", ["'{{ omit }}'", "'{{ nowhere | default(omit) }}'"])
def test_with_nothing_further_out_the_switches_count(play: Play, omitted: str) -> None:
    ran = play(f"- tasks: [{{name: it, command: echo, check_mode: {omitted}}}]", "--check")
    assert ran.result("it")["skipped"]
