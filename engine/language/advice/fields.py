"""Names and operators: quotes around a name, a word of the language as one, operators that are not."""

from __future__ import annotations

import re

from engine.language.advice.situation import JOINS, LISTS, NAMED, SIGNS, VALUES, WANT_ITEM, Advice, Situation
from engine.language.problems import nearest
from engine.language.words import KEYWORDS

_SYNONYMS = {
    "is": "=",
    "equals": "=",
    "eq": "=",
    "isnt": "!=",
    "has": "CONTAINS",
    "includes": "CONTAINS",
    "contain": "CONTAINS",
    "starts": "LIKE",
    "startswith": "LIKE",
    "begins": "LIKE",
    "ends": "LIKE",
    "matches": "LIKE",
    "over": ">",
    "above": ">",
    "greater": ">",
    "more": ">",
    "after": ">",
    "under": "<",
    "below": "<",
    "less": "<",
    "fewer": "<",
    "before": "<",
    "any": "INTERSECTS",
}
_BACKWARDS = re.compile(r"(\S+)\s*(<=|>=|<|>|==?)\s*([\w.`]+)")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "==": "="}
_OPERATORS = ("IN", "INTERSECTS", "CONTAINS", "LIKE", "BETWEEN", "NOT")


def missing_name(here: Situation) -> Advice | None:
    """Answer `EXISTS (email)` and `INCLUDE`."""
    if here.type(1) not in NAMED or here.token.type in ("NAME", "TEXT") or here.token.type in KEYWORDS - JOINS:
        return None
    word = here.type(1)
    inside = re.compile(r"\(\s*([\w.`]+)\s*\)").match(here.text, here.token.start_pos or 0)
    if inside:
        return Advice("missing_name", f"{word} takes no brackets: {word} {inside[1]}.", (f"{word} {inside[1]}",))
    return Advice("missing_name", f"A name is missing after {word}.", at=here.before[-1])


def reserved(here: Situation) -> Advice | None:
    """Answer `time > 5` and `IN ("a")`."""
    if here.token.type in _OPERATORS and not _is_field(here):
        return Advice("missing_field", f"A field is missing before {here.token}.")
    wants_name = here.type(1) in NAMED or not here.after_item
    if wants_name and here.token.type in KEYWORDS and here.token.type not in JOINS:
        word = str(here.token)
        message = f"{word} is a word of the language. As a name it stands in backticks: `{word}`."
        return Advice("reserved_word", message, (f"`{word}`",))
    return None


def quoted_name(here: Situation) -> Advice | None:
    """Answer `"email" = "x"`, `5 < a` and `a = "x" OR "y"`."""
    begins = not here.before or here.type(1) in WANT_ITEM or here.type(1) in ("LPAR", "COMMA")
    if not begins or here.opener in LISTS:
        return None
    if here.type(1) in JOINS and here.type(2) in VALUES and not _is_field(here) and here.token.type in VALUES:
        message = "Each condition names its field. For several values of one write IN ( … ) or INTERSECTS ( … )."
        return Advice("repeat_field", message, ("IN (", "INTERSECTS ("))
    if here.token.type == "TEXT":
        name = str(here.token)[1:-1]
        message = f"A field's name has no quotes, or backticks: write {name} or `{name}`."
        return Advice("quoted_name", message, (name, f"`{name}`"))
    backwards = _BACKWARDS.match(here.text, here.token.start_pos or 0) if here.token.type == "NUMBER" else None
    if backwards:
        meant = f"{backwards[3]} {_FLIPPED[backwards[2]]} {backwards[1]}"
        return Advice("missing_field", f"The field comes first: write {meant}.", (meant,))
    if here.token.type in VALUES | {*SIGNS}:
        return Advice("missing_field", "A condition begins with a field, for example score_momentum > 50.")
    return None


def denied_operator(here: Situation) -> Advice | None:
    """Answer `a NOT = 5` and `a NOT EXISTS`."""
    if here.type(1) != "NOT" or here.type(2) != "NAME" or here.type(3) in NAMED:
        return None
    name = str(here.before[-2])
    if here.token.type in ("EXISTS", "NULL"):
        return Advice("operator_order", f"Write NOT EXISTS {name}.", (f"NOT EXISTS {name}",))
    if here.token.type in SIGNS:
        return Advice("operator_order", f"Write != for not equal, or NOT before the field: NOT {name} …", ("!=",))
    message = "After a field, NOT is followed by IN, INTERSECTS, CONTAINS, LIKE or BETWEEN."
    return Advice("operator_expected", message, _OPERATORS[:5])


def operator(here: Situation) -> Advice | None:
    """Answer `a EXISTS`, `a is 5`, `a`, `utm-1 = 5` and `f(a)`."""
    if not here.after_field:
        return None
    name = str(here.before[-1])
    if here.token.type == "EXISTS":
        return Advice("operator_order", f"EXISTS stands before the field: EXISTS {name}.", (f"EXISTS {name}",))
    if here.token.type == "LPAR":
        return Advice("unknown_function", f"There is no function {name}. The only one is timewindow.")
    if here.token.type == "NUMBER" and here.token[0] in "+-" and here.token.start_pos == here.before[-1].end_pos:
        return _hyphenated(here, name)
    if here.token.type in ("NAME", "LAST", "TEXT", "NUMBER", "INCLUDE"):
        return _unknown_operator(here, name)
    tests = (f"EXISTS {name}", f'{name} = "…"')
    message = f"{name} alone asks nothing: write EXISTS {name}, or compare it, as in {name} = …"
    return Advice("lone_field", message, tests, at=here.before[-1])


def _hyphenated(here: Situation, name: str) -> Advice:
    end = re.compile(r"[\w.-]*").match(here.text, here.token.start_pos or 0)
    word = name + (end[0] if end else "")
    return Advice("hyphen", f"Names with a hyphen stand in backticks: `{word}`.", (f"`{word}`",), at=here.before[-1])


def _unknown_operator(here: Situation, name: str) -> Advice:
    word = str(here.token).lower()
    if word == "is" and re.compile(r"is\s+(not\s+)?null\b", re.I).match(here.text, here.token.start_pos or 0):
        return Advice("unknown_operator", f"Write EXISTS {name} or NOT EXISTS {name}.", (f"NOT EXISTS {name}",))
    if here.token.type in VALUES:
        return Advice("missing_operator", f"An operator is missing between {name} and {here.shown}.", ("=",))
    meant = (_SYNONYMS[word],) if word in _SYNONYMS else nearest(here.token, _OPERATORS)
    advice = f"Write {meant[0]}." if meant else "Write one of = != < <= > >= IN INTERSECTS CONTAINS LIKE BETWEEN."
    return Advice("unknown_operator", f"{here.shown} is not an operator. {advice}", meant)


def _is_field(here: Situation) -> bool:
    """Whether a word of the language is followed by an operator, as a field would be."""
    return re.compile(r"\s*([=<>.]|!=)").match(here.text, here.token.end_pos or 0) is not None
