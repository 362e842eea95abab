"""However a task is written, it is one step with its arguments by name."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.errors import PlaybookError
from opsplay.runner.key_values import words
from opsplay.runner.registry import Registry
from opsplay.runner.source import Document, MapNode, Template, parse
from opsplay.runner.taskform import Form, read_form, split

REGISTRY = Registry()
NO_STEP = (
    "couldn't resolve module/action 'cpoy'. This often indicates a misspelling, missing collection,"
    " or incorrect module path."
)


def form_of(text: str) -> tuple[Form, Document]:
    document = parse(text, "x.yml")
    assert isinstance(document.value, MapNode)
    form, problems = read_form(document.value, REGISTRY, document.written)
    assert form
    assert not problems
    return form, document


def problems_of(text: str) -> list[str]:
    document = parse(text, "x.yml")
    assert isinstance(document.value, MapNode)
    with pytest.raises(PlaybookError):
        split(document.value, REGISTRY)
    _, problems = read_form(document.value, REGISTRY, document.written)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "text",
    [
        "copy: {src: a, dest: b c}",
        "copy: src=a dest='b c'",
        'ansible.builtin.copy: src=a dest="b c"',
        "action: copy src=a dest='b c'",
        "action: {module: copy, src: a, dest: b c}",
        "action: {module: copy src=a dest='b c'}",
        "action: {module: copy src=a, src: x, dest: b c}",
        "action: {module: copy, src: x, args: {src: a, dest: b c}}",
        "local_action: copy src=a dest='b c'",
        "copy: src=a\nargs: {dest: b c}",
        "copy: {src: a}\nargs: {src: x, dest: b c}",
        "copy: >\n  src=a\n  dest='b c'",
        "opsplay.copy: src=a dest=b\\x20c",
    ],
)
def test_every_form_says_the_same(text: str) -> None:
    form, _ = form_of(text)
    assert form.type.name == "copy"
    assert form.args == {"src": "a", "dest": "b c"}


def test_what_builds_a_step_takes_the_form_that_was_checked() -> None:
    form, document = form_of("command: echo 'a b' chdir=/tmp")
    assert isinstance(document.value, MapNode)
    assert split(document.value, REGISTRY) is form


@pytest.mark.parametrize("text", ["copy: '{{ all }}'", "copy:\nargs: '{{ all }}'"])
def test_one_template_may_stand_for_more_arguments(text: str) -> None:
    form, _ = form_of(text)
    assert (form.args, form.more) == ({}, ("{{ all }}",))


def test_a_command_may_read_as_the_template_for_its_other_arguments() -> None:
    form, _ = form_of("command: '{{ all }}'\nargs: '{{ all }}'")
    assert (form.args, form.more) == ({"cmd": "{{ all }}"}, ("{{ all }}",))


def test_the_text_behind_a_step_may_be_named_as_ansible_does_inside() -> None:
    form, _ = form_of("command: {_raw_params: echo a, chdir: b}")
    assert form.args == {"cmd": "echo a", "chdir": "b"}


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("command: ls -l chdir=/tmp", {"cmd": "ls -l", "chdir": "/tmp"}),
        ("command: echo 'a  b'  c=d", {"cmd": "echo 'a  b'  c=d"}),
        ("command: make cmd=3", {"cmd": "make cmd=3"}),
        ("shell: |\n  echo it's\n  exit 1\n", {"cmd": "echo it's\nexit 1\n"}),
        ("shell: creates=/x echo hi", {"creates": "/x", "cmd": "echo hi"}),
        ("copy: src=a \\\n  dest=b", {"src": "a", "dest": "b"}),
        ("include_tasks: file=a.yml", {"file": "a.yml"}),
        ("include_tasks: a.yml", {"file": "a.yml"}),
        ("include_tasks: a.yml b=c", {"b": "c", "file": "a.yml"}),
        ("meta: noop", {"word": "noop"}),
        ("set_fact: a=1 b='x y'", {"a": "1", "b": "x y"}),
        ("set_fact: '{{ a.b }}={{ c }} x_{{ d }}=1'", {"{{ a.b }}": "{{ c }}", "x_{{ d }}": "1"}),
        ('debug: msg="a\\nb \\"c\\""', {"msg": 'a\nb "c"'}),
        ("debug: msg=a=b", {"msg": "a=b"}),
        (r"debug: msg='\1\\2\x41\N{BULLET}'", {"msg": r"\1\2A•"}),
        ("debug:", {}),
    ],
)
def test_a_short_form_gives_its_arguments(text: str, args: object) -> None:
    assert form_of(text)[0].args == args


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("debug: msg={{ a | default('x y') }} verbosity=1", "msg", "{{ a | default('x y') }}"),
        ('debug: msg="{{ a["b c"] }} d"', "msg", '{{ a["b c"] }} d'),
        ("debug: msg={% if a b %}c{% endif %}", "msg", "{% if a b %}c{% endif %}"),
        ("command: echo {{ a }} chdir={{ b }}", "chdir", "{{ b }}"),
        ("command: echo {{ a }} chdir={{ b }}", "cmd", "echo {{ a }}"),
        ("command: echo {{ '}}' }} chdir=/", "cmd", "echo {{ '}}' }}"),
        ("command: x {{ '{{' }}.A{{ '}}' }} chdir=/", "cmd", "x {{ '{{' }}.A{{ '}}' }}"),
        ("include_tasks: '{{ a }}.yml'", "file", "{{ a }}.yml"),
    ],
)
def test_templates_inside_short_forms_stay_whole_and_know_their_place(
    text: str, name: str, value: str
) -> None:
    form, document = form_of(text)
    template = form.args[name]
    assert template == value
    assert isinstance(template, Template)
    place = template.at(value.index("{"))
    assert document.text[place.column - 1 :].startswith(value[value.index("{") :])


@pytest.mark.parametrize(
    ("text", "cmd"),
    [
        ("shell: |\n  cat <<END\n  it\n  END\n", "cat <<END\nit\nEND\n"),
        ("shell: '  echo it '", "  echo it "),
        ("action: |\n  shell echo it\n", "echo it\n"),
        ("shell: |\n  chdir=/tmp echo it\n", "echo it\n"),
        ("shell: |\n  echo it chdir=/tmp\n", "echo it"),
        ("command: |\n  echo it\n", "echo it"),
        # A backslash that stands alone is left out; lines are joined by the shell, if there is one.
        ("command: |\n  echo a \\\n    b\n", "echo a   b"),
        ("command: >\n  echo a \\\n  b\n", "echo a b"),
        ("shell: >-\n  echo a \\\n  b\n", "echo a b"),
        ("shell: |-\n  echo a \\\n  b\n", "echo a \\\nb"),
        ("shell: echo 'a \\ b' a\\ b \\\\ c", "echo 'a \\ b' a\\ b \\\\ c"),
    ],
)
def test_a_script_keeps_the_blanks_at_its_ends(text: str, cmd: str) -> None:
    assert form_of(text)[0].args["cmd"] == cmd


def test_what_is_marked_as_data_stays_data() -> None:
    form, _ = form_of("debug: !unsafe 'msg={{ a }}'")
    assert type(form.args["msg"]) is str


def test_each_argument_of_a_short_form_knows_its_place() -> None:
    form, _ = form_of("copy: src=a\n  dest='b'\n  mode=0644\n")
    lines = {name: place.line for name, place in form.args.key_places.items()}
    columns = {name: place.column for name, place in form.args.value_places.items()}
    assert lines == {"src": 1, "dest": 2, "mode": 3}
    assert columns == {"src": 11, "dest": 9, "mode": 8}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x", "x.yml:1:1: no module/action detected in task."),
        ("cpoy: {src: a}", f"x.yml:1:1: {NO_STEP} (did you mean copy?)"),
        ("action: cpoy src=a", f"x.yml:1:9: {NO_STEP} (did you mean copy?)"),
        ("action:", "x.yml:1:8: unexpected parameter type in action: nothing (null)"),
        ("action: ' '", "x.yml:1:9: action names no step"),
        ("action: {msg: x}", "x.yml:1:9: no module/action detected in task."),
        ("command: 5", "x.yml:1:10: unexpected parameter type in action: the number 5"),
        (
            "copy: {}\ndebug: {}",
            "x.yml:2:1: conflicting action statements: copy, debug (copy is in line 1",
        ),
        (
            "copy: {}\nwhne: x",
            "x.yml:2:1: there is no keyword named whne; conflicting action statements: copy, whne",
        ),
        (
            "copy: {}\ncontnet: x",
            "x.yml:2:1: there is no keyword named contnet; conflicting action statements: copy, co",
        ),
        ("copy: {}\ndest: x", "x.yml:2:1: dest is an argument of copy, not a keyword"),
        (
            "debug: hello there",
            "x.yml:1:8: Action 'ansible.builtin.debug' does not support raw params: 'hello there'",
        ),
        ("include_role: web", "x.yml:1:15: 'name' is a required field for include_role."),
        ("debug: '{{ x }}{{ y }}'", "x.yml:1:9: a template cannot stand for all arguments of d"),
        ("debug: [a]", "x.yml:1:8: unexpected parameter type in action: a list"),
        ('debug: msg="a b', "x.yml:1:8: failed at splitting arguments, either an"),
        ('command: echo "a b', "x.yml:1:15: failed at splitting arguments, either an"),
        ("debug: msg=a msg=b", "x.yml:1:14: the argument msg is given twice"),
    ],
)
def test_a_wrong_form_is_told_at_its_place(text: str, told: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(told)


def test_all_unknown_words_of_a_task_are_told() -> None:
    assert len(problems_of("copy: {}\nwhne: x\nregistr: y\ndebug: {}")) == 3


def test_a_play_among_tasks_has_words_that_are_in_conflict() -> None:
    ends = "; conflicting action statements: hosts, tasks (as a keyword it belongs to a play"
    assert [ends in problem for problem in problems_of("hosts: all\ntasks: []")] == [True, True]


@given(st.text(st.sampled_from("ab= \n\"'{}%#\\")))
def test_words_cover_every_text_in_order(text: str) -> None:
    found = list(words(text))
    assert all(one.end < two.start for one, two in pairwise(found))
    assert "".join(text.split()) == "".join("".join(text[w.start : w.end].split()) for w in found)
