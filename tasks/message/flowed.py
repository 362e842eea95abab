"""Text whose lines flow (RFC 3676): a line that ends in a space goes on in the next."""

from __future__ import annotations


def unfold(text: str, *, deletes_space: bool = False) -> str:
    """Join the lines of each paragraph; quotes keep their marks."""
    paragraphs: list[str] = []
    open_lines: list[str] = []
    open_depth = 0
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        if open_lines and depth != open_depth:
            paragraphs.append(_quoted(open_depth, open_lines))
            open_lines = []
        open_depth = depth
        if words.endswith(" ") and words != "-- ":
            open_lines.append(words[:-1] if deletes_space else words)
            continue
        if open_lines and words == "-- ":
            paragraphs.append(_quoted(open_depth, open_lines))
            open_lines = []
        paragraphs.append(_quoted(open_depth, [*open_lines, words]))
        open_lines = []
    if open_lines:
        paragraphs.append(_quoted(open_depth, open_lines))
    return "\n".join(paragraphs)


def _quoted(depth: int, lines: list[str]) -> str:
    text = "".join(lines)
    return f"{'>' * depth} {text}" if depth else text
