"""Plays: hosts, variables, includes, tags, and the order and completeness of events."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from opsplay.runner.cli import main

from .conftest import Play

_PAIRS = {"Run": "run", "Play": "play", "Task": "task", "Step": "task"}


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), "utf-8")


def test_every_start_has_its_end_and_lies_inside_what_is_around_it(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: fails, fail: {msg: nope}, when: inventory_hostname == 'a'}
                - {name: loops, debug: {msg: hi}, loop: [1, 2]}
              rescue:
                - {name: bad, debug: {msg: "{{ nothing }}"}}
              always:
                - meta: flush_handlers
                - {name: more, include_tasks: nowhere.yml, ignore_errors: true}
        """,
        "-i",
        "a,b,",
    )
    open_ones: list[tuple[str, object]] = []
    for event in ran.events:
        kind = event["event"].removesuffix("Started").removesuffix("Finished")
        if kind not in _PAIRS:
            continue
        key = (kind, (event[_PAIRS[kind]], event.get("host")))
        if event["event"].endswith("Started"):
            open_ones.append(key)
        elif kind == "Step":
            open_ones.remove(key)
        else:
            assert open_ones.pop() == key
    assert open_ones == []
    assert ran.events[0]["event"] == "RunStarted"
    assert ran.events[-1]["event"] == "RunFinished"


def test_hosts_run_side_by_side_and_each_step_ends_before_the_next(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, command: "true"}
            - {name: two, command: "true"}
        """,
        "-i",
        "a,b,c,",
        "--forks",
        "3",
    )
    assert ran.steps()[:3] == ["one: changed"] * 3
    assert {step["host"] for step in ran.named("StepFinished")[:3]} == {"a", "b", "c"}


def test_run_once_gives_its_result_and_its_facts_also_to_hosts_that_have_failed(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("read: 1\n", "utf-8")
    ran = play(
        """
        - hosts: all
          tasks: [{name: bad, fail: , when: inventory_hostname == 'a'}]
        - hosts: all
          tasks:
            - {set_fact: {known: 1}, run_once: true}
            - {include_vars: more.yml, run_once: true}
            - {command: echo 1, register: done, run_once: true}
            - name: it
              debug: {msg: "{{ [a.known, a.read, a.done.rc] }}"}
              vars: {a: "{{ hostvars.a }}"}
        """,
        "-i",
        "a,b,",
    )
    assert ran.result("it", "b")["msg"] == [1, 1, 0]


def test_run_once_shares_its_result(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: once, command: echo hi, register: it, run_once: true}
            - {name: all, debug: {msg: "{{ it.stdout }}"}}
        """,
        "-i",
        "a,b,",
    )
    assert ran.steps("b") == ["all: ok"]
    assert ran.result("all", "b")["msg"] == "hi"


def test_a_pause_is_made_once_for_all_hosts(play: Play) -> None:
    ran = play("- hosts: all\n  tasks: [{name: rest, pause: {seconds: 0.01}}]\n", "-i", "a,b,")
    assert ran.steps() == ["rest: ok"]


def test_variables_of_all_places_win_in_order(play: Play, tmp_path: Path) -> None:
    _write(tmp_path, "hosts.ini", "[web]\na v1=inventory v2=inventory\n")
    _write(tmp_path, "group_vars/web.yml", "v1: group\nv2: group\nv0: group\n")
    _write(tmp_path, "host_vars/a.yml", "v2: host\nv3: host\n")
    _write(tmp_path, "more.yml", "v4: file\nv5: file\n")
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
        "-i",
        "a,b,",
    )
    assert ran.result("it")["msg"] == "from a ['a', 'b']"


def test_included_tasks_see_the_variables_of_each_turn(play: Play, tmp_path: Path) -> None:
    _write(
        tmp_path,
        "more.yml",
        """
        - {name: inner, debug: {msg: "{{ x }} {{ inventory_hostname }}"}}
        """,
    )
    ran = play("""
        - tasks:
            - include_tasks: more.yml
              vars: {x: "<{{ item }}>"}
              loop: [1, 2]
    """)
    items = [step["result"].get("msg") for step in ran.named("StepFinished")]
    assert items[1:] == ["<1> localhost", "<2> localhost"]


def test_an_include_may_be_found_by_a_template_and_is_checked_when_it_is_met(
    play: Play, tmp_path: Path
) -> None:
    _write(tmp_path, "bad.yml", "- debgu: {msg: hi}\n")
    ran = play("""
        - vars: {which: bad}
          tasks:
            - block: [{name: it, include_tasks: "{{ which }}.yml"}]
              rescue: [{name: never, debug: }]
            - {name: neither, debug: }
    """)
    assert ran.steps() == ["it: ok"]
    assert "bad.yml:1:3" in ran.err
    assert "did you mean debug?" in ran.err
    assert ran.code == 4


def test_what_would_only_fail_a_step_of_a_file_found_on_the_way_fails_it_when_it_runs(
    play: Play, tmp_path: Path
) -> None:
    _write(tmp_path, "bad.yml", "- {name: good, debug: }\n- {name: bad, debug: {mgs: hi}}\n")
    ran = play("""
        - vars: {which: bad}
          tasks: [{name: it, include_tasks: "{{ which }}.yml"}]
    """)
    assert ran.steps() == ["it: ok", "good: ok", "bad: failed"]
    assert ran.code == 2


def test_imports_inherit_conditions_and_tags(play: Play, tmp_path: Path) -> None:
    _write(tmp_path, "more.yml", "- {name: inner, debug: {msg: '{{ x }}'}}\n")
    _write(tmp_path, "other.yml", "- tasks:\n    - {name: other, debug: {msg: hi}}\n")
    text = """
        - import_playbook: other.yml
          tags: away
        - tasks:
            - {import_tasks: more.yml, tags: here, vars: {x: 1}}
            - {import_tasks: more.yml, when: 1 > 2, vars: {x: 2}}
    """
    assert play(text).steps() == ["other: ok", "inner: ok", "inner: skipped"]
    assert play(text, "--tags", "here").steps() == ["inner: ok"]
    assert play(text, "--skip-tags", "away").steps() == ["inner: ok", "inner: skipped"]


def test_what_an_include_hands_over_wins_over_set_fact(play: Play, tmp_path: Path) -> None:
    _write(tmp_path, "more.yml", "- {name: inner, debug: {msg: '{{ v }}'}}\n")
    ran = play("""
        - tasks:
            - set_fact: {v: fact}
            - {include_tasks: more.yml, vars: {v: include}}
    """)
    assert ran.result("inner")["msg"] == "include"


def test_a_play_may_name_its_hosts_by_the_groups_there_are(play: Play) -> None:
    ran = play(
        """
        - hosts: "{{ groups.all | reverse | list }}"
          tasks: [{name: it, debug: }]
        """,
        "-i",
        "a,b,",
    )
    (started,) = ran.named("PlayStarted")
    assert (started["play"], started["hosts"]) == ("['b', 'a']", ["b", "a"])


def test_a_play_may_name_its_hosts_by_what_others_have_found_out(play: Play) -> None:
    ran = play(
        """
        - {hosts: a, tasks: [{set_fact: {wanted: b}}]}
        - {name: "for {{ hostvars.a.wanted }}", hosts: "{{ hostvars.a.wanted }}", tasks: [debug: ]}
        """,
        "-i",
        "a,b,",
    )
    started = ran.named("PlayStarted")[1]
    assert (started["play"], started["hosts"]) == ("for b", ["b"])


def test_a_host_that_is_only_read_is_not_in_the_recap(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: it, debug: {msg: "{{ hostvars.b.inventory_hostname }}"}}
        """,
        "-i",
        "a,b,",
    )
    assert list(ran.named("RunFinished")[0]["recap"]) == ["a"]


@pytest.mark.parametrize("step", ["import_tasks", "include_tasks"])
def test_what_is_not_beside_the_file_that_names_it_is_looked_for_beside_the_playbook(
    play: Play, tmp_path: Path, step: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "outer.yml").write_text(f"- {step}: both.yml\n- {step}: top.yml\n")
    for name in ("both.yml", "top.yml", "sub/both.yml"):
        (tmp_path / name).write_text(f"- {{name: {name}, debug: }}\n")
    ran = play(f"- tasks: [{step}: sub/outer.yml]")
    told = [each for each in ran.steps() if "yml" in each]
    assert told == ["sub/both.yml: ok", "top.yml: ok"]


def test_a_file_that_includes_itself_without_end_is_told(play: Play, tmp_path: Path) -> None:
    _write(tmp_path, "more.yml", "- include_tasks: more.yml\n")
    ran = play("""
        - tasks:
            - include_tasks: more.yml
    """)
    assert "includes are nested more than 50 deep" in ran.result("include_tasks")["msg"]
    assert ran.code == 2


def test_imports_that_double_at_every_file_are_refused(play: Play, tmp_path: Path) -> None:
    for number in range(40):
        _write(tmp_path, f"f{number}.yml", f"- import_tasks: f{number + 1}.yml\n" * 2)
    _write(tmp_path, "f40.yml", "- debug: {msg: hi}\n")
    ran = play("""
        - tasks:
            - import_tasks: f0.yml
    """)
    assert "more than 10,000 imports in all" in ran.err
    assert ran.code == 4


def test_imports_that_are_nested_too_deep_are_refused(play: Play, tmp_path: Path) -> None:
    for number in range(60):
        _write(tmp_path, f"f{number}.yml", f"- import_tasks: f{number + 1}.yml\n")
    _write(tmp_path, "f60.yml", "- debug: {msg: hi}\n")
    ran = play("""
        - tasks:
            - import_tasks: f0.yml
    """)
    assert "imports are nested more than 50 deep" in ran.err
    assert ran.code == 4


@pytest.mark.parametrize(
    "play_text",
    [
        "- tasks: [import_tasks: nope.yml]",
        "- import_playbook: nope.yml",
        "- roles: [nope]",
        "- tasks: [import_role: {name: nope}]",
    ],
)
def test_what_is_not_there_is_no_mistake_in_what_is(play: Play, play_text: str) -> None:
    assert play(play_text).code == 1


def test_of_what_is_wrong_and_what_is_missing_the_mistake_counts(play: Play) -> None:
    assert play("- {roles: [nope], tasks: [nope: ]}").code == 4


@pytest.mark.parametrize(
    ("switches", "names"),
    [
        ([], ["a", "plain", "always"]),
        (["--tags", "x"], ["a", "always"]),
        (["--tags", "untagged"], ["plain", "always"]),
        (["--tags", "tagged"], ["a", "always"]),
        (["--tags", "debugging"], ["never", "always"]),
        (["--skip-tags", "x"], ["plain", "always"]),
        (["--skip-tags", "always"], ["a", "plain"]),
    ],
)
def test_tags_choose_as_ansible_does(play: Play, switches: list[str], names: list[str]) -> None:
    ran = play(
        """
        - tasks:
            - {name: a, debug: {msg: hi}, tags: [x, y]}
            - {name: plain, debug: {msg: hi}}
            - {name: never, debug: {msg: hi}, tags: [never, debugging]}
            - {name: always, debug: {msg: hi}, tags: always}
        """,
        *switches,
    )
    assert [step.partition(":")[0] for step in ran.steps()] == names


@pytest.mark.parametrize(
    ("switches", "names"),
    [
        (["--tags", "tagged"], ["a"]),
        (["--tags", "untagged"], ["named", "plain"]),
        (["--skip-tags", "tagged"], ["named", "plain"]),
        (["--skip-tags", "untagged"], ["a"]),
    ],
)
def test_a_task_with_the_tag_untagged_has_none(
    play: Play, switches: list[str], names: list[str]
) -> None:
    text = """
    - tasks:
        - {name: named, debug: , tags: untagged}
        - {name: a, debug: , tags: x}
        - {name: plain, debug: }
    """
    assert play(text, *switches).steps() == [f"{name}: ok" for name in names]


@pytest.mark.parametrize(
    ("skipped", "steps"),
    [
        ("other", ["r : inside: changed", "other: ok", "h: ok"]),
        ("always", ["r : inside: changed", "r : inside: changed", "other: ok"]),
        ("tagged", ["r : inside: changed", "r : inside: changed", "other: ok"]),
    ],
)
def test_the_tag_always_is_also_that_of_what_runs_handlers_and_ends_roles(
    play: Play, tmp_path: Path, skipped: str, steps: list[str]
) -> None:
    (tmp_path / "roles/r/tasks").mkdir(parents=True)
    role = '- {name: inside, command: "true", notify: h}'
    (tmp_path / "roles/r/tasks/main.yml").write_text(role, "utf-8")
    ran = play(
        """
        - roles: [r, r]
          gather_facts: false
          tasks:
            - {name: other, debug: }
          handlers: [{name: h, debug: }]
        """,
        "--skip-tags",
        skipped,
    )
    assert ran.steps() == steps


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        (["--tags", "publsh"], "did you mean publish?"),
        (["--start-at-task", "secnd"], "did you mean second?"),
        (["--start-at-task", "secnd"], 'No matching task "secnd" found. Note: --start-at-task can'),
        (["-e", "[1]"], "Invalid extra vars data supplied. '[1]' could not be made into"),
        (["--forks", "0"], "at least 1"),
        (["--frks", "1"], "--frks"),
    ],
)
def test_a_switch_that_matches_nothing_is_an_error(
    play: Play, switches: list[str], words: str
) -> None:
    ran = play(
        """
        - tasks:
            - {name: first, debug: {msg: hi}, tags: publish}
            - {name: second, debug: {msg: hi}}
        """,
        *switches,
    )
    assert ran.code == 5
    assert words in ran.err
    assert ran.events == []


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("nowhere", 'leaves us with no hosts to target: "nowhere" matches no host'),
        ("@nowhere", "Unable to find limit file nowhere"),
        ("@.", "must be a file, not a directory"),
    ],
)
def test_a_limit_that_leaves_nobody_is_an_error_as_in_ansible(
    play: Play, limit: str, words: str
) -> None:
    ran = play("- tasks: [debug: ]", "--limit", limit)
    assert (ran.code, ran.events) == (1, [])
    assert words in ran.err


def test_a_limit_to_the_controller_leaves_nobody_of_an_inventory_of_others(play: Play) -> None:
    ran = play("- tasks: [debug: ]", "--limit", "localhost", "-i", "a,")
    assert (ran.code, ran.events) == (1, [])
    assert "no hosts to target: localhost is in no inventory" in ran.err


def test_the_controller_goes_by_the_name_that_a_limit_has_for_it(play: Play) -> None:
    ran = play("- tasks: [{name: it, debug: }]", "--limit", "127.0.0.1")
    assert ran.steps("127.0.0.1") == ["it: ok"]


def test_what_has_an_odd_name_in_a_file_of_variables_can_be_looked_up(
    play: Play, tmp_path: Path
) -> None:
    _write(tmp_path, "more.yml", "{a-b: 1, none: 2}\n")
    _write(tmp_path, "roles/odd/defaults/main.yml", "c-d: 3\n")
    ran = play("""
        - vars_files: [more.yml]
          roles: [odd]
          tasks: [{name: it, debug: {msg: "{{ q('vars', 'a-b', 'none', 'c-d') }}"}}]
    """)
    assert ran.result("it")["msg"] == [1, 2, 3]
    told = [warning["text"].partition(";")[0] for warning in ran.named("WarningGiven")]
    names = ("a-b", "none", "c-d")
    assert sorted(told) == sorted(f"Invalid variable name '{name}'." for name in names)


def test_the_controller_goes_by_the_name_that_is_asked_for_first(play: Play) -> None:
    ran = play("""
        - hosts: 127.0.0.1
          tasks: [{name: first, set_fact: {a: 1}}]
        - hosts: localhost,::1
          tasks: [{name: second, debug: {msg: "{{ a }} {{ hostvars.localhost.a }}"}}]
    """)
    assert ran.steps("127.0.0.1") == ["first: ok", "second: ok"]
    assert ran.result("second")["msg"] == "1 1"


def test_hosts_that_match_nothing_are_an_error_before_anything_runs(play: Play) -> None:
    ran = play(
        """
        - tasks:
            - {name: first, debug: {msg: hi}}
        - hosts: wbe
          tasks:
            - {name: second, debug: {msg: hi}}
        """,
        "-i",
        "web,",
    )
    assert ran.code == 4
    assert "site.yml:4:10" in ran.err
    assert "did you mean web?" in ran.err
    assert ran.events == []


def test_start_at_task_begins_there(play: Play) -> None:
    ran = play(
        """
        - tasks:
            - {name: first, debug: {msg: hi}}
            - {name: second, debug: {msg: hi}}
            - {name: third, debug: {msg: hi}}
        """,
        "--start-at-task",
        "second",
    )
    assert ran.steps() == ["second: ok", "third: ok"]


@pytest.mark.parametrize(
    ("word", "names"),
    [("end_play", ["one"]), ("end_host", ["one", "two"]), ("noop", ["one", "two", "two"])],
)
def test_meta_ends_what_it_names(play: Play, word: str, names: list[str]) -> None:
    ran = play(
        f"""
        - hosts: all
          tasks:
            - {{name: one, debug: {{msg: hi}}, when: inventory_hostname == 'a'}}
            - {{meta: {word}, when: inventory_hostname == 'a'}}
            - {{name: two, debug: {{msg: hi}}}}
        """,
        "-i",
        "a,b,",
    )
    done = [step.partition(":")[0] for step in ran.steps() if step.endswith("ok")]
    assert done == names


def test_start_at_task_finds_out_facts_in_the_play_that_has_the_task(play: Play) -> None:
    ran = play(
        """
        - {gather_facts: true, tasks: [{name: first, debug: }]}
        - gather_facts: true
          tasks: [{name: second, debug: }, {block: [{name: third, debug: }]}]
        - {gather_facts: true, tasks: [{name: fourth, debug: }]}
        """,
        "--start-at-task",
        "third",
    )
    facts = "Gathering Facts: ok"
    assert ran.steps() == [facts, "third: ok", facts, "fourth: ok"]


def test_a_lone_dash_is_no_task(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- {name: in a file, debug: }\n-\n")
    ran = play("""
        - tasks:
            - {name: one, debug: }
            -
            - include_tasks: more.yml
            - {name: two, debug: }
          handlers:
            -
    """)
    assert ran.steps() == ["one: ok", "include_tasks: ok", "in a file: ok", "two: ok"]


def test_a_lone_dash_in_a_block_is_a_mistake_as_in_ansible(play: Play) -> None:
    ran = play("- tasks: [{block: [{debug: }, null]}]")
    assert ran.code == 4
    assert "expected a task, got nothing (null)" in ran.err


def test_any_errors_fatal_stops_all_hosts(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          any_errors_fatal: true
          tasks:
            - {name: one, fail: {msg: nope}, when: inventory_hostname == 'a'}
            - {name: two, debug: {msg: hi}}
        """,
        "-i",
        "a,b,",
    )
    assert "two: ok" not in ran.steps()
    assert ran.code == 2


@pytest.mark.parametrize(("bad", "names"), [("c", ["first", "second"]), ("a", ["first"])])
def test_a_playbook_in_which_a_host_has_failed_is_the_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: str, names: list[str]
) -> None:
    first, second = str(tmp_path / "first.yml"), str(tmp_path / "second.yml")
    fails = f"{{name: first, fail: , when: inventory_hostname == '{bad}'}}"
    _write(tmp_path, first, f"- {{hosts: all, gather_facts: false, tasks: [{fails}]}}")
    passes = "{hosts: all, gather_facts: false, tasks: [{name: second, debug: }]}"
    _write(tmp_path, second, f"- {passes}")
    main(["run", first, second, "-i", "a,b,", "--output", "json"])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["name"] for event in told if event["event"] == "TaskStarted"] == names
    assert [event["plays"] for event in told if "plays" in event] == [1] * len(names)


def test_a_hostile_output_is_data_wherever_it_goes(play: Play, tmp_path: Path) -> None:
    _write(tmp_path, "copy.j2", "{{ evil }}")
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


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_what_is_included_again_sees_the_variables_of_its_own_inclusion(
    play: Play, tmp_path: Path, strategy: str
) -> None:
    (tmp_path / "outer.yml").write_text(
        "- {include_tasks: inner.yml, loop: [1, 2], loop_control: {loop_var: n}}\n"
        "- debug: {msg: '{{ inventory_hostname }} {{ of }}'}\n"
    )
    (tmp_path / "inner.yml").write_text(
        "- debug: {msg: '{{ inventory_hostname }} {{ of }} {{ n }}'}\n"
    )
    text = f"""
        - hosts: ann,bob
          strategy: {strategy}
          gather_facts: false
          tasks:
            - include_tasks: outer.yml
              loop: "{{{{ {{'ann': ['x', 'y'], 'bob': ['y']}}[inventory_hostname] }}}}"
              loop_control: {{loop_var: of}}
    """
    ran = play(text, "-i", "ann,bob,")
    told = [str(event["result"].get("msg")) for event in ran.named("StepFinished")]
    expected = {"ann": ["x 1", "x 2", "x", "y 1", "y 2", "y"], "bob": ["y 1", "y 2", "y"]}
    for host, texts in expected.items():
        assert [text[4:] for text in told if text.startswith(host)] == texts
