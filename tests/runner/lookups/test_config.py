"""The lookup `config`."""

from __future__ import annotations

import pytest

from .conftest import VARIABLES, Look, fail


def test_config_refuses_what_is_no_name_and_what_it_cannot_do_about_a_missing_one(
    look: Look,
) -> None:
    assert "Invalid setting identifier, 5 is not a <class 'str'>" in fail(look, "config", 5)
    refused = fail(look, "config", "froks", on_missing="x")
    assert refused.startswith("Invalid value 'x' for config 'on_missing'")


def test_config_tells_what_means_nothing_here_as_ansible_has_it(look: Look) -> None:
    of_ssh = {"plugin_type": "connection", "plugin_name": "ssh"}
    assert look("config", "remote_user", "port", **of_ssh) == [None, None]
    assert look("config", "COLOR_OK", "nothing", on_missing="warn") == ["green"]
    assert look("config", "DEFAULT_REMOTE_USER", "DEFAULT_BECOME_METHOD") == [None, "sudo"]
    assert fail(look, "config", "nothing", **of_ssh) == (
        "No config definition exists for 'nothing' for 'ssh' connection plugin."
    )
    assert fail(look, "config", "port", plugin_name="ssh").startswith("Both plugin_type and")
    unknown = fail(look, "config", "port", plugin_type="connection", plugin_name="nosuch")
    assert unknown == "Unable to load connection plugin 'nosuch'."
    no_kind = fail(look, "config", "port", plugin_type="nosuch", plugin_name="ssh")
    assert no_kind.startswith("Invalid value 'nosuch' for config 'plugin_type'")


def test_config_tells_what_a_variable_of_the_host_says(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"ansible_remote_tmp": "/a", "ansible_user": "li", "ansible_facts_modules": ["b"]}
    for name, value in said.items():
        monkeypatch.setitem(VARIABLES, name, value)
    of_shell = {"plugin_type": "shell", "plugin_name": "sh", "show_origin": True}
    assert look("config", "remote_tmp", **of_shell) == [["/a", "var: ansible_remote_tmp"]]
    assert look("config", "FACTS_MODULES", show_origin=True) == [
        [["b"], "var: ansible_facts_modules"]
    ]
    of_ssh = {"plugin_type": "connection", "plugin_name": "ssh"}
    assert look("config", "remote_user", "port", **of_ssh) == ["li", None]


def test_config_tells_what_ansible_would_take_where_nothing_is_set(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_HOME", "/srv/home")
    assert look("config", "DEFAULT_ROLES_PATH", "DEFAULT_LOCAL_TMP", "TAGS_RUN") == [
        ["/srv/home/roles", "/usr/share/ansible/roles", "/etc/ansible/roles"],
        "/srv/home/tmp",
        [],
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DEFAULT_TIMEOUT", "33", 33),
        ("DEFAULT_REMOTE_USER", "ann", "ann"),
        ("HOST_KEY_CHECKING", "no", False),
        ("DEFAULT_TIMEOUT", "", 10),
    ],
)
def test_config_tells_what_means_nothing_here_as_the_environment_sets_it(
    look: Look, monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"ANSIBLE_{name.removeprefix('DEFAULT_')}", text)
    assert look("config", name) == [value]


def test_config_gives_settings_by_either_name(look: Look) -> None:
    assert look("config", "forks", "DEFAULT_FORKS", "HOST_PATTERN_MISMATCH") == [5, 5, "nobody"]
    assert look("config", "froks", on_missing="skip") == []
    assert look("config", "DEFAULT_FORKS", show_origin=True) == [[5, "default"]]
    assert fail(look, "config", "froks") == (
        "No config definition exists for 'froks'; did you mean forks?"
    )
