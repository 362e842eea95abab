"""Steps that nobody may use, by the setting `plugin_filters_cfg`."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main

REJECTS_COPY = "filter_version: '1.0'\nmodule_rejectlist: [copy]\n"


@pytest.mark.parametrize(
    ("rejects", "step", "code", "told"),
    [
        (REJECTS_COPY, "copy: {content: a, dest: a.txt}", 4, "couldn't resolve module/action"),
        (REJECTS_COPY, "ansible.builtin.copy: {content: a, dest: a.txt}", 4, "couldn't resolve"),
        (REJECTS_COPY, "copy: {content: a, dest: a.txt}", 4, "setting plugin_filters_cfg names"),
        (REJECTS_COPY, "debug: {}", 0, "ok=1"),
        ("filter_version: '1.0'\nmodule_rejectlist: []\n", "copy: {content: a, dest: a}", 0, ""),
        ("filter_version: '1.0'\nmodule_rejectlist: copy\n", "debug: {}", 0, "is not a list"),
        ("filter_version: '3'\nmodule_rejectlist: [debug]\n", "debug: {}", 0, "was invalid"),
        ("[", "debug: {}", 0, "rejects.yml"),
        (None, "debug: {}", 0, "rejects.yml does not exist"),
        (
            "filter_version: 1.0\nmodule_rejectlist: [stat]\n",
            "debug: {}",
            1,
            "but Ansible will not function",
        ),
    ],
)
def test_a_file_lists_steps_that_are_not_there(  # noqa: PLR0917  # a table
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    rejects: str | None,
    step: str,
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if rejects is not None:
        (tmp_path / "rejects.yml").write_text(rejects)
    (tmp_path / "ansible.cfg").write_text("[defaults]\nplugin_filters_cfg = rejects.yml\n")
    (tmp_path / "site.yml").write_text(f"- tasks: [{step.join('{}')}]\n")
    assert main(["run", "site.yml"]) == code
    shown = capsys.readouterr()
    assert told in shown.out + shown.err
