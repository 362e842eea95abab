"""gather_facts: what is known of hosts when their play begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import BOTH, Play

_TELL = '  tasks: [{name: it, debug: {msg: "{{ ansible_facts | length > 0 }}"}}]\n'


def test_a_play_collects_facts_before_anything_else_whatever_tags_say(play: Play) -> None:
    ran = play(
        """
        - gather_facts: true
          gather_subset: [min]
          pre_tasks:
            - {name: first, debug: {msg: "{{ ansible_facts.system == ansible_system }}"}, tags: t}
        """,
        "--tags",
        "t",
    )
    assert ran.steps() == ["Gathering Facts: ok", "first: ok"]
    assert ran.result("first")["msg"] is True
    assert ran.recap() == "ok=2"


def test_each_host_finds_out_facts_of_its_own_whatever_its_play_does_once(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          gather_facts: true
          gather_subset: [min]
          run_once: true
          tasks: [{name: once, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["Gathering Facts: ok", "once: ok"]
    assert ran.steps("b") == ["Gathering Facts: ok"]


def test_hosts_that_gather_together_ask_the_machine_once_and_each_play_anew(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "facts").mkdir()
    asked = tmp_path / "facts/asked.fact"
    asked.write_text(f"#!/bin/sh\necho x >> {tmp_path}/asked; wc -l < {tmp_path}/asked\n")
    asked.chmod(0o755)
    of_each = """
        - hosts: all
          gather_facts: true
          gather_subset: [local]
          fact_path: facts
          tasks: [{name: it, debug: {msg: "{{ ansible_local.asked }}"}}]
    """
    ran = play(of_each + of_each, *BOTH)
    told = [each["result"].get("msg") for each in ran.named("StepFinished")]
    assert [each for each in told if each is not None] == [1, 1, 2, 2]


def test_hosts_that_gather_in_different_environments_ask_each(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          gather_facts: true
          gather_subset: [env]
          environment: {WHO: "{{ inventory_hostname }}"}
          tasks: [{name: it, debug: {msg: "{{ ansible_env.WHO }}"}}]
        """,
        *BOTH,
    )
    told = [each["result"].get("msg") for each in ran.named("StepFinished")]
    assert sorted(each for each in told if each is not None) == ["a", "b"]


@pytest.mark.parametrize(
    ("setting", "facts"), [("implicit", [True, True]), ("explicit", [False, False])]
)
def test_the_setting_decides_for_plays_that_do_not_say(
    play: Play, monkeypatch: pytest.MonkeyPatch, setting: str, facts: list[bool]
) -> None:
    monkeypatch.setenv("OPSPLAY_GATHERING", setting)
    ran = play(f"- hosts: localhost\n{_TELL}- hosts: localhost\n{_TELL}")
    told = [each["result"].get("msg") for each in ran.named("StepFinished")]
    assert [each for each in told if each is not None] == facts


def test_smart_collects_them_once_a_run(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSPLAY_GATHERING", "smart")
    ran = play(f"- hosts: localhost\n{_TELL}- hosts: localhost\n  gather_facts: true\n{_TELL}")
    assert ran.steps() == ["Gathering Facts: ok", "it: ok", "it: ok"]


def test_smart_counts_as_gathered_only_what_gather_facts_brought(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSPLAY_GATHERING", "smart")
    ran = play("""
        - gather_facts: false
          tasks:
            - {name: sets, set_fact: {a: 1, cacheable: true}}
            - {name: asks, setup: {gather_subset: ["!all"]}}
        - tasks: [{name: it, debug: }]
    """)
    assert ran.steps() == ["sets: ok", "asks: ok", "Gathering Facts: ok", "it: ok"]


def test_that_facts_were_gathered_is_a_fact_and_no_variable(play: Play) -> None:
    ran = play("""
        - gather_facts: true
          gather_subset: ["!all", "!min"]
          vars: {name: _ansible_facts_gathered}
          tasks:
            - name: it
              debug: {msg: "{{ [ansible_facts[name], lookup('vars', name, default=0)] }}"}
    """)
    assert ran.result("it")["msg"] == [True, 0]


def test_that_facts_were_gathered_is_not_among_those_that_are_registered(play: Play) -> None:
    ran = play("""
        - gather_facts: false
          tasks:
            - gather_facts: {gather_subset: ["!all", "!min", user]}
              register: found
            - name: it
              debug: {msg: "{{ '_ansible_facts_gathered' in found.ansible_facts }}"}
    """)
    assert ran.result("it")["msg"] is False


def test_that_facts_were_gathered_is_not_shown(play: Play) -> None:
    """As in Ansible."""
    ran = play("""
        - gather_facts: true
          gather_subset: ["!all", "!min"]
          tasks: [{name: it, debug: {msg: "{{ {'of': ansible_facts} }}"}}]
    """)
    assert ran.result("it")["msg"]["of"].keys() == {"gather_subset", "module_setup"}


def test_a_play_that_says_no_collects_nothing(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSPLAY_GATHERING", "implicit")
    assert play(f"- hosts: localhost\n  gather_facts: no\n{_TELL}").steps() == ["it: ok"]


def test_gather_facts_is_a_step_too(play: Play) -> None:
    ran = play("""
        - gather_facts: false
          tasks:
            - gather_facts: {gather_subset: ["!all", "!min", user]}
            - {name: it, debug: {msg: "{{ ansible_user_uid is defined }}"}}
    """)
    assert ran.result("it")["msg"] is True


@pytest.mark.parametrize(
    ("tags", "given", "gathered"),
    [
        ("a", "a", ["Gathering Facts: ok"]),
        ("a", "b", []),
        ("[never, a]", "b", []),
        ("always", "b", ["Gathering Facts: ok"]),
        ("[]", "b", ["Gathering Facts: ok"]),
    ],
)
def test_facts_of_a_play_with_tags_are_chosen_by_these(
    play: Play, tags: str, given: str, gathered: list[str]
) -> None:
    text = f"""
        - gather_facts: true
          gather_subset: ["!all"]
          tags: {tags}
          tasks: [{{name: it, debug: , tags: b}}, {{name: other, debug: }}]
    """
    steps = play(text, "-t", given).steps()
    assert [step for step in steps if "Facts" in step] == gathered


_MODULE = """
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={"unit": {"default": "kg"}})
%s
"""
_GIVE = 'module.exit_json(ansible_facts={"ansible_weight": "1 " + module.params["unit"]})'
_FAIL = 'module.fail_json(msg="no scales")'


def _modules(folder: Path, **named: str) -> None:
    folder.joinpath("library").mkdir()
    for name, ends in named.items():
        folder.joinpath("library", f"{name}.py").write_text(_MODULE % ends, "utf-8")


@pytest.mark.parametrize(
    ("named", "known"),
    [("weigh", (True, False)), ("[setup, weigh]", (True, True)), ("'smart,weigh'", (True, True))],
)
def test_a_variable_names_modules_that_gather_facts(
    play: Play, tmp_path: Path, named: str, known: tuple[bool, bool]
) -> None:
    _modules(tmp_path, weigh=_GIVE)
    ran = play(f"""
        - gather_facts: true
          vars: {{ansible_facts_modules: {named}}}
          tasks:
            - name: it
              debug:
                msg: ["{{{{ ansible_weight == '1 kg' }}}}", "{{{{ ansible_system is defined }}}}"]
    """)
    assert ran.result("it")["msg"] == list(known)


def test_a_setting_names_modules_that_gather_facts_each_with_its_own_defaults(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _modules(tmp_path, weigh=_GIVE)
    monkeypatch.setenv("ANSIBLE_FACTS_MODULES", "weigh,setup")
    ran = play("""
        - gather_facts: true
          module_defaults:
            setup: {gather_subset: ["!all", "!min", user]}
            weigh: {unit: g}
          tasks:
            - name: it
              debug: {msg: "{{ ansible_weight }} {{ ansible_facts.gather_subset }}"}
    """)
    assert ran.result("it")["msg"] == "1 g ['!all', '!min', 'user']"


def test_of_modules_that_fail_the_others_are_told(play: Play, tmp_path: Path) -> None:
    _modules(tmp_path, weigh=_GIVE, weigh_wrongly=_FAIL)
    ran = play("""
        - gather_facts: false
          vars: {ansible_facts_modules: [weigh_wrongly, weigh]}
          tasks:
            - {name: it, gather_facts: , ignore_errors: true}
    """)
    result = ran.result("it")
    assert result["msg"] == "The following modules failed to execute: weigh_wrongly."
    told = result["failed_modules"]["weigh_wrongly"]
    assert (told["msg"], told.get("exception")) == ("no scales", "(traceback unavailable)")
    assert result["ansible_facts"] == {"ansible_weight": "1 kg"}


@pytest.mark.parametrize(
    ("named", "msg"),
    [
        ("5", "Config 'FACTS_MODULES' from 'var: ansible_facts_modules' has an invalid value"),
        ("'{{ nothing }}'", "'nothing' is undefined"),
        ("['{{ nothing }}']", "'nothing' is undefined"),
    ],
)
def test_what_names_no_modules_fails_the_step(play: Play, named: str, msg: str) -> None:
    ran = play(f"""
        - gather_facts: false
          tasks:
            - name: it
              gather_facts:
              vars: {{ansible_facts_modules: {named}}}
    """)
    assert msg in ran.result("it")["msg"]
    assert "bug" not in ran.result("it")["msg"]


def test_a_variable_that_is_null_names_none_and_the_setting_counts(play: Play) -> None:
    ran = play("""
        - gather_facts: true
          vars: {ansible_facts_modules: }
          tasks:
            - {name: it, debug: {msg: "{{ ansible_system is defined }}"}}
    """)
    assert ran.result("it")["msg"] is True


def test_a_fact_that_would_say_how_the_host_is_reached_is_a_fact_and_no_variable(
    play: Play, tmp_path: Path
) -> None:
    module = tmp_path / "library" / "tell"
    module.parent.mkdir()
    found = '{"ansible_facts": {"ansible_host": "far", "ansible_ssh_host_key_rsa_public": "AAAA"}}'
    module.write_text(f"#!/bin/sh\necho '{found}'\n")
    module.chmod(0o755)
    ran = play(
        """
        - gather_facts: false
          tasks:
            - tell:
            - name: it
              debug:
                msg: "{{ [ansible_facts.host, ansible_host, ansible_ssh_host_key_rsa_public] }}"
        """
    )
    assert ran.result("it")["msg"] == ["far", "127.0.0.1", "AAAA"]
    told = "Removed restricted key from module data: ansible_host"
    assert [each["text"] for each in ran.named("WarningGiven")] == [told]
