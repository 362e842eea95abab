"""The kinds of one value: texts, booleans, choices, whatever comes, nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..task import Check, Mode, Pattern, Secret
from .kind import Kind, Schema, Wrong, describe

TRUE = ("yes", "true", "on", "1", "y", "t")
FALSE = ("no", "false", "off", "0", "n", "f")

_MODE_PART = r"[ugoa]*([-+=]([rwxXst]*|[ugo]))+"
_MODE = Pattern(
    rf"((0o?)?[0-7]{{1,4}}|({_MODE_PART})?(,({_MODE_PART})?)*)?",
    'a file mode in quotes, as "0644" or "u=rw,go=r"',
)


class Anything(Kind):
    """Whatever comes, as it came."""

    label = "any"
    expected = "any value"

    def fits(self, value: object) -> bool:
        return value is not None

    def convert(self, value: object) -> object:
        return value

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {}


class Nothing(Kind):
    """The empty value."""

    label = "null"
    expected = "nothing"

    def fits(self, value: object) -> bool:
        return value is None

    def convert(self, value: object) -> None:
        if value is not None:
            raise self.wrong(value)

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {"type": ["null"]}


class Text(Kind):
    """A text; a plain number is taken as it is written, and so is what else a template gives.

    Of a literal the schema has said before that it is no text.
    """

    label = "text"
    expected = "text"
    type_name = "str"
    null: str | None = None
    """What a template means that comes to null, if that is not refused."""

    def __init__(self, pattern: Pattern | None = None, check: Check | None = None) -> None:
        self._regex = pattern.regex if pattern else None
        self.find_fault = check.find_fault if check else None
        self.checked = check is not None
        if pattern:
            self.expected = pattern.expected

    def fits(self, value: object) -> bool:
        return isinstance(value, str)

    def convert(self, value: object) -> str:
        text = self._text(value)
        if self._regex is not None and not re.fullmatch(self._regex, text):
            raise self.wrong(value)
        return text

    def _text(self, value: object) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool) and self._is_special:
            raise self.wrong(value, "put it in quotes if text is meant")
        if value is None and self.null is not None:
            return self.null
        if value is None or (self._is_special and not isinstance(value, int | float)):
            raise self.wrong(value)
        return str(value)

    @property
    def _is_special(self) -> bool:
        """Whether a list that was made a text can only be a mistake."""
        return self.secret or self._regex is not None

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        # The whole value must match, as in `convert`: a lone `$` lets a line break through.
        pattern = {} if self._regex is None else {"pattern": rf"^(?:{self._regex})$(?!\n)"}
        return {"type": ["string", "number"], **pattern}


class SecretText(Text):
    """A text that errors and listeners must not show."""

    label = "secret text"
    secret = True

    def convert(self, value: object) -> Secret:
        return Secret(super().convert(value))


class ModeText(Text):
    """File permissions: only a text, since a bare 644 is a decimal number."""

    label = "file mode"

    def __init__(self) -> None:
        super().__init__(_MODE)

    def convert(self, value: object) -> Mode:
        return Mode(super().convert(value))

    def _text(self, value: object) -> str:
        if isinstance(value, str):
            return value
        raise self.wrong(value)

    def wrong(self, value: object, hint: str = "") -> Wrong:
        """Of a text, in Ansible's words, which playbooks look for."""
        if not isinstance(value, str):
            return super().wrong(value, hint)
        words = 'must be in octal or symbolic form, as "0644" or "u=rw,go=r"'
        return Wrong(f"{words}, got {describe(value)}", hint)

    def schema(self, *, exact: bool = False) -> Schema:
        examples = ["0644", "u=rw,go=r"]
        return {**super().schema(exact=exact), "type": ["string"], "examples": examples}


class Flag(Kind):
    """A boolean, or one of the words and digits that stand for one."""

    label = "boolean"
    expected = "true or false"
    type_name = "bool"
    words = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)

    def fits(self, value: object) -> bool:
        return isinstance(value, bool)

    def convert(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word not in self.words:
            raise self.wrong(value)
        return self.words[word]

    def schema(self, *, exact: bool = False) -> Schema:
        if exact:
            return {"type": ["boolean"]}
        words = "|".join(map(_in_any_case, self.words))
        return {
            "type": ["boolean", "string", "integer"],
            "pattern": rf"^\s*({words})\s*$",
            "minimum": 0,
            "maximum": 1,
        }


def _in_any_case(word: str) -> str:
    return "".join(f"[{char.upper()}{char}]" if char.isalpha() else char for char in word)


class Choice(Kind):
    """One of a few words."""

    label = "choice"

    def __init__(self, options: Sequence[str | int | bool]) -> None:
        self.options = tuple(options)
        *most, last = (str(option) for option in options)
        self.expected = f"{', '.join(most)} or {last}" if most else last
        self._values = {(type(option), option): option for option in options}
        for option in options:
            # A bare `on` is a boolean in YAML, a bare 7 a number.
            if isinstance(option, str) and option in Flag.words:
                self._values.setdefault((bool, Flag.words[option]), option)
            if isinstance(option, str) and option.isdecimal():
                self._values.setdefault((int, int(option)), option)

    def fits(self, value: object) -> bool:
        return isinstance(value, str | int) and self._key(value) in self._values

    def convert(self, value: object) -> str | int | bool:
        if not isinstance(value, str | int) or not self.fits(value):
            raise Wrong(f"must be one of: {', '.join(map(str, self.options))}, got: {value}")
        return self._values[self._key(value)]

    def _key(self, value: str | int) -> tuple[type, str | int]:
        # 1 == True, and a text may be of a type of its own that knows its place.
        return (str, str(value)) if isinstance(value, str) else (type(value), value)

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {"enum": [value for _, value in self._values]}
