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


def test_what_opsplay_has_not_can_be_imported_and_says_so_when_it_is_used(
    show: Show, tmp_path: Path
) -> None:
    text = """
        from ansible.template import Templar
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


def test_more_folders_come_from_the_settings(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "filter_plugins").rename(tmp_path / "other")
    monkeypatch.setenv("ANSIBLE_FILTER_PLUGINS", "nowhere:other")
    assert show("{{ 'hi' | shout }}") == "HI!"


TALKING = """
    from ansible.template import accept_args_markers
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

    class FilterModule:
        def filters(self):
            return {"warn": warn, "old": old, "kind": kind}
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
