"""DID and timewindow: the event, how often, and when."""

from __future__ import annotations

import re

from engine.language.advice.situation import Advice, Situation
from engine.language.problems import either
from engine.language.units import unit_of
from engine.language.words import KEYWORDS

_NUMBER = r"[\"']?\b(\d{1,9}|once|twice|an?|one|two|three|four|five|ten)\b[\"']?"
_TIMES = r"(?:\s*(?:times?|x)\b)?"
_HOW_OFTEN: tuple[tuple[re.Pattern[str], str, int], ...] = tuple(
    (re.compile(words + r"\s*" + _NUMBER + _TIMES, re.I), bound, more)
    for words, bound, more in (
        (r"(?:at\s+least|>=|min(?:imum)?)", "AT LEAST", 0),
        (r"(?:at\s+most|<=|max(?:imum)?|up\s+to)", "AT MOST", 0),
        (r"(?:more\s+than|over|>)", "AT LEAST", 1),
        (r"(?:less\s+than|fewer\s+than|under|<)", "AT MOST", -1),
        (r"(?:exactly|only|just|at|==?)?", "EXACTLY", 0),
    )
)
_WORDS = {"once": 1, "a": 1, "an": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_BOUNDS = ("AT LEAST", "AT MOST", "EXACTLY")
_NAME = re.compile(rf"\w+(?:\s+(?!(?:{'|'.join(sorted(KEYWORDS))})\b)[A-Z]\w*)*")
_SAID = re.compile(r"(?!at\s*\d)[^\d\"']", re.I)
"""What says whether at least, at most or exactly is meant: anything but a number, or AT alone before one."""
_LENGTH = re.compile(r"[\"']?([0-9]+)\s*([a-zA-Z]+)[\"']?")
_SINCE = re.compile(r"(?:(?:within|during|over|in|the|past|last)\s+)+[\"']?([0-9]+)\s*([a-zA-Z]+)[\"']?", re.I)
_CALL = re.compile(r"(timewindow)\s*\(\s*([\w.`]+|\"[^\"\n]*\"|'[^'\n]*')?[^()\n]*\)?", re.I)


def second_count(here: Situation) -> Advice | None:
    """Answer `DID "page" AT LEAST 3 AT MOST 5`."""
    if here.token.type not in ("AT", "EXACTLY") or here.type(1) not in ("NUMBER", "TIME", "TIMES"):
        return None
    asked = next((place for place in range(1, len(here.before)) if here.type(place + 1) == "DID"), None)
    if asked is None:
        return None
    again = f"AND DID {here.before[-asked]} {here.token}"
    return Advice("did_count", f"One count stands here. For both ends write {again} …", (again,))


def did(here: Situation) -> Advice | None:
    """Answer `DID page`, `DID "page" 3 TIMES` and `DID "page" AT 3`."""
    if "DID" not in [token.type for token in here.before[-4:]]:
        return None
    if here.type(1) in ("DID", "NOT"):
        return _event(here)
    if here.token.lower() == "never" and here.type(1) == "TEXT" and here.type(2) == "DID":
        never = f"DID NOT {here.before[-1]}"
        return Advice("did_count", f"Write {never}.", (never,), here.before[-2], here.end)
    if here.type(1) in ("AT", "LEAST", "MOST", "EXACTLY") or (here.type(1) == "TEXT" and here.type(2) in _OPENING):
        return _how_often(here)
    return None


_OPENING = ("DID", "NOT")


def _event(here: Situation) -> Advice:
    name = _NAME.match(here.rest) if here.token.type == "NAME" else None
    if name is None:
        return Advice("event_name", 'Name an event, as in DID "page".')
    quoted = f'"{name[0]}"'
    return Advice("event_name", f"The event stands in quotes: DID {quoted}.", (quoted,), end=here.start + name.end())


def _how_often(here: Situation) -> Advice | None:
    """Read what was meant from the first word about how often; a number that the language has no word for included."""
    counting = [token for token in here.before[-2:] if token.type in _COUNTS]
    first = counting[0] if counting else here.token
    start = (first.start_pos or 0) if counting else here.start
    for pattern, bound, more in _HOW_OFTEN:
        found = pattern.match(here.text, start)
        if found is not None:
            number = max(0, int(_WORDS.get(found[1].lower(), found[1])) + more)
            meant = f"{bound} {number} {'TIME' if number == 1 else 'TIMES'}"
            instead = (meant,) if _SAID.match(found[0]) else tuple(meant.replace(bound, one) for one in _BOUNDS)
            return Advice("did_count", f"Write {either(instead)}.", instead, first, found.end())
    if here.type(1) == "AT":
        return Advice("did_count", "Write AT LEAST, AT MOST or EXACTLY.", _BOUNDS, first, first.end_pos)
    if here.type(1) in _COUNTS:
        return Advice("did_count", "How often is a whole number, such as 3.")
    return None


_COUNTS = ("AT", "LEAST", "MOST", "EXACTLY")


def window(here: Situation) -> Advice | None:
    """Answer `DID "page" IN "7d"`, `DID "page" IN LAST 7 days` and `DID "page" WITHIN 7 days`."""
    if here.type(1) == "IN" and here.type(2) in ("TEXT", "TIMES", "TIME", "NUMBER"):
        length = _LENGTH.match(here.rest) or _SINCE.match(here.rest)
        return _window(here, length, "LAST ")
    if here.type(1) == "LAST" and here.token.type != "NUMBER":
        return _window(here, None, "")
    if here.type(1) == "NUMBER" and here.type(2) == "LAST":
        number = here.before[-1]
        length = _LENGTH.match(here.text, number.start_pos or 0)
        advice = _window(here, length, "")
        return Advice(advice.code, advice.message, advice.suggestions, number, length.end() if length else None)
    if "DID" in [token.type for token in here.before] and (here.token.type in ("LAST", "NAME") and here.after_item):
        length = _SINCE.match(here.rest)
        return None if length is None else _window(here, length, "IN LAST ")
    return None


def window_after_where(here: Situation) -> Advice | None:
    """Answer `DID "page" WHERE path = "/" IN LAST "7d"`."""
    types = [token.type for token in here.before]
    if here.token.type != "IN" or not here.after_item or "WHERE" not in types or not _IN_LAST.match(here.rest):
        return None
    return Advice("did_window", "IN LAST stands before WHERE: DID … IN LAST … WHERE …", end=here.start + len("in last"))


_IN_LAST = re.compile(r"in\s+last\b", re.I)


def _window(here: Situation, length: re.Match[str] | None, before: str) -> Advice:
    """Say what length was meant, in the language's units."""
    short = f'"{length[1]}{unit_of(length[2])}"' if length else '"30d"'
    message = f"The length stands in quotes, with a one-letter unit: IN LAST {short}."
    end = here.start + length.end() - (length.start() if length.start() else 0) if length else None
    return Advice("did_window", message, (before + short,), end=end)


def function(here: Situation) -> Advice | None:
    """Answer `timewindow(page, 5)`."""
    opening = next((token for token in reversed(here.before) if token.type == "TIMEWINDOW"), None)
    if opening is None or "TIMEWINDOW" not in (here.type(1), here.opener):
        return None
    written = _CALL.match(here.text, opening.start_pos or 0)
    numbers = re.findall(r"\b\d+\b", written[0]) if written else []
    event = (written and written[2]) or "page"
    count, days = (*numbers, *("5", "7")[len(numbers) :])[:2]
    meant = f"timewindow({event}, {count}, {days})"
    message = f"Write {meant}: the event, how often at least, in how many days."
    return Advice("timewindow", message, (meant,), opening, written.end() if written else None)


def property_without_where(here: Situation) -> Advice | None:
    """Answer `DID "page" path = "/"`."""
    asked = next((token.type for token in reversed(here.before) if token.type in ("DID", "NAME", "RPAR")), "")
    if here.token.type != "NAME" or asked != "DID" or here.type(1) not in ("TEXT", "TIME", "TIMES", "NUMBER"):
        return None
    message = f"To ask about the event's own {here.token} write WHERE before it, to begin another condition AND or OR."
    return Advice("did_where", message, tuple(f"{word} {here.token}" for word in ("WHERE", "AND", "OR")))
