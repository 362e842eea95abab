"""Mappings of several places that are put together, as the setting hash_behaviour has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Play

MERGED = """
    - hosts: ann
      vars: {server: {port: 3, "user": "{{ name }}"}, name: li, sizes: [1]}
      tasks:
        - {name: it, debug: {msg: "{{ server }}"}}
        - {name: inner, debug: {msg: "{{ server }}"}, vars: {server: {tls: {a: 1}}}}
        - {name: list, debug: {msg: "{{ sizes }}"}, vars: {sizes: [2]}}
"""


HOSTS = """
all:
  hosts: {ann: {server: {host: h, tls: {a: 0, b: 0}}}}
  vars: {server: {host: g, port: 1, path: /}}
"""


def test_mappings_of_several_places_may_be_put_together(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    (tmp_path / "hosts.yml").write_text(HOSTS)
    ran = play(MERGED, "-i", "hosts.yml")
    whole = {"host": "h", "path": "/", "port": 3, "user": "li", "tls": {"a": 0, "b": 0}}
    assert ran.result("it")["msg"] == whole
    assert ran.result("inner")["msg"] == {**whole, "tls": {"a": 1, "b": 0}}
    assert ran.result("list")["msg"] == [2]


def test_mappings_are_put_together_across_all_of_an_inventory_but_not_from_block_to_task(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    hosts = '[web]\na m=\'{"c": 3, "n": {"c": 3}}\'\n[web:vars]\nm={"b": 2, "n": {"b": 2}}\n'
    (tmp_path / "hosts").write_text(hosts)
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars/a.yml").write_text('m: {d: 4, n: {d: "{{ 2 + 2 }}"}}\n')
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: it, debug: {msg: "{{ m }}"}}
            - block: [{name: inner, debug: {msg: "{{ m }}"}, vars: {m: {task: 1}}}]
              vars: {m: {block: 1}}
        """,
        *("-i", "hosts"),
    )
    whole = {"b": 2, "c": 3, "d": 4, "n": {"b": 2, "c": 3, "d": 4}}
    assert ran.result("it")["msg"] == whole
    assert ran.result("inner")["msg"] == {**whole, "task": 1}


def test_what_a_template_comes_to_is_put_together_with_nothing(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    ran = play("""
        - vars: {low: "{{ dict(a=1) }}", high: {a: 1}, own: "{{ own.a }}"}
          tasks:
            - name: it
              debug: {msg: "{{ [low, high, own] }}"}
              vars: {low: {b: 2}, high: "{{ dict(b=2) }}", own: {a: 3}}
    """)
    assert ran.result("it")["msg"] == [{"b": 2}, {"b": 2}, {"a": 3}]


def test_mappings_of_the_command_line_are_merged_too_if_that_is_set(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    given = ("-e", '{"m": {"a": 1, "b": 1}}', "-e", '{"m": {"b": 2}}')
    ran = play('- tasks: [{name: it, debug: {msg: "{{ m }}"}}]', *given)
    assert ran.result("it")["msg"] == {"a": 1, "b": 2}


def test_mappings_that_one_place_is_told_twice_are_put_together_too(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    (tmp_path / "group_vars/all").mkdir(parents=True)
    for number in ("1", "2"):
        hosts = f"all: {{hosts: {{a: {{m: {{i{number}: {number}}}}}}}}}"
        (tmp_path / f"hosts{number}.yml").write_text(hosts)
        (tmp_path / f"group_vars/all/{number}.yml").write_text(f"n: {{f{number}: {number}}}\n")
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: it, debug: {msg: "{{ [m, n] }}"}}
            - add_host: {name: a, m: {added: 3}}
            - {name: more, debug: {msg: "{{ m }}"}}
        """,
        *("-i", "hosts1.yml", "-i", "hosts2.yml"),
    )
    assert ran.result("it")["msg"] == [{"i1": 1, "i2": 2}, {"f1": 1, "f2": 2}]
    assert ran.result("more")["msg"] == {"i1": 1, "i2": 2, "added": 3}


def test_a_mapping_takes_the_place_of_another_otherwise(play: Play, tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(HOSTS)
    ran = play(MERGED, "-i", "hosts.yml")
    assert ran.result("it")["msg"] == {"port": 3, "user": "li"}
    assert ran.result("inner")["msg"] == {"tls": {"a": 1}}


def test_files_of_variables_are_put_together_where_hashes_merge(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.yml").write_text("port: {ftp: 21, mail: {smtp: 25}}\nnext: b\n")
    (tmp_path / "b.yml").write_text("port: {http: 80, mail: {imap: 143}}\n")
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    ran = play("""
        - vars_files: [a.yml, "{{ next }}.yml"]
          tasks:
            - {name: it, debug: {msg: "{{ port }}"}}
    """)
    whole = {"ftp": 21, "http": 80, "mail": {"smtp": 25, "imap": 143}}
    assert ran.result("it")["msg"] == whole
