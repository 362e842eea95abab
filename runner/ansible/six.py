"""What plugins and modules use of six, which Ansible brings: Python 3 has all of it itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from .base import to_bytes, to_text

MOVES = "ansible.module_utils.six.moves"
_MOVED = {
    **{name: f"builtins:{name}" for name in ("filter", "input", "map", "range", "zip")},
    "StringIO": "io:StringIO",
    "builtins": "builtins",
    "cPickle": "pickle",
    "configparser": "configparser",
    "filterfalse": "itertools:filterfalse",
    "getcwd": "os:getcwd",
    "http_client": "http.client",
    "http_cookiejar": "http.cookiejar",
    "http_cookies": "http.cookies",
    "queue": "queue",
    "reduce": "functools:reduce",
    "shlex_quote": "shlex:quote",
    "urllib": "urllib",
    "urllib_error": "urllib.error",
    "urllib_parse": "urllib.parse",
    "xmlrpc_client": "xmlrpc.client",
    "xrange": "builtins:range",
    "zip_longest": "itertools:zip_longest",
}
"""Where Python 3 has what another module had before."""


def moved(module: str, name: str) -> Any:
    """What `six.moves` has under this name; None if it has nothing."""
    inside = module.removeprefix(MOVES).lstrip(".")
    if inside:  # urllib.parse, urllib.error …
        home = import_module(_MOVED.get(inside, inside).partition(":")[0])
        return getattr(home, name, None) or import_module(f"{home.__name__}.{name}")
    if name not in _MOVED:
        return None
    where, _, member = _MOVED[name].partition(":")
    home = import_module(where)
    return getattr(home, member) if member else home


def _iteritems(mapping: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    return iter(mapping.items())


def _iterkeys(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    return iter(mapping.keys())


def _itervalues(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    return iter(mapping.values())


def _raise_from(error: BaseException, cause: BaseException | None) -> None:
    raise error from cause


def _reraise(_: type[BaseException], error: BaseException, traceback: Any = None) -> None:
    raise error.with_traceback(traceback)


def _add_metaclass(metaclass: type) -> Callable[[type], type]:
    def made(cls: type) -> type:
        own = {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}
        return metaclass(cls.__name__, cls.__bases__, own)  # type: ignore[no-any-return]

    return made


def _with_metaclass(metaclass: type, *bases: type) -> Any:
    return metaclass("base", bases, {})


NAMES: Mapping[str, Any] = {
    "PY2": False,
    "PY3": True,
    "BytesIO": io.BytesIO,
    "StringIO": io.StringIO,
    "add_metaclass": _add_metaclass,
    "b": lambda text: text.encode("latin-1"),
    "binary_type": bytes,
    "class_types": (type,),
    "ensure_binary": to_bytes,
    "ensure_str": to_text,
    "ensure_text": to_text,
    "integer_types": (int,),
    "iteritems": _iteritems,
    "iterkeys": _iterkeys,
    "itervalues": _itervalues,
    "python_2_unicode_compatible": lambda cls: cls,
    "raise_from": _raise_from,
    "reraise": _reraise,
    "string_types": (str,),
    "text_type": str,
    "u": lambda text: text,
    "unichr": chr,
    "with_metaclass": _with_metaclass,
}
