"""The keyword `environment`."""

from __future__ import annotations

import pytest

from .conftest import Play


@pytest.mark.parametrize("nothing", ["omit", "none", "''"])
def test_a_part_of_an_environment_may_come_to_nothing(play: Play, nothing: str) -> None:
    ran = play(f"""
        - tasks:
            - name: it
              command: printenv COLOUR
              environment: ["{{{{ proxy | default({nothing}) }}}}", null, {{COLOUR: red}}]
    """)
    assert ran.result("it")["stdout"] == "red"


@pytest.mark.parametrize("written", ["['', '{{ word }}']", "'{{ word }}'", "'{{ 5 }}'"])
def test_an_environment_that_is_no_mapping_is_passed_by_and_warned_of(
    play: Play, written: str
) -> None:
    ran = play(
        f"""
        - environment: {{COLOUR: red}}
          vars: {{word: green}}
          tasks:
            - {{name: it, shell: echo $COLOUR, environment: {written}}}
        """
    )
    assert ran.result("it")["stdout"] == "red"
    warnings = [warning["text"] for warning in ran.named("WarningGiven")]
    assert warnings[0].startswith("could not parse environment value, skipping: ")


def test_an_environment_may_be_omitted(play: Play) -> None:
    ran = play("""
        - environment: {COLOUR: red}
          tasks:
            - {name: it, shell: echo $COLOUR, environment: "{{ omit }}"}
    """)
    assert ran.result("it")["stdout"] == "red"


def test_environment_reaches_a_child_process_the_nearest_wins(play: Play) -> None:
    ran = play("""
        - environment: {COLOUR: red, SHAPE: round}
          tasks:
            - {name: it, shell: echo $COLOUR $SHAPE, environment: {COLOUR: "{{ 'bl' ~ 'ue' }}"}}
    """)
    assert ran.result("it")["stdout"] == "blue round"


def test_what_is_not_defined_in_an_environment_is_told_of_a_host_out_of_reach_too(
    play: Play,
) -> None:
    ran = play("""
        - vars: {ansible_connection: ssh}
          environment: {COLOUR: "{{ nothing }}"}
          tasks: [{name: it, ping: }]
    """)
    assert ran.code == 2
    told = "Task failed: Error processing keyword 'environment': 'nothing' is undefined"
    assert ran.result("it")["msg"] == told
