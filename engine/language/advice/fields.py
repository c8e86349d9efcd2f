"""Names and operators: quotes around a name, a word of the language as one, operators that are not."""

from __future__ import annotations

import re

from engine.language.advice.phrases import in_words
from engine.language.advice.situation import JOINS, LISTS, NAMED, SIGNS, VALUES, WANT_ITEM, Advice, Situation, is_field
from engine.language.words import KEYWORDS

_BACKWARDS = re.compile(r"([^\s<>=]+)\s*(<=|>=|<|>|==?)\s*([^\W\d][\w.`]*)(?:\s*(<=|>=|<|>)\s*([\w.+-]+))?")
_INSIDE = re.compile(r"\(\s*([\w.`]+|\"[^\"\n]*\")\s*\)")
_DOMAIN = re.compile(r"\(\s*([\w.`]+)\s*\)\s*==?\s*([\"'])([^\"'\n]*)\2")
_METHODS = {
    "contains": 'CONTAINS "{}"',
    "includes": 'CONTAINS "{}"',
    "startswith": 'LIKE "{}*"',
    "endswith": 'LIKE "*{}"',
}
_METHOD = re.compile(rf"([\w.`]+)\.({'|'.join(_METHODS)})\(\s*([\"'])([^\"'\n]*)\3\s*\)", re.I)
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "==": "="}
_OPERATORS = ("IN", "INTERSECTS", "CONTAINS", "LIKE", "BETWEEN", "NOT")


def missing_name(here: Situation) -> Advice | None:
    """Answer `EXISTS (email)` and `INCLUDE`."""
    if here.type(1) not in NAMED or here.token.type in ("NAME", "TEXT") or here.token.type in KEYWORDS - JOINS:
        return None
    word = here.type(1)
    inside = _INSIDE.match(here.rest)
    if inside:
        instead = f"{word} {inside[1]}"
        message = f"{word} takes no brackets: {instead}."
        return Advice("missing_name", message, (instead,), here.before[-1], here.start + inside.end())
    return Advice("missing_name", f"A name is missing after {word}.", at=here.before[-1])


def reserved(here: Situation) -> Advice | None:
    """Answer `time > 5` and `IN ("a")`."""
    if here.token.type in _OPERATORS and not is_field(here) and not (here.token.type == "NOT" and here.after_item):
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
    backwards = _BACKWARDS.match(here.rest) if here.token.type in ("NUMBER", "TEXT") else None
    if backwards and (here.token.type == "NUMBER" or backwards[2] not in ("=", "==")):
        return _backwards(here, backwards)
    if here.token.type == "TEXT":
        name = str(here.token)[1:-1]
        message = f"A field's name has no quotes, or backticks: write {name} or `{name}`."
        return Advice("quoted_name", message, (name, f"`{name}`"))
    if here.token.type in VALUES | {*SIGNS}:
        return Advice("missing_field", "A condition begins with a field, for example score_momentum > 50.")
    return None


def _backwards(here: Situation, found: re.Match[str]) -> Advice:
    value, sign, name, second, upper = found.groups()
    meant = f"{name} {_FLIPPED[sign]} {value}" + (f" AND {name} {second} {upper}" if second else "")
    message = f"The field comes first: write {meant}."
    return Advice("missing_field", message, (meant,), end=here.start + found.end())


def exists_and_more(here: Situation) -> Advice | None:
    """Answer `EXISTS a = 5`."""
    if here.type(2) != "EXISTS" or here.token.type not in {*SIGNS, "LIKE", "CONTAINS", "IN", "INTERSECTS", "BETWEEN"}:
        return None
    name = str(here.before[-1])
    message = f"EXISTS asks only whether there is a value; a test of it says so too: write {name} {here.token} …"
    return Advice("exists_and_more", message, (name,), here.before[-2], here.before[-1].end_pos)


def denied_operator(here: Situation) -> Advice | None:
    """Answer `a NOT = 5` and `a NOT EXISTS`."""
    if here.type(1) != "NOT" or here.type(2) != "NAME" or here.type(3) in NAMED:
        return None
    name = str(here.before[-2])
    if here.token.type in ("EXISTS", "NULL"):
        meant = f"NOT EXISTS {name}" if here.token.type == "EXISTS" else f"EXISTS {name}"
        return Advice("operator_order", f"Write {meant}.", (meant,), here.before[-2], here.end)
    if here.token.type == "EQUAL":
        return Advice("operator_order", "Write != for not equal.", ("!=",), here.before[-1], here.end)
    if here.token.type in SIGNS:
        meant = f"NOT {name} {here.token}"
        return Advice("operator_order", f"NOT stands before the field: {meant} …", (meant,), here.before[-2], here.end)
    message = "After a field, NOT is followed by IN, INTERSECTS, CONTAINS, LIKE or BETWEEN."
    return Advice("operator_expected", message)


def operator(here: Situation) -> Advice | None:
    """Answer `a EXISTS`, `a is 5`, `a`, `utm-1 = 5` and `f(a)`."""
    if not here.after_field:
        return None
    name = str(here.before[-1])
    if here.token.type == "EXISTS":
        meant = f"EXISTS {name}"
        return Advice(
            "operator_order", f"EXISTS stands before the field: {meant}.", (meant,), here.before[-1], here.end
        )
    if here.token.type == "LPAR":
        return _function(here, name)
    if here.token.type == "NUMBER" and here.token[0] in "+-" and here.token.start_pos == here.before[-1].end_pos:
        return _hyphenated(here, name)
    if here.token.type in ("NAME", "LAST", "TEXT", "NUMBER", "INCLUDE"):
        return in_words(here, name)
    tests = (f"EXISTS {name}", f'{name} = "…"', f"{name} = true", f"INCLUDE {name}")
    message = f"{name} alone asks nothing: write EXISTS {name}, compare it, as in {name} = …, or INCLUDE an audience."
    return Advice("lone_field", message, tests, at=here.before[-1])


def _function(here: Situation, name: str) -> Advice:
    """Answer `domain(email) = "x"` and `f(a)`."""
    domain = _DOMAIN.match(here.rest) if name.lower() in ("domain", "emaildomain", "email_domain") else None
    if domain is not None:
        meant = f'{domain[1]} LIKE "*@{domain[3]}"'
        end = here.start + domain.end()
        return Advice("unknown_function", f"Write {meant}.", (meant,), here.before[-1], end)
    called = _METHOD.match(name + here.rest)
    if called is not None:
        meant = f"{called[1]} {_METHODS[called[2].lower()].format(called[4])}"
        end = here.start + called.end() - len(name)
        return Advice("unknown_function", f"Write {meant}.", (meant,), here.before[-1], end)
    message = f"There is no function {name}. The only one is timewindow, as in timewindow(page, 5, 7)."
    return Advice("unknown_function", message, at=here.before[-1])


def _hyphenated(here: Situation, name: str) -> Advice:
    tail = re.compile(r"[\w.-]*").match(here.rest)
    word = name + (tail[0] if tail else "")
    end = (here.before[-1].start_pos or 0) + len(word)
    message = f"Names with a hyphen stand in backticks: `{word}`."
    return Advice("hyphen", message, (f"`{word}`",), here.before[-1], end)
