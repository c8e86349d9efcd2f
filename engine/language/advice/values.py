"""Values: bare words, bare dates, lists without brackets, two signs, commas in numbers."""

from __future__ import annotations

import re

from engine.language.advice.phrases import since
from engine.language.advice.situation import JOINS, LISTS, SIGNS, VALUES, WANT_VALUE, Advice, Situation
from engine.language.literals import days_in
from engine.language.problems import either
from engine.language.words import KEYWORDS

_MEANT = {"yes": "true", "no": "false", "yesterday": '"now-1d"', "today": '"now-1d"', "tomorrow": '"now+1d"'}
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+\b")
_DATE = re.compile(r"now(\s*\(\s*\))?(\s*[+-]\s*[0-9]+\s*[a-zA-Z]+)?", re.I)
_DAY = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(T[0-9:.]+Z?)?(?!\w)|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}(?!\w)")
_BETWEEN = "BETWEEN takes two values with AND between them: BETWEEN 1 AND 5."
_ITEM = r"""(?:"[^"\n]*"|'[^'\n]*'|[+-]?[0-9.]+(?![\w.]))"""
_ITEMS = re.compile(rf"{_ITEM}(?:\s*,\s*{_ITEM})*")
_PAIR = re.compile(rf"\(\s*({_ITEM})\s*(?:,|AND|TO|-)\s*({_ITEM})\s*\)", re.I)
_SWAPPED = {frozenset({"EQUAL", "MORE"}): ">=", frozenset({"EQUAL", "LESS"}): "<=", frozenset({"LESS", "MORE"}): "!="}


def missing_list(here: Situation) -> Advice | None:
    """Answer `a IN "x"`."""
    if here.type(1) in LISTS and here.token.type != "LPAR":
        in_last = since(here, here.before[-1]) if here.token.type == "LAST" else None
        if in_last is not None:
            return in_last
        word = here.type(1)
        message = f'{word} takes a list in brackets: {word} ("a", "b").'
        found = _ITEMS.match(here.rest)
        if found is not None:
            return Advice("missing_list", message, (f"({found[0]})",), end=here.start + found.end())
        return Advice("missing_list", message, (f'("{here.token}")',) if here.token.type == "NAME" else ())
    return None


def value(here: Situation) -> Advice | None:
    """Answer `a = x`, `a > now-7d`, `a => 5`, `a = ("x")` and `a =`."""
    if not _in_value_place(here):
        return None
    if here.token.type in SIGNS and here.type(1) in SIGNS:
        return _two_signs(here)
    if here.token.type == "NAME" or (here.token.type.upper() in KEYWORDS and here.token.type not in JOINS):
        return _bare_word(here)
    if here.token.type == "LPAR" and here.type(1) == "BETWEEN":
        pair = _PAIR.match(here.rest)
        instead = (f"{pair[1]} AND {pair[2]}",) if pair else ()
        return Advice("between", _BETWEEN, instead, end=here.start + pair.end() if pair else None)
    if here.token.type == "LPAR":
        instead = {"EQUAL": ("IN",), "UNEQUAL": ("NOT IN",)}.get(here.type(1), ())
        message = 'One value stands here. To allow several write IN ("a", "b").'
        return Advice("list_not_allowed", message, instead, at=here.before[-1])
    sign = str(here.before[-1])
    return Advice("missing_value", f"A value is missing after {sign}.", at=here.before[-1])


def between(here: Situation) -> Advice | None:
    """Answer `a BETWEEN 1, 5`."""
    if here.type(2) == "BETWEEN" and here.type(1) in VALUES:
        return Advice("between", _BETWEEN, ("AND",))
    return None


def date(here: Situation) -> Advice | None:
    """Answer `a > 2026-01-31` and `a > 31.01.2026`."""
    number = next((token for token in here.before[-2:] if token.type == "NUMBER"), None)
    written = _DAY.match(here.text, number.start_pos or 0) if number is not None else None
    if written is None:
        return None
    instead = tuple(f'"{day}"' for day in days_in(written[0])) or (f'"{written[0]}"',)
    message = f"A date stands in quotes: {either(instead)}."
    return Advice("unquoted_date", message, instead, number, written.end())


def thousands(here: Situation) -> Advice | None:
    """Answer `a > 1,000`."""
    number = next((token for token in reversed(here.before[-2:]) if token.type == "NUMBER"), None)
    written = _THOUSANDS.match(here.text, number.start_pos or 0) if number is not None else None
    if written is None or here.opener in LISTS:
        return None
    whole = written[0].replace(",", "")
    message = f"Numbers are written without commas: {whole}."
    return Advice("thousands", message, (whole,), number, written.end())


def _in_value_place(here: Situation) -> bool:
    in_list = here.opener in LISTS and here.type(1) in ("LPAR", "COMMA")
    upper_bound = here.type(1) == "AND" and here.type(3) == "BETWEEN"
    return here.type(1) in WANT_VALUE or in_list or upper_bound


def _two_signs(here: Situation) -> Advice:
    pair = {here.type(1), here.token.type}
    meant = _SWAPPED.get(frozenset(pair))
    if meant is None:
        message = "Two signs follow one another: write one of = != < <= > >=."
        return Advice("two_signs", message, (str(here.before[-1]),), here.before[-1], here.end)
    return Advice("two_signs", f"Write {meant}.", (meant,), here.before[-1], here.end)


def _bare_word(here: Situation) -> Advice:
    date = _DATE.match(here.rest)
    if date and here.token.lower() == "now":
        quoted = '"now' + re.sub(r"[\s()]", "", date[0][3:]) + '"'
        return Advice("unquoted_date", f"A date stands in quotes: {quoted}.", (quoted,), end=here.start + date.end())
    meant = _MEANT.get(here.token.lower())
    if meant is not None:
        return Advice("bare_word", f"Write {meant}.", (meant,))
    quoted = '"' + here.shown.strip("`") + '"'
    return Advice("bare_word", f"A text stands in quotes: {quoted}. Two fields cannot be compared.", (quoted,))
