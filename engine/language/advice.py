"""One rule for each kind of wrong word; the first that fits speaks. Rules see the words before and the one refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from lark import Token

from engine.language.problems import nearest
from engine.language.words import KEYWORDS

_VALUES = frozenset({"TEXT", "NUMBER", "TRUE", "FALSE", "NULL"})
_SIGNS = {"EQUAL": "=", "UNEQUAL": "!=", "LESS": "<", "AT_MOST": "<=", "MORE": ">", "AT_LEAST": ">="}
_WANT_VALUE = frozenset({*_SIGNS, "CONTAINS", "LIKE", "BETWEEN"})
_JOINS = frozenset({"AND", "OR"})
_WANT_ITEM = frozenset({"AND", "OR", "NOT", "WHERE", "FILTER"})
_LISTS = frozenset({"IN", "INTERSECTS"})
_NAMED = frozenset({"INCLUDE", "EXISTS", "FROM", "ALIAS"})
_BEGINS = frozenset({"NAME", "NOT", "EXISTS", "INCLUDE", "DID", "TIMEWINDOW", "LPAR", "STAR", "MATCH_ALL", *_JOINS})
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
_AMOUNTS = frozenset({"more", "less", "fewer", "over", "under", "exactly", "only", "once", "twice", "never"})
_MEANT = {"yes": "true", "no": "false", "yesterday": '"now-1d"'}
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+\b")
_BACKWARDS = re.compile(r"(\S+)\s*(<=|>=|<|>|==?)\s*([\w.`]+)")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "==": "="}
_OPERATORS = ("IN", "INTERSECTS", "CONTAINS", "LIKE", "BETWEEN", "NOT")
_DATE = re.compile(r"now\s*([+-]\s*[0-9]+\s*[a-zA-Z]+)?")
_LENGTH = re.compile(r"[0-9]+\s*[a-zA-Z]+")


@dataclass(frozen=True)
class Situation:
    """The words before and the one that was refused."""

    text: str
    before: tuple[Token, ...]
    token: Token

    def type(self, back: int) -> str:
        """Give the kind of the word so many places before the refused one; "" where there is none."""
        return self.before[-back].type if len(self.before) >= back else ""

    @property
    def is_end(self) -> bool:
        """Whether the text simply ends."""
        return self.token.type == "$END"

    @property
    def shown(self) -> str:
        """The refused word, fit for a message."""
        text = str(self.token)
        return text if len(text) <= 40 else f"{text[:40]}…"

    @cached_property
    def open_brackets(self) -> tuple[tuple[Token, str], ...]:
        """Brackets that are still open, each with the kind of the word before it."""
        stack: list[tuple[Token, str]] = []
        for place, token in enumerate(self.before):
            if token.type == "LPAR":
                stack.append((token, self.before[place - 1].type if place else ""))
            elif token.type == "RPAR" and stack:
                stack.pop()
        return tuple(stack)

    @property
    def opener(self) -> str:
        """The kind of the word before the innermost open bracket."""
        return self.open_brackets[-1][1] if self.open_brackets else ""

    @property
    def after_field(self) -> bool:
        """Whether the word before is a field that a test begins with."""
        return self.type(1) == "NAME" and self.type(2) not in _NAMED

    @property
    def after_item(self) -> bool:
        """Whether the words before end a condition."""
        named = self.type(1) in ("NAME", "TEXT") and self.type(2) in _NAMED
        return named or self.type(1) in _VALUES | {"RPAR", "STAR", "MATCH_ALL", "TIME", "TIMES"}


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong and what to write instead; about the refused word unless `at` is another."""

    code: str
    message: str
    suggestions: tuple[str, ...] = ()
    at: Token | None = None


_BETWEEN = Advice("between", "BETWEEN takes two values with AND between them: BETWEEN 1 AND 5.", ("AND",))


def _nothing(s: Situation) -> Advice | None:
    if s.is_end and (not s.before or (len(s.before) == 1 and s.type(1) == "FILTER")):
        return Advice("empty", "Write a condition, for example score_momentum > 50, or * for everyone.", ("*",))
    return None


def _empty_brackets(s: Situation) -> Advice | None:
    if s.token.type != "RPAR" or s.type(1) != "LPAR":
        return None
    if s.opener in _LISTS:
        return Advice("empty_list", "The list is empty: write at least one value.")
    if s.opener in _JOINS:
        return Advice("empty_group", f"{s.opener} ( ) is empty: write at least one condition in it.")
    return Advice("empty_group", "These brackets are empty: write a condition in them.")


def _closes_nothing(s: Situation) -> Advice | None:
    if s.token.type == "RPAR" and not s.open_brackets:
        return Advice("unopened_bracket", "This bracket closes nothing: leave it out, or open one before.")
    return None


def _thousands(s: Situation) -> Advice | None:
    number = next((token for token in reversed(s.before[-2:]) if token.type == "NUMBER"), None)
    written = _THOUSANDS.match(s.text, number.start_pos or 0) if number is not None else None
    if written is None or s.opener in _LISTS:
        return None
    whole = written[0].replace(",", "")
    return Advice("thousands", f"Numbers are written without commas: {whole}.", (whole,), at=number)


def _spare_comma(s: Situation) -> Advice | None:
    if s.type(1) == "COMMA" and s.token.type in ("RPAR", "COMMA", "$END"):
        return Advice("spare_comma", "Nothing follows this comma: leave it out.", at=s.before[-1])
    if s.token.type == "COMMA" and (not s.before or s.type(1) in ("LPAR", *_WANT_ITEM)):
        return Advice("spare_comma", "Nothing stands before this comma: leave it out.")
    return None


def _missing_name(s: Situation) -> Advice | None:
    if s.type(1) not in _NAMED or s.token.type in ("NAME", "TEXT") or s.token.type in KEYWORDS - _JOINS:
        return None
    word = s.type(1)
    inside = re.compile(r"\(\s*([\w.`]+)\s*\)").match(s.text, s.token.start_pos or 0)
    if inside:
        return Advice("missing_name", f"{word} takes no brackets: {word} {inside[1]}.", (f"{word} {inside[1]}",))
    return Advice("missing_name", f"A name is missing after {word}.", at=s.before[-1])


def _prefix(s: Situation) -> Advice | None:
    if s.type(1) in _JOINS and s.type(2) in _JOINS:
        return Advice(
            "missing_condition", f"A condition is missing between {s.type(2)} and {s.type(1)}.", at=s.before[-1]
        )
    opens = s.type(1) in _JOINS and s.type(2) in ("", "LPAR", "COMMA", "NOT", "FILTER")
    if not opens or s.token.type not in _BEGINS - _JOINS - {"LPAR"}:
        return None
    word = s.type(1)
    message = f"{word} stands between two conditions, or before a list in brackets: {word} (…, …)."
    return Advice("missing_bracket", message, (f"{word} (",), at=s.before[-1])


def _did(s: Situation) -> Advice | None:
    kinds = [token.type for token in s.before[-4:]]
    if "DID" not in kinds:
        return None
    if s.type(1) in ("DID", "NOT"):
        advice = (
            f'The event stands in quotes: DID "{s.shown}".' if s.token.type == "NAME" else 'Name an event: DID "x".'
        )
        return Advice("event_name", advice, (f'DID "{s.shown}"',) if s.token.type == "NAME" else ())
    if s.type(1) == "AT":
        return Advice("did_count", "Write AT LEAST, AT MOST or EXACTLY.", ("AT LEAST", "AT MOST", "EXACTLY"))
    if s.token.type == "NUMBER" and s.type(1) == "TEXT":
        return Advice("did_count", f"Write AT LEAST {s.token}, AT MOST {s.token} or EXACTLY {s.token}.", ("AT LEAST",))
    if s.type(1) in ("LEAST", "MOST", "EXACTLY"):
        return Advice("did_count", "How often is a number, such as 3.")
    if s.token.lower() in _AMOUNTS and s.type(1) == "TEXT":
        return Advice("did_count", "Write AT LEAST 3, AT MOST 3 or EXACTLY 3.", ("AT LEAST", "AT MOST", "EXACTLY"))
    return None


def _window(s: Situation) -> Advice | None:
    if s.type(1) == "IN" and s.type(2) in ("TEXT", "TIMES", "TIME", "NUMBER"):
        return Advice("did_window", 'Write IN LAST "30d".', ('IN LAST "30d"',))
    if s.token.type == "LAST" and s.after_item:
        return Advice("did_window", 'Write IN LAST "30d".', ("IN LAST",))
    number = s.before[-1] if s.type(1) == "NUMBER" and s.type(2) == "LAST" else None
    length = _LENGTH.match(s.text, number.start_pos or 0) if number is not None else None
    if length:
        short = f'"{number}{length[0][len(str(number)) :].strip()[:1]}"'
        return Advice("did_window", f"The length stands in quotes, with a one-letter unit: IN LAST {short}.", (short,))
    return None


def _missing_list(s: Situation) -> Advice | None:
    if s.type(1) in _LISTS and s.token.type != "LPAR":
        word = s.type(1)
        return Advice("missing_list", f'{word} takes a list in brackets: {word} ("a", "b").', (f"{word} (",))
    return None


def _in_value_place(s: Situation) -> bool:
    in_list = s.opener in _LISTS and s.type(1) in ("LPAR", "COMMA")
    upper_bound = s.type(1) == "AND" and s.type(3) == "BETWEEN"
    return s.type(1) in _WANT_VALUE or in_list or upper_bound


def _value(s: Situation) -> Advice | None:
    if not _in_value_place(s):
        return None
    if s.token.type in _SIGNS and s.type(1) in _SIGNS:
        return _two_signs(s)
    if s.token.type == "NAME" or (s.token.type.upper() in KEYWORDS and s.token.type not in _JOINS):
        return _bare_word(s)
    if s.token.type == "LPAR" and s.type(1) == "BETWEEN":
        return _BETWEEN
    if s.token.type == "LPAR":
        return Advice("list_not_allowed", 'One value stands here. To allow several write IN ("a", "b").', ("IN",))
    sign = str(s.before[-1])
    return Advice("missing_value", f"A value is missing after {sign}.", at=s.before[-1])


def _two_signs(s: Situation) -> Advice:
    pair = {s.type(1), s.token.type}
    meant = {frozenset({"EQUAL", "MORE"}): ">=", frozenset({"EQUAL", "LESS"}): "<="}.get(frozenset(pair))
    if meant is None:
        return Advice("two_signs", "Two signs follow one another: write one of = != < <= > >=.")
    return Advice("two_signs", f"Write {meant}.", (meant,))


def _bare_word(s: Situation) -> Advice:
    date = _DATE.match(s.text, s.token.start_pos or 0)
    if date and s.token.lower() == "now":
        quoted = '"' + re.sub(r"\s", "", date[0]) + '"'
        return Advice("unquoted_date", f"A date stands in quotes: {quoted}.", (quoted,))
    meant = _MEANT.get(s.token.lower())
    if meant is not None:
        return Advice("bare_word", f"Write {meant}.", (meant,))
    quoted = '"' + s.shown.strip("`") + '"'
    return Advice("bare_word", f"A text stands in quotes: {quoted}. Two fields cannot be compared.", (quoted,))


def _between(s: Situation) -> Advice | None:
    if s.type(2) == "BETWEEN" and s.type(1) in _VALUES:
        return _BETWEEN
    return None


def _denied_operator(s: Situation) -> Advice | None:
    if s.type(1) != "NOT" or s.type(2) != "NAME" or s.type(3) in _NAMED:
        return None
    name = str(s.before[-2])
    if s.token.type in ("EXISTS", "NULL"):
        return Advice("operator_order", f"Write NOT EXISTS {name}.", (f"NOT EXISTS {name}",))
    if s.token.type in _SIGNS:
        return Advice("operator_order", f"Write != for not equal, or NOT before the field: NOT {name} …", ("!=",))
    message = "After a field, NOT is followed by IN, INTERSECTS, CONTAINS, LIKE or BETWEEN."
    return Advice("operator_expected", message, _OPERATORS[:5])


def _operator(s: Situation) -> Advice | None:
    if not s.after_field:
        return None
    name = str(s.before[-1])
    if s.token.type == "EXISTS":
        return Advice("operator_order", f"EXISTS stands before the field: EXISTS {name}.", (f"EXISTS {name}",))
    if s.token.type == "LPAR":
        return Advice("unknown_function", f"There is no function {name}. The only one is timewindow.")
    if s.token.type == "NUMBER" and s.token[0] in "+-" and s.token.start_pos == s.before[-1].end_pos:
        return _hyphenated(s, name)
    if s.token.type in ("NAME", "LAST", "TEXT", "NUMBER", "INCLUDE"):
        return _unknown_operator(s, name)
    tests = (f"EXISTS {name}", f'{name} = "…"')
    message = f"{name} alone asks nothing: write EXISTS {name}, or compare it, as in {name} = …"
    return Advice("lone_field", message, tests, at=s.before[-1])


def _hyphenated(s: Situation, name: str) -> Advice:
    end = re.compile(r"[\w.-]*").match(s.text, s.token.start_pos or 0)
    word = name + (end[0] if end else "")
    return Advice("hyphen", f"Names with a hyphen stand in backticks: `{word}`.", (f"`{word}`",), at=s.before[-1])


def _unknown_operator(s: Situation, name: str) -> Advice:
    word = str(s.token).lower()
    if word == "is" and re.compile(r"is\s+(not\s+)?null\b", re.I).match(s.text, s.token.start_pos or 0):
        return Advice("unknown_operator", f"Write EXISTS {name} or NOT EXISTS {name}.", (f"NOT EXISTS {name}",))
    if s.token.type in _VALUES:
        return Advice("missing_operator", f"An operator is missing between {name} and {s.shown}.", ("=",))
    meant = (_SYNONYMS[word],) if word in _SYNONYMS else nearest(s.token, _OPERATORS)
    advice = f"Write {meant[0]}." if meant else "Write one of = != < <= > >= IN INTERSECTS CONTAINS LIKE BETWEEN."
    return Advice("unknown_operator", f"{s.shown} is not an operator. {advice}", meant)


def _missing_item(s: Situation) -> Advice | None:
    if s.type(1) in _WANT_ITEM and s.token.type in ("$END", "RPAR", "COMMA", "OR", "AND", "FROM", "ALIAS", *_SIGNS):
        return Advice("missing_condition", f"A condition is missing after {s.type(1)}.", at=s.before[-1])
    return None


def _reserved(s: Situation) -> Advice | None:
    if s.token.type in _OPERATORS and not _is_field(s):
        return Advice("missing_field", f"A field is missing before {s.token}.")
    wants_name = s.type(1) in _NAMED or not s.after_item
    if wants_name and s.token.type in KEYWORDS and s.token.type not in _JOINS:
        word = str(s.token)
        message = f"{word} is a word of the language. As a name it stands in backticks: `{word}`."
        return Advice("reserved_word", message, (f"`{word}`",))
    return None


def _is_field(s: Situation) -> bool:
    """Whether a word of the language is followed by an operator, as a field would be."""
    return re.compile(r"\s*([=<>.]|!=)").match(s.text, s.token.end_pos or 0) is not None


def _quoted_name(s: Situation) -> Advice | None:
    begins = not s.before or s.type(1) in _WANT_ITEM or s.type(1) in ("LPAR", "COMMA")
    if not begins or s.opener in _LISTS:
        return None
    if s.type(1) in _JOINS and s.type(2) in _VALUES and not _is_field(s) and s.token.type in _VALUES:
        message = "Each condition names its field. For several values of one write IN ( … ) or INTERSECTS ( … )."
        return Advice("repeat_field", message, ("IN (", "INTERSECTS ("))
    if s.token.type == "TEXT":
        name = str(s.token)[1:-1]
        message = f"A field's name has no quotes, or backticks: write {name} or `{name}`."
        return Advice("quoted_name", message, (name, f"`{name}`"))
    backwards = _BACKWARDS.match(s.text, s.token.start_pos or 0) if s.token.type == "NUMBER" else None
    if backwards:
        meant = f"{backwards[3]} {_FLIPPED[backwards[2]]} {backwards[1]}"
        return Advice("missing_field", f"The field comes first: write {meant}.", (meant,))
    if s.token.type in _VALUES | {*_SIGNS}:
        return Advice("missing_field", "A condition begins with a field, for example score_momentum > 50.")
    return None


def _missing_join(s: Situation) -> Advice | None:
    if not s.after_item:
        return None
    if s.opener in _LISTS and s.token.type in _VALUES | {"NAME"}:
        return Advice("missing_comma", "A comma is missing between these values.", (",",))
    if s.type(1) == "NUMBER" and s.token.type == "NAME" and s.token.start_pos == s.before[-1].end_pos:
        word = f"{s.before[-1]}{s.token}"
        return Advice("unquoted_value", f'Dates and texts stand in quotes: "now-{word}" or "{word}".', at=s.before[-1])
    if s.token.type in _BEGINS and s.token.type not in _JOINS:
        joins = ("AND", "OR", ",") if s.opener in _JOINS else ("AND", "OR")
        return Advice("missing_join", f"Between two conditions write {' or '.join(joins[:2])}.", joins)
    return None


def _stray_comma(s: Situation) -> Advice | None:
    if s.token.type != "COMMA" or not s.after_item or s.opener in _JOINS | _LISTS:
        return None
    message = "A comma separates conditions only inside AND ( … ) and OR ( … ): write AND or OR."
    return Advice("stray_comma", message, ("AND", "OR"))


def _unclosed_bracket(s: Situation) -> Advice | None:
    if s.open_brackets and (s.is_end or s.token.type in ("FROM", "ALIAS", "LIMIT", "WITH")):
        return Advice("unclosed_bracket", "This bracket is not closed.", (")",), at=s.open_brackets[-1][0])
    return None


def _chained(s: Situation) -> Advice | None:
    if s.token.type in _SIGNS and s.type(1) in _VALUES and s.type(2) in _SIGNS and s.type(3) == "NAME":
        name = s.before[-3]
        message = f"Each comparison names its field: {name} {s.before[-2]} {s.before[-1]} AND {name} {s.token} …"
        return Advice("chained", message, ("AND", "BETWEEN"))
    return None


def _from_sql(s: Situation) -> Advice | None:
    if (not s.before and s.token.type == "WHERE") or (len(s.before) == 1 and s.before[0].lower() == "select"):
        at = s.before[0] if s.before else None
        return Advice("sql", "A definition is the condition alone: leave out what stands before it.", at=at)
    return None


def _function(s: Situation) -> Advice | None:
    if s.type(1) == "TIMEWINDOW" or s.opener == "TIMEWINDOW":
        example = "timewindow(page, 5, 7)"
        return Advice("timewindow", f"Write {example}: the event, how often at least, in how many days.", (example,))
    return None


def _after_everything(s: Situation) -> Advice | None:
    if s.type(1) in ("STAR", "MATCH_ALL") and s.token.type not in _BEGINS:
        return Advice(
            "nothing_follows", f"{s.before[-1]} matches everyone by itself: nothing follows it but AND or OR."
        )
    return None


def _anything_else(s: Situation) -> Advice:
    if s.is_end and s.before:
        return Advice("syntax", f"Something is missing after {s.before[-1]}.", at=s.before[-1])
    where = f"after {str(s.before[-1])[:40]}" if s.before else "at the beginning"
    return Advice("syntax", f"{s.shown} cannot stand {where}.")


RULES: tuple[Callable[[Situation], Advice | None], ...] = (
    _nothing,
    _from_sql,
    _empty_brackets,
    _closes_nothing,
    _thousands,
    _spare_comma,
    _missing_name,
    _prefix,
    _did,
    _window,
    _missing_list,
    _value,
    _between,
    _denied_operator,
    _operator,
    _missing_item,
    _quoted_name,
    _reserved,
    _missing_join,
    _chained,
    _function,
    _after_everything,
    _stray_comma,
    _unclosed_bracket,
    _anything_else,
)
