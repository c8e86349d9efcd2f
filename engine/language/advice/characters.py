"""Signs that begin no word of the language: quotes of word processors, `&&`, `[ ]`, hyphens, what is left open."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.errors import InvalidDefinition
from engine.language.nodes import Place
from engine.language.problems import invalid
from engine.language.words import write_number

_SIGNS: dict[str, tuple[str, str | None]] = {
    "&": ("Write the word AND.", "AND"),
    "|": ("Write the word OR.", "OR"),
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
_UNKNOWN = ("A name with other signs in it stands in backticks: `my name`.", None)
_LOOSE_DATE = re.compile(r"now\s*[+-]\s*[0-9]+\s*[a-zA-Z]?")
_CURLY = "“”„‟‘’‚‛«»"
_CURLY_TEXT = re.compile(rf"[{_CURLY}]([^\n\"'{_CURLY}]*)[\"'{_CURLY}]")
_RUN = re.compile(r"&+|\|+|;+|(?:[=<>]\s*)?!\s*=|[=<>]\s*!")
_NOT = re.compile(r"!\s*(`[^`\n]*`|[\w.]+|\()\s*(?!\s*(?:[\w.`]|=|<|>|!))")
_SQUARE = re.compile(r"\[([^\[\]\n]*)\]|\{([^{}\n]*)\}")
_KEY = re.compile(r"([\w.`]+)\[\s*[\"']?([^\[\]\"'\n]+)[\"']?\s*\]")
_NUMBER_BEFORE = re.compile(r"[0-9]+(?:\.[0-9]+)?$")
_SLASHED = re.compile(r"/([^/\n\"]+)/")
_LOWER_BOUND = re.compile(r"\bBETWEEN\s+\S+\s+$", re.I)
_WORD_ENDS = frozenset(" \t\r\n()[]{}=<>,;&|\"'`" + _CURLY)
_LIST_OPENS = re.compile(r"\bIN\s*$|\bINTERSECTS\s*$", re.I)
_WANTS_VALUE = re.compile(r"([=<>]|\b(?:CONTAINS|LIKE|BETWEEN|LAST|DID|NOT\s+DID))\s*$", re.I)
_OPEN_TEXT = re.compile(r"""(["'])([^\n]*?)([\s),;]*)$""", re.M)
_OPEN_NAME = re.compile(r"(`)([\w.-]+)()")


def character(text: str, start: int) -> InvalidDefinition:
    """Advise on a character, or the start of something unclosed, that begins no word of the language."""
    sign = text[start]
    if text.startswith("/*", start):
        return invalid(_to_line_end(text, start), "unclosed_comment", "This comment is not closed by */.")
    if sign in _CURLY:
        return _curly(text, start)
    return _ADVISERS.get(sign, _told)(text, start)


def _told(text: str, start: int) -> InvalidDefinition:
    sign = text[start]
    word = _bare_value(text, start)
    if word is not None:
        quoted = f'"{text[word.start : word.end]}"'
        return invalid(word, "bare_word", f"A text stands in quotes: {quoted}.", (quoted,))
    advice, instead = _SIGNS.get(sign, _UNKNOWN)
    if sign == ";" and text.count("(", 0, start) > text.count(")", 0, start):
        advice, instead = "Between the items of a group write a comma.", ","
    run = _RUN.match(text, start)
    at = Place(text, start, run.end() if run else start + 1)
    message = f"The sign {sign} means nothing here. {advice}"
    return invalid(at, "unexpected_character", message, () if instead is None else (instead,))


def _percent(text: str, start: int) -> InvalidDefinition:
    """Answer `score_momentum > 50%`."""
    number = _NUMBER_BEFORE.search(text, max(0, start - 30), start)
    if number is None:
        return _told(text, start)
    share = write_number(float(number[0]) / 100)
    message = f"A score is a number from 0 to 100, an affinity one from 0 to 1: write {number[0]} or {share}."
    return invalid(Place(text, number.start(), start + 1), "percent", message, (number[0], share))


def _slash(text: str, start: int) -> InvalidDefinition:
    """Answer `email LIKE /x/`."""
    pattern = _SLASHED.match(text, start)
    if pattern is None or _bare_value(text, start) is not None:
        return _told(text, start)
    instead = f'"*{pattern[1]}*"'
    message = f"A pattern is a text in which a star stands for anything: {instead}."
    return invalid(Place(text, start, pattern.end()), "unexpected_character", message, (instead,))


def _unclosed(text: str, start: int) -> InvalidDefinition:
    """Answer a quote or backtick without its partner; on one line it is closed where the words end."""
    at, quote = _to_line_end(text, start), text[start]
    kind, name = ("name", "closing backtick `") if quote == "`" else ("text", f"closing quote {quote}")
    found = (_OPEN_NAME if quote == "`" else _OPEN_TEXT).match(text, start, at.end)
    closed = f"{quote}{found[2]}{quote}" if found and found[2] else None
    if found is None or closed is None:
        return invalid(at, f"unclosed_{kind}", f"This {kind} has no {name}: is one missing before?")
    marked = Place(text, start, found.start(3))
    return invalid(marked, f"unclosed_{kind}", f"This {kind} has no {name}: write {closed}.", (closed,))


def _curly(text: str, start: int) -> InvalidDefinition:
    found = _CURLY_TEXT.match(text, start)
    straight = f'"{found[1]}"' if found else '"'
    message = f"These are a word processor's quotes: write straight ones, {straight}."
    return invalid(Place(text, start, found.end() if found else start + 1), "curly_quotes", message, (straight,))


def _exclamation(text: str, start: int) -> InvalidDefinition:
    """Answer `!subscribed`, `!(a = 1)` and `a =! 5`."""
    signs = _RUN.match(text, start) or _RUN.match(text, max(0, text.rfind("=", 0, start)))
    if signs is not None and signs.end() > start:
        message = "Not equal is written !=."
        return invalid(Place(text, signs.start(), signs.end()), "unexpected_character", message, ("!=",))
    denied = _NOT.match(text, start)
    if denied is not None and denied[1] != "(" and not text[start + 1 :].lstrip()[:6].upper().startswith("EXISTS"):
        instead = f"NOT {denied[1]} = true"
        message = f"The sign ! means nothing here. Write {instead}, or NOT EXISTS {denied[1]}."
        return invalid(Place(text, start, denied.end(1)), "unexpected_character", message, (instead,))
    message = "The sign ! means nothing here. Write the word NOT, or != between a field and a value."
    return invalid(Place(text, start, start + 1), "unexpected_character", message, ("NOT ",))


def _bracketed(text: str, start: int) -> InvalidDefinition:
    """Answer `IN ["a"]`, `affinity["cycling"]` and `{a = 1}`."""
    first = start
    while first and (text[first - 1].isalnum() or text[first - 1] in "_.`"):
        first -= 1
    key = _KEY.match(text, first) if first < start else None
    if key is not None:
        instead = f"{key[1]}.`{key[2].strip()}`"
        message = f"An entry of a map is written with a dot: {instead}."
        return invalid(Place(text, first, key.end()), "unexpected_character", message, (instead,))
    whole = _SQUARE.match(text, start)
    if whole is None:
        return _told(text, start)
    instead = f"({whole[1] or whole[2] or ''})"
    message = f"The sign {text[start]} means nothing here. {_SIGNS[text[start]][0]}"
    return invalid(Place(text, start, whole.end()), "unexpected_character", message, (instead,))


def _signed(text: str, start: int) -> InvalidDefinition:
    """Answer `now - 30d`, `my-field` and a lone minus."""
    now = text.rfind("now", 0, start)
    loose = _LOOSE_DATE.match(text, now) if now >= 0 else None
    if loose is not None and loose.end() > start:
        quoted = '"' + "".join(loose[0].split()) + '"'
        message = f"A date stands in quotes, without spaces: {quoted}."
        return invalid(Place(text, now, loose.end()), "unquoted_date", message, (quoted,))
    if start and text[start - 1].isalnum():
        return _hyphen(text, start)
    if _LOWER_BOUND.search(text, max(0, start - 100), start):
        message = "BETWEEN takes two values with AND between them: BETWEEN 1 AND 5."
        return invalid(Place(text, start, start + 1), "between", message, ("AND",))
    return _told(text, start)


def _bare_value(text: str, start: int) -> Place | None:
    """Find the word around a sign, where a value is to come: an address of a person or a page, or a date."""
    first, last = start, start + 1
    while first and text[first - 1] not in _WORD_ENDS:
        first -= 1
    while last < len(text) and text[last] not in _WORD_ENDS:
        last += 1
    is_word = first < start < last - 1 and _is_value(text[max(0, first - 10_000) : first])
    return Place(text, first, last) if is_word else None


def _hyphen(text: str, start: int) -> InvalidDefinition:
    first, last = start, start + 1
    while first and (text[first - 1].isalnum() or text[first - 1] in "_-."):
        first -= 1
    while last < len(text) and (text[last].isalnum() or text[last] in "_-."):
        last += 1
    at, word = Place(text, first, last), text[first:last]
    if word.startswith("now"):
        return invalid(at, "unquoted_date", f'A date stands in quotes: "{word}".', (f'"{word}"',))
    if _is_value(text[max(0, first - 10_000) : first]):
        return invalid(at, "hyphen", f'A text stands in quotes: "{word}".', (f'"{word}"',))
    return invalid(at, "hyphen", f"A name with a hyphen stands in backticks: `{word}`.", (f"`{word}`",))


def _is_value(before: str) -> bool:
    """Whether a value is to come: after a sign, or inside the brackets of a list."""
    bracket = before.rfind("(")
    in_list = bracket > before.rfind(")") and _LIST_OPENS.search(before, max(0, bracket - 30), bracket) is not None
    return in_list or _WANTS_VALUE.search(before, max(0, len(before) - 30)) is not None


def _to_line_end(text: str, start: int) -> Place:
    end = text.find("\n", start)
    return Place(text, start, len(text) if end < 0 else end)


_ADVISERS: dict[str, Callable[[str, int], InvalidDefinition]] = {
    **dict.fromkeys("\"'`", _unclosed),
    **dict.fromkeys("-+", _signed),
    **dict.fromkeys("[{", _bracketed),
    "!": _exclamation,
    "%": _percent,
    "/": _slash,
}
