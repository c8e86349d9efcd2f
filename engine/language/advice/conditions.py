"""Conditions and what joins them: missing, side by side, brought along from SQL."""

from __future__ import annotations

from engine.language.advice.situation import BEGINS, JOINS, LISTS, SIGNS, VALUES, WANT_ITEM, Advice, Situation


def nothing(here: Situation) -> Advice | None:
    """Answer a text without a condition."""
    if here.is_end and (not here.before or (len(here.before) == 1 and here.type(1) == "FILTER")):
        return Advice("empty", "Write a condition, for example score_momentum > 50, or * for everyone.", ("*",))
    return None


def from_sql(here: Situation) -> Advice | None:
    """Answer `SELECT * FROM users WHERE a = 1`."""
    if (not here.before and here.token.type == "WHERE") or (
        len(here.before) == 1 and here.before[0].lower() == "select"
    ):
        at = here.before[0] if here.before else None
        return Advice("sql", "A definition is the condition alone: leave out what stands before it.", at=at)
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
    word = here.type(1)
    message = f"{word} stands between two conditions, or before a list in brackets: {word} (…, …)."
    return Advice("missing_bracket", message, (f"{word} (",), at=here.before[-1])


def missing_item(here: Situation) -> Advice | None:
    """Answer `a = 1 AND`."""
    if here.type(1) in WANT_ITEM and here.token.type in ("$END", "RPAR", "COMMA", "OR", "AND", "FROM", "ALIAS", *SIGNS):
        return Advice("missing_condition", f"A condition is missing after {here.type(1)}.", at=here.before[-1])
    return None


def missing_join(here: Situation) -> Advice | None:
    """Answer `a = 1 b = 2`, `IN ("a" "b")` and `a > 30d`."""
    if not here.after_item:
        return None
    if here.opener in LISTS and here.token.type in VALUES | {"NAME"}:
        return Advice("missing_comma", "A comma is missing between these values.", (",",))
    if here.type(1) == "NUMBER" and here.token.type == "NAME" and here.token.start_pos == here.before[-1].end_pos:
        word = f"{here.before[-1]}{here.token}"
        return Advice(
            "unquoted_value", f'Dates and texts stand in quotes: "now-{word}" or "{word}".', at=here.before[-1]
        )
    if here.token.type in BEGINS and here.token.type not in JOINS:
        joins = ("AND", "OR", ",") if here.opener in JOINS else ("AND", "OR")
        return Advice("missing_join", f"Between two conditions write {' or '.join(joins[:2])}.", joins)
    return None


def chained(here: Situation) -> Advice | None:
    """Answer `a > 1 < 5`."""
    if here.token.type in SIGNS and here.type(1) in VALUES and here.type(2) in SIGNS and here.type(3) == "NAME":
        name = here.before[-3]
        message = (
            f"Each comparison names its field: {name} {here.before[-2]} {here.before[-1]} AND {name} {here.token} …"
        )
        return Advice("chained", message, ("AND", "BETWEEN"))
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
        return Advice("two_values", message, ("IN (", "INTERSECTS ("))
    return None
