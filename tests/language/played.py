"""Every keyword and every switch at work: a playbook, and what becomes of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Played(NamedTuple):
    """A playbook, what becomes of its steps, and what it is run with."""

    playbook: str
    steps: list[str]
    arguments: tuple[str, ...] = ()
    status: int = 0


KEYWORDS: Mapping[str, Played] = {
    "name": Played("- tasks: [{name: 'it {{ 1 + 1 }}', debug: }]", ["it 2: ok"]),
    "vars": Played("- vars: {a: 1}\n  tasks: [{name: it, assert: {that: a == 1}}]", ["it: ok"]),
    "tags": Played(
        "- tasks: [{name: a, debug: , tags: x}, {name: b, debug: }]", ["a: ok"], ("-t", "x")
    ),
    "module_defaults": Played(
        "- module_defaults: {assert: {that: true}}\n  tasks: [{name: it, assert: }]", ["it: ok"]
    ),
    "environment": Played(
        "- environment: {A: b}\n  tasks: [{name: it, shell: test $A = b}]", ["it: changed"]
    ),
    "ignore_errors": Played("- tasks: [{name: it, fail: , ignore_errors: true}]", ["it: failed"]),
    "check_mode": Played(
        "- tasks: [{name: it, command: 'true', check_mode: true}]", ["it: skipped"]
    ),
    "diff": Played(
        "- tasks: [{name: it, copy: {content: a, dest: b}, diff: true}]", ["it: changed"]
    ),
    "no_log": Played("- tasks: [{name: it, debug: {msg: hush}, no_log: true}]", ["it: ok"]),
    "run_once": Played(
        "- hosts: all\n  tasks: [{name: it, debug: , run_once: true}]", ["it: ok"], ("-i", "a,b,")
    ),
    "any_errors_fatal": Played(
        "- hosts: all\n  any_errors_fatal: true\n"
        "  tasks: [{name: it, fail: , when: inventory_hostname"
        " == 'a'}, {name: later, debug: }]",
        ["it: failed", "it: skipped"],
        ("-i", "a,b,", "-f", "1"),
        2,
    ),
    "ignore_unreachable": Played(
        "- vars: {ansible_connection: ssh}\n  ignore_unreachable: true\n"
        "  tasks: [{name: it, ping: }, {name: later, debug: }]",
        ["it: unreachable", "later: ok"],
    ),
    "throttle": Played("- tasks: [{name: it, debug: , throttle: 1}]", ["it: ok"]),
    "timeout": Played(
        "- tasks: [{name: it, command: sleep 60, timeout: 1}]", ["it: failed"], status=2
    ),
    "connection": Played("- connection: local\n  tasks: [{name: it, debug: }]", ["it: ok"]),
    "become": Played("- become: false\n  tasks: [{name: it, debug: }]", ["it: ok"]),
    "hosts": Played("- hosts: b\n  tasks: [{name: it, debug: }]", ["it: ok"], ("-i", "a,b,")),
    "gather_facts": Played(
        "- gather_facts: true\n  tasks: [{name: it, assert: {that: ansible_system is defined}}]",
        ["Gathering Facts: ok", "it: ok"],
    ),
    "gather_subset": Played(
        "- gather_facts: true\n  gather_subset: ['!all']\n  tasks: []", ["Gathering Facts: ok"]
    ),
    "gather_timeout": Played(
        "- gather_facts: true\n  gather_timeout: 5\n  tasks: []", ["Gathering Facts: ok"]
    ),
    "fact_path": Played(
        "- gather_facts: true\n  fact_path: facts.d\n  tasks: []", ["Gathering Facts: ok"]
    ),
    "vars_files": Played(
        "- vars_files: words.yml\n  tasks: [{name: it, assert: {that: word == 'hello'}}]",
        ["it: ok"],
    ),
    "vars_prompt": Played(
        "- vars_prompt: [{name: who, default: li, private: false}]\n"
        "  tasks: [{name: it, assert: {that: who == 'li'}}]",
        ["it: ok"],
    ),
    "roles": Played("- roles: [greeting]", ["greeting : greet: ok"]),
    "pre_tasks": Played(
        "- pre_tasks: [{name: a, debug: }]\n  tasks: [{name: b, debug: }]", ["a: ok", "b: ok"]
    ),
    "tasks": Played("- tasks: [{name: it, debug: }]", ["it: ok"]),
    "post_tasks": Played(
        "- post_tasks: [{name: b, debug: }]\n  tasks: [{name: a, debug: }]", ["a: ok", "b: ok"]
    ),
    "handlers": Played(
        "- tasks: [{name: it, command: 'true', notify: h}]\n  handlers: [{name: h, debug: }]",
        ["it: changed", "h: ok"],
    ),
    "force_handlers": Played(
        "- force_handlers: true\n"
        "  tasks: [{name: a, command: 'true', notify: h}, {name: b, fail: }]\n"
        "  handlers: [{name: h, debug: }]",
        ["a: changed", "b: failed", "h: ok"],
        status=2,
    ),
    "lock": Played("- lock: reports\n  tasks: [{name: it, debug: }]", ["it: ok"]),
    "strategy": Played("- strategy: free\n  tasks: [{name: it, debug: }]", ["it: ok"]),
    "serial": Played(
        "- hosts: all\n  serial: 1\n  tasks: [{name: a, debug: }, {name: b, debug: }]",
        ["a: ok", "b: ok", "a: ok", "b: ok"],
        ("-i", "x,y,"),
    ),
    "order": Played(
        "- hosts: all\n  order: reverse_inventory\n"
        "  tasks: [{name: it, assert: {that: ansible_play_batch | first == 'y'}}]",
        ["it: ok", "it: ok"],
        ("-i", "x,y,"),
    ),
    "max_fail_percentage": Played(
        "- hosts: all\n  max_fail_percentage: 10\n  tasks: [{name: it, fail: , when:"
        " inventory_hostname == 'x'}, {name: later, debug: }]",
        ["it: failed", "it: skipped"],
        ("-i", "x,y,", "-f", "1"),
        2,
    ),
    "block": Played("- tasks: [{block: [{name: it, debug: }]}]", ["it: ok"]),
    "rescue": Played(
        "- tasks: [{block: [{name: a, fail: }], rescue: [{name: b, debug: }]}]",
        ["a: failed", "b: ok"],
    ),
    "always": Played(
        "- tasks: [{block: [{name: a, fail: }], always: [{name: b, debug: }]}]",
        ["a: failed", "b: ok"],
        status=2,
    ),
    "when": Played("- tasks: [{name: it, debug: , when: 1 > 2}]", ["it: skipped"]),
    "notify": Played(
        "- tasks: [{block: [{name: it, command: 'true'}], notify: h}]\n"
        "  handlers: [{name: h, debug: }]",
        ["it: changed", "h: ok"],
    ),
    "loop": Played("- tasks: [{name: it, debug: , loop: [1, 2]}]", ["it: ok"]),
    "loop_control": Played(
        "- tasks: [{name: it, assert: {that: x > 0}, loop: [1], loop_control: {loop_var: x}}]",
        ["it: ok"],
    ),
    "with_items": Played("- tasks: [{name: it, debug: , with_items: [1, [2]]}]", ["it: ok"]),
    "delegate_to": Played(
        "- hosts: a\n  tasks: [{name: it, debug: , delegate_to: b}]", ["it: ok"], ("-i", "a,b,")
    ),
    "delegate_facts": Played(
        "- hosts: a\n  tasks: [{set_fact: {f: 1}, delegate_to: b, delegate_facts: true, name: it},"
        " {name: later, assert: {that: hostvars.b.f == 1}}]",
        ["it: ok", "later: ok"],
        ("-i", "a,b,"),
    ),
    "register": Played(
        "- tasks: [{name: a, ping: , register: r}, {name: b, assert: {that: r.ping == 'pong'}}]",
        ["a: ok", "b: ok"],
    ),
    "until": Played(
        "- tasks: [{name: it, ping: , register: r, until: r.attempts > 1, delay: 0}]", ["it: ok"]
    ),
    "retries": Played(
        "- tasks: [{name: it, command: 'false', until: false, retries: 1, delay: 0}]",
        ["it: failed"],
        status=2,
    ),
    "delay": Played(
        "- tasks: [{name: it, ping: , register: r, until: r.attempts > 1, delay: 0}]", ["it: ok"]
    ),
    "changed_when": Played("- tasks: [{name: it, ping: , changed_when: true}]", ["it: changed"]),
    "failed_when": Played(
        "- tasks: [{name: it, command: 'false', failed_when: false}]", ["it: changed"]
    ),
    "async": Played("- tasks: [{name: it, command: 'true', async: 20, poll: 1}]", ["it: changed"]),
    "poll": Played("- tasks: [{name: it, command: 'true', async: 20, poll: 0}]", ["it: changed"]),
    "args": Played("- tasks: [{name: it, assert: , args: {that: true}}]", ["it: ok"]),
    "action": Played("- tasks: [{name: it, action: debug msg=hi}]", ["it: ok"]),
    "local_action": Played("- tasks: [{name: it, local_action: debug msg=hi}]", ["it: ok"]),
    "listen": Played(
        "- tasks: [{name: it, command: 'true', notify: topic}]\n"
        "  handlers: [{name: h, debug: , listen: topic}]",
        ["it: changed", "h: ok"],
    ),
    "import_playbook": Played("- import_playbook: other.yml", ["other: ok"]),
    "import_tasks": Played("- tasks: [{import_tasks: more.yml}]", ["more: ok"]),
    "include_tasks": Played(
        "- tasks: [{name: it, include_tasks: more.yml}]", ["it: ok", "more: ok"]
    ),
    "import_role": Played("- tasks: [{import_role: {name: greeting}}]", ["greeting : greet: ok"]),
    "include_role": Played(
        "- tasks: [{name: it, include_role: {name: greeting}}]",
        ["it: ok", "greeting : greet: ok"],
    ),
    "include_vars": Played(
        "- tasks: [{name: it, include_vars: words.yml},"
        " {name: later, assert: {that: word == 'hello'}}]",
        ["it: ok", "later: ok"],
    ),
}

_ONE = "- tasks: [{name: a, debug: , tags: x}, {name: b, debug: }]"
_FAILS = "- tasks: [{name: a, command: 'true', notify: h}, {name: b, fail: }]\n"

SWITCHES: Mapping[str, Played] = {
    "-i": Played("- hosts: a\n  tasks: [{name: it, debug: }]", ["it: ok"], ("-i", "a,b,")),
    "--inventory": Played(
        "- hosts: a\n  tasks: [{name: it, debug: }]", ["it: ok"], ("--inventory=a,",)
    ),
    "-l": Played(
        "- hosts: all\n  tasks: [{name: it, debug: }]", ["it: ok"], ("-i", "a,b,", "-l", "b")
    ),
    "--limit": Played(
        "- hosts: all\n  tasks: [{name: it, debug: }]", ["it: ok"], ("-i", "a,b,", "--limit", "b")
    ),
    "-e": Played("- tasks: [{name: it, assert: {that: a == '1'}}]", ["it: ok"], ("-e", "a=1")),
    "--extra-vars": Played(
        "- tasks: [{name: it, assert: {that: a == 1}}]", ["it: ok"], ("--extra-vars", '{"a": 1}')
    ),
    "-t": Played(_ONE, ["a: ok"], ("-t", "x")),
    "--tags": Played(_ONE, ["a: ok"], ("--tags", "x")),
    "--skip-tags": Played(_ONE, ["b: ok"], ("--skip-tags", "x")),
    "-C": Played("- tasks: [{name: it, command: 'true'}]", ["it: skipped"], ("-C",)),
    "--check": Played("- tasks: [{name: it, command: 'true'}]", ["it: skipped"], ("--check",)),
    "-D": Played("- tasks: [{name: it, assert: {that: ansible_diff_mode}}]", ["it: ok"], ("-D",)),
    "--diff": Played(
        "- tasks: [{name: it, assert: {that: ansible_diff_mode}}]", ["it: ok"], ("--diff",)
    ),
    "-f": Played(
        "- tasks: [{name: it, assert: {that: ansible_forks == 2}}]", ["it: ok"], ("-f", "2")
    ),
    "--forks": Played(
        "- tasks: [{name: it, assert: {that: ansible_forks == 2}}]", ["it: ok"], ("--forks", "2")
    ),
    "-v": Played(
        "- tasks: [{name: it, assert: {that: ansible_verbosity == 1}}]", ["it: ok"], ("-v",)
    ),
    "-vv": Played(
        "- tasks: [{name: it, assert: {that: ansible_verbosity == 2}}]", ["it: ok"], ("-vv",)
    ),
    "--verbose": Played(
        "- tasks: [{name: it, assert: {that: ansible_verbosity == 1}}]", ["it: ok"], ("--verbose",)
    ),
    "--list-hosts": Played(_ONE, [], ("--list-hosts",)),
    "--list-tasks": Played(_ONE, [], ("--list-tasks",)),
    "--list-tags": Played(_ONE, [], ("--list-tags",)),
    "--syntax-check": Played(_ONE, [], ("--syntax-check",)),
    "--start-at-task": Played(_ONE, ["b: ok"], ("--start-at-task", "b")),
    "--force-handlers": Played(
        f"{_FAILS}  handlers: [{{name: h, debug: }}]",
        ["a: changed", "b: failed", "h: ok"],
        ("--force-handlers",),
        2,
    ),
    "--state-dir": Played(_ONE, ["a: ok", "b: ok"], ("--state-dir", "state")),
    "--no-journal": Played(_ONE, ["a: ok", "b: ok"], ("--no-journal",)),
    "--vault-id": Played(_ONE, ["a: ok", "b: ok"], ("--vault-id", "dev@words.yml")),
    "--vault-password-file": Played(
        _ONE, ["a: ok", "b: ok"], ("--vault-password-file", "words.yml")
    ),
    "--vault-pass-file": Played(_ONE, ["a: ok", "b: ok"], ("--vault-pass-file", "words.yml")),
    "--inventory-file": Played(
        "- hosts: a\n  tasks: [{name: it, debug: }]", ["it: ok"], ("--inventory-file=a,",)
    ),
    "--output": Played(_ONE, ["a: ok", "b: ok"], ("--output", "json")),
    "-M": Played(_ONE, ["a: ok", "b: ok"], ("-M", "steps")),
    "--module-path": Played(_ONE, ["a: ok", "b: ok"], ("--module-path", "steps")),
    "--flush-cache": Played(_ONE, ["a: ok", "b: ok"], ("--flush-cache",)),
    "-c": Played(_ONE, ["a: ok", "b: ok"], ("-c", "local")),
    "--connection": Played(_ONE, ["a: ok", "b: ok"], ("--connection", "local")),
    "-b": Played(_ONE, ["a: ok", "b: ok"], ("-b",)),
    "--become": Played(_ONE, ["a: ok", "b: ok"], ("--become",)),
    "--become-user": Played(_ONE, ["a: ok", "b: ok"], ("--become-user", "root")),
    **{
        switch: Played(_ONE, ["a: ok", "b: ok"], (switch,))
        for switch in ("-k", "--ask-pass", "-K", "--ask-become-pass")
    },
    **{
        switch: Played(_ONE, ["a: ok", "b: ok"], (switch, "1"))
        for switch in (
            *("-u", "--user", "-T", "--timeout", "--private-key", "--key-file"),
            *("--ssh-common-args", "--ssh-extra-args", "--scp-extra-args", "--sftp-extra-args"),
            *("--become-method", "--become-password-file", "--become-pass-file"),
            *("--connection-password-file", "--conn-pass-file"),
        )
    },
}
ASKING = frozenset({"--version", "-J", "--ask-vault-password", "--ask-vault-pass", "--step"})
"""Switches that ask on a terminal, or run nothing; other tests have them."""
