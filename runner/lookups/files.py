"""Lookups that read files, or find them."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..catalogue import complain_inside
from ..errors import LookupFailed, PlaybookError
from ..hearer import deprecate
from ..source import parse
from ..vault.opening import Vault
from . import LookupContext, flag

Variables = Mapping[str, Any]
_UNUSED = (
    "This option is no longer used in the Ansible Core code base.\n"
    "Alternatives: Jinja2 native mode is now the default and only option"
)


def file(
    terms: list[Any],
    _: Variables,
    *,
    context: LookupContext,
    lstrip: bool = False,
    rstrip: bool = True,
) -> list[str]:
    """The text of each file; of an encrypted one, what was encrypted."""
    texts = [_text(context.find(str(term), "files"), context) for term in terms]
    if lstrip:
        texts = [text.lstrip() for text in texts]
    return [text.rstrip() for text in texts] if rstrip else texts


def unvault(terms: list[Any], _: Variables, *, context: LookupContext) -> list[str]:
    """The text of each file, encrypted or not, as it is."""
    missing = 'Unable to find file matching "{}"'
    return [_text(context.find(str(term), "files", missing), context) for term in terms]


def _text(path: Path, context: LookupContext) -> str:
    opened = context.vault.unvault(path)
    if opened is None:
        # Its line ends stay as they are.
        return path.read_bytes().decode("utf-8", "surrogateescape")
    text = opened.decode("utf-8", "surrogateescape")
    _hide(text, context.vault)
    return text


def _hide(text: str, vault: Vault) -> None:
    """Cover a text, its lines, and what `from_yaml` and `from_json` would make of it."""
    vault.hide(text)
    vault.hide_all(text.splitlines())
    with suppress(PlaybookError):
        vault.hide_all(parse(text, "").value)


def template(
    terms: list[Any],
    _: Variables,
    *,
    context: LookupContext,
    template_vars: Variables | None = None,
    variable_start_string: str = "{{",
    variable_end_string: str = "}}",
    comment_start_string: str = "{#",
    comment_end_string: str = "#}",
    trim_blocks: bool = True,
    lstrip_blocks: bool = False,
    convert_data: bool | None = None,  # Ansible's; a text stays a text
    jinja2_native: bool | None = None,
) -> list[object]:
    """Each file, rendered; one that is an expression alone keeps its type."""
    exclusive = ", which is mutually exclusive with this option"
    if convert_data is not None:
        deprecate(f"convert_data option. Reason: {_UNUSED}{exclusive}.", "2.23")
    if jinja2_native is not None:
        deprecate(f"jinja2_native option. Reason: {_UNUSED}.", "2.23")
    options = {
        "variable_start_string": variable_start_string,
        "variable_end_string": variable_end_string,
        "comment_start_string": comment_start_string,
        "comment_end_string": comment_end_string,
        "trim_blocks": trim_blocks,
        "lstrip_blocks": lstrip_blocks,
    }
    missing = "the template file {} could not be found for the lookup"
    render, given = context.templar.render_file, template_vars or {}
    found = [(str(term), context.find(str(term), "templates", missing)) for term in terms]
    return [
        render(path, {"template_path": name, **given}, options, beside_first=True)
        for name, path in found
    ]


def fileglob(terms: list[Any], _: Variables, *, context: LookupContext) -> list[str]:
    """The files, not the folders, that each pattern matches in the first folder that has any."""
    return [path for term in terms for path in _matches(os.fspath(term), context)]


def _matches(pattern: str, context: LookupContext) -> list[str]:
    folder, name = os.path.split(pattern)
    places = [*filter(Path.exists, context.candidates(folder, "files"))]
    if folder and not places:
        context.warn(f"Unable to find {folder!r} in expected paths")
    # As in Ansible, a folder that is named is looked for once, whatever it holds.
    for place in places[:1] if folder else places:
        found = glob.glob(name, root_dir=place)
        paths = sorted(str(place / path) for path in found if (place / path).is_file())
        if paths:
            return paths
    return []


def first_found(
    terms: list[Any],
    _: Variables,
    *,
    context: LookupContext,
    files: Sequence[str] | str = (),
    paths: Sequence[str] | str = (),
    skip: bool = False,
) -> list[str]:
    """The first file that exists, or, with `skip`, none."""
    if context.subfolder is None:
        complain_inside([terms, files, paths])
    search = _Search(paths, skip=skip)
    names = list(search.names(terms or [files]))
    for name in names:
        for candidate in context.candidates(name, context.subfolder or "files"):
            if candidate.exists():
                return [os.path.normpath(candidate)]
    if search.skip:
        return []
    raise LookupFailed(f"No file was found when using first_found. Looked for: {', '.join(names)}")


class _Search:
    def __init__(self, paths: Sequence[str] | str, *, skip: bool) -> None:
        self._paths = paths
        self.skip = skip

    def names(self, terms: Sequence[Any]) -> Iterator[str]:
        """The names that the terms stand for: texts, lists, mappings with files and paths."""
        for term in filter(_is_there, terms):
            if isinstance(term, str):
                yield from _joined(term, self._paths, "files")
            elif isinstance(term, Mapping):
                # As in Ansible, it counts alone, and for the texts behind it.
                self._paths = term.get("paths", ())
                self.skip = flag(term.get("skip", False))
                yield from _joined(term.get("files", ()), self._paths)
            elif isinstance(term, Sequence):
                yield from self.names(term)
            else:
                kind = type(term).__name__
                wanted = "Invalid term supplied. A string, dict or list is required"
                raise TypeError(f"{wanted}, not {kind!r}")


def _joined(
    files: Sequence[str] | str, paths: Sequence[str] | str, named: str = "the 'files' option"
) -> Iterator[str]:
    names = list(_split(named, files, ",;"))
    folders = list(_split('the "paths" option', paths, ",:;"))
    for folder in folders or [""]:
        yield from (str(Path(folder, name)) for name in names)


def _is_there(value: object) -> bool:
    """As in Ansible, what is not defined is no file for a loop."""
    from jinja2 import Undefined

    return not isinstance(value, Undefined)


def _split(named: str, texts: Sequence[str] | str, marks: str) -> Iterator[str]:
    if not _is_there(texts):
        return
    for text in [texts] if isinstance(texts, str) else filter(_is_there, texts):
        parts = re.split(f"[{marks}]", str(text))
        if parts[1:]:
            deprecate(f"Automatic splitting of {named} on {marks!r} is deprecated.", "2.23")
        yield from parts
