"""DID and timewindow: the event, how often, and when."""

from __future__ import annotations

import re

from engine.language.advice.situation import Advice, Situation

_AMOUNTS = frozenset({"more", "less", "fewer", "over", "under", "exactly", "only", "once", "twice", "never"})
_LENGTH = re.compile(r"[0-9]+\s*[a-zA-Z]+")


def did(here: Situation) -> Advice | None:
    """Answer `DID page`, `DID "page" 3 TIMES` and `DID "page" AT 3`."""
    kinds = [token.type for token in here.before[-4:]]
    if "DID" not in kinds:
        return None
    if here.type(1) in ("DID", "NOT"):
        advice = (
            f'The event stands in quotes: DID "{here.shown}".'
            if here.token.type == "NAME"
            else 'Name an event: DID "x".'
        )
        return Advice("event_name", advice, (f'DID "{here.shown}"',) if here.token.type == "NAME" else ())
    if here.type(1) == "AT":
        return Advice("did_count", "Write AT LEAST, AT MOST or EXACTLY.", ("AT LEAST", "AT MOST", "EXACTLY"))
    if here.token.type == "NUMBER" and here.type(1) == "TEXT":
        return Advice(
            "did_count", f"Write AT LEAST {here.token}, AT MOST {here.token} or EXACTLY {here.token}.", ("AT LEAST",)
        )
    if here.type(1) in ("LEAST", "MOST", "EXACTLY"):
        return Advice("did_count", "How often is a number, such as 3.")
    if here.token.lower() in _AMOUNTS and here.type(1) == "TEXT":
        return Advice("did_count", "Write AT LEAST 3, AT MOST 3 or EXACTLY 3.", ("AT LEAST", "AT MOST", "EXACTLY"))
    return None


def window(here: Situation) -> Advice | None:
    """Answer `DID "page" IN "7d"` and `DID "page" IN LAST 7 days`."""
    if here.type(1) == "IN" and here.type(2) in ("TEXT", "TIMES", "TIME", "NUMBER"):
        return Advice("did_window", 'Write IN LAST "30d".', ('IN LAST "30d"',))
    if here.token.type == "LAST" and here.after_item:
        return Advice("did_window", 'Write IN LAST "30d".', ("IN LAST",))
    number = here.before[-1] if here.type(1) == "NUMBER" and here.type(2) == "LAST" else None
    length = _LENGTH.match(here.text, number.start_pos or 0) if number is not None else None
    if length:
        short = f'"{number}{length[0][len(str(number)) :].strip()[:1]}"'
        return Advice("did_window", f"The length stands in quotes, with a one-letter unit: IN LAST {short}.", (short,))
    return None


def function(here: Situation) -> Advice | None:
    """Answer `timewindow(page, 5)`."""
    if here.type(1) == "TIMEWINDOW" or here.opener == "TIMEWINDOW":
        example = "timewindow(page, 5, 7)"
        return Advice("timewindow", f"Write {example}: the event, how often at least, in how many days.", (example,))
    return None


def property_without_where(here: Situation) -> Advice | None:
    """Answer `DID "page" path = "/"`."""
    if here.token.type != "NAME" or here.type(1) != "TEXT" or "DID" not in (here.type(2), here.type(3)):
        return None
    message = f"To ask about the event's own {here.token} write WHERE before it, to begin another condition AND or OR."
    return Advice("did_where", message, ("WHERE", "AND", "OR"))
