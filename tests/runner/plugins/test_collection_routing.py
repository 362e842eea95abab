"""What `meta/runtime.yml` of a collection says: other names, removals, groups of modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import Run, Show

pytestmark = pytest.mark.slow

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
        once: {redirect: ansible.builtin.unique}
        whoop: {redirect: our.tools.shout, deprecation: {removal_version: 9.0.0}}
        silent: {tombstone: {removal_version: 2.0.0, warning_text: Use shout.}}
      test:
        like: {redirect: ansible.builtin.match}
        huge: {tombstone: {removal_date: 2020-01-01, warning_text: Use big.}}
      lookup:
        hail: {redirect: our.tools.greet}
        all: {redirect: ansible.builtin.items}
        wave: {tombstone: {removal_version: 2.0.0}}
        call: {redirect: our.tools.greet, deprecation: {removal_date: 2030-01-01}}
"""


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ 'hi' | our.tools.cry }}", "HI!"),
        ("{{ lookup('our.tools.hail', 'ann') }}", "Hello ann, Li."),
        ("{{ [1, 1] | our.tools.once }}", [1]),
        ("{{ 'ab' is our.tools.like('a') }}", True),
        ("{{ query('our.tools.all', [1, 2]) }}", [1, 2]),
    ],
)
def test_a_collection_may_lead_from_one_name_of_a_plugin_to_another(
    show: Show, collection: Path, template: str, value: object
) -> None:
    lay(collection.parent, "meta/runtime.yml", RUNTIME)
    assert show(template) == value


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            "{{ 'hi' | our.tools.silent }}",
            "The 'our.tools.silent' filter plugin {}. Use shout. {}.",
        ),
        ("{{ 1 is our.tools.huge }}", "The 'our.tools.huge' test plugin {}. Use big. {}."),
        ("{{ lookup('our.tools.wave', 1) }}", "The 'our.tools.wave' lookup plugin {}. {}."),
    ],
)
def test_a_plugin_that_is_gone_fails_where_it_is_used(
    show: Show, collection: Path, template: str, words: str
) -> None:
    lay(collection.parent, "meta/runtime.yml", RUNTIME)
    told = words.format("has been removed", "This feature was removed from collection 'our.tools'")
    assert told.removesuffix(".") in show(template)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (
            "{{ ['hi', 'ho'] | map('our.tools.whoop') }}",
            'Filter "our.tools.whoop" has been deprecated. {} version 9.0.0.',
        ),
        (
            "{{ lookup('our.tools.call', 'ann') }}",
            "our.tools.call has been deprecated. {} in a release after 2030-01-01.",
        ),
    ],
)
def test_a_collection_may_tell_when_a_plugin_will_be_gone(
    run: Run, collection: Path, template: str, told: str
) -> None:
    lay(collection.parent, "meta/runtime.yml", RUNTIME)
    play = f'- hosts: all\n  vars: {{own: Li}}\n  tasks: [{{debug: {{msg: "{template}"}}}}]\n'
    ran = run(play, "-i", "a,b,")
    assert ran.code == 0
    removal = "This feature will be removed from collection 'our.tools'"
    assert ran.err.count(told.format(removal)) == 1


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
def test_a_collection_may_lead_from_one_name_of_a_module_to_another_or_to_none(
    run: Run, collection: Path, play: str, status: int
) -> None:
    lay(collection.parent, "meta/runtime.yml", RUNTIME)
    ran = run(f"- {play}\n")
    assert ran.code == status
    gone = (
        "The 'our.tools.gone' module has been removed. Use told."
        " This feature was removed from collection 'our.tools' version 2.0.0."
    )
    assert (gone in ran.out + ran.err) == ("gone" in play or "lost" in play)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("told", "has been deprecated. Use say. {} in a release after 2030-01-01."),
        ("late", "has been deprecated. {} version 9.0.0."),
    ],
)
def test_a_collection_may_tell_when_a_module_will_be_gone(
    run: Run, collection: Path, name: str, words: str
) -> None:
    lay(collection.parent, "meta/runtime.yml", RUNTIME)
    ran = run(f"- tasks: [{{our.tools.{name}: }}]\n")
    assert ran.code == 0
    removal = "This feature will be removed from collection 'our.tools'"
    told = f"[DEPRECATION WARNING]: our.tools.{name} {words.format(removal)}"
    assert told in ran.err


@pytest.mark.parametrize(
    ("defaults", "came"),
    [
        ("{group/our.tools.tellers: {word: of the group}}", "of the group"),
        ("{group/our.tools.tellers: \"{{ {'word': 'of a template'} }}\"}", "of a template"),
        ("{our.tools.say: {word: of the module}}", "of the module"),
        ("{our.tools.tell: {word: of a name that leads there}}", "of a name that leads there"),
        ("{our.tools.say: {word: far}, our.tools.tell: {}}", "none"),
        ("{our.tools.tell: {word: far}, our.tools.say: {word: near}}", "near"),
        ("{our.tools.say: {word: near}, group/our.tools.tellers: {word: far}}", "near"),
        ("{group/our.tools.others: {word: of others}}", "none"),
        ("{group/our.tools.more: {word: of more}}", "of more"),
    ],
)
@pytest.mark.parametrize("name", ["our.tools.say", "say"])
def test_defaults_are_given_to_modules_and_groups_of_collections(
    run: Run, collection: Path, defaults: str, came: str, name: str
) -> None:
    lay(
        collection,
        "modules/say.py",
        """
        from ansible.module_utils.basic import AnsibleModule

        module = AnsibleModule(argument_spec={"word": {"default": "none"}})
        module.exit_json(msg=module.params["word"])
        """,
    )
    more = "{metadata: {extend_group: [our.tools.more, tellers]}}"
    groups = f"{{tellers: [say], others: [our.tools.told], more: [{more}]}}"
    leads = "plugin_routing: {modules: {tell: {redirect: our.tools.say}}}"
    lay(collection.parent, "meta/runtime.yml", f"action_groups: {groups}\n{leads}\n")
    play = f"{{collections: our.tools, module_defaults: {defaults}, tasks: [{{{name}: }}]}}"
    ran = run(f"- {play}\n", "-v")
    assert ran.code == 0
    assert f"[localhost] => {came}" in ran.out


@pytest.mark.parametrize("group", ["our.tools.nobody", "their.own.group"])
def test_defaults_for_a_group_that_no_collection_has_are_told_before_the_run(
    run: Run, collection: Path, group: str
) -> None:
    lay(collection.parent, "meta/runtime.yml", "action_groups: {our.tools.tellers: [say]}\n")
    defaults = f"{{group/our.tools.tellers: {{a: 1}}, group/{group}: {{a: 1}}}}"
    ran = run(f"- {{module_defaults: {defaults}, tasks: []}}\n")
    assert ran.code == 4
    assert f"could not resolve the module_defaults group {group}\n" in ran.err
    assert "1 problem in 1 file" in ran.err


SHARED = """
    plugin_routing:
      module_utils:
        older: {redirect: our.tools.word}
        whole: {redirect: ansible_collections.our.tools.plugins.module_utils.word}
        late: {redirect: our.tools.word, deprecation: {removal_version: 9.0.0}}
        gone: {tombstone: {removal_version: 2.0.0, warning_text: Use word.}}
        lost: {redirect: our.nothing.word}
        far: {redirect: ansible.far.word}
        deep.inner: {redirect: our.tools.word}
        there.inner: {redirect: our.tools.word}
"""


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("older", "shared"),
        ("whole", "shared"),
        (
            "late",
            "late has been removed. {} will be removed from collection 'our.tools' version 9.0.0.",
        ),
        (
            "gone",
            "gone has been removed (Use word.). {} was removed from collection 'our.tools'",
        ),
        ("lost", "unable to locate collection our.nothing"),
        ("far", "far away"),
        ("deep.inner", "shared"),
        ("there.inner", "shared"),
        ("there.own", "own"),
    ],
)
def test_a_collection_may_lead_from_one_name_of_what_modules_share_to_another_or_to_none(
    run: Run, collection: Path, name: str, told: str
) -> None:
    lay(collection.parent, "meta/runtime.yml", SHARED)
    lay(collection, "module_utils/there/own.py", "WORD = 'own'")
    lay(collection.parents[2], "ansible/far/plugins/module_utils/word.py", "WORD = 'far away'")
    text = f"""
        from ansible.module_utils.basic import AnsibleModule
        from ..module_utils.{name} import WORD
        AnsibleModule({{}}).exit_json(msg=WORD)
    """
    lay(collection, "modules/go.py", text)
    ran = run("- tasks: [{our.tools.go: }]\n", "-v")
    assert told.format("This feature") in ran.out + ran.err
