"""Modules in Python that are written with Ansible's AnsibleModule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from played import Play, lay, result

SHARED = "def polite(name):\n    return f'Dear {name}'\n"
GREETER = """
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.greetings import polite

module = AnsibleModule(
    argument_spec=dict(
        who=dict(required=True, aliases=["name"]),
        times=dict(type="int", default=1),
        words=dict(type="list", elements="str"),
        password=dict(no_log=True),
        tone=dict(choices=["calm", "loud"], default="calm"),
    ),
    required_together=[["words", "password"]],
    supports_check_mode=True,
)
if module.params["times"] > 5:
    module.fail_json(msg="enough", times=module.params["times"])
rc, out, err = module.run_command(["echo", polite(module.params["who"])], check_rc=True)
module.exit_json(changed=not module.check_mode, out=out, given=module.params)
"""


@pytest.fixture
def greeter(tmp_path: Path) -> None:
    lay(tmp_path, "library/greet.py", GREETER)
    lay(tmp_path, "module_utils/greetings.py", SHARED)


@pytest.mark.usefixtures("greeter")
def test_a_module_in_python_gets_its_arguments_as_its_specification_has_them(play: Play) -> None:
    got = result(play, "- {name: it, greet: {name: Ann, times: '2', words: [1], password: swan}}")
    assert got["out"] == "Dear Ann\n"
    assert got["given"] == {
        "who": "Ann",
        "name": "Ann",
        "times": 2,
        "words": ["1"],
        "tone": "calm",
        "password": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
    }


@pytest.mark.parametrize("shared", ["greetings.py", "greetings/__init__.py"])
def test_what_modules_share_may_be_a_package_and_may_lie_elsewhere(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    lay(tmp_path, "library/greet.py", GREETER)
    lay(tmp_path, f"more/{shared}", SHARED)
    monkeypatch.setenv("ANSIBLE_MODULE_UTILS", f"{tmp_path}/other:{tmp_path}/more")
    assert result(play, "- {name: it, greet: {who: Ann}}")["out"] == "Dear Ann\n"


def test_modules_of_a_role_find_what_the_playbook_shares_first(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "roles/a/library/greet.py", GREETER)
    lay(tmp_path, "roles/a/module_utils/greetings.py", "def polite(name):\n    return 'role'\n")
    lay(tmp_path, "roles/a/tasks/main.yml", "- {greet: {who: Ann}, register: it}")
    tasks = "- import_role: {name: a}\n- {name: it, debug: {msg: '{{ it.out }}'}}"
    assert result(play, tasks)["msg"] == "role\n"
    lay(tmp_path, "module_utils/greetings.py", SHARED)
    assert result(play, tasks)["msg"] == "Dear Ann\n"


@pytest.mark.usefixtures("greeter")
def test_a_module_in_python_is_told_of_check_mode(play: Play) -> None:
    assert result(play, "- {name: it, greet: {who: Ann}}")["changed"]
    assert not result(play, "- {name: it, greet: {who: Ann}}", "--check")["changed"]


@pytest.mark.usefixtures("greeter")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("{}", "missing required arguments: who"),
        ("{who: a, times: 9}", "enough"),
        ("{who: a, tone: shrill}", "value of tone must be one of: calm, loud, got: shrill"),
        ("{who: a, words: b}", "parameters are required together: words, password"),
        ("{who: a, foo: b}", "Unsupported parameters for (greet) module: foo. Supported"),
    ],
)
def test_a_module_in_python_fails_in_words(play: Play, arguments: str, told: str) -> None:
    assert told in result(play, f"- {{name: it, greet: {arguments}}}")["msg"]


@pytest.mark.parametrize(
    ("body", "came"),
    [
        ("raise ValueError('boo')", {"msg": "Task failed: Module failed: boo"}),
        ("AnsibleModule(dict()).run_command('false', check_rc=True)", {"rc": 1, "cmd": "false"}),
        (
            "AnsibleModule(dict()).run_command(['sh', '-c', 'exit 4'], check_rc=True)",
            {"rc": 4, "cmd": "sh -c 'exit 4'"},
        ),
        ("AnsibleModule(dict()).run_command(['/no/x y'])", {"rc": 2, "cmd": "'/no/x y'"}),
        (
            "AnsibleModule(dict()).run_command(5)",
            {"rc": 257, "msg": "Argument 'args' to run_command must be list or string"},
        ),
        (
            "AnsibleModule(dict()).exit_json(came=1j)",
            {"msg": "Task failed: Module failed: Value of unknown type: <class 'complex'>, 1j"},
        ),
        (
            "AnsibleModule(dict()).boolean('so')",
            {"changed": False, "failed": True},
        ),
        (
            "AnsibleModule(dict()).get_bin_path('nosuch', required=True)",
            {"failed": True},
        ),
    ],
)
def test_what_goes_wrong_in_a_module_is_its_result(
    play: Play, tmp_path: Path, body: str, came: dict[str, Any]
) -> None:
    lay(tmp_path, "library/go.py", f"from ansible.module_utils.basic import *\n{body}\n")
    assert came.items() <= result(play, "- {name: it, go: }").items()


def test_a_null_is_an_empty_text_where_there_must_be_one(play: Play, tmp_path: Path) -> None:
    spec = (
        "dict(a=dict(required=True), b=dict(default='x'), c={}, d=dict(type='path', default='y'))"
    )
    text = f"from ansible.module_utils.basic import *\nmodule = AnsibleModule({spec})\n"
    lay(tmp_path, "library/go.py", f"{text}module.exit_json(got=module.params)")
    got = result(play, "- {name: it, go: {a: null, b: null, c: null, d: null}}")["got"]
    assert got == {"a": "", "b": "", "c": None, "d": ""}


def test_a_module_that_knows_no_check_mode_is_skipped_in_it(play: Play, tmp_path: Path) -> None:
    text = "from ansible.module_utils.basic import AnsibleModule\nAnsibleModule(dict()).exit_json()"
    lay(tmp_path, "library/go.py", text)
    assert result(play, "- {name: it, go: }", "--check")["skipped"]


def _deprecating(arguments: str) -> str:
    """The text of a module that says that something is deprecated."""
    return f"""
        from ansible.module_utils.basic import AnsibleModule
        module = AnsibleModule({{}})
        module.deprecate("words", {arguments})
        module.exit_json()
    """


def test_what_is_old_may_name_its_collection(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "library/probe.py", _deprecating('version="3.0", collection_name="ns.name"'))
    told = {
        "msg": "words",
        "version": "3.0",
        "collection_name": "ns.name",
        "deprecator": {"resolved_name": "ns.name", "type": None},
    }
    assert result(play, "- {name: it, probe: }")["deprecations"] == [told]


def test_what_is_old_may_be_told_in_the_result(play: Play, tmp_path: Path) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        old = [("two", "3.0"), {"msg": "four", "date": "2099-01-01"}]
        AnsibleModule({}).exit_json(warnings="one", deprecations=old)
    """
    lay(tmp_path, "library/probe.py", text)
    got = result(play, "- {name: it, probe: }")
    assert got["warnings"] == ["one"]
    told = got["deprecations"]
    passing = "Passing `{}` to `exit_json` or `fail_json` is deprecated."
    assert [(each["msg"], each.get("version"), each.get("date")) for each in told] == [
        (passing.format("warnings"), "2.23", None),
        (passing.format("deprecations"), "2.23", None),
        ("two", "3.0", None),
        ("four", None, "2099-01-01"),
    ]
    assert told[2]["deprecator"] == {"resolved_name": "ansible.legacy.probe", "type": "module"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('version="3.0", collection_name="ns.name"', "from collection 'ns.name' version 3.0."),
        ('date="2099-01-01", collection_name="ns.a"', "from collection 'ns.a' in a release after"),
        ("", "from module 'probe' in collection 'ansible.legacy' in a future release."),
    ],
)
def test_what_is_old_is_warned_of_unless_a_setting_says_otherwise(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    lay(tmp_path, "library/probe.py", _deprecating(said))
    words = f"words. This feature will be removed {told}"
    assert words in play("- {name: it, probe: }").shown
    monkeypatch.setenv("ANSIBLE_DEPRECATION_WARNINGS", "false")
    assert "will be removed" not in play("- {name: it, probe: }").shown


def test_a_warning_may_say_what_helps_or_why_something_has_failed(
    play: Play, tmp_path: Path
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        from ansible.module_utils.common.warnings import error_as_warning
        module = AnsibleModule({})
        module.warn("mind the step", help_text="Look down.")
        module.error_as_warning("no luck", ValueError("odd"))
        error_as_warning(None, ValueError("even"), help_text="Try again.")
        module.exit_json(version=module.ansible_version)
    """
    lay(tmp_path, "library/probe.py", text)
    got = result(play, "- {name: it, probe: }")
    assert got["warnings"] == ["mind the step Look down.", "no luck: odd", "even Try again."]
    assert got["version"].startswith("2.19")


def test_what_a_module_warns_of_is_told_once_a_run(play: Play, tmp_path: Path) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        module = AnsibleModule({})
        module.warn("mind the step")
        module.deprecate("words")
        module.exit_json()
    """
    lay(tmp_path, "library/probe.py", text)
    shown = play("- block: [{probe: }, {probe: , loop: [1, 2]}]").shown
    assert (shown.count("mind the step"), shown.count("words. This feature")) == (1, 1)


def test_a_module_that_ends_without_a_result_has_failed(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "library/go.py", "import ansible.module_utils.basic\n")
    told = "Task failed: Module failed: New-style module did not handle its own exit."
    assert result(play, "- {name: it, go: , ignore_errors: true}")["msg"] == told


def test_what_is_named_as_a_password_is_and_may_be_shown_is_warned_of(
    play: Play, tmp_path: Path
) -> None:
    spec = "dict(password={}, db_pass={}, passphrase=dict(no_log=False), passive={})"
    text = f"from ansible.module_utils.basic import *\nAnsibleModule({spec}).exit_json()"
    lay(tmp_path, "library/go.py", text)
    words = "Module did not set no_log for"
    assert result(play, "- {name: it, go: }")["warnings"] == [
        f"{words} password",
        f"{words} db_pass",
    ]


def test_what_a_module_was_given_is_told_with_vvv_and_never_kept(
    play: Play, tmp_path: Path
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        AnsibleModule(dict(who=dict(), word=dict(no_log=True), times=dict(default=1))).exit_json()
    """
    lay(tmp_path, "library/probe.py", text)
    tasks = """
        - {name: it, probe: {word: swan}, register: done}
        - {name: kept, assert: {that: done.invocation is not defined}}
    """
    hidden = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    given = {"module_args": {"who": None, "word": hidden, "times": "1"}}
    assert result(play, tasks, "-vvv")["invocation"] == given
    assert "invocation" not in result(play, tasks, "-vv")


@pytest.mark.parametrize(
    "given",
    [
        "{pw: swan}",
        "{word: swan}",
        "{inner: {pin: swan}}",
        "{inner: [{pw: swan}, {code: swan}]}",
        "{inner: 'pw=swan'}",
        "{pw: swan, need: 1, wrong: 2}",
        "{pw: swan, need: 1}",
    ],
)
@pytest.mark.parametrize("check", ["", "--check"])
def test_what_is_secret_is_hidden_by_any_name_also_where_arguments_are_refused(
    play: Play, tmp_path: Path, given: str, check: str
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        word = dict(no_log=True, aliases=["pw"])
        inner = dict(word=word, pin=dict(no_log=True, aliases=["code"]))
        outer = dict(type="list", elements="dict", options=inner)
        AnsibleModule(dict(word=word, need=dict(required=True), inner=outer)).exit_json()
    """
    lay(tmp_path, "library/probe.py", text)
    task = f"- {{name: it, ignore_errors: true, probe: {given}}}"
    told = result(play, task, "-vvv", *filter(None, [check]))["invocation"]["module_args"]
    assert "swan" not in str(told)
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in str(told)


def test_a_module_asks_for_a_locale_that_is_there(play: Play, tmp_path: Path) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        from ansible.module_utils.common.locale import get_best_parsable_locale
        module = AnsibleModule({})
        found = get_best_parsable_locale(module)
        other = get_best_parsable_locale(module, preferences=["nowhere"])
        module.exit_json(found=found, other=other, neither=module.boolean(None))
    """
    lay(tmp_path, "library/probe.py", text)
    got = result(play, "- {name: it, probe: }")
    assert got["found"].partition(".")[0] in ("C", "en_US", "POSIX")
    assert (got["other"], got["neither"]) == ("C", None)
