"""Who runs opsplay."""

from __future__ import annotations

import os


def user() -> str:
    """The name of the user; the number where there is no name, as in some containers."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
