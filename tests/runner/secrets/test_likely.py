"""The lines that are shown around a mistake do not show what is likely to be a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.errors import Place, Problem
from opsplay.runner.report import report
from opsplay.runner.secrets.likely import likely_secret


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("    ftp_password: @plum", "@plum"),
        ("- password: 'plum blossom'  ", "'plum blossom'"),
        ("  password: plum: blossom", "plum: blossom"),
        ('  "api_token": "plum"', '"plum"'),
        ("{host: h, PASSWORD: @plum, port: 21}", "@plum"),
        ("mail_api_key: plum", "plum"),
        ("ftp_upload: host=h password=plum src=a", "plum"),
        ('web1 ansible_password="plum blossom" ansible_port=22', '"plum blossom"'),
    ],
)
def test_what_stands_behind_a_name_that_says_so_is_one(line: str, secret: str) -> None:
    assert likely_secret(line).text == secret


@pytest.mark.parametrize(
    "line",
    [
        'password: "{{ vaulted }}"',
        "password: {{ vaulted }}",
        "password: !vault |",
        "password: |",
        "password:",
        "vault_password_file: secret.txt",
        "tokens: many",
        "hosts: password",
        "",
    ],
)
def test_what_only_says_where_it_is_is_none(line: str) -> None:
    assert not likely_secret(line).text


@pytest.mark.parametrize("column", range(1, 30))
def test_it_is_covered_wherever_the_caret_points(tmp_path: Path, column: int) -> None:
    (tmp_path / "play.yml").write_text('{password: "plum\\q", host: h}')
    place = Place(str(tmp_path / "play.yml"), 1, column)
    said = report([Problem(place, 'wrong: "plum\\q"', 'write "plum\\q"')])
    assert "plum" not in said
    assert "{password: ********, host: h}" in said


def test_a_mistake_in_yaml_shows_no_password(tmp_path: Path) -> None:
    place = Place(str(tmp_path / "play.yml"), 1, 11)
    (tmp_path / "play.yml").write_text("password: *plum")
    said = report(
        [Problem(place, "Found undefined alias.", 'no &plum comes before it; quote "*plum"')]
    )
    assert "plum" not in said
    assert "Found undefined alias." in said
