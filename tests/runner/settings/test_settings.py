"""Settings: where they come from, and which of them wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main
from opsplay.runner.errors import PlaybookError, UsageError
from opsplay.runner.settings import Settings
from opsplay.runner.settings.sources import resolve, text
from opsplay.runner.settings.table import table

SOURCES = ["the default", "opsplay.toml", "ANSIBLE_FORKS", "OPSPLAY_FORKS", "the command line"]


def refusals(folder: Path, toml: str) -> list[str]:
    (folder / "opsplay.toml").write_text(toml)
    with pytest.raises(PlaybookError) as caught:
        resolve(folder, {}, {})
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize("highest", range(5))
def test_the_order_is_file_ansible_own_switch(tmp_path: Path, highest: int) -> None:
    if highest >= 1:
        (tmp_path / "opsplay.toml").write_text("forks = 11\n")
    environ = {name: f"1{at}" for at, name in enumerate(SOURCES) if at in range(2, highest + 1)}
    environ = {name: value for name, value in environ.items() if name.isupper()}
    resolved = resolve(tmp_path, environ, {"forks": 14 if highest == 4 else None})
    assert resolved.settings.forks == (10 + highest if highest else 5)
    origin = resolved.origins.get("forks", "the default").replace(f"{tmp_path}/", "")
    assert origin.removesuffix(":1:1") == SOURCES[highest]


def test_switches_that_are_not_given_set_nothing(tmp_path: Path) -> None:
    switches: dict[str, object] = {
        "forks": None,
        "inventory": [],
        "force_handlers": False,
        "check": True,
    }
    resolved = resolve(tmp_path, {}, switches)
    assert vars(resolved.settings) == vars(Settings())
    assert resolved.origins == {}


def test_tags_of_the_command_line_are_added_to_those_of_the_environment(tmp_path: Path) -> None:
    environ = {"ANSIBLE_RUN_TAGS": "a,b", "ANSIBLE_SKIP_TAGS": "c"}
    settings = resolve(tmp_path, environ, {"tags": ["d"], "skip_tags": []}).settings
    assert (settings.tags, settings.skip_tags) == (["a", "b", "d"], ["c"])


def test_paths_of_the_file_count_from_its_folder(tmp_path: Path) -> None:
    toml = 'inventory = ["hosts", "a,b,", "/etc/hosts"]\nvault_password_file = "key"\n'
    (tmp_path / "opsplay.toml").write_text(toml)
    settings = resolve(tmp_path, {}, {}).settings
    assert settings.inventory == [str(tmp_path / "hosts"), "a,b,", "/etc/hosts"]
    assert settings.vault_password_file == str(tmp_path / "key")


@pytest.mark.parametrize(
    ("written", "meant"), [("one,two", ["one", "two"]), ("a,b,", ["a,b,"]), ("hosts", ["hosts"])]
)
def test_inventories_in_the_environment(tmp_path: Path, written: str, meant: list[str]) -> None:
    assert resolve(tmp_path, {"ANSIBLE_INVENTORY": written}, {}).settings.inventory == meant


def test_all_mistakes_of_the_file_are_told_with_their_places(tmp_path: Path) -> None:
    toml = "# ours\nfroks = 3\nforks = 0\n[inventroy]\nx = 1\n"
    assert refusals(tmp_path, toml) == [
        "opsplay.toml:2:1: there is no setting named froks (did you mean forks?)",
        "opsplay.toml:3:1: forks: expected a whole number, 1 or more, got the number 0",
        "opsplay.toml:4:2: there is no setting named inventroy (did you mean inventory?)",
    ]


def test_a_file_that_is_not_toml(tmp_path: Path) -> None:
    assert refusals(tmp_path, "forks = 3\nverbosity 1\n") == [
        "opsplay.toml:2:11: this is not TOML: Expected '=' after a key in a key/value pair"
    ]
    assert refusals(tmp_path, "forks =") == ["opsplay.toml:1:1: this is not TOML: Invalid value"]


def test_mistakes_in_the_environment(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"named OPSPLAY_FROKS; of froks: did you mean forks\?"):
        resolve(tmp_path, {"OPSPLAY_FROKS": "3"}, {})
    with pytest.raises(
        UsageError, match=r"^ANSIBLE_FORKS has an invalid value: expected a whole number"
    ):
        resolve(tmp_path, {"ANSIBLE_FORKS": "many"}, {})


def test_variables_that_are_like_no_setting_are_somebody_elses(tmp_path: Path) -> None:
    assert resolve(tmp_path, {"OPSPLAY_TEST_TOKEN": "3", "ANSIBLE_X": "3"}, {}).origins == {}


def test_what_is_told_can_be_kept_as_a_file(tmp_path: Path) -> None:
    environ = {"OPSPLAY_INVENTORY": "hosts", "OPSPLAY_OUTPUT": "quiet"}
    told = text(resolve(tmp_path, environ, {}))
    assert 'output = "quiet"  # OPSPLAY_OUTPUT\n' in told
    assert "forks = 5  # the default\n" in told
    (tmp_path / "opsplay.toml").write_text(told.replace('"hosts"', '"/hosts"'))
    settings = resolve(tmp_path, {}, {}).settings
    assert vars(settings) == vars(Settings(inventory=["/hosts"], output="quiet"))


def test_every_setting_says_what_it_is_for() -> None:
    assert [setting.name for setting in table().values() if not setting.field.doc] == []


def test_a_run_takes_the_settings_beside_its_playbook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "opsplay.toml").write_text('inventory = "hosts"\noutput = "json"\n')
    (tmp_path / "hosts").write_text("ann\n")
    (tmp_path / "site.yml").write_text("- hosts: ann\n  tasks: [debug: ]\n")
    assert main(["run", str(tmp_path / "site.yml")]) == 0
    assert capsys.readouterr().out.startswith('{"event": "RunStarted"')


def test_opsplay_settings_tells_what_sets_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "opsplay.toml").write_text("forks = 9\n")
    assert main(["settings", str(tmp_path)]) == 0
    assert f"forks = 9  # {tmp_path}/opsplay.toml:1:1\n" in capsys.readouterr().out


def test_settings_of_a_folder_that_is_none_are_not_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.yml").touch()
    assert main(["settings", str(tmp_path / "site.yml")]) == 5
    assert capsys.readouterr() == ("", f"opsplay: there is no folder {tmp_path}/site.yml\n")


# Ansible's variables that mean the same here.
OF_ANSIBLE = """
    INVENTORY FORKS ROLES_PATH STRATEGY FORCE_HANDLERS HASH_BEHAVIOUR HOST_PATTERN_MISMATCH
    ERROR_ON_MISSING_HANDLER VAULT_PASSWORD_FILE VAULT_IDENTITY_LIST PRIVATE_ROLE_VARS
    INJECT_FACT_VARS SHOW_CUSTOM_STATS TRANSFORM_INVALID_GROUP_CHARS NO_LOG CALLBACK_RESULT_FORMAT
    GATHERING FILTER_PLUGINS TEST_PLUGINS LOOKUP_PLUGINS VARS_PLUGINS LIBRARY
"""


@pytest.mark.parametrize("name", OF_ANSIBLE.split())
def test_the_variable_of_ansible_is_honoured(name: str) -> None:
    assert f"ANSIBLE_{name}" in {setting.ansible for setting in table().values()}
