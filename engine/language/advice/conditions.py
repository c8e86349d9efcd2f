"""Conditions and what joins them: missing, side by side, brought along from SQL."""

from __future__ import annotations

import re

from engine.language.advice.situation import BEGINS, JOINS, LISTS, SIGNS, VALUES, WANT_ITEM, Advice, Situation, is_field
from engine.language.dates import UNITS

_SELECT = re.compile(r"(SELECT\b[^()\"'`]*\b)?WHERE\b|(IF|WHEN|SHOW|FIND)\b", re.I)
_SAID_BEFORE = ("select", "where", "if", "when", "show", "find")
_JOINED = {"but": "AND", "also": "AND", "plus": "AND", "xor": "OR"}


def nothing(here: Situation) -> Advice | None:
    """Answer a text without a condition."""
    if here.is_end and (not here.before or (len(here.before) == 1 and here.type(1) == "FILTER")):
        message = "Write a condition, for example score_momentum > 50, or * for everyone."
        return Advice("empty", message, () if here.text.strip() and not here.before else ("*",))
    return None


def from_sql(here: Situation) -> Advice | None:
    """Answer `SELECT * FROM users WHERE a = 1`."""
    first = here.before[0] if len(here.before) == 1 else here.token if not here.before else ""
    if first.lower() in _SAID_BEFORE and here.token.type in ("WHERE", "NAME", "STAR"):
        at = here.before[0] if here.before else here.token
        message = "A definition is the condition alone: leave out what stands before it, or write FILTER."
        before = _SELECT.match(here.text, at.start_pos or 0)
        return Advice("sql", message, ("FILTER",) if before else (), at, before.end() if before else None)
    return None


def prefix(here: Situation) -> Advice | None:
    """Answer `AND a = 1, b = 2` and `a = 1 AND OR b = 2`."""
    if here.type(1) in JOINS and here.type(2) in JOINS:
        return Advice(
            "missing_condition",
            f"A condition is missing between {here.type(2)} and {here.type(1)}.",
            at=here.before[-1],
        )
    opens = here.type(1) in JOINS and here.type(2) in ("", "LPAR", "COMMA", "NOT", "FILTER")
    if not opens or here.token.type not in BEGINS - JOINS - {"LPAR"}:
        return None
    word, rest = here.type(1), here.rest.rstrip()
    message = f"{word} stands between two conditions, or before a list in brackets: {word} (…, …)."
    if len(here.before) == 1 and "\n" not in rest:
        return Advice("missing_bracket", message, (f"{word} ({rest})",), here.before[-1], here.start + len(rest))
    return Advice("missing_bracket", message, (f"{word} (",), at=here.before[-1])


def repeated(here: Situation) -> Advice | None:
    """Answer `a = 1 OR = 2`, `a LIKE "x*" OR LIKE "y*"` and `a = "x" OR "y"`."""
    if here.type(1) not in JOINS or here.type(2) not in VALUES or here.type(4) != "NAME":
        return None
    message = "Each condition names its field. For several values of one write IN ( … ) or INTERSECTS ( … )."
    name, operator = here.before[-4:-2]
    if here.token.type in {*SIGNS, "LIKE", "CONTAINS", "IN", "INTERSECTS"} and not is_field(here):
        return Advice("repeat_field", message, (f"{name} {here.token}",))
    if here.token.type in VALUES and operator.type == "UNEQUAL":
        instead = f"NOT IN ({here.before[-2]}, {here.token})"
        return Advice("repeat_field", f"For none of several write {instead}.", (instead,), operator, here.end)
    if here.token.type in VALUES:
        return Advice("repeat_field", message, (f"{name} {operator} {here.token}",))
    return None


def missing_item(here: Situation) -> Advice | None:
    """Answer `a = 1 AND`."""
    if here.type(1) in WANT_ITEM and here.token.type in ("$END", "RPAR", "COMMA", "OR", "AND", "FROM", "ALIAS", *SIGNS):
        return Advice("missing_condition", f"A condition is missing after {here.type(1)}.", at=here.before[-1])
    return None


def missing_join(here: Situation) -> Advice | None:
    """Answer `a = 1 b = 2`, `IN ("a" "b")` and `a > 30d`."""
    if not here.after_item:
        return None
    if here.opener in LISTS and here.token.type in JOINS:
        return Advice("missing_comma", "Between the values of a list stands a comma.", (",",))
    if here.opener in LISTS and here.token.type in VALUES | {"NAME"}:
        return Advice("missing_comma", "A comma is missing between these values.", (f", {here.token}",))
    if here.type(1) == "NUMBER" and here.token.type == "NAME" and here.token.start_pos == here.before[-1].end_pos:
        return _unquoted(here)
    if here.token.lower() in ("order", "group", "having"):
        return Advice("sql", f"A definition has no {here.token.upper()}: leave it out.")
    if here.token.lower() in _JOINED:
        return Advice("missing_join", f"Write {_JOINED[here.token.lower()]}.", (_JOINED[here.token.lower()],))
    if here.token.type in BEGINS and here.token.type not in JOINS:
        joins = ("AND", "OR", ",") if here.opener in JOINS else ("AND", "OR")
        instead = tuple(f"{join} {here.token}" for join in joins)
        return Advice("missing_join", f"Between two conditions write {' or '.join(joins[:2])}.", instead)
    return None


def _unquoted(here: Situation) -> Advice:
    """Answer `a > 30d` and `a = 5th`."""
    word = f"{here.before[-1]}{here.token}"
    quoted = (f'"now-{word}"', f'"{word}"') if here.token in UNITS else (f'"{word}"',)
    message = f"Dates and texts stand in quotes: {' or '.join(quoted)}."
    return Advice("unquoted_value", message, quoted, here.before[-1], here.end)


def chained(here: Situation) -> Advice | None:
    """Answer `a > 1 < 5`."""
    if here.token.type in SIGNS and here.type(1) in VALUES and here.type(2) in SIGNS and here.type(3) == "NAME":
        name = here.before[-3]
        instead = f"AND {name} {here.token}"
        message = f"Each comparison names its field: {name} {here.before[-2]} {here.before[-1]} {instead} …"
        return Advice("chained", message, (instead,))
    return None


def after_everything(here: Situation) -> Advice | None:
    """Answer `* = 5`."""
    if here.type(1) in ("STAR", "MATCH_ALL") and here.token.type not in BEGINS:
        return Advice(
            "nothing_follows", f"{here.before[-1]} matches everyone by itself: nothing follows it but AND or OR."
        )
    return None


def two_values(here: Situation) -> Advice | None:
    """Answer `a = "x" "y"`."""
    if here.type(1) in VALUES and here.token.type in VALUES and here.type(2) not in ("DID", "NOT"):
        message = "Two values follow one another, but a test has one. For several write IN ( … ) or INTERSECTS ( … )."
        if here.type(2) != "EQUAL":
            return Advice("two_values", message)
        instead = f"IN ({here.before[-1]}, {here.token})"
        return Advice("two_values", message, (instead,), here.before[-2], here.end)
    return None
