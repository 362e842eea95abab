"""The variables that opsplay itself sets: what they say, and when they are there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .conftest import Play, Ran


def _said(ran: Ran, host: str = "localhost") -> object:
    return ran.result("it", host)["msg"]


def test_places_of_inventories_are_whole_paths(play: Play, tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("a\n")
    ran = play(
        """
        - hosts: all
          tasks:
            - name: it
              debug: {msg: "{{ [inventory_file, inventory_dir, ansible_inventory_sources] }}"}
        """,
        *("-i", "hosts.ini", "-i", "b,"),
    )
    file = str(tmp_path / "hosts.ini")
    assert _said(ran, "a") == [file, str(tmp_path), [file, "b,"]]
    assert _said(ran, "b") == ["b,", "None", [file, "b,"]]


def test_no_place_has_dots_that_lead_back(play: Play, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("a\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "roles/r/tasks").mkdir(parents=True)
    (tmp_path / "roles/r/tasks/main.yml").write_text("[{set_fact: {of_role: '{{ role_path }}'}}]")
    told = "{{ [playbook_dir, inventory_file, of_role] }}"
    (tmp_path / "tasks.yml").write_text(f"[{{name: it, debug: {{msg: '{told}'}}}}]")
    tasks = "[{include_tasks: not_there/../tasks.yml}]"
    (tmp_path / "play.yml").write_text(f"[{{hosts: all, roles: [r], tasks: {tasks}}}]")
    ran = play("- import_playbook: below/../play.yml", "-i", "below/../hosts")
    assert _said(ran, "a") == [str(tmp_path / name) for name in ("", "hosts", "roles/r")]


def test_a_role_behind_a_link_lies_where_that_leads(play: Play, tmp_path: Path) -> None:
    (tmp_path / "far/tasks").mkdir(parents=True)
    (tmp_path / "far/tasks/main.yml").write_text(
        "[{name: it, debug: {msg: '{{ [role_path, role_name] }}'}}]"
    )
    (tmp_path / "roles").mkdir()
    (tmp_path / "roles/near").symlink_to("../far")
    ran = play("- tasks: [import_role: {name: near}]")
    assert ran.result("near : it")["msg"] == [str(tmp_path / "far"), "near"]


@pytest.mark.parametrize(
    ("keyword", "switches"),
    [("connection: local", ()), ("connection: '{{ way }}'", ()), ("diff: false", ("-c", "local"))],
)
def test_steps_know_how_they_get_to_their_host(
    play: Play, keyword: str, switches: tuple[str, ...]
) -> None:
    ran = play(
        f"""
        - hosts: a
          vars: {{way: local}}
          tasks: [{{name: it, debug: {{msg: "{{{{ ansible_connection }}}}"}}, {keyword}}}]
        """,
        *("-i", "a,", *switches),
    )
    assert _said(ran, "a") == "local"


def test_the_name_of_an_inventory_may_hold_commas(play: Play, tmp_path: Path) -> None:
    folder = tmp_path / "here,there"
    folder.mkdir()
    (folder / "hosts").write_text("a\n")
    told = "{{ [inventory_file, inventory_dir, ansible_inventory_sources] }}"
    ran = play(
        f"- {{hosts: all, tasks: [{{name: it, debug: {{msg: '{told}'}}}}]}}",
        *("-i", "here,there/hosts"),
    )
    assert _said(ran, "a") == [str(folder / "hosts"), str(folder), [str(folder / "hosts")]]


def test_what_does_not_apply_is_not_defined(play: Play) -> None:
    names = ["inventory_file", "ansible_limit", "ansible_failed_task", "ansible_failed_result"]
    asked = ", ".join(f"{name} is defined" for name in names)
    task = f"{{name: it, debug: {{msg: '{{{{ [{asked}] }}}}'}}}}"
    inside = f"{{block: [fail: ], rescue: [{task}]}}"
    assert _said(play(f"- tasks: [{task}]")) == [False] * 4
    ran = play(f"- {{hosts: all, tasks: [{inside}]}}", "-i", "a,", "-l", "all")
    assert _said(ran, "a") == [True] * 4


def test_play_hosts_is_the_batch_of_old(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          serial: 1
          tasks: [{name: it, debug: {msg: "{{ [play_hosts, ansible_playbook_python] }}"}}]
        """,
        *("-i", "a,b,"),
    )
    assert _said(ran, "b") == [["b"], sys.executable]
    told = [warning["text"] for warning in ran.named("WarningGiven")]
    assert any("The `play_hosts` magic variable is deprecated." in text for text in told)


def test_what_a_file_that_a_template_includes_may_see_is_not_thought_to_be_used(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "whole.j2").write_text("{% include 'part.j2' %}", "utf-8")
    (tmp_path / "part.j2").write_text("{{ inventory_hostname }}", "utf-8")
    ran = play("""
        - vars: {also: "{{ lookup('template', 'whole.j2') }}"}
          tasks: [{name: it, debug: {msg: "{{ lookup('template', 'whole.j2') }}"}}]
    """)
    assert _said(ran, "localhost") == "localhost"
    assert not ran.named("WarningGiven")


@pytest.mark.parametrize(
    ("name", "short"), [("web1.example.com", "web1"), ("10.0.0.1", "10.0.0.1"), ("1.2.3", "1")]
)
def test_the_short_name_ends_at_the_first_dot_but_of_an_address(
    play: Play, name: str, short: str
) -> None:
    ran = play(
        "- {hosts: all, tasks: [{name: it, debug: {msg: '{{ inventory_hostname_short }}'}}]}",
        *("-i", f"{name},"),
    )
    assert _said(ran, name) == short


def test_hostvars_lists_the_hosts_of_the_inventory_and_knows_also_the_implicit_localhost(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: listed, debug: {msg: "{{ hostvars | list }}"}}
            - {name: known, debug: {msg: "{{ hostvars.localhost.inventory_hostname }}"}}
        """,
        "-i",
        "a,b,",
    )
    assert ran.result("listed")["msg"] == ["a", "b"]
    assert ran.result("known")["msg"] == "localhost"


@pytest.mark.parametrize(
    "expression", ["hostvars.b", "hostvars['b'].x", "hostvars.get('b')", "hostvars.get('b', 'x')"]
)
def test_of_a_host_that_is_not_there_nothing_is_defined(play: Play, expression: str) -> None:
    ran = play(
        f"""
        - hosts: a
          tasks:
            - name: asked
              debug: {{msg: "{{{{ {expression} is defined }}}} {{{{ {expression} | d(5) }}}}"}}
            - {{name: used, debug: {{msg: "{{{{ {expression} }}}}"}}, ignore_errors: true}}
        """,
        "-i",
        "a,",
    )
    assert ran.result("asked")["msg"] == "False 5"
    assert "hostvars['b']" in ran.result("used")["msg"]


@pytest.mark.parametrize(
    "expression",
    ["hostvars", "hostvars | to_json | from_json", "hostvars | to_nice_yaml | from_yaml"],
)
def test_hostvars_may_be_shown_as_a_whole(play: Play, expression: str) -> None:
    asking = f'- {{hosts: a, tasks: [{{name: it, debug: {{msg: "{{{{ {expression} }}}}"}}}}]}}'
    shown = play(asking, "-i", "a,b,").result("it")["msg"]
    assert {name: of["inventory_hostname"] for name, of in shown.items()} == {"a": "a", "b": "b"}
    assert "hostvars" not in shown["a"]


def test_the_variables_of_hosts_may_be_compared(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          vars: {own: "{{ hostvars[inventory_hostname] }}"}
          tasks:
            - {name: same, debug: {msg: "{{ [own == hostvars.a, own == hostvars.b] }}"}}
            - {name: all, debug: {msg: "{{ hostvars == hostvars }}"}}
        """,
        "-i",
        "a,b,",
    )
    assert ran.result("same")["msg"] == [True, False]
    assert ran.result("all")["msg"] is True


def test_hostvars_have_nothing_that_a_play_says(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          vars: {said: by the play, set: by the play}
          tasks:
            - {set_fact: {set: by a task}}
            - {name: play, debug: {msg: "{{ hostvars.a.said is defined }}"}}
            - {name: task, debug: {msg: "{{ hostvars.a.set }}"}}
        """,
        *("-i", "a,"),
    )
    assert ran.result("play")["msg"] is False
    assert ran.result("task")["msg"] == "by a task"


@pytest.mark.parametrize(
    ("name", "there"),
    [
        *(("groups", True), ("playbook_dir", True), ("ansible_version", True)),
        *(("hostvars", False), ("environment", False), ("ansible_search_path", False)),
        *(("ansible_play_hosts", False), ("play_hosts", False), ("ansible_role_names", False)),
    ],
)
def test_hostvars_have_what_holds_in_all_of_the_run(play: Play, name: str, *, there: bool) -> None:
    ran = play(
        f"""
        - hosts: a
          tasks:
            - {{name: key, debug: {{msg: "{{{{ '{name}' in hostvars.a }}}}"}}}}
            - {{name: value, debug: {{msg: "{{{{ hostvars.a.{name} is defined }}}}"}}}}
        """,
        *("-i", "a,"),
    )
    assert [ran.result(task)["msg"] for task in ("key", "value")] == [there, there]


def test_a_host_is_reached_by_its_name_unless_somebody_says_otherwise(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: name, debug: {msg: "{{ ansible_host }}"}}
            - {name: said, debug: {msg: "{{ ansible_host }}"}, vars: {ansible_host: 10.0.0.1}}
        """,
        *("-i", "a,"),
    )
    assert ran.result("name")["msg"] == "a"
    assert ran.result("said")["msg"] == "10.0.0.1"


def test_the_implicit_localhost_has_an_address_unless_it_is_delegated_to(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: itself, debug: {msg: "{{ ansible_host }}"}}
            - {name: delegated, debug: {msg: "{{ ansible_host }}"}, delegate_to: localhost}
    """)
    assert ran.result("itself")["msg"] == "127.0.0.1"
    assert ran.result("delegated")["msg"] == "localhost"


def test_a_localhost_of_the_inventory_is_a_host_like_any_other(play: Play) -> None:
    ran = play('- tasks: [{name: it, debug: {msg: "{{ ansible_host }}"}}]', "-i", "localhost,")
    assert ran.result("it")["msg"] == "localhost"


def test_the_configuration_that_counts_is_a_whole_path(play: Play, tmp_path: Path) -> None:
    asking = '- tasks: [{name: it, debug: {msg: "{{ [ansible_config_file] }}"}}]'
    assert _said(play(asking)) == [None]
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    assert _said(play(asking)) == [str(tmp_path / "ansible.cfg")]


def test_debug_shows_of_variables_what_is_defined(play: Play) -> None:
    ran = play("""
        - vars: {one: 1, other: "{{ nowhere }}", m: {in: "{{ nowhere }}", beside: "{{ one }}"}}
          tasks:
            - {name: one, debug: {var: m}}
            - {name: all, debug: {var: vars}}
    """)
    missing = "<< error 1 - 'nowhere' is undefined >>"
    assert ran.result("one")["m"] == {"in": missing, "beside": 1}
    everything = ran.result("all")["vars"]
    assert everything["one"] == 1
    assert everything["other"].startswith("<< error ")


def test_plays_and_steps_may_set_what_the_inventory_says_of_a_host(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          vars: {inventory_hostname_short: by the play}
          tasks:
            - set_fact: {inventory_hostname: by a task, group_names: [x], inventory_dir: /x}
            - name: it
              debug: {msg: "{{ [inventory_hostname, group_names, inventory_dir] }}"}
            - {name: of play, debug: {msg: "{{ inventory_hostname_short }}"}}
            - {name: host, debug: {msg: "{{ hostvars.a.inventory_hostname }}"}}
        """,
        *("-i", "a,"),
    )
    assert _said(ran, "a") == ["by a task", ["x"], "/x"]
    assert ran.result("of play")["msg"] == "by the play"
    assert ran.result("host")["msg"] == "by a task"


def test_what_is_set_for_a_host_itself_wins_over_where_it_comes_from(play: Play) -> None:
    ran = play(
        """
        - hosts: localhost
          gather_facts: false
          tasks:
            - add_host: {name: new, inventory_dir: /srv}
            - add_host: {name: other}
            - name: it
              debug: {msg: "{{ ['new', 'other'] | map('extract', hostvars, 'inventory_dir') }}"}
        """
    )
    assert ran.result("it")["msg"] == ["/srv", None]


@pytest.mark.parametrize("name", ["groups", "hostvars", "playbook_dir", "ansible_check_mode"])
def test_nobody_else_sets_what_belongs_to_the_run(play: Play, name: str) -> None:
    ran = play(
        f"""
        - vars: {{{name}: a}}
          tasks:
            - set_fact: {{{name}: b}}
            - {{name: it, debug: {{msg: "{{{{ {name} is string and {name} | length == 1 }}}}"}}}}
        """
    )
    assert _said(ran) is False


@pytest.mark.parametrize("name", ["templates", "render", "part", "over", "query"])
def test_a_dot_finds_variables_of_any_name(play: Play, name: str) -> None:
    """Also those by which a scope's own parts go."""
    told = f"{{{{ [vars.{name}, hostvars.localhost.{name}] }}}}"
    ran = play(f"""
        - tasks:
            - set_fact: {{{name}: 7}}
            - name: it
              debug: {{msg: "{told}"}}
    """)
    assert _said(ran) == [7, 7]


def test_what_variables_are_made_of_is_no_variable(play: Play) -> None:
    asked = "[vars.templates, vars['render'], hostvars.localhost.over, hostvars.live]"
    told = f"{{{{ {asked} | map('default', 'none') | list }}}}"
    ran = play(f'- tasks: [{{name: it, debug: {{msg: "{told}"}}}}]')
    assert _said(ran) == ["none"] * 4


def test_vars_are_all_variables_also_where_one_has_that_name(play: Play) -> None:
    ran = play("""
        - vars: {vars: mine, a: 1}
          tasks:
            - set_fact: {vars: another}
            - name: it
              debug: {msg: "{{ [vars.a, vars['inventory_hostname']] }}"}
    """)
    assert _said(ran) == [1, "localhost"]
