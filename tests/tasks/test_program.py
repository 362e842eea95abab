"""Modules in Ansible's form: programs that lie in `library/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from played import Play, lay, result

SOURCED = '#!/bin/sh\n. "$1"\necho "{\\"changed\\": true, \\"got\\": \\"$who\\"}"\n'
WANTS_JSON = "#!/usr/bin/python\n# WANT_JSON\nimport sys\nprint(open(sys.argv[1]).read())\n"
INCLUDED = "#!/bin/sh\necho '<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>'\n"


@pytest.mark.parametrize("name", ["speak.sh", "speak", "speak.py"])
def test_a_program_may_be_told_its_arguments_as_words(
    play: Play, tmp_path: Path, name: str
) -> None:
    text = SOURCED
    if name.endswith(".py"):
        text = '#!/usr/bin/python\nimport sys\nprint(\'{"changed": true, "got": "it is Ann"}\')\n'
    lay(tmp_path, f"library/{name}", text)
    got = result(play, "- {name: it, speak: {who: it is Ann}}")
    assert (got["changed"], got["got"]) == (True, "it is Ann")


@pytest.mark.parametrize("text", [WANTS_JSON, INCLUDED])
def test_a_program_may_want_json(play: Play, tmp_path: Path, text: str) -> None:
    lay(tmp_path, "library/tell.py", text)
    got = result(play, "- {name: it, tell: {a: [1, {b: null}]}}")
    assert got == {"a": [1, {"b": None}], "changed": False, "failed": False}


def test_a_module_of_a_role_is_there_for_the_role(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "roles/r/library/tell", INCLUDED)
    lay(tmp_path, "roles/r/tasks/main.yml", "- {name: it, tell: {a: 1}}")
    assert play("- import_role: {name: r}", "--output", "json").results["r : it"]["a"] == 1


def test_a_module_of_the_folder_is_not_meant_by_the_full_name_of_a_step(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "library/ping.sh", '#!/bin/sh\necho \'{"ping": "mine"}\'\n')
    assert result(play, "- {name: it, ping: }")["ping"] == "mine"
    assert result(play, "- {name: it, ansible.builtin.ping: }")["ping"] == "pong"


@pytest.mark.parametrize(("switch", "shown"), [("--diff", True), ("--check", False)])
def test_what_a_program_says_is_different_is_kept_and_with_diff_shown(
    play: Play, tmp_path: Path, switch: str, *, shown: bool
) -> None:
    lay(tmp_path, "library/tell", '#!/bin/sh\necho \'{"diff": {"before": "", "after": "b"}}\'\n')
    tasks = "[{tell: , register: told}, {name: it, debug: {msg: '{{ told.diff.after }}'}}]"
    ran = play(tasks, switch, "--output", "json")
    assert ran.results["it"]["msg"] == "b"
    assert ("diff" in ran.results["tell"]) == shown


_UNREAD = "Module result deserialization failed"


@pytest.mark.parametrize(
    ("printed", "came"),
    [
        ('{"failed": true, "msg": "no way"}', {"msg": "no way"}),
        ('{"rc": 3, "stdout": "a"}', {"rc": 3, "stdout_lines": ["a"]}),
        ('{"rc": 3}', {"msg": "Task failed: Action failed: Unknown error."}),
        ('{"failed": true}', {"msg": "Task failed: Module failed: Unknown error."}),
        ("oops", {"msg": f"{_UNREAD}: No start of json char found"}),
        ("oops", {"module_stdout": "oops\n", "rc": 0}),
        ('{"a": 1', {"msg": f"{_UNREAD}: No end of json char found"}),
        ("{}\n{}", {"msg": f"{_UNREAD}: Extra data: line 2 column 1 (char 3)"}),
        (f'{{"a": {"[" * 900}{"]" * 900}}}', {"msg": f"{_UNREAD}: it is nested too deep"}),
    ],
)
def test_what_a_program_says_of_its_failure_is_told(
    play: Play, tmp_path: Path, printed: str, came: dict[str, Any]
) -> None:
    lay(tmp_path, "library/tell", f"#!/bin/sh\necho '{printed}'\n")
    got = result(play, "- {name: it, tell: , ignore_errors: true}")
    assert got["failed"]
    assert came.items() <= got.items()


def test_a_program_whose_interpreter_is_not_there_has_failed(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "library/tell", "#!/no/such/shell\n")
    got = result(play, "- {name: it, tell: , ignore_errors: true}")
    told = "The module interpreter '/no/such/shell' was not found."
    assert (got["msg"], got["rc"], got["module_stdout"]) == (told, 127, "")


def test_a_program_may_go_on_beside_the_run(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path / "jobs"))
    lay(tmp_path, "library/tell", INCLUDED)
    assert result(play, "- {name: it, tell: {a: 1}, async: 60, poll: 1}")["a"] == 1


def test_what_it_writes_to_stderr_is_told_of_a_job_alone(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path / "jobs"))
    lay(tmp_path, "library/tell", "#!/bin/sh\necho hm >&2\necho '{}'\n")
    assert result(play, "- {name: it, tell: , async: 60, poll: 1}")["stderr_lines"] == ["hm"]
    assert "stderr" not in result(play, "- {name: it, tell: }")


def test_lines_after_the_result_are_warned_of(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "library/tell", "#!/bin/sh\necho '{}'\necho Bye\n")
    warning = "Module invocation had junk after the JSON data: Bye"
    assert result(play, "- {name: it, tell: }")["warnings"] == [warning]


@pytest.mark.parametrize("character", [r"\\udcff", r"\0377"])
def test_a_result_with_bytes_that_are_no_text_is_none(
    play: Play, tmp_path: Path, character: str
) -> None:
    lay(tmp_path, "library/tell", f"""#!/bin/sh\nprintf '%b' '{{"name": "{character}"}}'\n""")
    got = result(play, "- {name: it, tell: , ignore_errors: true}")
    told = "Task failed: Refusing to deserialize an invalid UTF8 string value: "
    assert (got["failed"], got["msg"].startswith(told)) == (True, True)


def test_a_result_has_no_results_that_no_loop_has_made(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "library/tell", """#!/bin/sh\necho '{"results": 5}'\n""")
    got = result(play, "- {name: it, tell: }")
    assert (got["ansible_module_results"], "results" in got) == (5, False)
    warning = "Found internal 'results' key in module return, renamed to 'ansible_module_results'."
    assert got["warnings"] == [warning]


def test_a_program_that_fails_may_warn_as_well(play: Play, tmp_path: Path) -> None:
    printed = '{"failed": true, "warnings": ["hot"]}'
    lay(tmp_path, "library/tell", f"#!/bin/sh\necho '{printed}'\n")
    ran = play("- {name: it, tell: , ignore_errors: true}", "--output", "json")
    assert ran.results["it"]["warnings"] == ["hot"]
    assert '"event": "WarningGiven", ' in ran.out


def test_facts_and_lines_around_the_result_are_understood(play: Play, tmp_path: Path) -> None:
    printed = 'Welcome\n{"ansible_facts": {"depth": 3}}\nBye'
    lay(tmp_path, "library/tell", f"#!/bin/sh\nprintf '%s' '{printed}'\n")
    tasks = """
        - tell:
        - {name: it, debug: {msg: "{{ depth }}"}}
    """
    assert result(play, tasks)["msg"] == 3


@pytest.mark.parametrize("facts", ['"text"', "[]", "null"])
def test_facts_that_are_no_mapping_fail(play: Play, tmp_path: Path, facts: str) -> None:
    lay(tmp_path, "library/tell", f"#!/bin/sh\necho '{{\"ansible_facts\": {facts}}}'\n")
    got = result(play, "- {name: it, tell: , ignore_errors: true}")
    assert "object has no attribute 'keys'" in got["msg"]
