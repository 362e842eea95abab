"""What plugins in Ansible's form use of its small tools: hashes, paths, types, trust."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from keyword import iskeyword
from pathlib import Path
from typing import Any

from ..errors import Place
from ..key_values import without, words
from ..template_text import Template
from ..type_names import type_debug
from .base import combine_vars, is_iterable, to_bytes

_IN_A_PLUGIN = Place("a plugin", 1, 1)
_OF_RAW = frozenset({"chdir", "creates", "executable", "removes", "stdin", "warn"})


def _of_text(data: object, kind: Callable[[bytes], Any] = hashlib.sha1) -> str:
    return str(kind(to_bytes(data)).hexdigest())


def _of_file(filename: str, kind: Callable[[bytes], Any] = hashlib.sha1) -> str | None:
    """None for what is no file."""
    path = Path(filename)
    return _of_text(path.read_bytes(), kind) if path.is_file() else None


def unfrackpath(path: str, follow: bool = True, basedir: str | None = None) -> str:  # noqa: FBT001, FBT002  # as Ansible's
    whole = os.path.join(basedir or os.getcwd(), os.path.expanduser(os.path.expandvars(path)))  # noqa: PTH109, PTH111, PTH118  # texts, as Ansible has it
    return os.path.normpath(os.path.realpath(whole) if follow else whole)


def makedirs_safe(path: str, mode: int | None = None) -> None:
    Path(unfrackpath(path)).mkdir(mode or 0o777, parents=True, exist_ok=True)


def parse_kv(args: str | None, check_raw: bool = False) -> dict[str, str]:  # noqa: FBT001, FBT002  # as Ansible's
    """`a=1 b=2 the rest`; with `check_raw` only what commands take is not of the rest."""
    text = args or ""
    found = [word for word in words(text) if word.name and (not check_raw or word.name in _OF_RAW)]
    rest = without(text, found)[0].strip()
    options = {word.name: word.value for word in found}
    return {**options, "_raw_params": rest} if rest else options


def split_args(args: str) -> list[str]:
    return [args[word.start : word.end] for word in words(args)]


def merge_hash(
    x: Mapping[Any, Any],
    y: Mapping[Any, Any],
    recursive: bool = True,  # noqa: FBT001, FBT002  # as Ansible's
    list_merge: str = "replace",
) -> Any:
    return combine_vars(x, y, recursive, list_merge)


def listify_lookup_plugin_terms(terms: Any, *_: object, **__: object) -> list[Any]:
    """The terms of a lookup are rendered by then."""
    return list(terms) if is_iterable(terms) and not isinstance(terms, Mapping) else [terms]


def trust_as_template(value: str) -> Template:
    return Template(value, _IN_A_PLUGIN)


def is_trusted_as_template(value: object) -> bool:
    return isinstance(value, Template)


def is_identifier(ident: object) -> bool:
    return isinstance(ident, str) and ident.isidentifier() and not iskeyword(ident)


def _is_string(value: object) -> bool:
    return isinstance(value, str | bytes)


UTILITIES: Mapping[str, Mapping[str, Any]] = {
    "module_utils.common.collections": {"is_string": _is_string, "Iterable": Iterable},
    "module_utils.datatag": {"native_type_name": type_debug},
    "template": {
        "trust_as_template": trust_as_template,
        "is_trusted_as_template": is_trusted_as_template,
    },
    "utils.hashing": {
        "checksum": _of_file,
        "checksum_s": _of_text,
        "md5": partial(_of_file, kind=hashlib.md5),
        "md5s": partial(_of_text, kind=hashlib.md5),
        "secure_hash": _of_file,
        "secure_hash_s": _of_text,
    },
    "utils.listify": {"listify_lookup_plugin_terms": listify_lookup_plugin_terms},
    "parsing.splitter": {"parse_kv": parse_kv, "split_args": split_args},
    "utils.path": {"makedirs_safe": makedirs_safe, "unfrackpath": unfrackpath},
    "utils.vars": {"isidentifier": is_identifier, "merge_hash": merge_hash},
}
"""By the module that has them in Ansible."""
