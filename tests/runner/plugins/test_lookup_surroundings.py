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
                "own": lambda: lookup_loader.get("greet", self._loader).run(["li"], variables),
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
        ("own", ["Hello li, Li."]),
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


RENDERS = """
    from ansible.plugins.lookup import LookupBase
    from ansible.errors import AnsibleValueOmittedError
    from ansible.template import Templar, trust_as_template

    LOCAL = {"own": 1}

    def omitted(templar, template):
        try:
            return templar.template(template)
        except AnsibleValueOmittedError:
            return "nothing"

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            known = variables.copy()
            known["item"] = known["own"] + "!"
            if kwargs.get("alone"):
                templar = Templar(loader=self._loader, variables=known)
            else:
                templar = self._templar.copy_with_new_env(available_variables={})
                templar.available_variables = known
            trusted = [trust_as_template(term) for term in terms]
            asked = {
                "evaluated": lambda: [templar.evaluate_expression(each) for each in trusted],
                "rendered": lambda: [templar.template(each) for each in trusted],
                "untrusted": lambda: [templar.evaluate_expression(each) for each in terms],
                "local": lambda: [templar.evaluate_expression(trusted[0], local_variables=LOCAL)],
                "asked": lambda: [templar.is_template(each) for each in trusted + terms],
                "outside": lambda: ["item" in variables],
                "variable": lambda: [templar.resolve_variable_expression(each) for each in terms],
                "claimed": lambda: [templar.evaluate_conditional(each) for each in terms],
                "condition": lambda: [templar.evaluate_conditional(each) for each in trusted],
                "omitted": lambda: [omitted(templar, each) for each in trusted],
            }
            return asked[kwargs["way"]]()
"""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("'[item, own]', way='evaluated'", [["Li!", "Li"]]),
        ("'[item, own]', way='evaluated', alone=true", [["Li!", "Li"]]),
        ("'{' ~ '{ item }' ~ '}', way='rendered'", ["Li!"]),
        ("'own', way='local'", [1]),
        ("'{' ~ '{ item }' ~ '}', way='asked'", [True, False]),
        ("way='outside'", [False]),
        ("'own', 'item[0]', way='variable'", ["Li", "L"]),
        ("'own == item', '1 == 1', way='condition'", [False, True]),
        ("'{' ~ '{ omit }' ~ '}', way='omitted'", ["nothing"]),
    ],
)
def test_a_lookup_renders_with_variables_of_its_own(
    show: Show, tmp_path: Path, asked: str, answer: object
) -> None:
    lay(tmp_path, "lookup_plugins/renders.py", RENDERS)
    assert show(f"{{{{ query('renders', {asked}) }}}}") == answer


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("'item', way='untrusted'", "Encountered untrusted template or expression."),
        ("'1 == 1', way='claimed'", "Encountered untrusted template or expression."),
        ("'item | upper', way='variable'", "Invalid variable expression: item | upper"),
    ],
)
def test_a_lookup_evaluates_only_what_is_trusted_or_can_do_nothing(
    show: Show, tmp_path: Path, asked: str, words: str
) -> None:
    lay(tmp_path, "lookup_plugins/renders.py", RENDERS)
    assert words in show(f"{{{{ query('renders', {asked}) }}}}")
