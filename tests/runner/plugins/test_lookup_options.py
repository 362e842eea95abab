"""Options of lookups in Python: from their documentation, calls, variables and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import Run, Show

DEFAULTS = """
    DOCUMENTATION = "options: {port: {type: int, default: '21'}}"
    from ansible.plugins.lookup import LookupBase

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            before = self.get_option("port")
            self.set_option("port", terms[0])
            return [before, self.get_option("port"), self.has_option("prot")]
"""


def test_a_lookup_has_options_before_it_sets_any(show: Show, run: Run, tmp_path: Path) -> None:
    lay(tmp_path, "lookup_plugins/defaults.py", DEFAULTS)
    assert show("{{ query('defaults', '990') }}") == [21, 990, False]


SETTINGS = """
    DOCUMENTATION = '''
      options:
        port: {type: int, default: 21, env: [{name: MY_PORT}], vars: [{name: my_port}]}
        secure: {type: bool, aliases: [tls]}
        extra: {type: dict}
        hosts: {type: list}
        mode: {type: int, choices: [1, 2]}
        name: {required: true}
        _terms: {required: true}
    '''
    from ansible.module_utils.six.moves.urllib.parse import urlparse
    from ansible.plugins.lookup import LookupBase
    from ansible.utils.unsafe_proxy import wrap_var

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            self.set_options(var_options=variables, direct=kwargs)
            return [wrap_var(self.get_option(term)) for term in terms]
"""


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ lookup('settings', 'port', name='x') }}", 21),
        ("{{ lookup('settings', 'port', name='x', port='990') }}", 990),
        ("{{ lookup('settings', 'secure', name='x', secure='yes') }}", True),
        ("{{ lookup('settings', 'hosts', name='x', hosts='ann, li') }}", ["ann", "li"]),
        (
            "{{ lookup('settings', 'port', name='x', port='x') }}",
            "Invalid value provided for 'int': 'x'",
        ),
        ("{{ lookup('settings', 'port', name='x', port=1.5) }}", "provided for 'int': 1.5"),
        ("{{ lookup('settings', 'port', name='x', port=none) }}", 21),
        ("{{ lookup('settings', 'secure', name='x', tls='yes') }}", True),
        ("{{ lookup('settings', 'secure', name='x', secure='perhaps') }}", False),
        ("{{ lookup('settings', 'extra', name='x', extra={'a': 1}) }}", {"a": 1}),
        ("{{ lookup('settings', 'extra', name='x', extra='a') }}", "provided for 'dict': 'a'"),
        ("{{ lookup('settings', 'prot', name='x') }}", "No config definition exists for 'prot'"),
        ("{{ lookup('settings', 'mode', name='x', mode='2') }}", 2),
        (
            "{{ lookup('settings', 'mode', name='x', mode='3') }}",
            "Invalid value 3 for config",
        ),
        ("{{ lookup('settings', 'port') }}", "Required config 'name' for 'settings' lookup plugin"),
    ],
)
def test_a_lookup_has_the_options_of_its_documentation(
    show: Show, tmp_path: Path, template: str, value: object
) -> None:
    lay(tmp_path, "lookup_plugins/settings.py", SETTINGS)
    found = show(template)
    assert value in found if isinstance(value, str) else found == value


KINDS = """
    DOCUMENTATION = '''
      options:
        path: {type: path, default: ./a/../b, ini: [{section: kinds, key: path}]}
        paths: {type: pathlist, default: "~/a,/b"}
        spec: {type: pathspec, default: "/a:/b"}
        none: {type: none, default: None}
        whole: {type: int, default: "1.0"}
        text: {type: str, default: x, ini: [{section: kinds, key: text}]}
        list: {type: list, choices: [a, b]}
        named: {vars: [{name: low}, {name: high}]}
    '''
    from ansible.plugins.lookup import LookupBase

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            self.set_options(var_options=variables, direct=kwargs)
            return [self.get_option(term) for term in terms]
"""


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("'path'", "{folder}/b"),
        ("'paths'", ["{home}/a", "/b"]),
        ("'spec'", ["/a", "/b"]),
        ("'none'", None),
        ("'none', none='x'", "Invalid value provided for 'none': 'x'"),
        ("'whole'", 1),
        ("'text'", "in quotes"),
        ("'text', text=5", "5"),
        ("'text', text=[1]", "Invalid value provided for 'str': [1]"),
        ("'list', list={'a': 1}", "Invalid value provided for 'list': {'a': 1}"),
        ("'list', list=['a', 'c']", "Invalid value ['a', 'c'] for config 'list'"),
        ("'named'", "high"),
    ],
)
def test_options_of_lookups_are_of_the_kinds_that_ansible_has(
    show: Show, tmp_path: Path, asked: str, value: object
) -> None:
    lay(tmp_path, "lookup_plugins/kinds.py", KINDS)
    lay(tmp_path, "ansible.cfg", "[kinds]\ntext = 'in quotes'\n")
    shown = show(f"{{{{ lookup('kinds', {asked}) }}}}", "-e", "low=low", "-e", "high=high")
    places = {"folder": str(tmp_path), "home": str(Path.home())}
    if isinstance(value, list):
        assert shown == [each.format(**places) for each in value]
    elif isinstance(value, str) and "Invalid" not in value:
        assert shown == value.format(**places)
    else:
        assert shown == value or str(value) in shown


OLD = """
    DOCUMENTATION = "options: {old: {default: a, deprecated: {why: too old, alternatives: new}}}"
    from ansible.plugins.lookup import LookupBase

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            self.set_options(var_options=variables, direct=kwargs)
            return [self.get_option("old")]
"""


@pytest.mark.parametrize(("options", "is_told"), [("", False), ("old='b'", True)])
def test_an_option_that_will_be_gone_is_warned_of_where_it_is_given(
    run: Run, tmp_path: Path, options: str, *, is_told: bool
) -> None:
    lay(tmp_path, "lookup_plugins/old.py", OLD)
    ran = run(f"""
        - tasks: [{{debug: {{msg: "{{{{ lookup('old', {options}) }}}}"}}}}]
    """)
    assert ("old option. Reason: too old" in ran.err) is is_told
    assert ("Alternatives: new." in ran.err) is is_told


def test_options_of_lookups_come_from_the_environment_and_from_variables(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, "lookup_plugins/settings.py", SETTINGS)
    monkeypatch.setenv("MY_PORT", "990")
    assert show("{{ lookup('settings', 'port', name='x') }}") == 990
    assert show("{{ lookup('settings', 'port', name='x') }}", "-e", "my_port=2121") == 2121


ORIGINS = """
    DOCUMENTATION = '''
      options:
        port: {default: 21, env: [{name: MY_PORT}], vars: [{name: my_port}]}
    '''
    from ansible.plugins.lookup import LookupBase

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            self.set_options(var_options=variables, direct=kwargs)
            for term in terms:
                self.set_option("port", term)
            return list(self.get_option_and_origin("port"))
"""


def test_a_lookup_is_told_where_an_option_comes_from(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, "lookup_plugins/origins.py", ORIGINS)
    assert show("{{ query('origins') }}") == [21, "default"]
    assert show("{{ query('origins', port=990) }}") == [990, "Direct"]
    assert show("{{ query('origins', 22) }}") == [22, "Direct"]
    monkeypatch.setenv("MY_PORT", "7")
    assert show("{{ query('origins') }}") == ["7", "env: MY_PORT"]
    assert show("{{ query('origins') }}", "-e", "my_port=5") == ["5", "var: my_port"]
