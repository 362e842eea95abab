"""What a lookup plugin finds around it: its names, files, other lookups."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import Show

ASKS = """
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
        ("nobody", None),
    ],
)
def test_a_lookup_asks(show: Show, tmp_path: Path, asked: str, answer: object) -> None:
    lay(tmp_path, "lookup_plugins/asks.py", ASKS)
    lay(tmp_path, "files/a.yml", "a: 1\n")
    assert show(f"{{{{ lookup('asks', '{asked}') }}}}") == answer
