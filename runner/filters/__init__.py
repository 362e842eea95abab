"""Ansible's filters and tests, beside Jinja's own: plain functions, one module a theme.

A function takes and gives data. What it raises becomes a FilterError with words (`Catalogue`).
"""

from __future__ import annotations

from ..catalogue import Catalogue
from ..errors import FilterError

FILTERS = Catalogue(
    "filter",
    FilterError,
    __name__,
    {
        "containers": "combine dict2items extract flatten items2dict rekey_on_member subelements",
        "digests": "checksum hash md5 sha1 to_uuid",
        "encodings": "b64decode b64encode quote urldecode urlsplit",
        "numbers": "human_readable human_to_bytes log pow root",
        "passwords": "password_hash",
        "secrets": "secret",
        "paths": (
            "basename commonpath dirname expanduser expandvars fileglob normpath path_join realpath"
            " relpath splitext win_basename win_dirname win_splitdrive"
        ),
        "sets": (
            "combinations difference intersect permutations product symmetric_difference union"
            " unique zip zip_longest"
        ),
        "structured": (
            "from_csv from_json from_yaml from_yaml_all to_json to_nice_json to_nice_yaml to_yaml"
        ),
        "texts": "comment indent regex_escape regex_findall regex_replace regex_search split",
        "times": "strftime to_datetime",
        "vaults": "unvault vault",
        "values": "bool d default mandatory pprint random shuffle ternary type_debug",
    },
)

TESTS = Catalogue(
    "test",
    FilterError,
    __name__,
    {
        "checks": (
            "all any contains falsy isnan issubset issuperset match nan regex search subset"
            " superset truthy"
        ),
        "places": (
            "abs directory exists file is_abs is_dir is_file is_link is_mount is_same_file link"
            " link_exists mount same_file uri url urn"
        ),
        "results": (
            "change changed failed failure finished reachable skip skipped started succeeded"
            " success successful timedout unreachable"
        ),
        "vaults": "vault_encrypted vaulted_file",
        "versions": "version version_compare",
    },
)
