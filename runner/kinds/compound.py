"""The kinds made of others: lists, mappings, one of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..mapping_text import mapping_of
from .kind import Kind, Schema, Wrong
from .plain import Anything, Nothing, Text
from .schemas import accepts_scalars, merge, only_scalars


class ListOf(Kind):
    """A list; one lone text or number is taken as a list of one."""

    type_name = "list"

    def __init__(self, item: Kind) -> None:
        self.item = item
        self.label = "list" if isinstance(item, Anything) else f"list of {item.plural}"
        self.expected = f"a {self.label}"
        self.secret = item.secret
        self.checked = item.checked
        self._takes_one = accepts_scalars(item.schema())

    def fits(self, value: object) -> bool:
        return isinstance(value, list | tuple)

    def convert(self, value: object) -> list[Any]:
        if isinstance(value, list | tuple):
            convert = self.item.convert
            return [_at(index, convert, entry) for index, entry in enumerate(value)]
        if self._takes_one and isinstance(value, str | int | float):
            return [self.item.convert(value)]
        raise self.wrong(value)

    def schema(self, *, exact: bool = False) -> Schema:
        items = self.item.schema()
        listed = {"type": ["array"], "items": items}
        if exact or not self._takes_one:
            return listed
        return merge([listed, only_scalars(items)])


class CommaList(ListOf):
    """A list that a text with commas stands for, too; a number is a list of one text."""

    def __init__(self, item: Kind) -> None:
        super().__init__(item)
        self.expected += " or a text with commas"

    def convert(self, value: object) -> list[Any]:
        if isinstance(value, str):
            return super().convert(value.split(","))
        return super().convert(value)

    def schema(self, *, exact: bool = False) -> Schema:
        schema = super().schema(exact=exact)
        if "pattern" in schema:
            one = schema["pattern"].removeprefix("^").removesuffix("$")
            schema["pattern"] = f"^{one}(?:,{one})*$"
        return schema


class MapOf(Kind):
    """A mapping from names to values of one kind."""

    type_name = "dict"

    def __init__(self, item: Kind) -> None:
        self.item = item
        self.label = "mapping" if isinstance(item, Anything) else f"mapping to {item.plural}"
        self.expected = f"a {self.label}"
        self.secret = item.secret
        self.checked = item.checked

    def fits(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def convert(self, value: object) -> dict[str, Any]:
        if isinstance(value, str):
            with suppress(ValueError):
                value = mapping_of(value)
        if not isinstance(value, Mapping):
            raise self.wrong(value)
        convert = self.item.convert
        return {str(name): _at(str(name), convert, entry) for name, entry in value.items()}

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {"type": ["object"], "additionalProperties": self.item.schema()}


def _at(key: str | int, convert: Callable[[Any], Any], value: object) -> Any:
    try:
        return convert(value)
    except Wrong as error:
        raise error.under(key) from None


class AnyOf(Kind):
    """One of several kinds: the one the value has as it stands, or the first that takes it."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = tuple(kinds)
        self.named = [kind for kind in kinds if not isinstance(kind, Nothing)]
        self.label = " or ".join(kind.label for kind in self.named)
        self.expected = " or ".join(kind.expected for kind in self.named)
        self.secret = any(kind.secret for kind in kinds)
        self.checked = any(kind.checked for kind in kinds)

    @property
    def plural(self) -> str:
        return " or ".join(kind.plural for kind in self.named)

    def fits(self, value: object) -> bool:
        return any(kind.fits(value) for kind in self.kinds)

    def convert(self, value: object) -> Any:
        fitting = [kind for kind in self.kinds if kind.fits(value)]
        candidates = fitting or [kind for kind in self.kinds if not isinstance(kind, Nothing)]
        if len(candidates) == 1:
            return candidates[0].convert(value)
        has_text = any(isinstance(kind, Text) for kind in candidates)
        if has_text and not fitting and isinstance(value, bool | list | Mapping | None):
            # A text alone takes them as Python writes them; here another kind was meant.
            hint = "put it in quotes if text is meant" if isinstance(value, bool) else ""
            raise self.wrong(value, hint)
        hints = []
        for kind in candidates:
            try:
                return kind.convert(value)
            except Wrong as error:
                hints.append(error.hint)
        raise self.wrong(value, next(filter(None, hints), ""))

    def schema(self, *, exact: bool = False) -> Schema:
        # Beside a text, "5" and "yes" are texts and a lone text is no list.
        exact = exact or any(isinstance(kind, Text) for kind in self.kinds)
        return merge([kind.schema(exact=exact) for kind in self.kinds])
