"""What modules in Python import beside `AnsibleModule`, by the names that Ansible has."""

from __future__ import annotations

import copy
import errno
import grp
import hashlib
import json
import locale
import os
import platform
import pwd
import re
import select
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NamedTuple

from ..runner.task import ANSIBLE
from . import (
    ansible_module,
    argument_types,
    distro,
    module_checks,
    module_networks,
    module_services,
    module_urls,
    module_values,
)
from . import argument_spec as specs
from .module_files import COMMON_ARGUMENTS
from .module_programs import get_best_parsable_locale

# Mappings -------------------------------------------------------------------------------------


def camel_dict_to_snake_dict(
    camel_dict: Mapping[str, Any],
    reversible: bool = False,  # noqa: FBT001, FBT002  # as Ansible has it
    ignore_list: Sequence[str] = (),
) -> Any:
    """`HTTPPort` is `http_port`; `reversible`: `h_t_t_p_port`. What is in `ignore_list` stays."""
    snake = partial(_snake, reversible=reversible)
    return _renamed(camel_dict, snake, frozenset(ignore_list))


def snake_dict_to_camel_dict(
    snake_dict: Mapping[str, Any],
    capitalize_first: bool = False,  # noqa: FBT001, FBT002  # as Ansible has it
) -> Any:
    return _renamed(snake_dict, partial(_camel, capital=capitalize_first))


def _renamed(value: Any, rename: Any, untouched: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, list):
        return [_renamed(each, rename) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        rename(name): inner if name in untouched else _renamed(inner, rename)
        for name, inner in value.items()
    }


def _snake(name: str, *, reversible: bool) -> str:
    # A plural as in `ARNs` is one word.
    single = r"[A-Z]" if reversible else r"[A-Z]{3,}s$"
    words = re.sub(single, lambda found: f"_{found[0].lower()}", name)
    if not name.startswith("_"):
        words = words.removeprefix("_")
    if reversible:
        return words
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", words)
    return re.sub(r"([a-z0-9])([A-Z]+)", r"\1_\2", words).lower()


def _camel(name: str, *, capital: bool) -> str:
    first, *more = name.split("_")
    start = first.capitalize() if capital else first
    return start + "".join(word.capitalize() or "_" for word in more)


def dict_merge(a: Mapping[str, Any], b: Any) -> Any:
    """Both, the second over the first, and mappings in them likewise."""
    if not isinstance(b, Mapping):
        return b
    merged = copy.deepcopy(dict(a))
    for name, value in b.items():
        inner = merged.get(name)
        merged[name] = (
            dict_merge(inner, value) if isinstance(inner, Mapping) else copy.deepcopy(value)
        )
    return merged


def recursive_diff(
    dict1: Mapping[str, Any], dict2: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """What either has that the other has not, or has otherwise; None if nothing."""
    if not all(isinstance(each, Mapping) for each in (dict1, dict2)):
        raise TypeError("Unable to diff 'dict1' and 'dict2'. Both must be a dictionary.")
    left = {name: copy.deepcopy(dict1[name]) for name in dict1.keys() - dict2.keys()}
    right = {name: copy.deepcopy(dict2[name]) for name in dict2.keys() - dict1.keys()}
    for name in dict1.keys() & dict2.keys():
        one, other = dict1[name], dict2[name]
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            if inner := recursive_diff(one, other):
                left[name], right[name] = inner
        elif one != other:
            left[name], right[name] = one, other
    return (left, right) if left or right else None


# Texts and the machine ------------------------------------------------------------------------


def missing_required_lib(library: str, reason: str | None = None, url: str | None = None) -> str:
    where = f"on {platform.node()}'s Python {sys.executable}."
    why = f" This is required {reason}." if reason else ""
    more = f" See {url} for more info." if url else ""
    return (
        f"Failed to import the required Python library ({library}) {where}{why}{more}"
        " Please read the module documentation and install it in the appropriate location."
        " If the required library is installed, but Ansible is using the wrong Python interpreter,"
        " please consult the documentation on ansible_python_interpreter"
    )


def get_bin_path(
    arg: str, opt_dirs: Sequence[str | None] | None = None, required: object = None
) -> str:
    del required
    usual = [os.environ.get("PATH", os.defpath), "/sbin", "/usr/sbin", "/usr/local/sbin"]
    folders = os.pathsep.join([*filter(None, opt_dirs or ()), *usual])
    if found := shutil.which(arg, path=folders):
        return found
    raise ValueError(f'Failed to find required executable "{arg}" in paths: {folders}')


def get_file_content(path: str, default: Any = None, strip: bool = True) -> Any:  # noqa: FBT001, FBT002
    try:
        text = Path(path).read_text("utf-8", "replace")
    except OSError:
        return default
    return (text.strip() if strip else text) or default


def get_file_lines(path: str, strip: bool = True, line_sep: str | None = None) -> list[str]:  # noqa: FBT001, FBT002
    text = get_file_content(path, "", strip)
    return str(text).rstrip(line_sep).split(line_sep) if line_sep else str(text).splitlines()


def lenient_lowercase(values: Sequence[Any]) -> list[Any]:
    return [value.lower() if isinstance(value, str) else value for value in values]


def jsonify(value: object, **options: Any) -> str:
    return json.dumps(value, default=str, **options)


class LooseVersion:
    """The numbers and the words of a version, to be compared one by one."""

    def __init__(self, vstring: str = "") -> None:
        self.vstring = str(vstring)
        found = re.findall(r"\d+|[a-z]+|[^\d.a-z]+", self.vstring)
        self.version: list[int | str] = [int(each) if each.isdigit() else each for each in found]

    def __str__(self) -> str:
        return self.vstring

    def __eq__(self, other: object) -> bool:
        return self.version == self._of(other)

    def __lt__(self, other: object) -> bool:
        return self.version < self._of(other)

    def __le__(self, other: object) -> bool:
        return self < other or self == other

    def __gt__(self, other: object) -> bool:
        return not self <= other

    def __ge__(self, other: object) -> bool:
        return not self < other

    __hash__ = None  # type: ignore[assignment]

    @staticmethod
    def _of(other: object) -> list[int | str]:
        return LooseVersion(str(other)).version


class ValidationResult(NamedTuple):
    """What came of a look at arguments."""

    validated_parameters: dict[str, Any]
    error_messages: list[str]
    unsupported_parameters: set[str]


class ArgumentSpecValidator:
    """Looks whether arguments are as a specification wants them."""

    def __init__(self, argument_spec: Mapping[str, Any], **rules: Any) -> None:
        self._spec = argument_spec
        self._rules = {name: rule for name, rule in rules.items() if rule}

    def validate(self, parameters: Mapping[str, Any]) -> ValidationResult:
        wrong = list(specs.errors(self._spec, parameters, rules=self._rules))
        known = {alias for each in self._spec.values() for alias in each.get("aliases") or ()}
        fitting = dict(parameters) if wrong else specs.completed(self._spec, parameters)
        return ValidationResult(fitting, wrong, set(parameters) - known - set(self._spec))


_OF_SIX = "PY2 PY3 b binary_type integer_types iteritems string_types text_type"
_ELSEWHERE = {
    "chain": "itertools:chain",
    "datetime": "datetime",
    "map": "builtins:map",
    "repeat": "itertools:repeat",
    "shlex_quote": "shlex:quote",
    "signal": "signal",
    "types": "types",
    **{name: f"ansible.module_utils.six:{name}" for name in _OF_SIX.split()},
}
"""What `basic` gives of others, and where it lies."""


def _from_elsewhere(name: str) -> Any:
    """As Ansible does, it tells that whoever wants it had better ask there."""
    if name not in _ELSEWHERE:
        msg = f"cannot import name {name!r} from 'ansible.module_utils.basic'"
        raise AttributeError(msg)
    told = f"Importing '{name}' from 'ansible.module_utils.basic' is deprecated."
    ansible_module.deprecate(told, version="2.21")
    return resolve_name(_ELSEWHERE[name])


def _yaml_load(text: str | bytes) -> Any:
    import yaml

    return yaml.safe_load(text)


def _yaml_dump(data: object, **options: Any) -> str:
    import yaml

    return str(yaml.safe_dump(data, **options))


def count(seq: Any) -> dict[Any, int]:
    """How often each element is there."""
    return dict(Counter(seq))


_BOOLEANS = {
    "BOOLEANS": frozenset({*argument_types.TRUE, *argument_types.FALSE, 0, 1}),
    "BOOLEANS_FALSE": frozenset({*argument_types.FALSE, 0}),
    "BOOLEANS_TRUE": frozenset({*argument_types.TRUE, 1}),
}

NAMES: Mapping[str, Mapping[str, Any]] = {
    "basic": {
        "__getattr__": _from_elsewhere,
        "missing_required_lib": missing_required_lib,
        "human_to_bytes": argument_types.human_to_bytes,
        "bytes_to_human": argument_types.bytes_to_human,
        "_load_params": lambda: dict(ansible_module.GIVEN),
        "get_module_path": lambda: os.path.dirname(os.path.realpath(sys.argv[0])),  # noqa: PTH120
        "get_platform": platform.system,
        "remove_values": module_values.remove_values,
        "sanitize_keys": module_values.sanitize_keys,
        **distro.SYS_INFO,
        "get_bin_path": get_bin_path,
        "get_best_parsable_locale": get_best_parsable_locale,
        "jsonify": jsonify,
        "FILE_COMMON_ARGUMENTS": COMMON_ARGUMENTS,
        **_BOOLEANS,
        **{
            module.__name__: module
            for module in (
                *(copy, errno, grp, hashlib, locale, platform, pwd, re, select, shlex, shutil),
                *(stat, subprocess, tempfile, time, traceback),
            )
        },
    },
    "distro": distro.NAMES,
    "common.arg_spec": {
        "ArgumentSpecValidator": ArgumentSpecValidator,
        "ValidationResult": ValidationResult,
    },
    "ansible_release": {"__author__": "Ansible, Inc.", "__version__": ANSIBLE},
    "api": module_services.NAMES,
    "common.collections": {
        "Hashable": Hashable,
        "ImmutableDict": module_values.ImmutableDict,
        "count": count,
    },
    "common.dict_transformations": {
        "camel_dict_to_snake_dict": camel_dict_to_snake_dict,
        "snake_dict_to_camel_dict": snake_dict_to_camel_dict,
        "dict_merge": dict_merge,
        "recursive_diff": recursive_diff,
    },
    "common.file": {"is_executable": lambda path: os.access(path, os.X_OK)},
    "common.locale": {"get_best_parsable_locale": get_best_parsable_locale},
    "common.parameters": {
        "env_fallback": ansible_module.env_fallback,
        "remove_values": module_values.remove_values,
        "sanitize_keys": module_values.sanitize_keys,
    },
    "common.process": {"get_bin_path": get_bin_path},
    # There is but the Python that a module runs on.
    "common.respawn": {
        "has_respawned": lambda: False,
        "probe_interpreters_for_module": lambda *_: None,
    },
    "common.sys_info": distro.SYS_INFO,
    "common.text.converters": {
        "container_to_bytes": module_values.container_to_bytes,
        "container_to_text": module_values.container_to_text,
        "jsonify": jsonify,
    },
    "common.text.formatters": {
        "human_to_bytes": argument_types.human_to_bytes,
        "bytes_to_human": argument_types.bytes_to_human,
        "lenient_lowercase": lenient_lowercase,
    },
    "common.network": module_networks.NAMES,
    "common.validation": module_checks.NAMES,
    "common.yaml": {"HAS_YAML": True, "yaml_dump": _yaml_dump, "yaml_load": _yaml_load},
    "common.warnings": {
        "deprecate": ansible_module.deprecate,
        "error_as_warning": ansible_module.error_as_warning,
        "warn": ansible_module.warn,
    },
    # What is told to be old is as good as ever.
    "datatag": {"deprecate_value": lambda value, *_, **__: value},
    "compat.datetime": {
        "UTC": UTC,
        "utcnow": partial(datetime.now, UTC),
        "utcfromtimestamp": partial(datetime.fromtimestamp, tz=UTC),
    },
    "compat.version": {"LooseVersion": LooseVersion},
    "errors": {"AnsibleFallbackNotFound": ansible_module.AnsibleFallbackNotFound},
    "facts.utils": {"get_file_content": get_file_content, "get_file_lines": get_file_lines},
    "parsing.convert_bool": _BOOLEANS,
    "urls": module_urls.NAMES,
}
"""What there is, by its place below `ansible.module_utils`."""
