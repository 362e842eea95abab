r"""The words of templates as Ansible reads them.

A backslash in a text inside `{{ }}` stays as it is: `'\1'` is no \x01. In statements, bare
expressions and template files Jinja's escapes hold, as they do there.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2.lexer import Lexer, TokenStream


class LiteralLexer(Lexer):
    def tokenize(
        self,
        source: str,
        name: str | None = None,
        filename: str | None = None,
        state: str | None = None,
    ) -> TokenStream:
        if "\\" not in source:
            return super().tokenize(source, name, filename, state)
        stream = _doubling(self.tokeniter(source, name, filename, state))
        return TokenStream(self.wrap(stream, name, filename), name, filename)


def _doubling(stream: Iterator[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    inside = False
    for line, kind, text in stream:
        inside = kind == "variable_begin" or (inside and kind != "variable_end")
        yield line, kind, text.replace("\\", r"\\") if inside and kind == "string" else text
