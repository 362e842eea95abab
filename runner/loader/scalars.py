"""What a YAML scalar means: YAML 1.1 as Ansible reads it, less its traps.

`12:30`, `2024-01-31` and `0644` are texts, where YAML 1.1 makes 750, a date and 420 of them.
"""

from __future__ import annotations

import re
from typing import Final

_INTEGER = r"[-+]?(?:0|[1-9][0-9_]*|0b[01_]*[01][01_]*|0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*)"
_FLOAT = (
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_NUMBER_STARTS = frozenset("-+.0123456789")
_MAX_DIGITS = 1000

_WORDS: Final[dict[str, bool | None]] = {"": None, "~": None, "null": None} | {
    word: value
    for value, words in ((True, ("yes", "on", "true")), (False, ("no", "off", "false")))
    for word in words
}
CONSTANTS: Final[dict[str, bool | None]] = {
    form: value
    for word, value in _WORDS.items()
    for form in (word, word.capitalize(), word.upper())
}

PREFIX: Final = "tag:yaml.org,2002:"
VAULT_TAGS: Final = frozenset({"!vault", "!vault-encrypted"})
TEXT_TAGS: Final = frozenset({"!unsafe", PREFIX + "str"})
_BINARY: Final = PREFIX + "binary"
_TYPES: Final[dict[str, type]] = {
    PREFIX + "int": int,
    PREFIX + "float": float,
    PREFIX + "bool": bool,
    PREFIX + "null": type(None),
}


class ScalarError(ValueError):
    """A scalar that cannot be read; the arguments are the message and the hint."""


def resolve(text: str) -> object:
    """The value of a plain scalar."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text[0] in _NUMBER_STARTS:
        return _number(text)
    if text == "=":
        msg = "a lone = has a meaning of its own in YAML"
        raise ScalarError(msg, 'write "="')
    return text


def _number(text: str) -> object:
    if re.fullmatch(_INTEGER, text):
        if len(text) > _MAX_DIGITS:
            msg = f"a whole number of {len(text)} digits"
            raise ScalarError(msg, "quote it if it is a text")
        return _integer(text.replace("_", ""))
    if re.fullmatch(_FLOAT, text):
        return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _integer(digits: str) -> int:
    bases = {"0b": 2, "0x": 16}
    return int(digits, bases.get(digits.lstrip("-+")[:2], 10))


def tagged(text: str, tag: str) -> object:
    """The value of a scalar with a tag."""
    if tag in TEXT_TAGS:
        return text
    if tag == _BINARY:
        return _decoded(text)
    wanted = _TYPES.get(tag)
    if wanted is None:
        raise ScalarError(*refusal(tag))
    value = resolve(text)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        msg = f"{text!r} is not what the tag {short(tag)} says"
        raise ScalarError(msg)
    return value


def _decoded(text: str) -> str:
    """What `!!binary` holds: all that a playbook can do with bytes, it can do with their text."""
    import base64

    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except ValueError as error:
        raise ScalarError("this is not a text in base64", "keep bytes in a file") from error


def short(tag: str) -> str:
    """A tag as people write it."""
    return "!!" + tag[len(PREFIX) :] if tag.startswith(PREFIX) else tag


def refusal(tag: str) -> tuple[str, str]:
    """Why a tag is not read, and what to do about it."""
    if tag in VAULT_TAGS:
        return "what is encrypted (!vault) is a text", "write it as ansible-vault does: !vault |"
    if tag.startswith(PREFIX + "python/"):
        return (
            f"the tag {short(tag)} asks for a Python object, which is never made",
            "remove the tag",
        )
    hint = "remove the tag, or quote the text"
    if tag.startswith(PREFIX):
        return f"the tag {short(tag)} is not supported", hint
    # In Ansible's words: scripts look for them.
    return f"YAML parsing failed: Could not determine a constructor for the tag {tag!r}.", hint
