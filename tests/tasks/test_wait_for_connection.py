from __future__ import annotations

from typing import TYPE_CHECKING

from opsplay.tasks import wait_for_connection

if TYPE_CHECKING:
    from opsplay.runner.task import Context
    from played import Play


def test_the_machine_that_opsplay_runs_on_is_at_hand_at_once(ctx: Context) -> None:
    result = wait_for_connection.run(wait_for_connection.Params(), ctx)
    assert (result.changed, result.data) == (False, {"elapsed": 0})


def test_in_check_mode_it_is_skipped_as_in_ansible(play: Play) -> None:
    assert "skipping: [localhost]" in play("- wait_for_connection:", "--check").shown
