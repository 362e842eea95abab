"""What is right passes, what is followed, what is passed over; mistakes are in tests/mistakes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from opsplay import schema
from opsplay.runner.ansible_words import unheard
from opsplay.runner.errors import PlaybookError
from opsplay.runner.registry import Registry
from opsplay.runner.roles import RolePlaces
from opsplay.runner.source import parse
from opsplay.runner.template import Templates
from opsplay.runner.validate import Checked, check, check_tasks
from opsplay.runner.validate.findings import Around
from opsplay.runner.validate.quick import plainly_valid
from opsplay.runner.validate.structure import check_file

REGISTRY = Registry()

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files by name; returns the path of the first."""

    def write_all(**files: str) -> Path:
        paths = [tmp_path / f"{name}.yml" for name in files]
        for path, text in zip(paths, files.values(), strict=True):
            path.write_text(text, "utf-8")
        return paths[0]

    return write_all


def checked(*playbooks: Path) -> Checked:
    return check(playbooks, REGISTRY, Templates())


def problems(*playbooks: Path) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        checked(*playbooks)
    folder = f"{playbooks[0].parent}/"
    return [str(problem).replace(folder, "") for problem in caught.value.problems]


def play(*tasks: str, **keywords: str) -> str:
    lines = ["- hosts: localhost", *(f"  {key}: {value}" for key, value in keywords.items())]
    return "\n".join([*lines, "  tasks:", *(f"    - {task}" for task in tasks), ""])


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("{debug: , args: }", ["Ignoring empty task `args` keyword."]),
        (
            "{debug: msg=a, args: {verbosity: 0}}",
            ["Merging legacy k=v args ('msg') into"],
        ),
        ("{command: ls chdir=/, args: {creates: a}}", ["Merging legacy k=v args ('chdir') into"]),
        ("{action: {module: debug}}", ["Using a mapping for `action` is deprecated."]),
        ("{local_action: {module: debug}}", ["Using a mapping for `action` is deprecated."]),
        ("{command: ls, args: {chdir: /}}", []),
        ("{local_action: debug msg=a}", []),
    ],
)
def test_forms_of_tasks_that_ansible_will_give_up_are_warned_of(
    write: Write, task: str, told: list[str]
) -> None:
    warned = checked(write(site=play(task))).warnings
    assert len(warned) == len(told)
    for warning, words in zip(warned, told, strict=True):
        assert warning.deprecation
        assert warning.message.startswith(words)


# What is right ------------------------------------------------------------------------------

EVERYTHING = """
- name: Every keyword
  hosts: [all, "!db"]
  gather_facts: false
  vars: {greeting: hello}
  vars_files: [vars.yml, [none.yml, vars.yml], "{{ x }}.yml"]
  environment: {LANG: C}
  no_log: false
  run_once: "no"
  ignore_errors: "{{ x }}"
  check_mode: yes
  diff: on
  any_errors_fatal: false
  tags: a,b
  connection: local
  become: false
  collections: [ansible.builtin]
  force_handlers: true
  strategy: linear
  serial: [1, 30%, "{{ x }}"]
  order: reverse_sorted
  max_fail_percentage: 30
  throttle: 2
  timeout: "{{ x }}"
  ignore_unreachable: true
  pre_tasks:
  tasks:
    - name: Every keyword
      debug: {msg: "{{ item }}", verbosity: "1"}
      loop: "{{ x }}"
      loop_control:
        {loop_var: item, index_var: i, label: "{{ i }}", pause: 0.5, extended: true, break_when: x}
      until: result is succeeded
      retries: "3"
      delay: 1
      register: result
      changed_when: false
      failed_when: [x > 1, "'{{' in y"]
      notify: [first, "{{ x }}"]
      when: x is defined and not x
      tags: [a, 1]
      environment: [{A: 1}, "{{ x }}"]
    - command: ls
      async: 45
      poll: 0
      delegate_to: "{{ x }}"
      delegate_facts: true
    - debug: {msg: "{{ item }}"}
      loop: [1, 2]
      loop_control: {parallel: 2}
    - loop: [1, 2]
      loop_control: {loop_var: x, index_var: i, extended: true}
      block:
        - command: ls creates=/tmp
          args: {chdir: /tmp}
          with_items: [a, b]
      rescue: [{fail: {msg: no}}]
      always: []
      notify: topic
    - action: debug msg=hello
    - local_action: {module: debug, msg: hello}
    - ansible.builtin.debug:
    - include_tasks: "{{ x }}.yml"
    - import_tasks: tasks.yml
      when: x
    - meta: flush_handlers
    - assert: {that: [x > 1, y]}
  post_tasks: []
  handlers:
    - name: first
      debug: {msg: 1}
    - {name: inner, listen: [topic, other], debug: {msg: 1}}
    - import_tasks: handlers.yml
- import_playbook: other.yml
  name: Another
  when: x
  tags: [t]
  vars: {a: 1}
"""


def test_a_playbook_with_every_keyword_is_right(write: Write) -> None:
    path = write(
        site=EVERYTHING.replace("msg: no", "msg: 'no'"),
        vars="a: 1\n",
        tasks="- debug: {msg: hi}\n  notify: [first, topic, from_file]\n",
        handlers="- {name: from_file, debug: }\n",
        other="- ansible.builtin.import_playbook: more.yml\n",
        more="- tasks: []\n",
    )
    result = checked(path)
    assert [warning for warning in result.warnings if not warning.deprecation] == []
    assert sorted(found.stem for found in result.documents) == [
        *("handlers", "more", "other", "site", "tasks", "vars"),
    ]
    assert all(found == document.path for found, document in result.documents.items())


def test_a_file_under_two_names_is_read_once(write: Write, tmp_path: Path) -> None:
    path = write(site=play("import_tasks: a.yml", f"import_tasks: ../{tmp_path.name}/a.yml"), a="")
    documents = checked(path).documents
    assert len(documents) == 3
    assert documents[tmp_path / "a.yml"] is documents[tmp_path / ".." / tmp_path.name / "a.yml"]


def test_imports_are_relative_to_the_file_they_stand_in(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "a.yml").write_text("- import_tasks: b.yml\n")
    (folder / "b.yml").write_text("- debug:\n")
    documents = checked(write(site=play("import_tasks: parts/a.yml"))).documents
    assert folder / "b.yml" in documents


@pytest.mark.parametrize(
    "task",
    [
        "debug: {msg: 5}",
        'debug: {verbosity: "2"}',
        "copy: {content: 1.5, dest: a, force: 'no'}",
        "copy: content=x dest=a mode=0644",
        "copy: {content: x, dest: a, mode: 0644}",
        "copy: {content: x, dest: a, mode: '{{ x }}', force: '{{ y }}'}",
        "command: {argv: [ls, 1]}",
        "wait_for: port=80 timeout={{ x }}",
        "set_fact: {a: [1, {b: '{{ x }}'}]}",
    ],
)
def test_literals_that_ansible_would_convert_are_accepted(write: Write, task: str) -> None:
    assert checked(write(site=play(task))).warnings == ()


@pytest.mark.parametrize(
    "keyword", ["name", "when", "loop", "notify", "register", "until", "delay", "ignore_errors"]
)
def test_a_keyword_that_is_left_empty_counts_as_not_given(write: Write, keyword: str) -> None:
    assert checked(write(site=play(f"debug:\n      {keyword}:"))).warnings == ()


def test_templates_of_other_types_are_passed_over_until_they_are_rendered(write: Write) -> None:
    tasks = ["wait_for: {port: '{{ x }}'}", "debug: {msg: a}\n      retries: '{{ x }}'"]
    assert checked(write(site=play(*tasks))).warnings == ()


def test_all_problems_of_all_files_come_out_at_once(write: Write) -> None:
    first = write(a=play("cpoy: {}", "import_tasks: c.yml"), b=play("dbug: {}"), c="- fial: {}\n")
    told = problems(first, first.with_name("b.yml"))
    assert [line.partition(" ")[0] for line in told] == ["a.yml:3:7:", "b.yml:3:7:", "c.yml:1:3:"]


def test_a_file_of_tasks_can_be_checked_alone(write: Write) -> None:
    path = write(a="- debug: {msg: hi}\n  notify: who knows\n- import_tasks: b.yml\n", b="")
    parts = (REGISTRY, Templates(), RolePlaces(), Around())
    assert len(check_tasks("tasks", path, *parts).documents) == 2
    with pytest.raises(PlaybookError):
        check_tasks("tasks", write(c="- debgu: {}\n"), *parts)


def test_of_several_files_of_variables_the_first_that_exists_counts(write: Write) -> None:
    path = write(site=play(vars_files="[[none.yml, b.yml]]"), b="a: 1")
    assert path.with_name("b.yml") in checked(path).documents
    (told,) = checked(write(site=play(vars_files="[[none.yml, neither.yml]]"))).warnings
    assert "none.yml" in told.message


# Where a failure is expected ----------------------------------------------------------------


@pytest.mark.parametrize(
    "mistake",
    [
        "debug: {mgs: hello}",
        "file: {path: a, state: bogus}",
        'debug: {msg: "{{ 1 | nofilter }}"}',
        "debug: {msg: hello}, when: 1 +",
        "debug: {msg: hello}, loop: 5",
        "include_tasks: broken.yml",
    ],
)
def test_a_mistake_that_only_fails_a_step_is_a_warning_where_that_is_expected_or_never_met(
    write: Write, mistake: str
) -> None:
    broken = "- debug: {mgs: hello}\n"
    for task in (
        f"{{{mistake}, ignore_errors: true}}",
        f"{{block: [{{{mistake}}}], rescue: [debug: ]}}",
        f"{{block: [{{{mistake}}}], when: [true, false]}}",
        "{include_tasks: {file: broken.yml, apply: {ignore_errors: true}}}",
    ):
        assert len(checked(write(site=play(task), broken=broken)).warnings) == 1
    for task in (f"{{{mistake}}}", f"{{block: [debug: ], rescue: [{{{mistake}}}]}}"):
        assert len(problems(write(site=play(task), broken=broken))) == 1


# What a step asks of a text beyond what its schema can say ---------------------------------------


def test_what_a_step_asks_of_a_text_is_asked_before_the_run_however_deep_it_stands(
    write: Write,
) -> None:
    people = "[ok@x.de, 'a b@x.de', {address: c d@x.de}]"
    task = f"send_mail: {{host: x, from: e f@x.de, to: {people}, charset: utf9}}"
    assert [problem.split(": ", 1)[1] for problem in problems(write(site=play(task)))] == [
        "from: 'e f@x.de' is no mail address; write ann@example.com or Ann <ann@example.com>",
        "to: 'a b@x.de' is no mail address; write ann@example.com or Ann <ann@example.com>",
        "address: 'c d@x.de' is no mail address; write ann@example.com or Ann <ann@example.com>",
        "charset: 'utf9' is no charset for mail (did you mean utf-8?)",
    ]


def test_and_of_module_defaults(write: Write) -> None:
    site = play("debug: ", module_defaults="{group/ftp: {encoding: gkb}}")
    [problem] = problems(write(site=site))
    assert "encoding: there is none of the name 'gkb'" in problem


def test_but_not_of_a_template(write: Write) -> None:
    task = "send_mail: {host: x, from: me@x.de, to: ['all of {{ them }}'], body: x}"
    assert not checked(write(site=play(task))).warnings


@pytest.mark.parametrize("mistake", ["nostep: ", "debug: , wehn: true", "import_tasks: broken.yml"])
def test_what_no_step_could_meet_is_a_problem_everywhere(write: Write, mistake: str) -> None:
    task = f"{{{mistake}, ignore_errors: true}}"
    assert len(problems(write(site=play(task), broken="- nostep: \n"))) == 1


# Names that mean something already --------------------------------------------------------------


@pytest.mark.parametrize(
    "task",
    [
        "debug: , vars: {query: x}",
        "block: [debug: ], vars: {query: x}",
        "set_fact: {query: x}",
        "command: id, register: query",
    ],
)
def test_a_variable_that_hides_a_word_is_warned_of_at_its_place(write: Write, task: str) -> None:
    warnings = checked(write(site=play(f"{{{task}}}"))).warnings
    assert [each.message for each in warnings] == ["Found variable using reserved name 'query'."]


@pytest.mark.parametrize(
    "keyword", ["vars_prompt: [{name: until, default: 1}]", "roles: [{role: r, until: 1}]"]
)
def test_a_reserved_name_that_is_asked_for_or_stands_with_a_role_is_warned_of(
    write: Write, tmp_path: Path, keyword: str
) -> None:
    (tmp_path / "roles/r/tasks").mkdir(parents=True)
    (tmp_path / "roles/r/tasks/main.yml").write_text("- debug:\n")
    warnings = checked(write(site=f"- {keyword}\n  tasks: []\n")).warnings
    assert [each.message for each in warnings] == ["Found variable using reserved name 'until'."]


def test_a_reserved_name_in_a_file_of_variables_is_warned_of_keywords_too(write: Write) -> None:
    files = write(site="- vars_files: [more.yml]\n  tasks: []\n", more="serial: 1\nown: 2\n")
    message = "Found variable using reserved name 'serial'."
    assert [each.message for each in checked(files).warnings] == [message]


# Files and imports --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_long_chain_of_imports_needs_no_deep_recursion(write: Write) -> None:
    count = sys.getrecursionlimit() * 2
    files = {f"f{n}": f"- import_tasks: f{n + 1}.yml\n" for n in range(count)}
    path = write(site=play("import_tasks: f0.yml"), **files, **{f"f{count}": "- debug:\n"})
    assert len(checked(path).documents) == count + 2


def test_importing_twice_at_every_level_is_looked_at_once_a_file(write: Write) -> None:
    files = {f"f{n}": f"- import_tasks: f{n + 1}.yml\n" * 2 for n in range(40)}
    path = write(site=play("import_tasks: f0.yml"), **files, f40="- debug:\n")
    assert len(checked(path).documents) == 42


def test_a_cycle_that_another_way_has_passed_is_found(write: Write) -> None:
    path = write(
        site=play("import_tasks: b.yml", "import_tasks: c.yml"),
        b="- import_tasks: c.yml\n",
        c="- import_tasks: b.yml\n",
    )
    assert any("this import never ends" in told for told in problems(path))


def test_a_dynamic_include_may_include_itself(write: Write) -> None:
    path = write(site=play("include_tasks: a.yml"), a="- include_tasks: a.yml\n  when: x\n")
    assert checked(path).warnings == ()


def test_the_plays_of_an_import_know_their_own_handlers_only(write: Write) -> None:
    path = write(
        site=play("import_tasks: a.yml") + "  handlers: [{name: h, debug: }]\n",
        other=play("import_tasks: a.yml"),
        a="- debug:\n  notify: h\n",
    )
    assert checked(path).warnings == ()
    (told,) = problems(path, path.with_name("other.yml"))
    assert told == f"a.yml:2:11: {unheard('h')} (this play has no handlers)"


def test_a_handler_with_a_template_for_its_name_may_be_any(write: Write) -> None:
    handlers = "  handlers: [{name: '{{ x }}', debug: }]\n"
    path = write(site=play("debug:\n      notify: h") + handlers)
    assert checked(path).warnings == ()


# The schema ---------------------------------------------------------------------------------

# From LANGUAGE.md, "Shape".
PLAY = (
    "name hosts gather_facts vars vars_files vars_prompt roles pre_tasks tasks post_tasks handlers"
    " serial strategy order max_fail_percentage force_handlers any_errors_fatal"
)
BASE = (
    "name vars module_defaults environment no_log run_once ignore_errors ignore_unreachable"
    " check_mode diff any_errors_fatal throttle timeout debugger tags connection collections"
    " become remote_user"
)
BLOCK = "when block rescue always notify delegate_to delegate_facts"
TASK = (
    "when loop loop_control until retries delay register changed_when failed_when notify async poll"
    " delegate_to delegate_facts local_action action args"
)
LOOP_CONTROL = "loop_var index_var label pause extended extended_allitems break_when parallel"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("play", f"{PLAY} {BASE}"),
        ("block", f"{BLOCK} {BASE}"),
        ("task", f"{TASK} {BASE}"),
        ("handler", f"{TASK} {BASE} listen"),
        ("import_playbook", f"import_playbook when {BASE}"),
        ("loop_control", LOOP_CONTROL),
    ],
)
def test_every_word_of_the_language_is_known(kind: str, words: str) -> None:
    definition = schema.definition(kind)
    assert set(words.split()) <= set(definition["properties"])


@pytest.mark.parametrize("name", schema.language()["definitions"])
def test_every_definition_is_a_schema_and_says_what_it_expects(name: str) -> None:
    definition = schema.definition(name)
    Draft7Validator.check_schema(definition)
    for word, rules in definition.get("properties", {}).items():
        assert rules["description"].endswith("."), word
        assert not rules.keys() & {"type", "enum"} or rules["errorMessage"], word


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 800)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "a", "yes", "0644", "no\n", "5", "local", "{{ x }}", "a-b", "7 "]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["loop_var", "a", "A b", "msg", "dest"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)
RULES = [
    *(
        rules
        for name in ("play", "handler")
        for rules in schema.definition(name)["properties"].values()
    ),
    *(found.schema for name in REGISTRY.names() if name != "x" and (found := REGISTRY.find(name))),
]


@given(rules=st.sampled_from(RULES), value=values)
@settings(max_examples=300)
def test_what_is_plainly_valid_is_valid(rules: dict[str, Any], value: object) -> None:
    if plainly_valid(rules)(value):
        assert Draft7Validator(rules).is_valid(value)


@pytest.mark.slow
@given(value=values)
@settings(max_examples=100)
def test_any_value_for_any_keyword_is_right_or_a_problem_with_a_place(value: object) -> None:
    for kind in ("play", "task", "block"):
        raw = dict.fromkeys(schema.definition(kind)["properties"], value)
        document = parse(json.dumps([raw, value]), "x")
        for file in ("playbook", "tasks", "variables"):
            found = check_file(document, file, Around(), REGISTRY, Templates())
            assert all(problem.place for problem in found.problems)
