"""Text from outside wherever a template or an expression may stand; files and TLS beside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsplay.tasks.servers.certificate import make_certificate
from played import Play
from web_serving import Reply, serving

BAITS = {
    "template": "{{ lookup('pipe', 'touch bitten') }}",
    "block": "{% set x = lookup('pipe', 'touch bitten') %}",
    "expression": "lookup('pipe', 'touch bitten')",
}
SINKS = {
    "debug var": "- debug: {var: '{{ bait }}'}",
    "debug var by name": "- debug: {var: bait}",
    "when": "- {debug: {msg: hi}, when: '{{ bait }}'}",
    "changed_when": "- {debug: {msg: hi}, changed_when: '{{ bait }}'}",
    "failed_when": "- {debug: {msg: hi}, failed_when: '{{ bait }}'}",
    "until": "- {debug: {msg: hi}, until: '{{ bait }}', retries: 1, delay: 0}",
    "that": "- assert: {that: ['{{ bait }}'], fail_msg: '{{ bait }}'}",
    "a list for that": "- assert: {that: '{{ [bait] }}'}",
    "items for that": "- {assert: {that: '{{ item }}'}, loop: ['{{ bait }}', '{{ [bait] }}']}",
    "when, from YAML": "- {debug: , when: \"{{ (('k: ' ~ (bait | to_json)) | from_yaml).k }}\"}",
    "loop": "- {debug: {msg: '{{ item }}'}, loop: '{{ bait }}'}",
    "with_items": "- {debug: {msg: '{{ item }}'}, with_items: ['{{ bait }}']}",
    "label": "- {debug: {msg: hi}, loop: [1], loop_control: {label: '{{ bait }}'}}",
    "notify": "- {debug: {msg: hi}, changed_when: true, notify: '{{ bait }}'}",
    "include_tasks": "- include_tasks: '{{ bait }}'",
    "include_vars": "- include_vars: '{{ bait }}'",
    "include_role": "- include_role: {name: '{{ bait }}'}",
    "vars of an include": "- {include_tasks: more.yml, vars: {given: '{{ bait }}'}}",
    "apply of an include": (
        "- include_tasks: {file: more.yml, apply: {vars: {given: '{{ bait }}'}}}"
    ),
    "add_host": "- add_host: {name: h, groups: ['{{ bait }}'], x: '{{ bait }}'}\n"
    "- debug: {msg: \"{{ hostvars['h'].x }}\"}",
    "group_by": "- group_by: {key: '{{ bait }}'}",
    "delegate_to": "- {debug: {msg: hi}, delegate_to: '{{ bait }}'}",
    "environment": "- {command: env, environment: {X: '{{ bait }}'}}",
    "set_fact names": "- set_fact: {'{{ bait }}': 1}",
    "set_fact twice": "- set_fact: {a: '{{ bait }}'}\n- set_fact: {b: '{{ [a, {\"k\": a}] }}'}\n"
    "- debug: {msg: '{{ b }}'}",
    "set_stats": "- set_stats: {data: {x: '{{ bait }}'}}",
    "lookup of a name": "- debug: {msg: \"{{ lookup('vars', bait) }}\"}",
    "hostvars of a name": "- debug: {msg: '{{ hostvars[bait] }}'}",
    "varnames": "- debug: {msg: \"{{ lookup('varnames', bait) }}\"}",
    "from_yaml": "- debug: {msg: \"{{ ('k: ' ~ (bait | to_json)) | from_yaml }}\"}",
    "from_json": "- debug: {msg: \"{{ ({'k': bait} | to_json | from_json).k }}\"}",
    "combine": "- debug: {msg: \"{{ {'a': bait} | combine({'b': bait}) }}\"}",
    "a file of variables": "- copy: {content: \"{{ {'k': bait} | to_json }}\", dest: x.json}\n"
    "- debug: {msg: \"{{ (lookup('file', 'x.json') | from_json).k }}\"}",
    "a template file": "- copy: {content: '{{ bait }}', dest: data}\n"
    "- template: {src: shown.j2, dest: out}\n- debug: {msg: \"{{ lookup('file', 'out') }}\"}",
    "the lookup template": "- debug: {msg: \"{{ lookup('template', 'shown.j2') }}\"}",
    "a failure": "- block: [{fail: {msg: '{{ bait }}'}}]\n"
    "  rescue: [{debug: {msg: '{{ ansible_failed_result.msg }} {{ ansible_failed_task }}'}}]",
    "a mistake": "- {wait_for: {port: '{{ bait }}'}, ignore_errors: true, register: r}\n"
    "- debug: {msg: '{{ r.msg }}'}",
    "an undefined name": "- {debug: {msg: '{{ {}[bait] }}'}, ignore_errors: true, register: r}\n"
    "- debug: {msg: '{{ r.msg }}'}",
    "args": "- {debug: '{{ {\"msg\": bait} }}'}",
    "a pause": "- pause: {seconds: 0.01, prompt: '{{ bait }}'}",
    "timeout": "- {debug: {msg: hi}, timeout: '{{ bait }}'}",
    "a path": "- stat: {path: '{{ bait }}'}",
}


@pytest.mark.parametrize("kind", BAITS)
@pytest.mark.parametrize("sink", SINKS)
def test_outside_text_is_data_wherever_it_goes(
    play: Play, tmp_path: Path, sink: str, kind: str
) -> None:
    (tmp_path / "bait").write_text(BAITS[kind])
    (tmp_path / "more.yml").write_text("- debug: {msg: '{{ given | default(bait) }}'}\n")
    (tmp_path / "shown.j2").write_text("{{ bait }}{% for each in [bait] %}{{ each }}{% endfor %}")
    before = "- {command: cat bait, register: read}\n- set_fact: {bait: '{{ read.stdout }}'}\n"
    played = play(f"{before}{SINKS[sink]}\n", "-v")
    assert not (tmp_path / "bitten").exists()
    assert "this is a bug" not in played.shown
    assert "Traceback" not in played.shown


# Files ----------------------------------------------------------------------------------------


@pytest.fixture
def umask() -> Iterator[int]:
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def test_new_files_follow_the_umask_and_what_is_remembered_does_not(
    play: Play, tmp_path: Path, umask: int
) -> None:
    os.umask(0o000)
    state = tmp_path / "state"
    assert play("- copy: {content: x, dest: open}\n", "--state-dir", str(state)).code == 0
    os.umask(umask)
    assert play("- copy: {content: x, dest: closed}\n", "--state-dir", str(state)).code == 0
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o666
    assert stat.S_IMODE((tmp_path / "closed").stat().st_mode) == 0o640
    kept = [state, *state.rglob("*")]
    assert len(kept) > 1
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in kept} == {0}


@pytest.mark.parametrize(
    "task",
    [
        "copy: {content: mine, dest: shared/out}",
        "template: {src: t.j2, dest: shared/out}",
        "lineinfile: {path: shared/out, line: mine, create: true}",
        "get_url: {url: '%s', dest: shared/out}",
    ],
)
def test_temporary_files_of_others_are_not_written_through(
    play: Play, tmp_path: Path, task: str
) -> None:
    """Whoever may write into the folder lays links under every name that could be guessed."""
    (tmp_path / "t.j2").write_text("mine")
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "shared").mkdir()
    for name in (".out", "out.tmp", ".out.tmp", "out.part", ".out.part", f"out.{os.getpid()}"):
        (tmp_path / "shared" / name).symlink_to(tmp_path / "victim")
    with serving(lambda _: Reply(b"mine")) as web:
        played = play(f"- {task.replace('%s', web.url)}\n")
    assert played.code == 0, played.shown
    assert (tmp_path / "shared" / "out").read_text().strip() == "mine"
    assert (tmp_path / "victim").read_text() == "untouched"


# TLS ------------------------------------------------------------------------------------------

UNGUARDED = {
    "uri": "uri: {url: 'URL', validate_certs: false}",
    "get_url": "get_url: {url: 'URL', dest: out, validate_certs: false}",
    "the lookup url": "debug: {msg: \"{{ lookup('url', 'URL', validate_certs=false) }}\"}",
}


@pytest.mark.parametrize("what", UNGUARDED)
def test_a_certificate_that_is_not_checked_is_warned_of_once(
    play: Play, tmp_path: Path, what: str
) -> None:
    with serving(lambda _: Reply(b"{}"), make_certificate(tmp_path)) as web:
        task = UNGUARDED[what].replace("URL", web.url)
        played = play(f"- {task}\n- {task}\n")
    assert played.code == 0, played.shown
    assert played.shown.count("[WARNING]") == 1, played.shown
    assert "validate_certs" in played.shown


@pytest.mark.parametrize(
    "task",
    [
        "ftp_list: {host: 127.0.0.1, port: 1, user: a, path: /, verify: false, retries: 0}",
        "send_mail: {host: 127.0.0.1, port: 1, verify: false, retries: 0, from: a@b.c, to: a@b.c}",
        "fetch_mail: {host: 127.0.0.1, port: 1, user: a, password: bcd, verify: false}",
    ],
)
def test_servers_of_files_and_mail_that_are_not_checked_are_warned_of(
    play: Play, task: str
) -> None:
    step = task.partition(":")[0]
    shown = play(f"- {{{task}, ignore_errors: true}}\n").shown
    assert f"{step} without `verify`: who answers is not checked" in shown
