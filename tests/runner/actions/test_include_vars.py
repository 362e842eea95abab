from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from played import lay

if TYPE_CHECKING:
    from pathlib import Path

    from played import Play


@pytest.mark.parametrize(("extensions", "code"), [("[json]", 0), ("json", 2)])
def test_a_text_in_place_of_a_list_of_endings_is_one_of_its_letters(
    play: Play, tmp_path: Path, extensions: str, code: int
) -> None:
    lay(tmp_path, "more/a.json", "{}")
    played = play(f"- include_vars: {{dir: more, extensions: {extensions}}}")
    assert played.code == code
    assert ("does not have a valid extension: j, s, o, n" in played.shown) == bool(code)
