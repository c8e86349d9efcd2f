"""What was probably meant where the grammar stops: from lark's refusal to a problem with advice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.lexer import LexerThread

from engine.errors import InvalidDefinition
from engine.language.advice.rules import advise
from engine.language.advice.situation import Advice, Situation
from engine.language.nodes import Place
from engine.language.problems import invalid

_CHARACTERS = {
    "&": ("Write the word AND.", "AND"),
    "|": ("Write the word OR.", "OR"),
    "!": ("Write the word NOT, or != between a field and a value.", "NOT"),
    "~": ('To match a pattern write LIKE, for example name LIKE "Jo*".', "LIKE"),
    ":": ("Between a field and a value write =.", "="),
    ";": ("A definition is one expression: leave the semicolon out.", None),
    "≥": ("Write >=.", ">="),
    "≤": ("Write <=.", "<="),
    "≠": ("Write !=.", "!="),
    "[": ("Lists stand in round brackets: ( ).", "("),
    "]": ("Lists stand in round brackets: ( ).", ")"),
    "{": ("Groups stand in round brackets: ( ).", "("),
    "}": ("Groups stand in round brackets: ( ).", ")"),
    "%": ('A percent sign can only stand inside a text, as in name LIKE "Jo%".', None),
}
_LOOSE_DATE = re.compile(r"now\s*[+-]\s*[0-9]+\s*[a-zA-Z]?")
_CURLY = "“”„‟‘’‚‛«»"
_CURLY_TEXT = re.compile(f"[{_CURLY}]([^\n{_CURLY}]*)[{_CURLY}]")


def mistake(text: str, error: UnexpectedInput, grammar: Lark) -> InvalidDefinition:
    """Tell what is wrong where the parser or the lexer stopped."""
    if isinstance(error, UnexpectedCharacters):
        return _character(text, error.pos_in_stream or 0)
    assert isinstance(error, UnexpectedToken)
    situation = Situation(text, tuple(_before(text, error.token, grammar)), error.token)
    return _told(situation, advise(situation))


def _told(situation: Situation, advice: Advice) -> InvalidDefinition:
    token = advice.at or situation.token
    if token.type == "$END":
        end = len(situation.text.rstrip())
        at = Place(situation.text, end, end + 1)
    else:
        at = Place(situation.text, token.start_pos or 0, token.end_pos or 0)
    return invalid(at, advice.code, advice.message, advice.suggestions)


def _before(text: str, stop: Token, grammar: Lark) -> Iterator[Token]:
    """Read the tokens before the one that was refused."""
    # The parser's own lexer: grammar.lex() would build another one, which takes longer than all the rest.
    tokens = LexerThread.from_text(grammar.parser.lexer, text).lex(None)  # type: ignore[no-untyped-call]
    for token in tokens:
        if stop.type != "$END" and token.start_pos == stop.start_pos and token.type == stop.type:
            return
        yield token


def _character(text: str, start: int) -> InvalidDefinition:
    """Advise on a character, or the start of something unclosed, that begins no word of the language."""
    character = text[start]
    if character in "\"'":
        return invalid(_to_line_end(text, start), "unclosed_text", f"This text has no closing quote {character}.")
    if character == "`":
        return invalid(_to_line_end(text, start), "unclosed_name", "This name has no closing backtick `.")
    if text.startswith("/*", start):
        return invalid(_to_line_end(text, start), "unclosed_comment", "This comment is not closed by */.")
    at = Place(text, start, start + 1)
    if character in _CURLY:
        return _curly(text, start)
    if character in "-+" and _LOOSE_DATE.match(text, text.rfind("now", 0, start)):
        return _loose_date(text, text.rfind("now", 0, start))
    if character in "-+" and start and text[start - 1].isalnum():
        return _hyphen(text, start)
    advice, instead = _CHARACTERS.get(
        character, ("A name with other signs in it stands in backticks: `my name`.", None)
    )
    message = f"The sign {character} means nothing here. {advice}"
    return invalid(at, "unexpected_character", message, () if instead is None else (instead,))


def _curly(text: str, start: int) -> InvalidDefinition:
    found = _CURLY_TEXT.match(text, start)
    straight = f'"{found[1]}"' if found else '"'
    message = f"These are a word processor's quotes: write straight ones, {straight}."
    return invalid(Place(text, start, found.end() if found else start + 1), "curly_quotes", message, (straight,))


def _loose_date(text: str, start: int) -> InvalidDefinition:
    found = _LOOSE_DATE.match(text, start)
    assert found is not None
    quoted = '"' + "".join(found[0].split()) + '"'
    message = f"A date stands in quotes, without spaces: {quoted}."
    return invalid(Place(text, start, found.end()), "unquoted_date", message, (quoted,))


def _hyphen(text: str, start: int) -> InvalidDefinition:
    first, last = start, start + 1
    while first and (text[first - 1].isalnum() or text[first - 1] in "_-."):
        first -= 1
    while last < len(text) and (text[last].isalnum() or text[last] in "_-."):
        last += 1
    word = text[first:last]
    if word.startswith("now"):
        return invalid(Place(text, first, last), "unquoted_date", f'A date stands in quotes: "{word}".', (f'"{word}"',))
    message = f'Names with a hyphen stand in backticks, and values in quotes: `{word}` or "{word}".'
    return invalid(Place(text, first, last), "hyphen", message, (f"`{word}`", f'"{word}"'))


def _to_line_end(text: str, start: int) -> Place:
    end = text.find("\n", start)
    return Place(text, start, len(text) if end < 0 else end)
