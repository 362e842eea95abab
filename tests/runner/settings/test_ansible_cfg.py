"""ansible.cfg: where it is looked for, and what it says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from opsplay.runner.cli import main
from opsplay.runner.errors import UsageError
from opsplay.runner.settings.sources import Resolved, resolve

FORKS = "[defaults]\nforks = {}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def resolved(text: str, **environ: str) -> Resolved:
    Path("ansible.cfg").write_text(dedent(text))
    return resolve(Path(), environ, {})


def test_all_keys_of_settings_that_both_have_are_read() -> None:
    settings = resolved("""
        # of everything
        [defaults]
        inventory = a.ini,b.ini ; two of them
        forks=7
        gathering: explicit
        inject_facts_as_vars = no
        force_valid_group_names = always
        nocows = 1
        roles_path =
        [inventory]
        host_pattern_mismatch = ignore
        [diff]
        always = True
        [tags]
        run = one,two
    """).settings
    assert settings.inventory == ["a.ini", "b.ini"]
    assert (settings.forks, settings.gathering, settings.inject_fact_vars) == (7, "explicit", False)
    assert settings.of_inventories.odd_names == "always"
    assert settings.host_pattern_mismatch == "ignore"
    assert settings.diff
    assert settings.tags == ["one", "two"]
    assert settings.roles_path == []


def test_quotes_around_a_text_or_a_part_of_a_list_are_no_part_of_it() -> None:
    settings = resolved("""
        [defaults]
        gathering = "explicit"
        ansible_managed = 'do not edit'
        [tags]
        run = "one", two
    """).settings
    assert (settings.gathering, settings.managed) == ("explicit", "do not edit")
    assert settings.tags == ["one", "two"]


def test_opsplay_toml_and_the_environment_win_over_it() -> None:
    Path("opsplay.toml").write_text("forks = 2\n")
    assert resolved(FORKS.format(1)).settings.forks == 2
    assert resolved(FORKS.format(1), ANSIBLE_FORKS="3").settings.forks == 3


def test_one_that_is_named_is_read_in_place_of_the_one_here(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "ansible.cfg").write_text("[defaults]\ninventory = hosts\n")
    for named in (other, other / "ansible.cfg"):
        found = resolved(FORKS.format(1), ANSIBLE_CONFIG=str(named)).settings
        assert (found.forks, found.inventory) == (5, [str(other / "hosts")])


def test_one_that_is_named_and_missing_is_passed_over(here: Path) -> None:
    (here / "ansible.cfg").write_text(FORKS.format(7))
    assert resolve(here, {"ANSIBLE_CONFIG": "nowhere"}, {}).settings.forks == 7


def test_without_one_here_that_of_the_home_folder_counts(tmp_path: Path) -> None:
    (tmp_path / ".ansible.cfg").write_text(FORKS.format(4))
    assert resolve(Path(), {"HOME": str(tmp_path)}, {}).settings.forks == 4


def test_one_that_anybody_could_have_written_is_left_alone_and_that_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.chmod(0o777)
    assert resolved(FORKS.format(9)).settings.forks == 5
    main(["settings"])
    told = f"Ansible is being run in a world writable directory ({here}), ignoring it as an"
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FORKS.format("many"), r"\[defaults\] forks has an invalid value: expected a whole n"),
        ("forks = 1\n", r"Error reading config file \(ansible.cfg\): File contains no section"),
        (FORKS.format("1\nforks = 2"), "option 'forks' in section 'defaults' already exists"),
    ],
)
def test_what_is_wrong_with_it_is_told(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        resolved(text)


def test_with_v_the_one_that_counts_is_told_where_results_are_as_ansible_has_them(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "json")
    (here / "site.yml").write_text("- tasks: []\n")
    assert main(["run", "-v", "site.yml"]) == 0
    assert capsys.readouterr().out.startswith("No config file found; using defaults\n")
    (here / "ansible.cfg").touch()
    assert main(["run", "-v", "site.yml"]) == 0
    assert capsys.readouterr().out.startswith(f"Using {here}/ansible.cfg as config file\n")


@pytest.mark.parametrize("is_wanted", [True, False])
def test_settings_that_ansible_gives_up_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, is_wanted: bool
) -> None:
    Path("site.yml").write_text("- hosts: localhost\n")
    cfg = f"[defaults]\njinja2_native = 1\ndeprecation_warnings = {is_wanted}\n"
    Path("ansible.cfg").write_text(cfg + "[other]\nansible_managed = x\n")
    monkeypatch.setenv("ANSIBLE_NULL_REPRESENTATION", "x")
    main(["run", "site.yml"])
    told = [line for line in capsys.readouterr().err.splitlines() if "option. Reason" in line]
    names = [line.split()[2] for line in told]
    assert names == (["DEFAULT_JINJA2_NATIVE", "DEFAULT_NULL_REPRESENTATION"] if is_wanted else [])
    assert all(line.startswith("[DEPRECATION WARNING]: ") for line in told)
