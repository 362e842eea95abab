"""Expressions as functions of a context, built from their trees.

Most are evaluated a few times only, and Python code for one costs more than that. Templates with
statements are compiled by Jinja.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import Context, Environment, Undefined, missing, nodes
from .known_words import check
from .undefined import Missing

Value = Callable[[Context], Any]


def value_of(node: Any, environment: Environment) -> Value:
    """What an expression comes to; raises whatever it likes when it is called.

    Raises UnknownWordError at once.
    """
    return _KINDS[type(node)](node, environment)


def text_of(parts: Iterable[Any], environment: Environment) -> Value:
    """What texts and expressions are together."""
    plain = nodes.TemplateData
    values: list[Any] = [p.data if type(p) is plain else value_of(p, environment) for p in parts]
    shown: Any = environment.finalize

    def text(context: Context) -> str:
        return "".join([v if type(v) is str else str(shown(v(context))) for v in values])

    return text


def pieces_of(parts: Iterable[Any], environment: Environment) -> Value:
    """What expressions side by side, without any text, come to."""
    values = [value_of(part, environment) for part in parts]
    return lambda context: environment.concat([value(context) for value in values])


def _const(node: nodes.Const, _: Environment) -> Value:
    value = node.value
    return lambda _: value


def _name(node: nodes.Name, environment: Environment) -> Value:
    name, undefined = node.name, environment.undefined

    def name_(context: Context) -> Any:
        value = context.resolve_or_missing(name)
        return undefined(name=name) if value is missing else value

    return name_


def _getattr(node: nodes.Getattr, environment: Environment) -> Value:
    owner, name, find = value_of(node.node, environment), node.attr, environment.getattr
    return lambda context: find(owner(context), name)


def _getitem(node: nodes.Getitem, environment: Environment) -> Value:
    owner, key = value_of(node.node, environment), value_of(node.arg, environment)
    find: Any = operator.getitem if type(node.arg) is nodes.Slice else environment.getitem
    return lambda context: find(owner(context), key(context))


def _slice(node: nodes.Slice, environment: Environment) -> Value:
    written = [part or nodes.Const(None) for part in (node.start, node.stop, node.step)]
    parts = [value_of(part, environment) for part in written]
    return lambda context: slice(*[part(context) for part in parts])


def _list(node: nodes.List, environment: Environment) -> Value:
    items = [value_of(item, environment) for item in node.items]
    return lambda context: [item(context) for item in items]


def _tuple(node: nodes.Tuple, environment: Environment) -> Value:
    items = [value_of(item, environment) for item in node.items]
    return lambda context: tuple([item(context) for item in items])


def _dict(node: nodes.Dict, environment: Environment) -> Value:
    pairs = [(value_of(p.key, environment), value_of(p.value, environment)) for p in node.items]
    return lambda context: {key(context): value(context) for key, value in pairs}


def _concat(node: nodes.Concat, environment: Environment) -> Value:
    parts = [value_of(part, environment) for part in node.nodes]
    return lambda context: "".join([str(part(context)) for part in parts])


def _condition(node: nodes.CondExpr, environment: Environment) -> Value:
    test, then = value_of(node.test, environment), value_of(node.expr1, environment)
    other = value_of(node.expr2, environment) if node.expr2 else _nothing
    return lambda context: then(context) if test(context) else other(context)


def _nothing(_: Context) -> Undefined:
    return Undefined("the inline if-expression evaluated to false and no else section was defined.")


def _and(node: nodes.And, environment: Environment) -> Value:
    left, right = value_of(node.left, environment), value_of(node.right, environment)
    return lambda context: left(context) and right(context)


def _or(node: nodes.Or, environment: Environment) -> Value:
    left, right = value_of(node.left, environment), value_of(node.right, environment)
    return lambda context: left(context) or right(context)


def _binary(node: nodes.BinExpr, environment: Environment) -> Value:
    left, right = value_of(node.left, environment), value_of(node.right, environment)
    of_both = _OPERATORS[node.operator]
    return lambda context: of_both(left(context), right(context))


def _unary(node: nodes.UnaryExpr, environment: Environment) -> Value:
    value, of_it = value_of(node.node, environment), _SIGNS[node.operator]
    return lambda context: of_it(value(context))


def _compare(node: nodes.Compare, environment: Environment) -> Value:
    first = value_of(node.expr, environment)
    others = [(_COMPARISONS[each.op], value_of(each.expr, environment)) for each in node.ops]

    def compare(context: Context) -> Any:
        left, found = first(context), True
        for holds, other in others:
            right = other(context)
            found = holds(left, right)
            if not found:
                break
            left = right
        return found

    return compare


def _is_in(part: Any, whole: Any) -> bool:
    if isinstance(part, Missing):
        # A text would say only that this is no text.
        part.fail()
    return part in whole


def _filter(node: nodes.Filter, environment: Environment) -> Value:
    return _applied(node, environment, environment.call_filter)


def _test(node: nodes.Test, environment: Environment) -> Value:
    return _applied(node, environment, environment.call_test)


def _applied(node: Any, environment: Environment, apply: Callable[..., Any]) -> Value:
    check(node, environment)
    value, name = value_of(node.node, environment), node.name
    given = _arguments(node, environment)

    def applied(context: Context) -> Any:
        subject = value(context)
        return apply(name, subject, *given(context), context)

    return applied


def _call(node: nodes.Call, environment: Environment) -> Value:
    check(node, environment)
    called, given = value_of(node.node, environment), _arguments(node, environment)

    def call(context: Context) -> Any:
        function, (args, options) = called(context), given(context)
        return environment.call(context, function, *args, **options)

    return call


def _arguments(
    node: nodes.Call | nodes.Filter | nodes.Test, environment: Environment
) -> Callable[[Context], tuple[list[Any], dict[str, Any]]]:
    args = [value_of(each, environment) for each in node.args]
    options = [(each.key, value_of(each.value, environment)) for each in node.kwargs]
    if not (args or options or node.dyn_args or node.dyn_kwargs):
        return lambda _: ([], {})
    more = value_of(node.dyn_args or nodes.Const(()), environment)
    more_options = value_of(node.dyn_kwargs or nodes.Const({}), environment)

    def given(context: Context) -> tuple[list[Any], dict[str, Any]]:
        found = [*(each(context) for each in args), *more(context)]
        named = {name: each(context) for name, each in options}
        return found, dict(**named, **more_options(context))

    return given


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
_SIGNS: Mapping[str, Callable[[Any], Any]] = {
    "not": operator.not_,
    "-": operator.neg,
    "+": operator.pos,
}
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": _is_in,
    "notin": lambda part, whole: not _is_in(part, whole),
}
_KINDS: Mapping[type[nodes.Node], Callable[[Any, Environment], Value]] = {
    nodes.Const: _const,
    nodes.Name: _name,
    nodes.Getattr: _getattr,
    nodes.Getitem: _getitem,
    nodes.Slice: _slice,
    nodes.List: _list,
    nodes.Tuple: _tuple,
    nodes.Dict: _dict,
    nodes.Concat: _concat,
    nodes.CondExpr: _condition,
    nodes.And: _and,
    nodes.Or: _or,
    **dict.fromkeys(
        (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow), _binary
    ),
    **dict.fromkeys((nodes.Not, nodes.Neg, nodes.Pos), _unary),
    nodes.Compare: _compare,
    nodes.Filter: _filter,
    nodes.Test: _test,
    nodes.Call: _call,
}
