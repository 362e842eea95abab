"""What MAIL FROM and RCPT TO say: an address, and parameters of the extensions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .folders import Refused

_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\x00-\x1f\x7f]*)>\s*(.*)\Z", re.IGNORECASE)
MAIL_PARAMETERS: Mapping[str, re.Pattern[str]] = {
    "SIZE": re.compile(r"\d{1,18}"),
    "BODY": re.compile(r"7BIT|8BITMIME", re.IGNORECASE),
    "SMTPUTF8": re.compile(""),
    "RET": re.compile(r"FULL|HDRS", re.IGNORECASE),
    "ENVID": re.compile(r"\S{1,100}"),
    "AUTH": re.compile(r"\S+"),
}
RCPT_PARAMETERS: Mapping[str, re.Pattern[str]] = {
    "NOTIFY": re.compile(
        r"NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*", re.IGNORECASE
    ),
    "ORCPT": re.compile(r"[\w-]+;\S{1,500}"),
}


def read_path(
    text: str, verb: str, known: Mapping[str, re.Pattern[str]]
) -> tuple[str, Mapping[str, str]]:
    """Give the address, and the parameters by name."""
    path = _PATH.match(text)
    if not path:
        raise Refused(f"501 5.5.4 write {verb}:<address>")
    parts = (parameter.partition("=") for parameter in path[2].split())
    given = {name.upper(): value for name, _, value in parts}
    for name, value in given.items():
        if name not in known or not known[name].fullmatch(value):
            raise Refused(f"555 5.5.4 the parameter {name} is not understood")
    return path[1], given
