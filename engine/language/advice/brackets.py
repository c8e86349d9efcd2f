"""Brackets and commas: left open, left empty, one too many."""

from __future__ import annotations

from engine.language.advice.situation import JOINS, LISTS, WANT_ITEM, Advice, Situation

_LONGEST = 100


def empty_brackets(here: Situation) -> Advice | None:
    """Answer `AND ()`."""
    if here.token.type != "RPAR" or here.type(1) != "LPAR":
        return None
    if here.opener in LISTS:
        return Advice("empty_list", "The list is empty: write at least one value.")
    if here.opener in JOINS:
        return Advice("empty_group", f"{here.opener} ( ) is empty: write at least one condition in it.")
    return Advice("empty_group", "These brackets are empty: write a condition in them.")


def closes_nothing(here: Situation) -> Advice | None:
    """Answer `a = 1)`."""
    if here.token.type == "RPAR" and not here.open_brackets:
        return Advice("unopened_bracket", "This bracket closes nothing: leave it out, or open one before.")
    return None


def unclosed_bracket(here: Situation) -> Advice | None:
    """Answer `(a = 1`."""
    if not here.open_brackets or not (here.is_end or here.token.type in ("FROM", "ALIAS", "LIMIT", "WITH")):
        return None
    first = here.open_brackets[0][0]
    inside = here.text[first.start_pos : here.start].rstrip()
    if "\n" in inside or len(inside) > _LONGEST or inside.endswith("("):
        return Advice("unclosed_bracket", "This bracket is not closed: write ) where it ends.", at=first)
    closed = inside + ")" * len(here.open_brackets)
    end = (first.start_pos or 0) + len(inside)
    return Advice("unclosed_bracket", f"This bracket is not closed: write {closed}.", (closed,), first, end)


def spare_comma(here: Situation) -> Advice | None:
    """Answer `AND (a = 1,, b = 2)`."""
    if here.is_end and here.open_brackets:
        return None
    if here.type(1) == "COMMA" and here.token.type in ("RPAR", "COMMA", "$END"):
        return Advice("spare_comma", "Nothing follows this comma: leave it out.", at=here.before[-1])
    if here.token.type == "COMMA" and (not here.before or here.type(1) in ("LPAR", *WANT_ITEM)):
        return Advice("spare_comma", "Nothing stands before this comma: leave it out.")
    return None


def stray_comma(here: Situation) -> Advice | None:
    """Answer `a = 1, b = 2`."""
    if here.token.type != "COMMA" or not here.after_item or here.opener in JOINS | LISTS:
        return None
    message = "A comma separates conditions only inside AND ( … ) and OR ( … ): write AND or OR."
    apart = "" if here.text[here.start - 1].isspace() else " "
    return Advice("stray_comma", message, (f"{apart}AND", f"{apart}OR"))
