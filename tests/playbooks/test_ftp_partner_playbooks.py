"""The mirror, the exchange with forty partners and the pick-up do what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from file_trees import tree
from playbook_runs import PLAYBOOKS, Event, events_of

PARTNERS = ("-i", str(PLAYBOOKS / "partners.ini"), "--forks", "10")
PLAYS = {"ftp_mirror": (), "ftp_partners": PARTNERS, "ftp_pickup": ()}
SERVED = [f"partner{number:02}" for number in range(1, 41) if number != 13]

every_play = pytest.mark.parametrize("name", PLAYS)


class Ran(NamedTuple):
    events: list[Event]
    root: Path
    """Where its files are."""

    def results(self, task: str) -> dict[str, dict[str, Any]]:
        """What came of a task, by host."""
        numbers = {event["task"] for event in self.events if event.get("name") == task}
        finished = [event for event in self.events if event["event"] == "StepFinished"]
        return {event["host"]: event["result"] for event in finished if event["task"] in numbers}


@pytest.fixture(name="ran", scope="module")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """Run a playbook once for all tests, with its files in a folder that stays."""

    @cache
    def ran(name: str) -> Ran:
        root = tmp_path_factory.mktemp(name)
        return Ran(run(name, "-v", "-e", f"root={root}"), root)

    return ran


def run(name: str, *options: str) -> list[Event]:
    return events_of(f"{name}.yml", *PLAYS[name], *options)


@every_play
@pytest.mark.parametrize("options", [(), ("--check",)], ids=["run", "check"])
def test_it_leaves_nothing_behind(
    name: str, options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    run(name, *options)
    assert not list(tmp_path.iterdir())
    assert not (PLAYBOOKS / ".opsplay").exists()


@every_play
def test_no_password_is_shown(ran: Callable[[str], Ran], name: str) -> None:
    assert "tulip" not in json.dumps(ran(name).events)


# The mirror -----------------------------------------------------------------------------------


def test_the_mirror_holds_what_the_folder_holds_and_nothing_else(
    ran: Callable[[str], Ran],
) -> None:
    root = ran("ftp_mirror").root
    kept = {path: data for path, data in tree(root / "site").items() if not path.endswith("~")}
    assert tree(root / "server/www") == kept


def test_check_mode_shows_what_the_mirror_then_does(ran: Callable[[str], Ran]) -> None:
    mirror = ran("ftp_mirror")
    tasks = ("What would change?", "Make it so")
    planned, done = (mirror.results(task)["localhost"] for task in tasks)
    assert moved(planned) == moved(done)
    assert ("/www/old/march.html", "deleted") in moved(done)
    (diff,) = planned["diff"]
    assert "/www/old/march.html" in diff["before"]
    assert "/www/news/may.html" in diff["after"]
    assert not mirror.results("Is there anything left to do?")["localhost"]["changed"]


def moved(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(file["path"], file["action"]) for file in result["files"]]


# The partners ---------------------------------------------------------------------------------


def test_each_partner_gets_its_report_and_is_relieved_of_its_order(
    ran: Callable[[str], Ran],
) -> None:
    root = ran("ftp_partners").root
    assert sorted(path.name for path in (root / "orders").iterdir()) == SERVED
    for name in SERVED:
        order = (root / "orders" / name / "order.txt").read_text("utf-8")
        assert order == f"{name} orders 十 boxes\n"
        report = f"Report for {name}\n".encode()
        there = {"outbox": None, "reports": None, "reports/may.txt": report}
        assert tree(root / "server" / name) == there


def test_a_partner_that_cannot_be_served_is_told_and_stops_nobody(
    ran: Callable[[str], Ran],
) -> None:
    partners = ran("ftp_partners")
    recap = partners.events[-1]["recap"]
    assert [host for host, totals in recap.items() if totals["rescued"]] == ["partner13"]
    (told,) = partners.results("Tell who could not be served")["localhost"]["results"]
    assert "partner13: cannot log in" in told["msg"]
    assert "530" in told["msg"]


# The pick-up ----------------------------------------------------------------------------------


def test_the_slow_file_is_fetched_whole_and_taken_away(ran: Callable[[str], Ran]) -> None:
    pickup = ran("ftp_pickup")
    lines = (pickup.root / "fetched/may.csv").read_text("utf-8").splitlines()
    assert lines == [f"{day},1200" for day in range(1, 6)]
    assert tree(pickup.root / "server") == {"inbox": None, "inbox/june": None}
    quiet = pickup.results("Wait until nothing is written any more")["localhost"]
    assert quiet["matches"][0]["size"] == (pickup.root / "fetched/may.csv").stat().st_size
