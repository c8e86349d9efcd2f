"""What was probably meant where the grammar stops: from lark's refusal to a problem with advice."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.lexer import LexerThread

from engine.errors import InvalidDefinition
from engine.language.advice.characters import character
from engine.language.advice.rules import advise
from engine.language.advice.situation import Advice, Situation
from engine.language.nodes import Place
from engine.language.problems import invalid


def mistake(text: str, error: UnexpectedInput, grammar: Lark) -> InvalidDefinition:
    """Tell what is wrong where the parser or the lexer stopped."""
    if isinstance(error, UnexpectedCharacters):
        return character(text, error.pos_in_stream or 0)
    assert isinstance(error, UnexpectedToken)
    situation = Situation(text, tuple(_before(text, error.token, grammar)), error.token)
    return _told(situation, advise(situation))


def _told(situation: Situation, advice: Advice) -> InvalidDefinition:
    token = advice.at or situation.token
    if token.type == "$END":
        end = len(situation.text.rstrip())
        at = Place(situation.text, end, end + 1)
    else:
        at = Place(situation.text, token.start_pos or 0, advice.end or token.end_pos or 0)
    return invalid(at, advice.code, advice.message, advice.suggestions)


def _before(text: str, stop: Token, grammar: Lark) -> Iterator[Token]:
    """Read the tokens before the one that was refused."""
    # The parser's own lexer: grammar.lex() would build another one, which takes longer than all the rest.
    tokens = LexerThread.from_text(grammar.parser.lexer, text).lex(None)  # type: ignore[no-untyped-call]
    for token in tokens:
        if stop.type != "$END" and token.start_pos == stop.start_pos and token.type == stop.type:
            return
        yield token
