"""Times and sizes in the fewest figures that tell enough."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`0.35s`, `12.3s`, `2m 05s`, `1h 02m`."""
    if seconds < 9.995:  # noqa: PLR2004  # three figures, rounded
        return f"{seconds:.2f}s"
    if seconds < 59.95:  # noqa: PLR2004
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {rest:02}s"


def amount(number: float, unit: str) -> str:
    """`17 B`, `1.2 MB`; of anything but bytes the plain number, as `3 messages`."""
    if unit != "B":
        return f"{number:.0f} {unit}".rstrip()
    for prefix in ("", "k", "M", "G"):
        if number < 999.5:  # noqa: PLR2004  # rounded
            return f"{number:.3g} {prefix}B"
        number /= 1000
    return f"{number:,.3f} TB"
