"""Filters, tests and lookups in Python beside a playbook, in Ansible's shapes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from opsplay.runner.cli import main

Show = Callable[..., Any]

PLUGINS = {
    "filter_plugins/shouts.py": """
        from ansible.errors import AnsibleFilterError

        def shout(text, mark="!"):
            if not isinstance(text, str):
                raise AnsibleFilterError(f"only texts can be shouted, not {text!r}")
            return text.upper() + mark

        def flatten(value):
            return "flat"

        class FilterModule:
            def filters(self):
                return {"shout": shout, "flatten": flatten, "broken": lambda value: 1 / value}
    """,
    "test_plugins/sizes.py": """
        class TestModule(object):
            def tests(self):
                return {"big": lambda number: number > 99, "said": lambda text: text}
    """,
    "lookup_plugins/greet.py": """
        DOCUMENTATION = "options: {greeting: {default: Hello}, mark: {default: .}}"
        from ansible.errors import AnsibleError
        from ansible.plugins.lookup import LookupBase

        class LookupModule(LookupBase):
            def run(self, terms, variables=None, **kwargs):
                self.set_options(var_options=variables, direct=kwargs)
                if not terms:
                    raise AnsibleError("greet whom?")
                word, mark = self.get_option("greeting"), self.get_option("mark")
                return [f"{word} {term}, {variables['own']}{mark}" for term in self._flatten(terms)]
    """,
}


@pytest.fixture
def show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Show:
    """Give what a template comes to beside these plugins, or the words that go wrong."""
    monkeypatch.chdir(tmp_path)
    for name, text in PLUGINS.items():
        write(tmp_path / name, text)

    def run(template: str, *arguments: str) -> Any:
        task = {"name": "it", "debug": {"msg": template}, "vars": {"own": "Li"}}
        (tmp_path / "site.yml").write_text(json.dumps([{"tasks": [task]}]))
        main(["run", "site.yml", "--output", "json", *arguments])
        out, err = capsys.readouterr()
        events = [json.loads(line) for line in out.splitlines()]
        found = [event["result"]["msg"] for event in events if event["event"] == "StepFinished"]
        return found[0] if found else err

    return run


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text))


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


def test_a_lookup_plugin_can_be_looped_over(
    show: Show, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "loop.yml", "- vars: {own: Li}\n  tasks: [{debug: , with_greet: [ann]}]\n")
    assert main(["run", "loop.yml"]) == 0
    assert "Hello ann, Li." in capsys.readouterr().out


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


DEFAULTS = """
    DOCUMENTATION = "options: {port: {type: int, default: '21'}}"
    from ansible.plugins.lookup import LookupBase

    class LookupModule(LookupBase):
        def run(self, terms, variables=None, **kwargs):
            before = self.get_option("port")
            self.set_option("port", terms[0])
            return [before, self.get_option("port"), self.has_option("prot")]
"""


def test_a_lookup_has_options_before_it_sets_any(show: Show, tmp_path: Path) -> None:
    write(tmp_path / "lookup_plugins/defaults.py", DEFAULTS)
    assert show("{{ query('defaults', '990') }}") == [21, 990, False]


def test_a_plugin_is_given_a_mapping_of_which_not_all_is_defined(
    show: Show, tmp_path: Path
) -> None:
    plugin = """
        class FilterModule:
            def filters(self):
                return {"entry": lambda mapping, key: mapping[key]}
    """
    write(tmp_path / "filter_plugins/entry.py", plugin)
    assert show("{{ {'a': 1, 'b': nosuch} | entry('a') }}") == 1
    assert "'nosuch' is undefined" in show("{{ {'a': 1, 'b': nosuch} | entry('b') }}")


def test_what_a_plugin_changes_in_a_list_it_changes_for_itself(show: Show, tmp_path: Path) -> None:
    plugin = """
        class FilterModule:
            def filters(self):
                return {"last_out": lambda values: values[0].pop() and values}
    """
    write(tmp_path / "filter_plugins/last_out.py", plugin)
    named = ("-e", '{"names": [["ann", "bob"]]}')
    assert show("{{ [names | last_out, names] }}", *named) == [[["ann"]], [["ann", "bob"]]]


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
    write(tmp_path / "lookup_plugins/settings.py", SETTINGS)
    found = show(template)
    assert value in found if isinstance(value, str) else found == value


def test_options_of_lookups_come_from_the_environment_and_from_variables(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "lookup_plugins/settings.py", SETTINGS)
    monkeypatch.setenv("MY_PORT", "990")
    assert show("{{ lookup('settings', 'port', name='x') }}") == 990
    assert show("{{ lookup('settings', 'port', name='x') }}", "-e", "my_port=2121") == 2121


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
    write(tmp_path / "filter_plugins/f.py", text)
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
    ],
)
def test_a_plugin_that_cannot_be_used_is_left_out_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], show: Show, text: str, told: str
) -> None:
    write(tmp_path / "filter_plugins" / "f.py", text)
    assert show("{{ 'hi' | shout }}") == "HI!"
    main(["run", "site.yml"])
    assert f"Skipping plugin (filter_plugins/f.py), cannot load: {told}" in capsys.readouterr().err


def test_a_file_of_plugins_may_serve_others_only(show: Show, tmp_path: Path) -> None:
    write(tmp_path / "filter_plugins" / "f.py", "class FilterModule:\n  filters = None\n")
    assert show("{{ 'hi' | shout }}") == "HI!"


COLLECTION = {
    "filter/texts.py": PLUGINS["filter_plugins/shouts.py"],
    "test/sub/sizes.py": PLUGINS["test_plugins/sizes.py"],
    "lookup/greet.py": PLUGINS["lookup_plugins/greet.py"],
    "module_utils/word.py": "WORD = 'shared'\n",
    "filter/sharing.py": """
        from ansible_collections.our.tools.plugins.module_utils import word
        from ..module_utils.word import WORD

        class FilterModule:
            def filters(self):
                return {"sharing": lambda text: text + (WORD if word.WORD == WORD else "")}
    """,
    "modules/told.py": """
        from ansible.module_utils.basic import AnsibleModule
        from ansible_collections.our.tools.plugins.module_utils.word import WORD

        AnsibleModule(argument_spec={}).exit_json(msg=WORD)
    """,
}


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "collections/ansible_collections/our/tools/plugins"
    for name, text in COLLECTION.items():
        write(folder / name, text)
    return folder


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ 'hi' | our.tools.shout }}", "HI!"),
        ("{{ 100 is our.tools.sub.big }}", True),
        ("{{ lookup('our.tools.greet', 'ann') }}", "Hello ann, Li."),
        ("{{ 'a ' | our.tools.sharing }}", "a shared"),
    ],
)
@pytest.mark.usefixtures("collection")
def test_plugins_of_collections_are_used_by_their_full_name(
    show: Show, template: str, value: object
) -> None:
    assert show(template) == value


@pytest.mark.usefixtures("collection")
def test_a_plugin_that_its_collection_does_not_have_is_unknown(show: Show) -> None:
    assert "No filter named 'our.tools.nothing'." in show("{{ 1 | our.tools.nothing }}")


def test_what_cannot_be_used_of_a_collection_is_left_out_with_a_warning(
    show: Show, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(collection / "filter/broken.py", "raise ValueError('no')\n")
    assert show("{{ 'hi' | our.tools.shout }}") == "HI!"
    main(["run", "site.yml"])
    told = "Skipping filter plugins in our.tools.broken'; an error occurred while loading: no"
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("show", "collection")
def test_modules_of_collections_are_steps_by_their_full_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "module.yml", "- tasks: [{our.tools.told: }]\n")
    assert main(["run", "module.yml", "-v"]) == 0
    assert "shared" in capsys.readouterr().out


@pytest.mark.parametrize("file", ["hail.sh", "hail"])
@pytest.mark.usefixtures("show")
def test_modules_of_collections_are_in_any_language(
    tmp_path: Path, collection: Path, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    write(collection / "modules/hail.yml", "DOCUMENTATION: {}\n")
    write(collection / f"modules/{file}", '#!/bin/sh\necho \'{"msg": "hello"}\'\n')
    write(tmp_path / "module.yml", "- tasks: [{our.tools.hail: }]\n")
    assert main(["run", "module.yml", "-v"]) == 0
    assert "[localhost] => hello" in capsys.readouterr().out


@pytest.mark.usefixtures("show")
def test_modules_of_collections_import_by_what_lies_beside_them(
    tmp_path: Path, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = COLLECTION["modules/told.py"].replace("ansible_collections.our.tools.plugins", ".")
    write(collection / "modules/told.py", text)
    write(tmp_path / "module.yml", "- tasks: [{our.tools.told: }]\n")
    assert main(["run", "module.yml", "-v"]) == 0
    assert "shared" in capsys.readouterr().out


RUNTIME = """
    plugin_routing:
      modules:
        older: {redirect: our.tools.old}
        old: {redirect: our.tools.told}
        round: {redirect: our.tools.about}
        about: {redirect: our.tools.round}
        gone: {tombstone: {removal_version: 2.0.0, warning_text: Use told.}}
        lost: {redirect: our.tools.gone}
        late: {redirect: our.tools.told, deprecation: {removal_version: 9.0.0}}
        told: {deprecation: {removal_date: 2030-01-01, warning_text: Use say.}}
      filter:
        cry: {redirect: our.tools.shout}
      lookup:
        hail: {redirect: our.tools.greet}
"""


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ 'hi' | our.tools.cry }}", "HI!"),
        ("{{ lookup('our.tools.hail', 'ann') }}", "Hello ann, Li."),
    ],
)
def test_a_collection_may_lead_from_one_name_of_a_plugin_to_another(
    show: Show, collection: Path, template: str, value: object
) -> None:
    write(collection.parent / "meta/runtime.yml", RUNTIME)
    assert show(template) == value


@pytest.mark.parametrize(
    ("play", "status"),
    [
        ("{tasks: [{our.tools.older: }]}", 0),
        ("{collections: [our.tools], tasks: [{old: }]}", 0),
        ("{tasks: [{our.tools.round: }]}", 4),
        ("{tasks: [{our.tools.gone: }]}", 1),
        ("{tasks: [{our.tools.lost: }]}", 1),
        ("{collections: [our.tools], tasks: [{gone: }]}", 1),
        ("{tasks: [{action: '{{ it }}', vars: {it: our.tools.gone}}]}", 2),
    ],
)
@pytest.mark.usefixtures("show")
def test_a_collection_may_lead_from_one_name_of_a_module_to_another_or_to_none(
    tmp_path: Path,
    collection: Path,
    capsys: pytest.CaptureFixture[str],
    play: str,
    status: int,
) -> None:
    write(collection.parent / "meta/runtime.yml", RUNTIME)
    write(tmp_path / "module.yml", f"- {play}\n")
    assert main(["run", "module.yml"]) == status
    output = capsys.readouterr()
    gone = (
        "The 'our.tools.gone' module has been removed. Use told."
        " This feature was removed from collection 'our.tools' version 2.0.0."
    )
    assert (gone in output.out + output.err) == ("gone" in play or "lost" in play)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("told", "has been deprecated. Use say. {} in a release after 2030-01-01."),
        ("late", "has been deprecated. {} version 9.0.0."),
    ],
)
@pytest.mark.usefixtures("show")
def test_a_collection_may_tell_when_a_module_will_be_gone(
    tmp_path: Path, collection: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    write(collection.parent / "meta/runtime.yml", RUNTIME)
    write(tmp_path / "module.yml", f"- tasks: [{{our.tools.{name}: }}]\n")
    assert main(["run", "module.yml"]) == 0
    removal = "This feature will be removed from collection 'our.tools'"
    told = f"[DEPRECATION WARNING]: our.tools.{name} {words.format(removal)}"
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("defaults", "came"),
    [
        ("{group/our.tools.tellers: {word: of the group}}", "of the group"),
        ("{our.tools.say: {word: of the module}}", "of the module"),
        ("{our.tools.say: {word: near}, group/our.tools.tellers: {word: far}}", "near"),
        ("{group/our.tools.others: {word: of others}}", "none"),
        ("{group/our.tools.more: {word: of more}}", "of more"),
    ],
)
@pytest.mark.parametrize("name", ["our.tools.say", "say"])
@pytest.mark.usefixtures("show")
def test_defaults_are_given_to_modules_and_groups_of_collections(
    tmp_path: Path,
    collection: Path,
    capsys: pytest.CaptureFixture[str],
    defaults: str,
    came: str,
    name: str,
) -> None:
    write(
        collection / "modules/say.py",
        """
        from ansible.module_utils.basic import AnsibleModule

        module = AnsibleModule(argument_spec={"word": {"default": "none"}})
        module.exit_json(msg=module.params["word"])
        """,
    )
    more = "{metadata: {extend_group: [our.tools.more, tellers]}}"
    groups = f"{{tellers: [say], others: [our.tools.told], more: [{more}]}}"
    write(collection.parent / "meta/runtime.yml", f"action_groups: {groups}\n")
    play = f"{{collections: our.tools, module_defaults: {defaults}, tasks: [{{{name}: }}]}}"
    write(tmp_path / "module.yml", f"- {play}\n")
    assert main(["run", "module.yml", "-v"]) == 0
    assert f"[localhost] => {came}" in capsys.readouterr().out


@pytest.mark.usefixtures("show")
def test_a_module_of_a_collection_has_its_full_name(
    tmp_path: Path, collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule

        module = AnsibleModule({})
        module.exit_json(msg=module._name)
        """
    write(collection / "modules/say.py", text)
    write(tmp_path / "module.yml", "- tasks: [{our.tools.say: }]\n")
    assert main(["run", "module.yml", "-v"]) == 0
    assert "[localhost] => our.tools.say" in capsys.readouterr().out


@pytest.mark.parametrize(
    "playbook",
    [
        "- collections: our.tools\n  tasks: [{told: }]\n",
        "- tasks:\n    - {collections: [our.none, our.tools], block: [{told: }]}\n",
        "- collections: [our.tools]\n  roles: [teller]\n",
        "- roles: [our.tools.teller]\n",
        "- roles: [searcher]\n",
        "- import_playbook: our.tools.telling\n",
        "- import_playbook: our.tools.telling.yml\n",
    ],
)
@pytest.mark.usefixtures("show")
def test_in_collections_that_are_searched_short_names_are_found(
    tmp_path: Path, collection: Path, capsys: pytest.CaptureFixture[str], playbook: str
) -> None:
    write(collection.parent / "roles/teller/tasks/main.yml", "- told:\n")
    write(collection.parent / "playbooks/telling.yml", "- tasks: [{told: }]\n")
    write(tmp_path / "roles/searcher/meta/main.yml", "collections: [our.tools]\n")
    write(tmp_path / "roles/searcher/tasks/main.yml", "- told:\n")
    write(tmp_path / "module.yml", playbook)
    assert main(["run", "module.yml", "-v"]) == 0
    assert "shared" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("play", "told"),
    [
        ("{collections: [our.tools, our.others], tasks: [{say: }]}", "tools"),
        ("{collections: [our.others, our.tools], tasks: [{say: }]}", "others"),
        (
            "{collections: our.tools, tasks: [{block: [{say: }], collections: our.others}]}",
            "others",
        ),
        ("{collections: our.tools, tasks: [{include_tasks: said.yml}]}", "tools"),
        ("{collections: our.tools, tasks: [{say: , collections: [our.others]}]}", "others"),
        ("{collections: our.others, tasks: [{action: '{{ w }}', vars: {w: say}}]}", "others"),
        ("{collections: our.tools, roles: [of_others]}", "others"),
        ("{collections: our.tools, tasks: [{include_role: {name: of_others}}]}", "others"),
        ("{collections: our.others, roles: [our.tools.sayer]}", "tools"),
        ("{collections: our.others, roles: [sayer]}", "others"),
        ("{collections: our.others, tasks: [{include_role: {name: sayer}}]}", "others"),
        ("{collections: our.others, tasks: [{import_role: {name: sayer}}]}", "others"),
    ],
)
@pytest.mark.usefixtures("show")
def test_a_short_name_is_that_of_the_collection_which_is_named_where_it_stands(
    tmp_path: Path, collection: Path, capsys: pytest.CaptureFixture[str], play: str, told: str
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule

        AnsibleModule({{}}).exit_json(msg="of {}")
        """
    others = collection.parents[1] / "others/plugins"
    for folder in (collection, others):
        write(folder / "modules/say.py", text.format(folder.parent.name))
        write(folder.parent / "roles/sayer/tasks/main.yml", "- say:\n")
    write(tmp_path / "said.yml", "- say:\n")
    write(tmp_path / "roles/of_others/meta/main.yml", "collections: [our.others]\n")
    write(tmp_path / "roles/of_others/tasks/main.yml", "- say:\n")
    write(tmp_path / "module.yml", "- {collections: [our.tools, our.others]}\n- " + play + "\n")
    assert main(["run", "module.yml", "-v"]) == 0
    assert f"[localhost] => of {told}" in capsys.readouterr().out


def test_more_folders_come_from_the_settings(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "filter_plugins").rename(tmp_path / "other")
    monkeypatch.setenv("ANSIBLE_FILTER_PLUGINS", "nowhere:other")
    assert show("{{ 'hi' | shout }}") == "HI!"


def test_a_role_brings_plugins_and_steps_along_for_all_of_the_play(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "roles/web/filter_plugins/f.py", PLUGINS["filter_plugins/shouts.py"])
    write(tmp_path / "roles/web/tasks/main.yml", "- debug: {msg: \"{{ 'role' | shout }}\"}\n")
    step = """
        from dataclasses import dataclass
        from opsplay.runner.task import Result

        @dataclass(frozen=True, kw_only=True)
        class Params:
            pass

        def run(params, ctx):
            return Result(msg="a step of the role")
    """
    write(tmp_path / "roles/web/task_modules/greet.py", step)
    play = {
        "roles": ["web"],
        "tasks": [{"debug": {"msg": "{{ 'play' | shout }}"}}, {"greet": None}],
    }
    write(tmp_path / "site.yml", json.dumps([play]))
    assert main(["run", "site.yml"]) == 0
    out = capsys.readouterr().out
    assert "=> ROLE!" in out
    assert "=> PLAY!" in out
    assert "=> a step of the role" in out


@pytest.mark.parametrize(
    "naming",
    [
        "import_role: {name: web}",
        "ansible.builtin.include_role: name=web",
        "block: [{include_role: {name: web}}]",
        "import_tasks: more.yml",
    ],
)
def test_what_a_role_brings_along_is_there_for_all_of_the_file_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, naming: str
) -> None:
    monkeypatch.chdir(tmp_path)
    using = "debug: {msg: \"{{ 'hi' | shout }}\"}"
    write(tmp_path / "roles/web/filter_plugins/f.py", PLUGINS["filter_plugins/shouts.py"])
    write(tmp_path / "more.yml", f"- include_role: {{name: web}}\n- {using}\n")
    write(tmp_path / "site.yml", f"- tasks:\n    - {naming}\n    - {using}\n")
    if "more" in naming:
        write(tmp_path / "site.yml", f"- tasks:\n    - {naming}\n")
    assert main(["run", "site.yml"]) == 0
    assert "=> HI!" in capsys.readouterr().out


def test_a_playbook_wins_over_its_roles_and_they_over_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    owners = {"": "abc", "roles/one": "bcd", "roles/two": "bcd", "set": "abcde", "sub": "af"}
    for owner, names in owners.items():
        own = dict.fromkeys(names, f"lambda _: {owner!r}")
        filters = ", ".join(f"{name!r}: {function}" for name, function in own.items())
        text = f"class FilterModule:\n  def filters(self): return {{{filters}}}\n"
        write(tmp_path / owner / "filter_plugins" / "f.py", text)
    monkeypatch.setenv("ANSIBLE_FILTER_PLUGINS", "set/filter_plugins")
    shown = "{{ [0 | a, 0 | c, 0 | d, 0 | e, 0 | f] | join(' ') }}"
    write(tmp_path / "site.yml", "- roles: [one, two]\n- import_playbook: sub/more.yml\n")
    write(tmp_path / "sub/more.yml", f'- tasks: [{{debug: {{msg: "{shown}"}}}}]\n')
    assert main(["run", "site.yml"]) == 0
    assert "=>   roles/one set sub" in capsys.readouterr().out


def test_plugins_beside_an_imported_playbook_are_there_for_the_importer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "class FilterModule:\n    def filters(self):\n"
    text += "        return {'named': lambda _: __name__}\n"
    write(tmp_path / "sub/filter_plugins/names_of_modules.py", text)
    write(tmp_path / "sub/more.yml", "- tasks: []\n")
    importer = "- import_playbook: sub/more.yml\n- tasks: [{debug: {msg: '{{ 0 | named }}'}}]\n"
    write(tmp_path / "site.yml", importer)
    assert main(["run", "site.yml"]) == 0
    assert "=> ansible.plugins.filter.names_of_modules" in capsys.readouterr().out


def test_steps_of_roles_win_over_those_of_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for owner in ("roles/web/library", "set"):
        for name in ("both", owner[-3:]):
            text = "from ansible.module_utils.basic import AnsibleModule\n"
            text += f"AnsibleModule(argument_spec={{}}).exit_json(msg='of {owner}')\n"
            write(tmp_path / owner / f"{name}.py", text)
    monkeypatch.setenv("ANSIBLE_LIBRARY", "set")
    write(tmp_path / "site.yml", "- {roles: [web], tasks: [{both: }, {set: }]}\n")
    assert main(["run", "site.yml", "-v"]) == 0
    out = capsys.readouterr().out
    assert out.index("of roles/web/library") < out.index("of set")


def test_a_role_brings_plugins_of_variables_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plugin = """
        class VarsModule:
            def get_vars(self, loader, path, entities):
                return {"given": "by the role"}
    """
    write(tmp_path / "roles/web/vars_plugins/more.py", plugin)
    write(tmp_path / "site.yml", "- {roles: [web], tasks: [{debug: {var: given}}]}\n")
    assert main(["run", "site.yml"]) == 0
    assert "by the role" in capsys.readouterr().out
