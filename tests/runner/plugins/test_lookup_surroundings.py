"""What a lookup plugin finds around it: its names, files, other lookups."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import Show

ASKS = """
    from ansible.parsing.splitter import parse_kv, split_args
    from ansible.plugins.loader import lookup_loader
    from ansible.plugins.lookup import LookupBase

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            path = self.find_file_in_search_path(variables, "files", "a.yml")
            other = lookup_loader.get("items", loader=self._loader, templar=self._templar)
            asked = {
                "names": lambda: [self._load_name, self.ansible_name],
                "text": lambda: self._loader.get_text_file_contents(path),
                "file": lambda: self._loader.load_from_file(path),
                "data": lambda: self._loader.load("{b: 2}"),
                "missing": lambda: self.find_file_in_search_path(variables, "files", "nosuch"),
                "other": lambda: other.run([[1], 2], variables),
                "place": lambda: self._loader.path_dwim_relative_stack(["x"], "files", "a.yml"),
                "pairs": lambda: parse_kv("a=1 b='x y' rest of it"),
                "raw": lambda: parse_kv("echo a=1 chdir=/", check_raw=True),
                "parts": lambda: split_args("a 'b c' {{ d }}"),
                "nobody": lambda: lookup_loader.get("nosuch", loader=self._loader),
            }
            return [asked[term]() for term in terms]
"""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("names", ["asks", "asks"]),
        ("text", "a: 1\n"),
        ("file", {"a": 1}),
        ("data", {"b": 2}),
        ("missing", None),
        ("other", [1, 2]),
        ("place", "{folder}/files/a.yml"),
        ("pairs", {"a": "1", "b": "x y", "_raw_params": "rest of it"}),
        ("raw", {"chdir": "/", "_raw_params": "echo a=1"}),
        ("parts", ["a", "'b c'", "{{ d }}"]),
        ("nobody", None),
    ],
)
def test_a_lookup_asks(show: Show, tmp_path: Path, asked: str, answer: object) -> None:
    lay(tmp_path, "lookup_plugins/asks.py", ASKS)
    lay(tmp_path, "files/a.yml", "a: 1\n")
    given = show(f"{{{{ lookup('asks', '{asked}') }}}}")
    assert given == (answer.format(folder=tmp_path) if isinstance(answer, str) else answer)


FAILS = """
    from ansible.errors import AnsibleError
    from ansible.plugins.lookup import LookupBase

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            if terms:
                raise AnsibleError("outer", orig_exc=ValueError("inner"))
            raise AnsibleError("outer") from ValueError("inner")
"""


@pytest.mark.parametrize("terms", ["", ", 1"])
def test_what_an_error_comes_of_is_told_behind_it(show: Show, tmp_path: Path, terms: str) -> None:
    lay(tmp_path, "lookup_plugins/fails.py", FAILS)
    assert "failed: outer: inner (" in show(f"{{{{ lookup('fails'{terms}) }}}}")
