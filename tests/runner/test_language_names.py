"""Every filter, test, lookup and function that the language is to have, at work under its name."""

from __future__ import annotations

import pytest

from opsplay.runner.lookups import LOOKUPS
from opsplay.runner.template import Templates

# Ansible's, and those of Jinja that are named with them.
FILTERS = """
    b64encode b64decode basename dirname expanduser expandvars realpath relpath splitext combine
    dict2items items2dict difference intersect union symmetric_difference unique flatten zip
    zip_longest product permutations combinations subelements to_json from_json to_nice_json
    to_yaml from_yaml from_yaml_all to_nice_yaml regex_search regex_findall regex_replace
    regex_escape hash password_hash checksum md5 sha1 quote ternary mandatory default random
    shuffle to_datetime strftime bool int float human_readable human_to_bytes comment extract
    fileglob groupby map select selectattr reject rejectattr min max log pow root type_debug
    urlsplit urlencode urldecode vault unvault win_basename win_dirname win_splitdrive to_uuid
    rekey_on_member commonpath normpath path_join split
"""
TESTS = """
    defined undefined match search regex version version_compare subset superset issubset
    issuperset contains any all changed change failed failure succeeded success successful skipped
    skip finished started reachable unreachable timedout file directory exists link link_exists
    mount abs is_file is_dir is_link is_mount is_abs same_file is_same_file falsy truthy url urn
    uri vault_encrypted vaulted_file nan isnan
"""
LOOKUP_NAMES = """
    file env vars template pipe lines items list dict indexed_items sequence nested together
    flattened first_found fileglob password random_choice subelements varnames ini csvfile config
    url unvault inventory_hostnames
"""
FUNCTIONS = "lookup query q now undef omit range dict"


@pytest.mark.parametrize("name", FILTERS.split())
@pytest.mark.parametrize("prefix", ["", "ansible.builtin."])
def test_a_filter_is_there(name: str, prefix: str) -> None:
    environment = Templates()._jinja
    assert callable(environment.filters[prefix + name])


@pytest.mark.parametrize("name", TESTS.split())
@pytest.mark.parametrize("prefix", ["", "ansible.builtin."])
def test_a_test_is_there(name: str, prefix: str) -> None:
    environment = Templates()._jinja
    assert callable(environment.tests[prefix + name])


@pytest.mark.parametrize("name", LOOKUP_NAMES.split())
@pytest.mark.parametrize("prefix", ["", "ansible.builtin."])
def test_a_lookup_is_there(name: str, prefix: str) -> None:
    assert callable(LOOKUPS[prefix + name])


@pytest.mark.parametrize("name", FUNCTIONS.split())
def test_a_function_is_there(name: str) -> None:
    from opsplay.runner.variables import Scope

    assert name in Scope(Templates(), ())
