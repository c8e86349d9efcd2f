"""Text to tree: the grammar is in grammar.lark, its rules become nodes in builder.py."""

from __future__ import annotations

from functools import cache

from lark import Lark, UnexpectedInput

from engine.language.builder import Builder, Statement
from engine.language.layout import Layout, TooDeep, TooMany
from engine.language.limits import check_size, check_tree, too_deep, too_many_conditions
from engine.language.mistakes import mistake
from engine.language.nodes import Node, Place
from engine.language.problems import invalid


@cache
def grammar(strict: bool = False) -> Lark:
    """Load the grammar; `strict` refuses ambiguities that lark would settle by itself."""
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        start="statement",
        parser="lalr",
        lexer="basic",
        postlex=Layout(),
        strict=strict,
    )


def parse(text: str, slug: str | None = None) -> Node:
    """Read a definition, with or without a statement's words around it; an ALIAS must be `slug`, if that is given.

    Raises InvalidDefinition."""
    statement = parse_statement(text)
    if statement.limit is not None:
        advice = "An audience has no LIMIT, everyone who matches is a member: leave it out."
        raise invalid(statement.limit.at, "unsupported_limit", advice)
    if slug is not None and statement.alias is not None and statement.alias.value != slug:
        advice = f"This audience is called `{slug}`, not `{statement.alias.value}`: change the ALIAS or leave it out."
        raise invalid(statement.alias.at, "wrong_alias", advice, (slug,))
    return statement.root


def parse_statement(text: str) -> Statement:
    """Read a definition and the words around it. Raises InvalidDefinition."""
    check_size(text)
    try:
        tree = grammar().parse(text)
    except TooDeep as error:
        raise too_deep(Place(text, error.token.start_pos or 0, error.token.end_pos or 0)) from None
    except TooMany as error:
        raise too_many_conditions(Place(text, error.token.start_pos or 0, error.token.end_pos or 0)) from None
    except UnexpectedInput as error:
        raise mistake(text, error, grammar()) from None
    statement: Statement = Builder(text).transform(tree)
    _check_words_around(statement)
    check_tree(statement.root)
    return statement


def _check_words_around(statement: Statement) -> None:
    if statement.table is not None and statement.table.value != "user":
        advice = f"Audiences are of people, not of `{statement.table.value}`: write FROM user, or leave FROM out."
        raise invalid(statement.table.at, "unsupported_from", advice, ("user",))
    for option in statement.options:
        advice = f"There is no option `{'.'.join(option.parts)}`: leave WITH out."
        raise invalid(option.at, "unsupported_with", advice)
