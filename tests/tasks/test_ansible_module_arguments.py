"""What an AnsibleModule makes of its arguments, and says of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from played import Play, lay, result

Probe: TypeAlias = Callable[[str], dict[str, Any]]
PROBE = """
from ansible.module_utils.basic import AnsibleModule, env_fallback

def doubled(value):
    return int(value) * 2

module = AnsibleModule(
    argument_spec=dict(
        state=dict(default="present", choices=["present", "absent"]),
        path=dict(),
        region=dict(fallback=(env_fallback, ["NO_SUCH_REGION", "REGION"])),
        limits=dict(type="dict", apply_defaults=True, options=dict(low=dict(default=1))),
        wide=dict(choices=["no", "yes", "auto"]),
        twice=dict(type=doubled),
        size=dict(type="int"),
        old=dict(removed_in_version="9.0"),
        far=dict(aliases=["away", "gone"]),
        name=dict(aliases=["title"], deprecated_aliases=[dict(name="title", version="8.0")]),
        login=dict(type="dict", options=dict(words=dict(type="list", no_log=True))),
        told=dict(type="raw"),
        loose=dict(type="list", options=dict(low=dict(type="int", default=1))),
        body=dict(type="jsonarg"),
        place=dict(type="path", aliases=["dest"]),
    ),
    required_if=[["state", "present", ["path"]]],
)
module.exit_json(**module.params)
"""


@pytest.fixture
def probe(play: Play, tmp_path: Path) -> Probe:
    lay(tmp_path, "library/probe.py", PROBE)
    return lambda arguments: result(play, f"- {{name: it, probe: {arguments}}}")


def test_a_default_counts_as_given_where_arguments_need_one_another(probe: Probe) -> None:
    told = "state is present but all of the following are missing: path"
    assert probe("{}")["msg"] == told
    assert not probe("{state: absent}")["failed"]


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        ("path: a", "region", "north"),
        ("path: a, region: south", "region", "south"),
        ("path: a", "limits", {"low": "1"}),
        ("path: a, loose: [{low: x}, {}]", "loose", [{"low": "x"}, {}]),
        ("path: a, wide: true", "wide", "yes"),
        ("path: a, twice: '4'", "twice", 8),
        ("path: a, body: {a: [1]}", "body", '{"a": [1]}'),
        ("path: a, body: ' x '", "body", "x"),
        ("path: a, dest: $REGION/b", "place", "north/b"),
        ("path: a, dest: ./b//c/", "place", "./b//c/"),
        ("path: a, dest: ''", "place", ""),
        ("path: a, size: true", "size", True),
        ("path: a, dest: $REGION/b", "dest", "$REGION/b"),
        ("path: a, away: x, gone: z", "far", "z"),
        ("path: a, away: x, gone: z", "away", "x"),
        ("path: a, login: {words: [swan, 12]}, told: [a swan, 12, 3]", "told", None),
    ],
)
def test_a_specification_may_say_where_a_value_comes_from_and_what_becomes_of_it(
    probe: Probe, monkeypatch: pytest.MonkeyPatch, arguments: str, name: str, value: object
) -> None:
    monkeypatch.setenv("REGION", "north")
    hidden = ["a ********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", 3]
    told = probe(f"{{{arguments}}}")[name]
    assert (told, type(told)) == ((hidden, list) if value is None else (value, type(value)))


SECRETIVE = """
#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={}, required_together=[("a", "b")])
module.no_log_values.add("swan")
module.exit_json(told="a swan", together=module.required_together, debug=module._debug)
"""


def test_a_module_may_add_to_what_is_hidden_and_knows_its_own_rules(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "library/secretive.py", SECRETIVE)
    got = result(play, "- {name: it, secretive: }")
    told = (got["told"], got["together"], got["debug"])
    assert told == ("a ********", [["a", "b"]], False)


def test_what_is_old_is_told_beside_the_result(probe: Probe) -> None:
    got = probe("{path: a, old: b, title: c, name: d}")
    more = "is deprecated. See the module docs for more information"
    assert got["warnings"] == ["Both option name and its alias title are set."]
    assert [(each["msg"], each["version"]) for each in got["deprecations"]] == [
        (f"Alias 'title' {more}", "8.0"),
        (f"Param 'old' {more}", "9.0"),
    ]


def test_what_is_old_inside_of_an_argument_is_told_with_its_place(
    play: Play, tmp_path: Path
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        inner = dict(
            who=dict(aliases=["name", "title"], deprecated_aliases=[dict(name="name")]),
            old=dict(removed_in_version="9.0"),
        )
        spec = dict(mails=dict(type="list", elements="dict", options=inner))
        AnsibleModule(spec).exit_json()
    """
    lay(tmp_path, "library/probe.py", text)
    got = result(play, "- {name: it, probe: {mails: [{name: a, title: b}, {old: c}]}}")
    more = "is deprecated. See the module docs for more information"
    twice = "Both option mails[0].who and its alias mails[0].title are set."
    told = [f"Alias 'mails[0].name' {more}", f"""Param 'mails["old"]' {more}"""]
    assert got["warnings"] == [twice]
    assert [each["msg"] for each in got["deprecations"]] == told


def test_what_is_no_argument_of_an_inner_one_is_told_with_its_place(
    play: Play, tmp_path: Path
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        outer = dict(type="dict", options=dict(deep=dict(type="dict", options=dict(a=dict()))))
        AnsibleModule(dict(outer=outer)).exit_json()
    """
    lay(tmp_path, "library/probe.py", text)
    got = result(play, "- {name: it, probe: {outer: {deep: {wrong: 1}}}}")
    told = "Unsupported parameters for (probe) module: outer.deep.wrong."
    assert got["msg"] == f"{told} Supported parameters include: a."


def test_what_is_old_is_told_of_arguments_that_are_refused_too(probe: Probe) -> None:
    got = probe("{old: b}")
    assert got["msg"] == "state is present but all of the following are missing: path"
    (told,) = got["deprecations"]
    assert told["msg"].startswith("Param 'old' is deprecated.")


def test_in_check_mode_a_module_that_cannot_do_without_refuses_arguments_first(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "library/probe.py", PROBE)
    refused = result(play, "- {name: it, probe: {path: a, wide: x}}", "--check")
    assert refused["msg"] == "value of wide must be one of: no, yes, auto, got: x"
    skipped = result(play, "- {name: it, probe: {path: a}}", "--check")
    assert skipped["msg"] == "remote module (probe) does not support check mode"
