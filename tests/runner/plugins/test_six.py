"""What plugins use of six, which Ansible brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import Show

USING = """
    import ansible.module_utils.six.moves.urllib.parse as parsing
    from ansible.module_utils import six
    from ansible.module_utils.six.moves import cPickle, reduce, urllib, zip_longest
    from ansible.module_utils.six.moves.http_cookies import SimpleCookie
    from ansible.module_utils.six.moves.urllib.request import pathname2url

    class Meta(type):
        kind = "made by a class of classes"

    @six.add_metaclass(Meta)
    class Old:
        pass

    class New(six.with_metaclass(Meta, Old)):
        pass

    ASKED = {
        "metaclass": lambda: [Old.kind, New.kind],
        "texts": lambda: [six.ensure_text(b"a"), six.ensure_str(b"b"), len(six.ensure_binary("c"))],
        "items": lambda: list(six.iteritems({"a": 1})),
        "version": lambda: [six.PY2, six.PY3],
        "quoted": lambda: [parsing.quote("a b"), urllib.parse.quote("c d"), pathname2url("/e f")],
        "sum": lambda: reduce(lambda one, other: one + other, [1, 2, 3]),
        "pairs": lambda: list(zip_longest([1, 2], [3])),
        "kept": lambda: cPickle.loads(cPickle.dumps([1])),
        "cookie": lambda: SimpleCookie("a=1")["a"].value,
    }

    class FilterModule:
        def filters(self):
            return {"of_six": lambda name: ASKED[name]()}
"""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("metaclass", ["made by a class of classes"] * 2),
        ("texts", ["a", "b", 1]),
        ("items", [["a", 1]]),
        ("version", [False, True]),
        ("quoted", ["a%20b", "c%20d", "/e%20f"]),
        ("sum", 6),
        ("pairs", [[1, 3], [2, None]]),
        ("kept", [1]),
        ("cookie", "1"),
    ],
)
def test_a_plugin_uses_six(show: Show, tmp_path: Path, asked: str, answer: object) -> None:
    lay(tmp_path, "filter_plugins/of_six.py", USING)
    assert show(f"{{{{ '{asked}' | of_six }}}}") == answer
