"""Every playbook here holds a mistake; beside it stands the report that it brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.errors import PlaybookError
from opsplay.runner.registry import Registry
from opsplay.runner.report import report
from opsplay.runner.template import Templates
from opsplay.runner.validate import check

HERE = Path(__file__).parent


def report_of(playbook: Path) -> str:
    """The problems; of a playbook in which nothing is wrong, the warnings."""
    try:
        checked = check([playbook], Registry(), Templates())
    except PlaybookError as error:
        return report(error.problems)
    return report(checked.warnings)


@pytest.mark.parametrize("name", sorted(path.stem for path in HERE.glob("*.yml")))
def test_the_report_of(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    expected = HERE.joinpath(f"{name}.txt").read_text("utf-8")
    assert report_of(Path(f"{name}.yml")) == expected


def test_a_hundred_thousand_brackets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deep.yml").write_text("[" * 100_000)
    assert report_of(Path("deep.yml")).startswith(
        "deep.yml:1:101: nested more than 100 levels deep\n"
    )


def test_a_folder_in_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("site.yml").mkdir()
    assert report_of(Path("site.yml")) == (
        "the playbook: site.yml does not appear to be a file\n\n1 problem\n"
    )


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sites.yml").touch()
    told = "the playbook: site.yml could not be found\n= did you mean sites.yml?\n\n1 problem\n"
    assert report_of(Path("site.yml")) == told
