"""Links: made or turned to another target in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import files, paths

if TYPE_CHECKING:
    from pathlib import Path

    from ..runner.task import Context


def place(target: str, link: Path, ctx: Context) -> files.Placed:
    """Make `link` a symbolic link to `target`, in place of whatever file or link is there."""
    found = files.replaceable(link)
    with paths.told(f"make the link {link}"):
        before = str(link.readlink()) if paths.state(found) == "link" else ""
        if before == target:
            return files.Placed(path=link, changed=False)
        if not ctx.check:
            with files.replacing(link) as temporary:
                temporary.symlink_to(target)
    changes = {"state": (paths.state(found), "link"), "src": (before, target)}
    return files.Placed(path=link, changed=True, diff=files.facts_diff(link, changes, ctx))
