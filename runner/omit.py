"""What `omit` comes to."""

from __future__ import annotations

from typing import Final


class Omit:
    """The value of `omit`: an argument or entry that comes to it is left out."""

    def __repr__(self) -> str:
        return "<<Omit>>"


OMIT: Final = Omit()
