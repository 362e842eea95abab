"""Reads templates and expressions as Jinja's parser does, into the same trees, but quicker.

A playbook of a thousand tasks has some thousand templates, and most of what they cost was to be
parsed. Nearly all are plain: names, numbers, texts, filters, tests, operators. What is not
(statements, tuples, slices, braces or escapes in a text), and what is wrong, is left to Jinja.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_letters, digits
from typing import Any, NamedTuple

from .jinja import nodes
from .plain_lexemes import (
    COMPARED,
    COMPARISONS,
    JOINED,
    LEVELS,
    NOT,
    OF_TWO,
    OR,
    PRODUCT,
    SUM,
    Lexemes,
    NotPlainError,
)

_PRINTED = re.compile(r"(?<!\{)\{\{(?![-+])([^{}]*)(?<![-+])\}\}")
_LEFT_TO_JINJA = re.compile(r"\{[{%#]|\r")
_QUOTES = frozenset("'\"")
_OPERAND = frozenset({*ascii_letters, *digits, "_", "[", *_QUOTES})
"""What a test's operand begins with."""
_CONSTANTS: Mapping[str, bool | None] = {
    **dict.fromkeys(("true", "True"), True),
    **dict.fromkeys(("false", "False"), False),
    **dict.fromkeys(("none", "None")),
}
_RESERVED = frozenset({"and", "or", "not", "is", "in", "if", "else"})
_AFTER_TEST = frozenset({"and", "or", "else"})


class Parsed(NamedTuple):
    """A tree, and those of its nodes that name filters and tests, or call something."""

    tree: Any
    words: list[Any]


def template(text: str) -> Parsed | None:
    """Text with expressions in braces; None if Jinja has to read it."""
    pieces = _PRINTED.split(text)
    if any(map(_LEFT_TO_JINJA.search, pieces[::2])):
        return None
    words: list[Any] = []
    parts: list[Any] = [nodes.TemplateData(piece) for piece in pieces]
    for number in range(1, len(pieces), 2):
        parsed = expression(pieces[number])
        if parsed is None:
            return None
        parts[number] = parsed.tree
        words += parsed.words
    filled = [part for part in parts if type(part) is not nodes.TemplateData or part.data]
    return Parsed(nodes.Template([nodes.Output(filled)] if filled else []), words)


def expression(text: str) -> Parsed | None:
    """A bare expression; None if Jinja has to read it."""
    if not text.isascii() or "\r" in text:
        return None
    parser = _Parser(text)
    try:
        return Parsed(parser.whole(), parser.words)
    except NotPlainError:
        return None


class _Parser(Lexemes):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.words: list[Any] = []

    def whole(self) -> nodes.Expr:
        found = self._any()
        if not self.is_over:
            raise NotPlainError
        return found

    # Operators ----------------------------------------------------------------------------------

    def _any(self) -> nodes.Expr:
        value = self._bound(OR)
        while self.skip("if"):
            test = self._bound(OR)
            value = nodes.CondExpr(test, value, self._any() if self.skip("else") else None)
        return value

    def _bound(self, least: int) -> nodes.Expr:
        """What operators of this level or a higher one hold together."""
        if least <= NOT and self.skip("not"):
            left: nodes.Expr = nodes.Not(self._bound(NOT))
        else:
            left = self._signed()
        while (level := LEVELS.get(self.here, 0)) >= least:
            if level == COMPARED:
                left = self._compared(left)
            elif level == JOINED:
                left = self._joined(left)
            else:
                kind = OF_TWO[self.move()]
                left = kind(left, self._bound(level + 1))
        return left

    def _compared(self, left: nodes.Expr) -> nodes.Expr:
        others = []
        while LEVELS.get(self.here) == COMPARED:
            operator = self.move()
            if operator == "not":
                self.expect("in")
            others.append(nodes.Operand(COMPARISONS[operator], self._bound(SUM)))
        return nodes.Compare(left, others)

    def _joined(self, left: nodes.Expr) -> nodes.Expr:
        parts = [left]
        while self.skip("~"):
            parts.append(self._bound(PRODUCT))
        return nodes.Concat(parts)

    def _signed(self, *, filtered: bool = True) -> nodes.Expr:
        if self.here in ("-", "+"):
            kind = nodes.Neg if self.move() == "-" else nodes.Pos
            value: nodes.Expr = kind(self._signed(filtered=False))
        else:
            value = self._followed(self._first())
        return self._filtered(value) if filtered else value

    # Values -------------------------------------------------------------------------------------

    def _first(self) -> nodes.Expr:
        lexeme = self.move()
        if lexeme[:1].isidentifier():
            if lexeme in _CONSTANTS:
                return nodes.Const(_CONSTANTS[lexeme])
            if lexeme not in _RESERVED:
                return nodes.Name(lexeme, "load")
        elif lexeme[:1] in _QUOTES and len(lexeme) > 1 and self.here[:1] not in _QUOTES:
            return nodes.Const(lexeme[1:-1])
        elif lexeme.isdecimal() and (lexeme == "0" or lexeme[0] != "0"):
            return nodes.Const(int(lexeme))
        elif lexeme == "(":
            value = self._any()
            self.expect(")")
            return value
        elif lexeme == "[":
            return nodes.List(self._items())
        raise NotPlainError

    def _items(self) -> list[nodes.Expr]:
        found: list[nodes.Expr] = []
        while not self.skip("]"):
            if found:
                self.expect(",")
            found.append(self._any())
        return found

    # What comes behind a value ------------------------------------------------------------------

    def _followed(self, value: nodes.Expr) -> nodes.Expr:
        """The value, or a part of it, or what it gives when it is called."""
        while True:
            if self.skip("."):
                value = self._part(value)
            elif self.skip("["):
                value = nodes.Getitem(value, self._any(), "load")
                self.expect("]")
            elif self.here == "(":
                value = self._word(nodes.Call, value)
            else:
                return value

    def _part(self, owner: nodes.Expr) -> nodes.Expr:
        lexeme = self.move()
        if lexeme.isdecimal():
            return nodes.Getitem(owner, nodes.Const(int(lexeme)), "load")
        if not lexeme.isidentifier():
            raise NotPlainError
        return nodes.Getattr(owner, lexeme, "load")

    def _filtered(self, value: nodes.Expr) -> nodes.Expr:
        while True:
            if self.skip("|"):
                value = self._word(nodes.Filter, value, self._name())
            elif self.skip("is"):
                value = self._tested(value)
            elif self.here == "(":
                value = self._word(nodes.Call, value)
            else:
                return value

    def _tested(self, value: nodes.Expr) -> nodes.Expr:
        negated, name, here = self.skip("not"), self._name(), self.here
        if here[:1] in _OPERAND and here not in _AFTER_TEST:
            operand = self._followed(self._first())
            test: Any = nodes.Test(value, name, [operand], [], None, None)
            self.words.append(test)
        else:
            test = self._word(nodes.Test, value, name)
        return nodes.Not(test) if negated else test

    def _name(self) -> str:
        """The name of a filter or test, with dots perhaps."""
        parts = [self.move()]
        while self.skip("."):
            parts.append(self.move())
        if not all(map(str.isidentifier, parts)):
            raise NotPlainError
        return ".".join(parts)

    def _word(self, kind: type[Any], *named: Any) -> Any:
        """A filter, a test or a call, with what is given to it in parentheses."""
        args: list[nodes.Expr] = []
        options: list[nodes.Keyword] = []
        if self.skip("("):
            while not self.skip(")"):
                if args or options:
                    self.expect(",")
                self._argument(args, options)
        word = kind(*named, args, options, None, None)
        self.words.append(word)
        return word

    def _argument(self, args: list[nodes.Expr], options: list[nodes.Keyword]) -> None:
        if self.next == "=":
            name = self._name()
            self.expect("=")
            options.append(nodes.Keyword(name, self._any()))
        elif options:
            raise NotPlainError
        else:
            args.append(self._any())
