from __future__ import annotations

from typing import TYPE_CHECKING

from opsplay.tasks import gather_facts, setup, wait_for_connection

if TYPE_CHECKING:
    from opsplay.runner.task import Context


def test_facts_are_those_of_setup(ctx: Context) -> None:
    chosen = {"gather_subset": ["!all", "!min", "user"], "filter": ["user_id"]}
    found = gather_facts.run(gather_facts.Params(**chosen, parallel=True), ctx)  # type: ignore[arg-type]
    assert found.facts == setup.run(setup.Params(**chosen), ctx).facts  # type: ignore[arg-type]


def test_the_machine_that_opsplay_runs_on_is_at_hand_at_once(ctx: Context) -> None:
    result = wait_for_connection.run(wait_for_connection.Params(), ctx)
    assert (result.changed, result.data) == (False, {"elapsed": 0})
