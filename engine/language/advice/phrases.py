"""Operators in words, as people say them: `starts with "Jo"`, `is not 5`, `more than 3`."""

from __future__ import annotations

import re

from lark import Token

from engine.language.advice.situation import VALUES, Advice, Situation
from engine.language.problems import nearest
from engine.language.units import unit_of

_OPERATORS = ("IN", "INTERSECTS", "CONTAINS", "LIKE", "BETWEEN", "NOT")
_THAN = r"\s+(?:than|as)"
_OR_EQUAL = r"\s+or\s+equal(?:s)?(?:\s+to)?"
_MORE = r"(?:is\s+)?(?:greater|more|bigger|higher|larger|later)" + _THAN
_LESS = r"(?:is\s+)?(?:less|fewer|smaller|lower|earlier)" + _THAN
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words + r"(?!\w)", re.I), instead)
    for words, instead in (
        (r"is\s+not\s+null", "EXISTS"),
        (r"is\s+null", "NOT EXISTS"),
        (_MORE + _OR_EQUAL, ">="),
        (_LESS + _OR_EQUAL, "<="),
        (_MORE, ">"),
        (_LESS, "<"),
        (r"(?:is\s+)?at\s+least", ">="),
        (r"(?:is\s+)?at\s+most", "<="),
        (r"(?:is\s+)?(?:over|above|after|since|greater|more)", ">"),
        (r"(?:is\s+)?(?:under|below|before|less|fewer)", "<"),
        (r"(?:is\s+not|isnt|does\s+not\s+equal|not\s+equal\s+to|neq?)", "!="),
        (r"is\s+(?:one\s+of|any\s+of|in)(?=\s*\()", "IN"),
        (r"(?:has\s+)?any(?:\s+of)?(?=\s*\()", "INTERSECTS"),
        (r"(?:is|equals?|eq)(?:\s+to)?", "="),
        (r"(?:contain|has|have|includes?|matching)", "CONTAINS"),
    )
)
_PARTS = re.compile(r"(start|begin|end)\w*(?:\s+with)?\s*([\"'])([^\n\"']*)\2", re.I)
_SINCE = re.compile(r"(?:within|in|during)(?:\s+the)?(?:\s+(?:last|past))?\s*[\"']?([0-9]+)\s*([a-zA-Z]+)[\"']?", re.I)
_PATTERN = re.compile(r"(?:starts?|begins?|ends?)\s*(?:with)?|match\w*", re.I)


def in_words(here: Situation, name: str) -> Advice:
    """Answer a field that is followed by something else than an operator of the language."""
    if here.token.type in VALUES:
        message = f"An operator is missing between {name} and {here.shown}."
        return Advice("missing_operator", message, (f"= {here.token}",))
    return _part_of_text(here) or since(here, here.token) or _phrase(here, name) or _misspelt(here)


def since(here: Situation, first: Token) -> Advice | None:
    """Answer `last_visit_at within "30d"` and `last_visit_at IN LAST 30 days`."""
    found = _SINCE.match(here.text, first.start_pos or 0)
    if found is None:
        return None
    instead = f'> "now-{found[1]}{unit_of(found[2])}"'
    return Advice("unknown_operator", f"Of a time write {instead}.", (instead,), first, found.end())


def _part_of_text(here: Situation) -> Advice | None:
    found = _PARTS.match(here.rest)
    if found is None:
        return None
    instead = f'LIKE "*{found[3]}"' if found[1].lower() == "end" else f'LIKE "{found[3]}*"'
    return Advice("unknown_operator", f"Write {instead}.", (instead,), here.token, here.start + found.end())


def _phrase(here: Situation, name: str) -> Advice | None:
    for pattern, instead in _PHRASES:
        found = pattern.match(here.rest)
        if found is not None:
            end = here.start + found.end()
            if instead.endswith("EXISTS"):
                whole = f"{instead} {name}"
                return Advice("unknown_operator", f"Write {whole}.", (whole,), here.before[-1], end)
            return Advice("unknown_operator", f'Write {instead} instead of "{found[0]}".', (instead,), end=end)
    return None


def _misspelt(here: Situation) -> Advice:
    close = ("LIKE",) if _PATTERN.match(here.rest) else nearest(here.token, _OPERATORS)
    advice = f"Write {close[0]}." if close else "Write one of = != < <= > >= IN INTERSECTS CONTAINS LIKE BETWEEN."
    return Advice("unknown_operator", f"{here.shown} is not an operator. {advice}", close)
