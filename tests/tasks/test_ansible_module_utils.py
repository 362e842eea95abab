"""What modules in Python import of Ansible's module_utils, or of what the playbook shares."""

from __future__ import annotations

import platform
from pathlib import Path
from textwrap import dedent

import pytest

from played import Play, lay, result

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
RELEASE = platform.freedesktop_os_release()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("def x(:", "Unable to compile 'go': invalid syntax (go.py, line 1)"),
        (
            "from ansible.module_utils.nosuch import x",
            (
                "Could not find imported module support code for ansible.legacy.go. Looked for"
                " (['ansible.module_utils.nosuch'])"
            ),
        ),
        ("import nosuch", "Module failed: No module named 'nosuch'"),
    ],
)
def test_what_cannot_be_read_or_imported_is_told_in_ansibles_words(
    play: Play, tmp_path: Path, line: str, told: str
) -> None:
    lay(tmp_path, "library/go.py", f"{line}\nfrom ansible.module_utils.basic import *\n")
    assert result(play, "- {name: it, go: }")["msg"] == f"Task failed: {told}"


def test_what_modules_share_may_be_missing_where_that_is_expected(
    play: Play, tmp_path: Path
) -> None:
    text = """
from ansible.module_utils.basic import AnsibleModule

try:
    from ansible.module_utils.nosuch import x
except ImportError as error:
    why = str(error)
AnsibleModule({}).exit_json(why=why)
"""
    lay(tmp_path, "library/go.py", text)
    assert (
        result(play, "- {name: it, go: }")["why"] == "No module named 'ansible.module_utils.nosuch'"
    )


@pytest.mark.parametrize(
    ("place", "expression", "value"),
    [
        (
            "common.dict_transformations",
            "camel_dict_to_snake_dict({'aB': [{'HTTPPort': 1}]})",
            {"a_b": [{"http_port": 1}]},
        ),
        (
            "common.dict_transformations",
            "camel_dict_to_snake_dict({'HTTPs': 1}, reversible=True)",
            {"h_t_t_ps": 1},
        ),
        (
            "common.dict_transformations",
            "camel_dict_to_snake_dict({'GroupARNs': 1})",
            {"group_arns": 1},
        ),
        (
            "common.dict_transformations",
            "camel_dict_to_snake_dict({'T': {'K': 1}}, ignore_list=['T'])",
            {"t": {"K": 1}},
        ),
        (
            "common.dict_transformations",
            "snake_dict_to_camel_dict({'a_b': [{'c_d': 1}]})",
            {"aB": [{"cD": 1}]},
        ),
        (
            "common.dict_transformations",
            "snake_dict_to_camel_dict({'a_b': 1}, capitalize_first=True)",
            {"AB": 1},
        ),
        (
            "common.dict_transformations",
            "dict_merge({'a': {'b': 1}}, {'a': {'c': 2}})",
            {"a": {"b": 1, "c": 2}},
        ),
        (
            "common.dict_transformations",
            "recursive_diff({'a': 1, 'b': {'c': 2}}, {'b': {'c': 3}})",
            [{"a": 1, "b": {"c": 2}}, {"b": {"c": 3}}],
        ),
        ("common.dict_transformations", "recursive_diff({'a': 1}, {'a': 1})", None),
        ("common.validation", "check_type_dict('a=1')", {"a": "1"}),
        ("common.text.formatters", "lenient_lowercase(['A', 1])", ["a", 1]),
        ("compat.datetime", "utcfromtimestamp(0).isoformat()", "1970-01-01T00:00:00+00:00"),
        ("compat.version", "LooseVersion('1.10') > LooseVersion('1.9')", True),
        ("parsing.convert_bool", "'yes' in BOOLEANS_TRUE and 'off' in BOOLEANS", True),
        ("facts.utils", "get_file_content('/no/such', 'none')", "none"),
        ("basic", "get_module_path().endswith('library')", True),
        (
            "distro",
            "[id(), *info(), version(best=True).startswith(version()), os_release_info()['id']]",
            [
                *(RELEASE["ID"], "id", "version", "version_parts", "like", "codename"),
                *(True, RELEASE["ID"]),
            ],
        ),
        ("common.collections", "ImmutableDict(a=1).union({'b': 2}).difference('a')", {"b": 2}),
        ("common.collections", "{ImmutableDict(a=1): 2}[ImmutableDict(a=1)]", 2),
        (
            "common.parameters",
            "remove_values({'a': ['x', 'xy', 7, 1]}, {'x', '7'})['a']",
            [HIDDEN, "********y", HIDDEN, 1],
        ),
        (
            "common.parameters",
            "remove_values([b'xy', {'x': 1}.keys(), frozenset('x'), bytearray(b'a')], 'x')",
            ["********y", [HIDDEN], [HIDDEN], [97]],
        ),
        (
            "common.parameters",
            "sanitize_keys({'xy': {'x': 'x'}, 'xz': 1}, {'x'}, {'xz'})",
            {"********y": {HIDDEN: "x"}, "xz": 1},
        ),
        ("common.sys_info", "get_distribution().lower()", RELEASE["ID"]),
        ("common.sys_info", "get_platform_subclass(type('A', (), {})).__name__", "A"),
        ("common.process", "get_bin_path('sh').endswith('/sh')", True),
        ("basic", "'(foo)' in missing_required_lib('foo', reason='to see')", True),
        (
            "common.arg_spec",
            "ArgumentSpecValidator({'n': {'type': 'int'}}).validate({'n': '3'})[:2]",
            [{"n": 3}, []],
        ),
        (
            "common.arg_spec",
            "list(ArgumentSpecValidator({'n': {}}).validate({'m': 3}).unsupported_parameters)",
            ["m"],
        ),
        (
            "common.arg_spec",
            "ArgumentSpecValidator({'n': {'required': True}}).validate({}).error_messages",
            ["missing required arguments: n"],
        ),
        ("basic", "AnsibleModule({}).run_command('cat', data='a')", [0, "a\n", ""]),
        ("basic", "AnsibleModule({}).run_command(['echo', '$HOME'])[1] != '$HOME\\n'", True),
        (
            "basic",
            "AnsibleModule({}).run_command(['echo', '$HOME'], expand_user_and_vars=False)[1]",
            "$HOME\n",
        ),
        ("basic", "AnsibleModule({}).run_command('pwd', cwd='/no/such')[0]", 0),
        ("basic", "AnsibleModule({}).run_command('pwd', cwd=b'~daemon')[1]", "/usr/sbin\n"),
        ("basic", "AnsibleModule({}).run_command('cat', data='')[1]", ""),
        ("basic", "AnsibleModule({}).run_command(['sh', '-c', 'umask'], umask=7)[1]", "0007\n"),
        ("common.validation", "check_type_str(5)", "5"),
        ("common.validation", "count_terms(['a', 'b'], {'a': 1})", 1),
        ("common.validation", "check_required_one_of([['a', 'b']], {'a': 1})", []),
        ("common.network", "[to_netmask(24), to_masklen('255.255.0.0')]", ["255.255.255.0", 16]),
        ("common.network", "to_subnet('192.0.2.5', '255.255.255.0')", "192.0.2.0/24"),
        ("common.network", "to_subnet('192.0.2.5', 24, True)", "192.0.2.0 255.255.255.0"),
        (
            "common.network",
            "[is_mac('00:1a:22:33:44:55'), is_mac('00:1a'), is_masklen(33)]",
            [1, 0, 0],
        ),
        ("common.yaml", "yaml_load(yaml_dump({'a': [1]}))", {"a": [1]}),
        ("common.collections", "count(['a', 'a', 'b'])", {"a": 2, "b": 1}),
        ("common.collections", "[is_iterable('a'), is_iterable('a', True)]", [False, True]),
        ("common.text.converters", "container_to_text({b'a': [b'b']})", {"a": ["b"]}),
        ("common.text.converters", "container_to_bytes(('a', 1)) == (b'a', 1)", True),
        ("common.respawn", "has_respawned()", False),
        ("api", "sorted(basic_auth_argument_spec({'more': {}}))[-2:]", ["more", "validate_certs"]),
        ("api", "retry(3, 0)(iter([0, 5]).__next__)()", 5),
        ("api", "retry(2, 0)(lambda tries=[0]: 1 / tries.pop() if tries else 6)()", 6),
        ("api", "rate_limit(100, 1)(len)('ab')", 2),
        ("api", "[*generate_jittered_backoff(2, delay_threshold=0)]", [0, 0]),
        (
            "api",
            "retry_with_delays_and_condition([0], lambda _: True)(iter([2]).__next__)()",
            2,
        ),
        ("basic", "ansible_version == AnsibleModule({}).ansible_version", True),
        ("basic", "AnsibleModule({}).run_command([b'echo', None, 'a b'])[1]", "a b\n"),
        (
            "basic",
            "AnsibleModule({}).run_command(['echo', 'a b'], use_unsafe_shell=True)[1]",
            "a b\n",
        ),
        (
            "basic",
            "'PATH=/x:' in AnsibleModule({}).run_command(['env'], path_prefix='/x')[1]",
            True,
        ),
        (
            "basic",
            "AnsibleModule({}).run_command('sleep 60', before_communicate_callback=Popen.kill)[0]",
            -9,
        ),
        ("basic", "AnsibleModule({}).find_mount_point('/')", "/"),
        (
            "basic",
            "[__import__('os').symlink('/proc', 'a'), AnsibleModule({}).find_mount_point('a')][1]",
            "/proc",
        ),
        ("basic", "AnsibleModule({}).selinux_context('/')", [None, None, None]),
        ("basic", "AnsibleModule({}).set_context_if_different('/', [None], True)", True),
        (
            "basic",
            "AnsibleModule({}).user_and_group('/')[0] == __import__('os').stat('/').st_uid",
            True,
        ),
        ("basic", "AnsibleModule({}).add_path_info({'path': '/'})['state']", "directory"),
        ("basic", "AnsibleModule({}).selinux_enabled()", False),
        ("basic", "[{1}, b'a', (2,)]", [[1], "a", [2]]),
        ("basic", "re.sub('a', 'b', to_text(b'a')) + json.dumps({})", "b{}"),
        ("basic", "[to_text(5), to_text(5, nonstring='passthru')]", ["5", 5]),
        ("basic", "[to_text(5, nonstring='empty'), to_bytes('a', nonstring='strict')]", ["", "a"]),
        ("basic", "[shutil.which('sh'), *shlex.split('a'), subprocess.PIPE][1:]", ["a", -1]),
        ("basic", "AnsibleModule({}).human_to_bytes('1K')", 1024),
        ("basic", "AnsibleModule({}).human_to_bytes('1.9')", 2),
        ("basic", "[human_to_bytes('1', 'K'), human_to_bytes('1Kb', isbits=True)]", [1024, 1024]),
        (
            "basic",
            "[bytes_to_human(10, isbits=True), bytes_to_human(2048, unit='M')]",
            ["10.00 bits", "0.00 MB"],
        ),
        ("basic", "[{'a': 1}.keys(), range(2), bytearray(b'a')]", [["a"], [0, 1], [97]]),
        ("basic", "['yes' in BOOLEANS, pwd.getpwuid(0).pw_uid, copy.copy(1)]", [True, 0, 1]),
    ],
)
def test_modules_import_what_is_of_use(
    play: Play, tmp_path: Path, place: str, expression: str, value: object
) -> None:
    text = f"""
        from subprocess import Popen
        from ansible.module_utils.ansible_release import __version__ as ansible_version
        from ansible.module_utils.basic import AnsibleModule
        from ansible.module_utils.{place} import *
        AnsibleModule({{}}).exit_json(came={expression})
    """
    lay(tmp_path, "library/go.py", text)
    assert result(play, "- {name: it, go: }")["came"] == value


def test_what_lies_elsewhere_is_given_and_that_is_told(play: Play, tmp_path: Path) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule, b, chain, datetime, shlex_quote
        came = [shlex_quote("a b"), *chain([1], [datetime.MINYEAR]), b("x").decode()]
        AnsibleModule({}).exit_json(came=came)
    """
    lay(tmp_path, "library/go.py", text)
    told = result(play, "- {name: it, go: }")
    assert told["came"] == ["'a b'", 1, 1, "x"]
    (first, *_) = told["deprecations"]
    assert first["msg"] == "Importing 'b' from 'ansible.module_utils.basic' is deprecated."


def test_what_modules_share_takes_the_place_of_what_ansible_has(play: Play, tmp_path: Path) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        from ansible.module_utils.facts import depth
        from ansible.module_utils.compat.version import LooseVersion
        AnsibleModule({}).exit_json(came=[depth, LooseVersion])
    """
    lay(tmp_path, "module_utils/facts.py", "depth = 3\n")
    lay(tmp_path, "module_utils/compat/version.py", "LooseVersion = 'mine'\n")
    lay(tmp_path, "library/go.py", text)
    assert result(play, "- {name: it, go: }")["came"] == [3, "mine"]


def test_what_modules_share_is_imported_whole_too(play: Play, tmp_path: Path) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        from ansible.module_utils import greetings
        from ansible.module_utils.common import validation
        came = [greetings.word, validation.check_type_int("3")]
        AnsibleModule({}).exit_json(came=came)
    """
    lay(tmp_path, "module_utils/greetings.py", "word = 'hello'\n")
    lay(tmp_path, "library/go.py", text)
    assert result(play, "- {name: it, go: }")["came"] == ["hello", 3]


def test_a_module_may_ask_for_what_ansible_has_in_the_oldest_way(
    play: Play, tmp_path: Path
) -> None:
    text = """
        #!/usr/bin/python
        def main():
            module = AnsibleModule(argument_spec={"a": {"type": "int"}})
            module.exit_json(came=module.params["a"])

        #<<INCLUDE_ANSIBLE_MODULE_COMMON>>
        main()
    """
    lay(tmp_path, "library/go.py", dedent(text).lstrip())
    assert result(play, "- {name: it, go: {a: 3}}")["came"] == 3


@pytest.mark.parametrize(
    "line",
    [
        "try:\n    from ansible.module_utils.basic import AnsibleModule\nexcept ImportError: pass",
        "#<<INCLUDE_ANSIBLE_MODULE_COMMON>>",
    ],
)
def test_a_module_is_known_by_what_it_imports_wherever_that_stands(
    play: Play, tmp_path: Path, line: str
) -> None:
    lay(tmp_path, "library/go.py", f"{line}\nAnsibleModule({{}}).exit_json(came=3)\n")
    assert result(play, "- {name: it, go: }")["came"] == 3


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            "check_required_if([['a', 1, ['b']]], {'a': 1}, ['in', 'it'])",
            "a is 1 but all of the following are missing: b found in in -> it",
        ),
        ("check_mutually_exclusive([['a', 'b']], {'a': 1, 'b': 2})", "mutually exclusive: a|b"),
        ("check_required_arguments({'a': {'required': True}}, {})", "required arguments: a"),
        ("check_missing_parameters({'a': None}, ['a'])", "missing required arguments: a"),
        ("check_type_str(5, allow_conversion=False)", "5 is not a string"),
    ],
)
def test_arguments_that_a_module_checks_by_itself_are_refused(
    play: Play, tmp_path: Path, call: str, told: str
) -> None:
    text = f"""
        from ansible.module_utils.common.validation import *
        {call}
    """
    lay(tmp_path, "library/go.py", text)
    assert told in result(play, "- {name: it, go: }")["msg"]
