"""Variables: which of them win, how they are rendered, and what stays data."""

from __future__ import annotations

from pathlib import Path

from played import lay

from .conftest import BOTH, Play


def test_variables_of_all_places_win_in_order(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "hosts.ini", "[web]\na v1=inventory v2=inventory\n")
    lay(tmp_path, "group_vars/web.yml", "v1: group\nv2: group\nv0: group\n")
    lay(tmp_path, "host_vars/a.yml", "v2: host\nv3: host\n")
    lay(tmp_path, "more.yml", "v4: file\nv5: file\n")
    ran = play(
        """
        - hosts: web
          vars: {v3: play, v4: play}
          vars_files: [more.yml]
          tasks:
            - set_fact: {v5: fact, v6: fact}
            - name: it
              vars: {v6: task, v7: task, v8: task}
              debug: {msg: "{{ [v0, v1, v2, v3, v4, v5, v6, v7, v8] }}"}
        """,
        "-i",
        "hosts.ini",
        "-e",
        "v8=extra",
    )
    assert ran.result("it")["msg"] == [
        "group", "inventory", "host", "play", "file", "fact", "fact", "task", "extra",
    ]  # fmt: skip


def test_variables_are_rendered_when_read_and_keep_their_types(play: Play) -> None:
    ran = play("""
        - vars:
            port: 21
            copy: "{{ port }}"
            url: "ftp://{{ host }}:{{ port }}/"
            host: "{{ names[0] }}"
            names: [one, "{{ nowhere }}"]
            sure: {deep: "{{ url }}"}
          tasks:
            - {name: it, debug: {msg: "{{ [copy, sure.deep, nowhere is defined] }}"}}
    """)
    assert ran.result("it")["msg"] == [21, "ftp://one:21/", False]


def test_variables_that_need_each_other_are_told(play: Play) -> None:
    ran = play("""
        - vars: {a: "{{ b }}", b: "{{ a }}"}
          tasks:
            - {name: it, debug: {msg: "{{ a }}"}}
    """)
    assert "variables that need each other: a -> b -> a" in ran.result("it")["msg"]


def test_parts_of_a_mapping_may_use_its_other_parts(play: Play) -> None:
    ran = play("""
        - vars:
            places:
              logs: "{{ places.base }}/logs"
              base: /srv
              sub: {old: "{{ places.logs }}/old"}
            round: {one: "{{ round.other }}", other: "{{ round.one }}"}
          tasks:
            - {name: it, debug: {msg: "{{ places }}"}}
            - {name: round, debug: {msg: "{{ round.one }}"}, ignore_errors: true}
    """)
    logs = {"logs": "/srv/logs", "base": "/srv", "sub": {"old": "/srv/logs/old"}}
    assert ran.result("it")["msg"] == logs
    assert "need each other: round.other -> round.one" in ran.result("round")["msg"]


def test_hostvars_know_what_other_hosts_registered(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {command: echo from a, register: it}
        - hosts: b
          tasks:
            - {name: it, debug: {msg: "{{ hostvars.a.it.stdout }} {{ groups.all }}"}}
        """,
        *BOTH,
    )
    assert ran.result("it")["msg"] == "from a ['a', 'b']"


def test_what_has_an_odd_name_in_a_file_of_variables_can_be_looked_up(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "more.yml", "{a-b: 1, none: 2}\n")
    lay(tmp_path, "roles/odd/defaults/main.yml", "c-d: 3\n")
    ran = play("""
        - vars_files: [more.yml]
          roles: [odd]
          tasks: [{name: it, debug: {msg: "{{ q('vars', 'a-b', 'none', 'c-d') }}"}}]
    """)
    assert ran.result("it")["msg"] == [1, 2, 3]
    told = [warning["text"].partition(";")[0] for warning in ran.named("WarningGiven")]
    names = ("a-b", "none", "c-d")
    assert sorted(told) == sorted(f"Invalid variable name '{name}'" for name in names)


def test_a_registered_result_wins_over_the_fact_of_the_same_name_that_its_step_sets(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {set_fact: {known: 1}, register: known, run_once: true}
            - {name: it, debug: {msg: "{{ known.ansible_facts }}"}}
        """,
        *BOTH,
    )
    assert ran.result("it")["msg"] == {"known": 1}


def test_a_hostile_output_is_data_wherever_it_goes(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "copy.j2", "{{ evil }}")
    ran = play("""
        - tasks:
            - {shell: "echo '{''{ 6 * 7 }''}'", register: out}
            - set_fact: {evil: "{{ out.stdout }}", list: ["{{ out.stdout }}"]}
            - {name: fact, debug: {msg: "{{ evil }}"}}
            - {name: listed, debug: {msg: "{{ list }}"}}
            - {name: var, debug: {var: evil}}
            - {template: {src: copy.j2, dest: copied}}
            - {name: file, command: cat copied}
    """)
    assert ran.result("fact")["msg"] == "{{ 6 * 7 }}"
    assert ran.result("listed")["msg"] == ["{{ 6 * 7 }}"]
    assert ran.result("var")["evil"] == "{{ 6 * 7 }}"
    assert ran.result("file")["stdout"] == "{{ 6 * 7 }}"


def test_what_no_variable_can_be_is_warned_of_when_it_is_kept_and_not_when_it_is_used(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "filter_plugins").mkdir()
    (tmp_path / "filter_plugins/sets.py").write_text(
        "class FilterModule:\n    def filters(self): return {'set_of': set}\n"
    )
    ran = play("""
        - vars: {safe: "{{ '<' | escape }}", one: "{{ [1] | set_of }}"}
          tasks:
            - {name: text, debug: {msg: "{{ safe }}"}}
            - {name: set, debug: {msg: "{{ one }}"}}
            - {name: group, debug: {msg: "{{ [{'a': 1}] | groupby('a') }}"}}
            - {name: used, debug: {msg: "{{ safe ~ one | length }}{{ safe | type_debug }}"}}
    """)
    storage = "is unsupported in variable storage, converting to"
    assert ran.result("text")["warnings"] == [f"Type 'Markup' {storage} 'str'."]
    assert ran.result("set")["warnings"] == [f"Type 'set' {storage} 'list'."]
    assert ran.result("group")["warnings"] == [f"Type 'GroupTuple' {storage} 'list'."]
    assert ran.result("used") == {"changed": False, "failed": False, "msg": "&lt;1Markup"}


def test_what_vars_and_hostvars_do_not_hold_is_told_in_the_words_of_ansible(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: own, debug: {msg: "{{ vars.nope }}"}, ignore_errors: true}
            - {name: of host, debug: {msg: "{{ hostvars[inventory_hostname].nope }}"}}
    """)
    for name, kind in (("own", "dict"), ("of host", "HostVarsVars")):
        wrong = f"object of type '{kind}' has no attribute 'nope'"
        assert ran.result(name)["msg"].endswith(wrong)
