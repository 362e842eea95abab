"""Filters, tests and lookups in Python beside a playbook, in Ansible's shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import Run, Show


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ 'hi' | shout }}", "HI!"),
        ("{{ 'hi' | shout(mark='?') }}", "HI?"),
        ("{{ 'hi' | ansible.legacy.shout }}", "HI!"),
        ("{{ 100 is big }}", True),
        ("{{ ['x' is said, '' is said] }}", [True, False]),
        ("{{ lookup('greet', 'ann') }}", "Hello ann, Li."),
        ("{{ query('greet', ['ann', 'eve'], greeting='Hi') }}", ["Hi ann, Li.", "Hi eve, Li."]),
    ],
)
def test_plugins_are_used_by_name(show: Show, template: str, value: object) -> None:
    assert show(template) == value


def test_a_plugin_wins_over_what_is_built_in_which_keeps_its_full_name(show: Show) -> None:
    assert show("{{ [[1]] | flatten }}") == "flat"
    assert show("{{ [[1]] | ansible.builtin.flatten }}") == [1]


def test_a_lookup_plugin_can_be_looped_over(show: Show, run: Run) -> None:
    ran = run("- vars: {own: Li}\n  tasks: [{debug: , with_greet: [ann]}]\n")
    assert "Hello ann, Li." in ran.out


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            "{{ 3 | shout }}",
            (
                "filter plugin 'shout' failed: only texts can be shouted, not 3"
                " (filter_plugins/shouts.py:6:1)"
            ),
        ),
        (
            "{{ 0 | broken }}",
            (
                "filter plugin 'broken' failed: division by zero"
                " (ZeroDivisionError, filter_plugins/shouts.py:14:1)"
            ),
        ),
        ("{{ 'a' is big }}", "failed: '>' not supported"),
        (
            "{{ query('greet') }}",
            "lookup plugin 'greet' failed: greet whom? (lookup_plugins/gre",
        ),
        ("{{ nothing | shout }}", "'nothing' is undefined"),
        ("{{ nothing | flatten }}", "'nothing' is undefined"),
    ],
)
def test_what_a_plugin_raises_is_told_with_its_file_and_line(
    show: Show, template: str, words: str
) -> None:
    assert words in show(template)


def test_a_plugin_is_given_a_mapping_of_which_not_all_is_defined(
    show: Show, tmp_path: Path
) -> None:
    plugin = """
        class FilterModule:
            def filters(self):
                return {"entry": lambda mapping, key: mapping[key]}
    """
    lay(tmp_path, "filter_plugins/entry.py", plugin)
    assert show("{{ {'a': 1, 'b': nosuch} | entry('a') }}") == 1
    assert "'nosuch' is undefined" in show("{{ {'a': 1, 'b': nosuch} | entry('b') }}")


def test_what_a_plugin_changes_in_a_list_it_changes_for_itself(show: Show, tmp_path: Path) -> None:
    plugin = """
        class FilterModule:
            def filters(self):
                return {"last_out": lambda values: values[0].pop() and values}
    """
    lay(tmp_path, "filter_plugins/last_out.py", plugin)
    named = ("-e", '{"names": [["ann", "bob"]]}')
    assert show("{{ [names | last_out, names] }}", *named) == [[["ann"]], [["ann", "bob"]]]


def test_what_a_filter_gives_one_by_one_is_a_list(show: Show, tmp_path: Path) -> None:
    plugin = """
        class FilterModule:
            def filters(self):
                return {"parted": iter, "bad": lambda values: (1 / value for value in values)}
    """
    lay(tmp_path, "filter_plugins/parted.py", plugin)
    assert show("{{ [1, 2] | parted == [1, 2] }}") is True
    assert "The filter plugin 'bad' failed: division by zero" in show("{{ [1, 0] | bad }}")


def test_what_opsplay_has_not_can_be_imported_and_says_so_when_it_is_used(
    show: Show, tmp_path: Path
) -> None:
    text = """
        from ansible.nowhere import Class
        from ansible.module_utils.nowhere import function

        class FilterModule:
            def filters(self):
                return {"plain": str, "using": function}
    """
    lay(tmp_path, "filter_plugins/f.py", text)
    assert show("{{ 1 | plain }}") == "1"
    words = "ansible.module_utils.nowhere.function is a part of Ansible that opsplay does not have"
    assert words in show("{{ 1 | using }}")


def test_a_misspelt_name_is_told_before_the_run(show: Show) -> None:
    assert "No filter named 'shuot'.\n" in show("{{ 'a' | shuot }}")
    assert "= did you mean shout?" in show("{{ 'a' | shuot }}")
    assert "= did you mean greet?" in show("{{ lookup('gret', 1) }}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "x = 1\nimport nowhere_at_all\n",
            "No module named 'nowhere_at_all' (filter_plugins/f.py:2:1",
        ),
        ("def f(:\n", "invalid syntax (filter_plugins/f.py:1:7)"),
        ("class FilterModule:\n  def filters(self): return 1 / 0\n", "division by zero ("),
        ("x = 1\n", "module 'ansible.plugins.filter."),
    ],
)
def test_a_plugin_that_cannot_be_used_is_left_out_with_a_warning(
    tmp_path: Path, run: Run, show: Show, text: str, told: str
) -> None:
    lay(tmp_path, "filter_plugins/f.py", text)
    assert show("{{ 'hi' | shout }}") == "HI!"
    warning = f"Skipping plugin (filter_plugins/f.py), cannot load: {told}"
    assert warning in run("- tasks: [{debug: {msg: \"{{ 'hi' | shout }}\"}}]").err


def test_a_file_of_plugins_may_serve_others_only(show: Show, tmp_path: Path) -> None:
    lay(tmp_path, "filter_plugins/f.py", "class FilterModule:\n  filters = None\n")
    assert show("{{ 'hi' | shout }}") == "HI!"


@pytest.mark.parametrize(
    ("template", "value"),
    [("{{ 'a' | whisper }}", "a"), ("{{ lookup('_old') }}", "old"), ("{{ lookup('old') }}", "old")],
)
def test_plugins_that_are_of_old_have_an_underscore_before_the_names_of_their_files(
    show: Show, tmp_path: Path, template: str, value: str
) -> None:
    lay(
        tmp_path,
        "filter_plugins/_quiet.py",
        "class FilterModule:\n  def filters(self): return {'whisper': str.lower}\n",
    )
    lay(
        tmp_path,
        "lookup_plugins/_old.py",
        "class LookupModule:\n  def __init__(self, **_): pass\n"
        "  def run(self, terms, variables=None): return ['old']\n",
    )
    assert show(template) == value


def test_more_folders_come_from_the_settings(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "filter_plugins").rename(tmp_path / "other")
    monkeypatch.setenv("ANSIBLE_FILTER_PLUGINS", "nowhere:other")
    assert show("{{ 'hi' | shout }}") == "HI!"


TALKING = """
    from ansible.module_utils.datatag import deprecate_value
    from ansible.template import accept_args_markers, get_first_marker_arg
    from ansible.utils.display import Display

    display = Display()

    def warn(value):
        display.warning("mind the step")
        return value

    def old(value, **options):
        display.deprecated("old", version="9.9", **options)
        return value

    @accept_args_markers
    def kind(value):
        return type(value).__name__

    @accept_args_markers
    def lacking(*values):
        found = get_first_marker_arg(values, {})
        return "all are defined" if found is None else found

    def olden(value):
        return deprecate_value(value, "olden", help_text="Take another.", version="9.9")

    class FilterModule:
        def filters(self):
            return {"warn": warn, "old": old, "kind": kind, "lacking": lacking, "olden": olden}
"""


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ 1 | warn }}", "[WARNING]: mind the step"),
        (
            "{{ 1 | old }}",
            "[DEPRECATION WARNING]: old. This feature will be removed in the future.",
        ),
        (
            "{{ 1 | old(collection_name='ansible.builtin') }}",
            "old. This feature will be removed from ansible-core version 9.9.",
        ),
        (
            "{{ 'x' is said }}",
            "The test plugin 'said' returned a non-boolean result of type <class 'str'>.",
        ),
    ],
)
@pytest.mark.usefixtures("show")
def test_warnings_of_plugins_are_heard(run: Run, tmp_path: Path, template: str, told: str) -> None:
    lay(tmp_path, "filter_plugins/talking.py", TALKING)
    ran = run(f'- tasks: [{{debug: {{msg: "{template}"}}}}]')
    assert ran.code == 0
    assert told in ran.err


def test_a_plugin_that_says_so_is_given_what_is_not_defined(show: Show, tmp_path: Path) -> None:
    lay(tmp_path, "filter_plugins/talking.py", TALKING)
    assert show("{{ nothing | kind }}") == "Missing"
    assert show("{{ 1 | lacking(nothing) | default('nothing') }}") == "nothing"
    assert show("{{ 1 | lacking(2) }}") == "all are defined"


def test_a_value_that_is_told_to_be_old_is_as_good_as_ever(show: Show, tmp_path: Path) -> None:
    lay(tmp_path, "filter_plugins/talking.py", TALKING)
    assert show("{{ 'a' | olden }}") == "a"


USING = """
    from ansible.module_utils.common.collections import is_string
    from ansible.module_utils.common.dict_transformations import dict_merge
    from ansible.module_utils.compat.version import LooseVersion
    from ansible.module_utils.datatag import native_type_name
    from ansible.plugins.filter.core import to_nice_json
    from ansible.plugins.filter.mathstuff import unique
    from ansible.plugins.test.core import version_compare
    from ansible.template import is_trusted_as_template
    from ansible.utils.hashing import checksum_s, md5s
    from ansible.utils.listify import listify_lookup_plugin_terms
    from ansible.utils.path import unfrackpath
    from ansible.utils.unsafe_proxy import AnsibleUnsafe, wrap_var
    from ansible.utils.vars import merge_hash

    class FilterModule:
        def filters(self):
            return {
                "is_string": is_string,
                "merged": lambda value: dict_merge(value, {"b": 2}),
                "merge_hash": lambda value: merge_hash(value, {"b": 2}),
                "newer": lambda value: LooseVersion(value) > LooseVersion("1.9"),
                "kind": native_type_name,
                "nice": to_nice_json,
                "once": unique,
                "after": lambda value: version_compare(value, "1.9", ">"),
                "trusted": is_trusted_as_template,
                "sums": lambda value: [checksum_s(value), md5s(value)],
                "listed": listify_lookup_plugin_terms,
                "plain_path": unfrackpath,
                "unsafe": lambda value: isinstance(wrap_var(value), AnsibleUnsafe),
            }
"""


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ ['a' | is_string, 1 | is_string] }}", [True, False]),
        ("{{ [{'a': 1} | merged, {'a': 1} | merge_hash] }}", [{"a": 1, "b": 2}] * 2),
        ("{{ ['1.10' | newer, '1.10' | after] }}", [True, True]),
        ("{{ 1 | kind }}", "int"),
        ("{{ 'a' | nice }}", '"a"'),
        ("{{ [2, 1, 2] | once }}", [2, 1]),
        ("{{ ['a' | trusted, 'a' | unsafe] }}", [False, False]),
        (
            "{{ 'a' | sums }}",
            ["86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", "0cc175b9c0f1b6a831c399e269772661"],
        ),
        ("{{ ['a' | listed, ['a'] | listed] }}", [["a"], ["a"]]),
        ("{{ '/tmp/../x' | plain_path }}", "/x"),
    ],
)
def test_plugins_use_the_small_tools_of_ansible(
    show: Show, tmp_path: Path, template: str, value: object
) -> None:
    lay(tmp_path, "filter_plugins/using.py", USING)
    assert show(template) == value


SELDOM = """
    import json

    import ansible.constants
    from ansible import constants as C
    from ansible.parsing.ajson import AnsibleJSONDecoder, AnsibleJSONEncoder
    from ansible.parsing.vault import AnsibleVaultError, VaultLib, VaultSecret
    from ansible.utils.encrypt import random_password, random_salt

    def vault(*passwords):
        return VaultLib([("default", VaultSecret(password)) for password in passwords])

    def locked(text):
        mine, other = vault(b"mine"), vault(b"other")
        sealed = mine.encrypt(text, vault_id="prod")
        try:
            other.decrypt(sealed)
        except AnsibleVaultError as error:
            why = str(error)
        head = sealed.decode().splitlines()[0]
        return [head, mine.is_encrypted(sealed), vault(b"x", b"mine").decrypt(sealed).decode(), why]

    class FilterModule:
        def filters(self):
            return {
                "constant": lambda name: getattr(C, name),
                "same": lambda name: getattr(ansible.constants, name) is getattr(C, name),
                "decoded": lambda text: json.loads(text, cls=AnsibleJSONDecoder),
                "encoded": lambda value: json.dumps(value, cls=AnsibleJSONEncoder),
                "drawn": lambda seed: random_password(12, "ab", seed=seed),
                "sizes": lambda value: [len(random_password()), len(random_salt())],
                "locked": locked,
            }
"""


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ 'DEFAULT_FORKS' | constant }}", 3),
        ("{{ 'TASK_TIMEOUT' | same }}", True),
        ("{{ '{\"a\": [1]}' | decoded }}", {"a": [1]}),
        ("{{ ('2026-01-02' | to_datetime('%Y-%m-%d')) | encoded }}", '"2026-01-02T00:00:00"'),
        ("{{ ['x' | drawn == 'x' | drawn, 1 | sizes] }}", [True, [20, 8]]),
        (
            "{{ 'text' | locked }}",
            [
                "$ANSIBLE_VAULT;1.2;AES256;prod",
                True,
                "text",
                "Decryption failed (no vault secrets were found that could decrypt).",
            ],
        ),
    ],
)
def test_plugins_use_what_few_do(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, value: object
) -> None:
    monkeypatch.setenv("ANSIBLE_FORKS", "3")
    lay(tmp_path, "filter_plugins/seldom.py", SELDOM)
    assert show(template) == value


def test_a_lookup_renders_what_it_trusts(show: Show, tmp_path: Path) -> None:
    plugin = """
        from ansible.plugins.lookup import LookupBase
        from ansible.template import trust_as_template

        class LookupModule(LookupBase):
            def run(self, terms, variables=None, **kwargs):
                wrapped = ["{{ " + term + " }}" for term in terms]
                return [self._templar.template(trust_as_template(text)) for text in wrapped]
    """
    lay(tmp_path, "lookup_plugins/rendered.py", plugin)
    assert show("{{ lookup('rendered', 'own') }}") == "Li"


@pytest.mark.usefixtures("show")
def test_what_plugins_warn_of_stands_in_the_result_of_the_step(run: Run, tmp_path: Path) -> None:
    lay(tmp_path, "filter_plugins/talking.py", TALKING)
    play = """
        - tasks:
            - {name: warned, debug: {msg: "{{ 1 | warn }}"}}
            - {name: old, debug: {msg: "{{ 1 | old(collection_name='our.tools') }}"}}
            - {name: looped, debug: {msg: "{{ [item | warn, 1 | warn] }}"}, loop: [1, 2]}
            - {name: skipped, debug: , when: 1 | warn == 2}
            - {name: calm, debug: {msg: 1}}
    """
    ran = run(play, "--output", "json")
    results = [each["result"] for each in ran.events if each["event"] == "StepFinished"]
    told = ["mind the step"]
    assert [each.get("warnings") for each in results] == [told, None, told * 2, told, None]
    assert results[1]["deprecations"] == [
        {
            "msg": "old",
            "version": "9.9",
            "collection_name": "our.tools",
            "deprecator": {"resolved_name": "our.tools", "type": None},
        }
    ]
